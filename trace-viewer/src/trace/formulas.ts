/**
 * Formulas in a text that is not parsed as Markdown (headings, search): the same rule as
 * `formulaSyntax.ts`, which says why. Code spans are no formulas.
 */

/** A piece of a text; `formula` where it is one, with its signs. */
export interface Piece {
  text: string;
  formula: boolean;
}

/** Where a code span that opens at `at` ends, or null. */
function codeEnd(text: string, at: number): number | null {
  const ticks = /^`+/.exec(text.slice(at))?.[0] ?? "";
  for (let from = at + ticks.length; ;) {
    const found = text.indexOf("`", from);
    if (found === -1) return null;
    const run = /^`+/.exec(text.slice(found))?.[0].length ?? 1;
    if (run === ticks.length) return found + run;
    from = found + run;
  }
}

function dollarEnd(text: string, at: number): number | null {
  const size = /^\$+/.exec(text.slice(at))?.[0].length ?? 0;
  const begin = at + size;
  if (size === 1 && /^(?:\s|$)/.test(text.slice(begin))) return null;
  for (let here = begin; here < text.length;) {
    if (text[here] === "\\") {
      here += 2;
      continue;
    }
    if (text[here] !== "$") {
      here++;
      continue;
    }
    const run = /^\$+/.exec(text.slice(here))?.[0].length ?? 1;
    const fits = !/\s/.test(text[here - 1] ?? " ") && !/\d/.test(text[here + 1] ?? "");
    if (size === 1) return run === 1 && fits ? here + 1 : null;
    if (run === size) return here + run;
    here += run;
  }
  return null;
}

function bracketEnd(text: string, at: number): number | null {
  const closing = { "(": ")", "[": "]" }[text[at + 1] ?? ""];
  if (closing === undefined) return null;
  for (let here = at + 2; here < text.length; here++) {
    if (text[here] !== "\\") continue;
    if (text[here + 1] === closing) return here + 2;
    here++;
  }
  return null;
}

/** Cuts a text at its formulas; joined, the pieces are the text. */
export function splitFormulas(text: string): Piece[] {
  const pieces: Piece[] = [];
  let plain = 0;
  let at = 0;
  const cut = (end: number) => {
    if (at > plain) pieces.push({ text: text.slice(plain, at), formula: false });
    pieces.push({ text: text.slice(at, end), formula: true });
    plain = at = end;
  };
  while (at < text.length) {
    const sign = text[at];
    if (sign === "`") at = codeEnd(text, at) ?? at + (/^`+/.exec(text.slice(at))?.[0].length ?? 1);
    else if (sign === "$") {
      const end = dollarEnd(text, at);
      if (end !== null) cut(end);
      else at += /^\$+/.exec(text.slice(at))?.[0].length ?? 1;
    } else if (sign === "\\") {
      const end = bracketEnd(text, at);
      if (end !== null) cut(end);
      else at += 2;
    } else at++;
  }
  if (plain < text.length) pieces.push({ text: text.slice(plain), formula: false });
  return pieces;
}

/** Whether a Markdown text has a formula somewhere. */
export function hasFormula(text: string): boolean {
  return /[$\\]/.test(text) && splitFormulas(text).some((piece) => piece.formula);
}
