/** Source text → tokens per line. Each file is tokenised once. */
import { highlightCode, tagHighlighter, tags } from "@lezer/highlight";
import { parser } from "@lezer/python";

/** Text and its class (`""` for none); a line is a list of these. */
export type Token = readonly [text: string, className: string];
export type TokenLine = readonly Token[];

const HIGHLIGHTER = tagHighlighter([
  { tag: tags.keyword, class: "t-keyword" },
  { tag: tags.comment, class: "t-comment" },
  { tag: [tags.string, tags.special(tags.string)], class: "t-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "t-number" },
  { tag: tags.function(tags.variableName), class: "t-call" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "t-definition" },
  { tag: tags.definition(tags.className), class: "t-definition" },
  { tag: tags.meta, class: "t-meta" },
  { tag: tags.operator, class: "t-operator" },
]);

function plainLines(text: string): TokenLine[] {
  return text.split("\n").map((line) => (line === "" ? [] : [[line, ""]]));
}

function pythonLines(text: string): TokenLine[] {
  const lines: Token[][] = [[]];
  highlightCode(
    text,
    parser.parse(text),
    HIGHLIGHTER,
    (piece, className) => lines.at(-1)?.push([piece, className]),
    () => lines.push([]),
  );
  return lines;
}

export function tokenize(text: string, language: string): TokenLine[] {
  return language === "python" ? pythonLines(text) : plainLines(text);
}

const cache = new WeakMap<object, TokenLine[]>();

/** Tokens of a source file, kept as long as the file itself. */
export function sourceTokens(source: { text: string; language: string }): TokenLine[] {
  let lines = cache.get(source);
  if (!lines) cache.set(source, (lines = tokenize(source.text, source.language)));
  return lines;
}

/** A line as the lecture shows it: without the engine's directives (`# @inspect x`). */
export function withoutDirectives(line: TokenLine): TokenLine {
  const last = line.at(-1);
  if (!last || last[1] !== "t-comment" || !/^#\s*@\w/.test(last[0])) return line;
  const kept = line.slice(0, -1);
  const before = kept.at(-1);
  if (!before) return kept;
  const trimmed = before[0].trimEnd();
  return trimmed === "" ? kept.slice(0, -1) : [...kept.slice(0, -1), [trimmed, before[1]]];
}
