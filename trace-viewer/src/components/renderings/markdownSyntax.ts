/**
 * Text → the tree of its Markdown (mdast): GitHub's Markdown and formulas.
 *
 * The parsers of remark without its pipeline: a page that only reads needs no writer of Markdown
 * and no tree of HTML in between, which together were half of the text view's code.
 */
import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { mathFromMarkdown, type InlineMath } from "mdast-util-math";
import { gfm } from "micromark-extension-gfm";
import { formulaSyntax } from "./formulaSyntax";

/** The tree of a text; positions are kept. */
export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, {
    extensions: [gfm(), formulaSyntax()],
    mdastExtensions: [gfmFromMarkdown(), mathFromMarkdown()],
  });
}

/** Whether a formula in a line of `text` stands on a line of its own: `$$…$$` and `\[…\]`. */
export function standsAlone({ position }: InlineMath, text: string): boolean {
  const start = position?.start.offset;
  return start !== undefined && /^(?:\$\$|\\\[)/.test(text.slice(start, start + 2));
}
