import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { keepLatin } from "../server/paperFonts";
import { inlinePage, keepFonts } from "../server/singleFile";

const PAGE = `<html><head><meta charset="utf-8" />
<link rel="icon" href="/favicon.svg" /><link rel="stylesheet" crossorigin href="./a.css">
<script type="module" crossorigin src="./a.js"></script>
</head><body><div id="root"></div></body></html>`;

describe("the viewer as one file", () => {
  const html = inlinePage(PAGE, 'const a = "</script><!-- $&";', "p{color:red}", "data:icon");
  const between = (open: string, close: string): string =>
    html.slice(html.indexOf(open) + open.length).split(close)[0] ?? "";

  it("links to nothing", () => {
    expect(html).not.toMatch(/\bsrc=|href="(?!data:)/);
  });

  it("holds the program in a form that does not end its element", () => {
    const code = between('<script type="module">', "</script>");
    expect(code).toBe('const a = "\\x3C/script>\\x3C!-- $&";');
  });

  it("allows by its policy just that program and that style", () => {
    const hashOf = (text: string) => createHash("sha256").update(text).digest("base64");
    const code = between('<script type="module">', "</script>");
    expect(html).toContain(`script-src 'sha256-${hashOf(code)}'`);
    expect(html).toContain(`style-src 'sha256-${hashOf(between("<style>", "</style>"))}'`);
    expect(html).toContain("connect-src 'none'");
  });

  it("says its encoding where a browser looks for it, before the policy and what it is about", () => {
    const places = ["charset", "Content-Security-Policy", "<style>", "<script"];
    const found = places.map((part) => html.indexOf(part));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found[0]).toBeLessThan(1024);
  });

  it("has a place for the trace before the program", () => {
    expect(html.indexOf("<!-- embedded-trace -->")).toBeGreaterThan(html.indexOf("root"));
    expect(html.indexOf("<!-- embedded-trace -->")).toBeLessThan(html.indexOf("<script"));
  });
});

describe("fonts of the one file", () => {
  it("are those of the alphabets in use, in one format", () => {
    const face = (file: string) => `@font-face { src: ${file}; }`;
    const css = [
      `/* inter-cyrillic */\n${face("url(./files/inter-cyrillic-wght.woff2)")}`,
      face("url(inter-latin.woff2)"),
      face('url(K.woff2) format("woff2"),url(K.woff) format("woff"),url(K.ttf) format("truetype")'),
    ].join("\n");
    const kept = keepFonts(css);
    expect(kept).not.toContain("cyrillic-wght");
    expect(kept).toContain("inter-latin");
    expect(kept).toContain('url(K.woff2) format("woff2");');
  });

  it("are for paper those of Latin letters alone", () => {
    const kept = keepLatin(
      ["latin", "latin-ext", "greek"]
        .map(
          (set) =>
            `@font-face { src: url(i-${set}-400-normal.woff2), url(i.woff) format("woff"); }`,
        )
        .join("\n"),
    );
    expect(kept.match(/[\w-]+\.woff2/g)).toEqual(["i-latin-400-normal.woff2"]);
    expect(kept).not.toContain('format("woff")');
  });
});
