// @vitest-environment jsdom
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RenderingContext } from "../../trace/renderingContext";
import type { Rendering } from "../../trace/schema";
import { RENDERINGS } from "../../gallery/renderings";
import { RenderingScope } from "../shared/renderingScope";
import { RenderingView } from "./RenderingView";

// Modules come from disk when first used: on a busy machine that is not a matter of a second.
configure({ asyncUtilTimeout: 20_000 });
vi.setConfig({ testTimeout: 30_000 });
afterEach(cleanup);

function show(rendering: Rendering, more: Partial<RenderingContext> = {}): HTMLElement {
  const context: RenderingContext = {
    resolveAsset: (path) => `/checkout/${path}`,
    openSource: () => undefined,
    theme: "light",
    ...more,
  };
  return render(
    <RenderingScope value={context}>
      <RenderingView rendering={rendering} />
    </RenderingScope>,
  ).container as HTMLElement;
}

async function showText(text: string): Promise<HTMLElement> {
  const place = show({ kind: "text", text });
  await waitFor(() => expect(place.querySelector(".markdown-source")).toBeNull());
  return place;
}

describe("text", () => {
  it("shows its source until the parser has come, then Markdown", async () => {
    const place = show({ kind: "text", text: "# Title\n\nSome **bold** text" });
    expect(place.textContent).toContain("Title");
    await waitFor(() =>
      expect(screen.getByRole("heading", { level: 2 }).textContent).toBe("Title"),
    );
    expect(place.querySelector("strong")?.textContent).toBe("bold");
  });

  it("sets formulas, within the line and on their own", async () => {
    const place = await showText("so $x^2$ and $$y$$");
    await waitFor(() => expect(place.querySelectorAll(".katex")).toHaveLength(2));
    expect(place.querySelectorAll(".katex-display")).toHaveLength(1);
    expect(place.querySelector("annotation")?.textContent).toBe("x^2");
  });

  it("marks a wrong formula and shows its source", async () => {
    const place = await showText(String.raw`so $\frac{1}{2$ end`);
    await waitFor(() => expect(place.querySelector(".formula-wrong")).not.toBeNull());
    expect(place.querySelector(".formula-wrong code")?.textContent).toBe(String.raw`\frac{1}{2`);
    expect(place.querySelector(".formula-wrong")?.getAttribute("title")).toContain("expected");
  });

  it("makes no element, link or address of what a trace may not have", async () => {
    const place = await showText(
      [
        "<script>alert(1)</script> <img src=x onerror=alert(1)>",
        "[a](javascript:alert&#40;1&#41;) [b](data:text/html,x) [c](<  java\tscript:alert(1)>)",
        "![d](https://elsewhere.example/x.png) ![e](javascript:x) <javascript:alert(1)>",
        String.raw`$\href{javascript:alert(1)}{x} \includegraphics{https://elsewhere.example/x}$`,
        String.raw`$\htmlStyle{color:red}{x}$`,
      ].join("\n\n"),
    );
    await waitFor(() => expect(place.querySelector(".katex")).not.toBeNull());
    expect(place.querySelectorAll("script, iframe, img, a, [onerror], [href], [src]")).toHaveLength(
      0,
    );
    expect(place.textContent).toContain("<script>alert(1)</script>");
  });

  it("opens links of other hosts beside the page, without a way back into it", async () => {
    await showText("[x](https://a.org) [y](arxiv:1508.07909) [z](?trace=lecture_02)");
    const [x, y, z] = screen.getAllByRole("link");
    expect(x?.getAttribute("rel")).toBe("noopener noreferrer");
    expect(y?.getAttribute("href")).toBe("https://arxiv.org/abs/1508.07909");
    expect(z?.getAttribute("target")).toBeNull();
  });

  it("takes pictures from the checkout", async () => {
    const place = await showText("![disc](images/disc.png)");
    expect(place.querySelector("img")?.getAttribute("src")).toBe("/checkout/images/disc.png");
  });

  it("that no parser can take leaves a note, and the page stands", async () => {
    const reported = vi.spyOn(console, "error").mockReturnValue();
    const place = show({ kind: "text", text: `${"> ".repeat(2500)}deep` });
    await waitFor(() => expect(place.textContent).toContain("This cannot be shown"));
    reported.mockRestore();
  });

  it("has the lists, tables and notes of GitHub's Markdown", async () => {
    const place = await showText(
      [
        "3. three\n4. four",
        "- [x] done\n- [ ] open",
        "* apart\n\n* from each other",
        "| a | b |\n|---|--:|\n| 1 | **2** |",
        "A claim[^why], [a link][place] and ~~no~~.",
        "[place]: https://a.org\n\n[^why]: The *reason*.",
      ].join("\n\n"),
    );
    expect(place.querySelector("ol")?.getAttribute("start")).toBe("3");
    expect(place.querySelector("ol[start] p")).toBeNull();
    expect([...place.querySelectorAll(".task-list-item")].map((item) => item.textContent)).toEqual([
      "☑ done",
      "☐ open",
    ]);
    expect(place.querySelectorAll("ul li > p")).toHaveLength(2);
    expect(place.querySelector("ul")?.classList.contains("contains-task-list")).toBe(true);
    expect(place.querySelector<HTMLElement>("tbody td:last-child")?.style.textAlign).toBe("right");
    expect(place.querySelector("tbody strong")?.textContent).toBe("2");
    expect(screen.getByRole("link", { name: "a link" }).getAttribute("href")).toBe(
      "https://a.org/",
    );
    expect(place.querySelector("sup")?.textContent).toBe("note 1");
    expect(place.querySelector(".footnotes li")?.textContent).toBe("The reason.");
    expect(place.querySelector("del")?.textContent).toBe("no");
  });

  it("begins the paragraph of a task with its box", async () => {
    const place = await showText("- [x] done\n\n  and more\n- [ ] open");
    const texts = [...place.querySelectorAll("li > p")].map((text) => text.textContent);
    expect(texts).toEqual(["☑ done", "and more", "☐ open"]);
  });

  it("keeps what looks like a reference to nothing", async () => {
    const place = await showText("an [index][0] and x[i] and a note[^none]");
    expect(place.textContent).toBe("an [index][0] and x[i] and a note[^none]");
  });

  it("keeps verbatim text as it is", () => {
    const place = show({ kind: "text", text: "# no $heading$\n  <b>", verbatim: true });
    expect(place.querySelector("pre")?.textContent).toBe("# no $heading$\n  <b>");
  });
});

