/**
 * A remark step: GitHub's Markdown and formulas.
 *
 * The same parsers as remark-gfm and remark-math, which bring along a writer of Markdown (a
 * seventh of the text view's code) that a page that only reads has no use for.
 */
import { gfmFromMarkdown } from "mdast-util-gfm";
import { mathFromMarkdown } from "mdast-util-math";
import { gfm } from "micromark-extension-gfm";
import { formulaSyntax } from "./formulaSyntax";
// Declares where a processor keeps its extensions.
import type {} from "remark-parse";
import type { Processor } from "unified";

/** Adds the syntax to a processor of unified. */
export function markdownSyntax(this: Processor): void {
  const data = this.data();
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), gfm(), formulaSyntax()];
  data.fromMarkdownExtensions = [
    ...(data.fromMarkdownExtensions ?? []),
    gfmFromMarkdown(),
    mathFromMarkdown(),
  ];
}
