/** What a build takes of the typefaces for paper (src/components/shared/paperFonts.ts). */
import type { Plugin } from "vite";
import { keepFonts } from "./singleFile.ts";

const PAPER_FONT = /@fontsource\/[^/]+\/[\w-]+\.css$/;
const FACE = /(?:\/\*[^*]*\*\/\s*)?@font-face\s*\{[^}]*\}/g;
const LATIN = /-latin-\d/;

/** WOFF2 files of Latin letters. The few others come from the variable fonts, which look the same. */
export function keepLatin(css: string): string {
  return keepFonts(css.replace(FACE, (face) => (LATIN.test(face) ? face : "")));
}

/** Takes them into a build; with `none` no face at all. */
export function paperFonts({ none = false } = {}): Plugin {
  return {
    name: "paper-fonts",
    enforce: "pre",
    transform(code, id) {
      if (!PAPER_FONT.test(id)) return null;
      return { code: none ? "" : keepLatin(code), map: null };
    },
  };
}
