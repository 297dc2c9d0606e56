import { afterEach, describe, expect, it, vi } from "vitest";
import { earlyTags } from "../server/earlyStart";
import { askFor, startOpening } from "../src/services/openingFetch";

const PAGE = "https://a.example/course/";

/** What is asked for from now on. */
function watchRequests(): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: URL) => {
    asked.push(url.href);
    return Promise.resolve(new Response("{}"));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe("what is asked for early", () => {
  it("is the trace of the address, once", async () => {
    const asked = watchRequests();
    const address = `${PAGE}var/traces/walk.json`;
    startOpening("?trace=walk&step=3", PAGE);
    expect(asked).toEqual([address]);
    expect((await askFor(new URL(address))).status).toBe(200);
    expect(asked).toHaveLength(1);
    // To read it again is to ask again.
    await askFor(new URL(address));
    expect(asked).toEqual([address, address]);
  });

  it.each([
    ["", "names no trace"],
    ["?trace=https://elsewhere.example/x.json", "is of another origin"],
    ["?trace=javascript:alert(1)", "is not opened at all"],
  ])("is nothing where the address (%s) %s", (search) => {
    const asked = watchRequests();
    startOpening(search, PAGE);
    expect(asked).toEqual([]);
  });
});

describe("the head of the built page", () => {
  const file = (type: "chunk" | "asset", name: string, fileName: string) =>
    [fileName, { type, name, fileName }] as const;
  const FONTS = ["inter", "jetbrains-mono", "source-serif-4"];
  const files = [
    file("chunk", "early", "assets/early-1.js"),
    file("chunk", "Markdown", "assets/Markdown-2.js"),
    ...FONTS.map((name) => file("asset", name, `assets/${name}-latin-wght-normal-3.woff2`)),
  ];
  const tagsOf = (parts: typeof files) =>
    earlyTags(Object.fromEntries(parts) as unknown as Parameters<typeof earlyTags>[0], "./");

  it("names what the first view needs", () => {
    const attrs = tagsOf(files).map((tag) => tag.attrs);
    expect(attrs[0]).toMatchObject({ type: "module", async: true, src: "./assets/early-1.js" });
    expect(attrs.slice(1).map((one) => one?.["rel"])).toEqual([
      "modulepreload",
      ...FONTS.map(() => "preload"),
    ]);
  });

  it("cannot be made where the build has no such file any more", () => {
    expect(() => tagsOf(files.slice(1))).toThrow("not in the build");
  });
});
