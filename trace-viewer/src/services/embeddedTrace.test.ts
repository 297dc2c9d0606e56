// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { embeddedAsset, readEmbedded } from "./embeddedTrace";

function page(text: string): Document {
  const html = `<script type="application/json" id="embedded-trace">${text}</script>`;
  return new DOMParser().parseFromString(html, "text/html");
}

describe("the trace inside the page", () => {
  it("is read with its name and its pictures", () => {
    const found = readEmbedded(page('{"name": "lecture_01", "trace": {"schema": 1}}'));
    expect(found).toEqual({ name: "lecture_01", trace: { schema: 1 }, assets: {} });
  });

  it("is not there in a page of the server", () => {
    expect(readEmbedded(new DOMParser().parseFromString("<p>", "text/html"))).toBeNull();
  });

  it("is refused with advice when it is damaged", () => {
    expect(() => readEmbedded(page('{"name": '))).toThrow(/damaged/);
  });

  it("has pictures and films, by their path alone", () => {
    const assets = {
      "a.png": "data:image/png;base64,AA",
      "x.png": "data:text/html,x",
      "y.png": "https://a.org/y",
    };
    expect(embeddedAsset(assets, "a.png")).toBe("data:image/png;base64,AA");
    for (const path of ["x.png", "y.png", "b.png", "constructor"]) {
      expect(embeddedAsset(assets, path)).toBeNull();
    }
  });
});
