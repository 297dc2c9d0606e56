/**
 * Lets the browser begin at once with what the first view needs, instead of when the program that
 * asks for it has arrived: the request for the trace, what draws text, and the typefaces of both.
 */
import type { HtmlTagDescriptor, Plugin, Rolldown } from "vite";

type Bundle = Record<string, Rolldown.OutputAsset | Rolldown.OutputChunk>;

/** Runs by itself as soon as it is there; the program imports it too. */
const EARLY = "early";
/** Parts of the program that every lecture needs, loaded by it on demand. */
const PARTS = ["Markdown"];
/** Fonts of nearly every first view. */
const FONTS = [
  "inter-latin-wght-normal",
  "jetbrains-mono-latin-wght-normal",
  "source-serif-4-latin-wght-normal",
];

/** What goes into the head of the page that has `chunk` as its program. */
export function earlyTags(bundle: Bundle, base: string): HtmlTagDescriptor[] {
  const files = Object.values(bundle);
  const chunkFile = (name: string) =>
    files.find((file) => file.type === "chunk" && file.name === name)?.fileName;
  const tag = (
    kind: "script" | "link",
    file: string | undefined,
    attrs: Record<string, string | boolean>,
  ): HtmlTagDescriptor[] => {
    if (file === undefined) throw new Error("a file that the first view needs is not in the build");
    const address = kind === "script" ? { src: base + file } : { href: base + file };
    return [{ tag: kind, attrs: { ...attrs, crossorigin: true, ...address }, injectTo: "head" }];
  };
  return [
    ...tag("script", chunkFile(EARLY), { type: "module", async: true }),
    ...PARTS.flatMap((name) => tag("link", chunkFile(name), { rel: "modulepreload" })),
    ...FONTS.flatMap((name) => {
      const font = files.find(
        ({ fileName }) => fileName.includes(name) && fileName.endsWith(".woff2"),
      );
      return tag("link", font?.fileName, { rel: "preload", as: "font", type: "font/woff2" });
    }),
  ];
}

/** The build plug-in: see the head of this file. */
export function earlyStart(): Plugin {
  return {
    name: "early-start",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle, filename }) =>
        bundle && filename.endsWith("index.html") ? earlyTags(bundle, "./") : [],
    },
  };
}
