/**
 * LaTeX → DOM by KaTeX. Loaded only when a formula is shown (see Formula.tsx).
 *
 * `katex.render` sets styles through the CSSOM, so that the page's policy needs no inline styles;
 * `trust` stays off: no links, pictures, classes or attributes from a trace.
 */
import katex from "katex";
import "katex/contrib/mhchem";
import "katex/dist/katex.min.css";

/** A formula as elements to copy, or why it is none. */
export type Typeset =
  { kind: "formula"; template: HTMLElement } | { kind: "wrong"; message: string };

const CACHE_SIZE = 1000;
const cache = new Map<string, Typeset>();

/** The same formula is set once; the oldest is forgotten when there are too many. */
export function typeset(latex: string, display: boolean): Typeset {
  const key = `${display ? "D" : "I"}${latex}`;
  const known = cache.get(key);
  if (known) return known;
  const result = set(latex, display);
  const oldest = cache.size >= CACHE_SIZE ? cache.keys().next() : null;
  if (oldest && !oldest.done) cache.delete(oldest.value);
  cache.set(key, result);
  return result;
}

function set(latex: string, display: boolean): Typeset {
  const template = document.createElement("span");
  try {
    katex.render(latex, template, {
      displayMode: display,
      throwOnError: true,
      strict: "ignore",
      trust: false,
      errorColor: "var(--error)",
      maxSize: 40,
      maxExpand: 1000,
    });
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
  return { kind: "formula", template };
}