describe("pictures", () => {
  it("leave a note when they are not of the checkout or cannot be read", () => {
    const image: Rendering = { kind: "image", src: "a.png", alt: "The loss" };
    const outside = show({ ...image, src: "https://elsewhere.example/x.png" });
    expect(outside.querySelector("img")).toBeNull();
    expect(outside.textContent).toContain("The loss");
    cleanup();
    const broken = show(image);
    fireEvent.error(broken.querySelector("img")!);
    expect(broken.textContent).toContain("a.png cannot be read");
  });
});

describe("code of the project", () => {
  it("opens beside the lecture at its lines", () => {
    const openSource = vi.fn();
    show({ kind: "source", path: "a/bpe.py", first: 3, last: 9, name: "train" }, { openSource });
    fireEvent.click(screen.getByRole("button", { name: /train/ }));
    expect(openSource).toHaveBeenCalledWith("a/bpe.py", 3, 9, "train");
  });
});

describe("benchmarks", () => {
  const rendering = RENDERINGS.find(([title]) => title.startsWith("benchmark, recorded"))![1];

  it("say where and when they were recorded", async () => {
    const place = show(rendering);
    await screen.findByRole("table");
    expect(place.querySelector(".provenance")?.textContent).toBe(
      "recorded on NVIDIA H100 80GB HBM3, 2026-11-20",
    );
    fireEvent.click(screen.getByRole("button", { name: "Device and versions" }));
    expect(place.textContent).toContain("580.159");
  });

  it("draw the chosen quantity", async () => {
    show(rendering);
    await screen.findByRole("img", { name: "TFLOP/s over n" });
    fireEvent.click(screen.getByRole("radio", { name: "Time" }));
    expect(screen.getByRole("img", { name: "time, ms over n" })).toBeTruthy();
  });
});

describe("every kind", () => {
  it.each(RENDERINGS)("%s shows something", async (_title, rendering) => {
    const place = show(rendering);
    await waitFor(() => expect(place.querySelector(".rendering-waiting")).toBeNull());
    expect(place.querySelector(".rendering")?.children.length).toBeGreaterThan(0);
  });
});
