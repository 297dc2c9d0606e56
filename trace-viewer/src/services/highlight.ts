/** Source text → tokens per line. */
import { hasGrammar, highlighted } from "./grammars";
import { topLevelParts, type SourceIndex } from "../trace/sourceIndex";

/** Text and its class (`""` for none); a line is a list of these. */
type Token = readonly [text: string, className: string];
/** One line as tokens. */
export type TokenLine = readonly Token[];

const CLASSES: Record<string, string> = {
  "hljs-keyword": "t-keyword",
  "hljs-literal": "t-number",
  "hljs-number": "t-number",
  "hljs-string": "t-string",
  "hljs-comment": "t-comment",
  "hljs-meta": "t-meta",
  "hljs-built_in": "t-call",
  "hljs-title function_": "t-definition",
  "hljs-title class_": "t-definition",
  "hljs-title class_ inherited__": "t-call",
  "hljs-variable language_": "t-meta",
};
/** Parts that are coloured like code, whatever they lie in: `{x}` in an f-string. */
const PLAIN = new Set(["hljs-subst", "hljs-params"]);

const ENTITIES: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
};

/** The highlighter's answer is text in nested `<span class="…">`; it is never used as HTML. */
function readSpans(html: string): Token[] {
  const tokens: Token[] = [];
  const open: string[] = [];
  for (const [piece] of html.matchAll(/<span class="[^"]*">|<\/span>|[^<]+/g)) {
    if (piece === "</span>") open.pop();
    else if (piece.startsWith("<span")) {
      const name = piece.slice('<span class="'.length, -'">'.length);
      open.push(PLAIN.has(name) ? "" : (CLASSES[name] ?? open.at(-1) ?? ""));
    } else {
      const text = piece.replace(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => ENTITIES[entity] ?? "");
      tokens.push([text, open.at(-1) ?? ""]);
    }
  }
  return tokens;
}

/** A name before a parenthesis is a call: worth a colour, and not one of the highlighter's. */
function markCalls([text, className]: Token): Token[] {
  if (className !== "" || !text.includes("(")) return [[text, className]];
  const parts = text.split(/([A-Za-z_]\w*)(?=\()/);
  return parts.flatMap((part, at): Token[] =>
    part === "" ? [] : [[part, at % 2 === 1 ? "t-call" : ""]],
  );
}

function splitLines(tokens: readonly Token[]): TokenLine[] {
  const lines: Token[][] = [[]];
  for (const [text, className] of tokens) {
    text.split("\n").forEach((piece, at) => {
      if (at > 0) lines.push([]);
      if (piece !== "") lines.at(-1)?.push([piece, className]);
    });
  }
  return lines;
}

/** The lines of a text as tokens; plain where the language is not known, or not yet. */
export function tokenize(text: string, language: string): TokenLine[] {
  const spans = highlighted(text, language);
  if (spans === null) return splitLines([[text, ""]]);
  return splitLines(readSpans(spans).flatMap(markCalls));
}

/** A stretch of a file that can be read by itself. */
interface Part {
  first: number;
  last: number;
  lines: TokenLine[] | null;
}

/** A statement at the margin begins as the file does: in no string and in no parenthesis. */
function partsOf(source: SourceIndex): Part[] {
  const count = source.lines.length;
  const starts = source.language.toLowerCase() === "python" ? topLevelParts(source) : [];
  const [first] = starts;
  const spans: [number, number][] = first ? [[1, first[0] - 1], ...starts] : [[1, count]];
  return spans
    .filter(([from, to]) => from <= to)
    .map(([from, to]) => ({ first: from, last: to, lines: null }));
}

const plainLine = (text: string | undefined): TokenLine => (text ? [[text, ""]] : []);

const cache = new WeakMap<SourceIndex, Part[]>();

/**
 * Tokens of a line. What a reader never comes to is never tokenised, the rest once: when the
 * grammar has come (`useGrammar`), and plain until then.
 */
export function lineTokens(source: SourceIndex, line: number): TokenLine {
  if (!hasGrammar(source.language)) return plainLine(source.lines[line - 1]);
  let parts = cache.get(source);
  if (!parts) cache.set(source, (parts = partsOf(source)));
  const part = parts.find(({ first, last }) => first <= line && line <= last);
  if (!part) return [];
  const { first, last } = part;
  part.lines ??= tokenize(source.lines.slice(first - 1, last).join("\n"), source.language);
  return part.lines[line - first] ?? [];
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
