/** What a build takes of the typefaces for paper (src/components/paperFonts.ts). */
import type { Plugin } from "vite";
import { keepFonts } from "./singleFile.ts";

const PAPER_FONT = /@fontsource\/[^/]+\/[\w-]+\.css$/;

/** Their WOFF2 files of the alphabets that lectures are written in; `none` takes no face at all. */
export function paperFonts({ none = false } = {}): Plugin {
  return {
    name: "paper-fonts",
    enforce: "pre",
    transform(code, id) {
      if (!PAPER_FONT.test(id)) return null;
      return { code: none ? "" : keepFonts(code), map: null };
    },
  };
}
