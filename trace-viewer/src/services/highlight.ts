/** Source text → tokens per line. Each file is tokenised once. */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import python from "highlight.js/lib/languages/python";

/** Text and its class (`""` for none); a line is a list of these. */
export type Token = readonly [text: string, className: string];
export type TokenLine = readonly Token[];

hljs.registerLanguage("python", python);
hljs.registerLanguage("bash", bash);
hljs.registerLanguage("cpp", cpp);

const LANGUAGES: Record<string, string> = {
  python: "python",
  py: "python",
  bash: "bash",
  sh: "bash",
  shell: "bash",
  cpp: "cpp",
  c: "cpp",
  cuda: "cpp",
};

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

export function tokenize(text: string, language: string): TokenLine[] {
  const known = LANGUAGES[language.toLowerCase()];
  if (!known) return splitLines([[text, ""]]);
  const { value } = hljs.highlight(text, { language: known, ignoreIllegals: true });
  return splitLines(readSpans(value).flatMap(markCalls));
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
