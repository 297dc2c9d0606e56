/**
 * Markdown with formulas → elements. Loaded when the first text is shown (see TextView.tsx).
 * Elements are kept by text, so that a text that scrolls back into view costs no parsing.
 */
import type { ReactElement, ReactNode } from "react";
import { markdownElement } from "./markdownElement";
import { parseMarkdown } from "./markdownSyntax";

const CACHE_SIZE = 2000;
const cache = new Map<string, ReactElement>();

interface MarkdownProps {
  text: string;
  /** For paper: the lecture's own first heading is the page's. */
  paper?: boolean;
}

/** Markdown as elements, cached by text. */
export function Markdown({ text, paper = false }: MarkdownProps): ReactNode {
  const key = `${paper ? "p" : "s"}${text}`;
  const known = cache.get(key);
  if (known) return known;
  // On the page, headings start at level 2 below the page's own title.
  const element = markdownElement(parseMarkdown(text), text, paper ? 0 : 1);
  const oldest = cache.size >= CACHE_SIZE ? cache.keys().next() : null;
  if (oldest && !oldest.done) cache.delete(oldest.value);
  cache.set(key, element);
  return element;
}
