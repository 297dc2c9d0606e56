/** One source file, ready for look-ups by line. Lines count from 1, as in the trace. */
import type { SourceFile } from "./schema";

/** A file by lines and statements. */
export interface SourceIndex {
  readonly path: string;
  readonly text: string;
  readonly language: string;
  /** `lines[0]` is line 1. */
  readonly lines: readonly string[];
  /** By line: the first line of the statement that the line belongs to. Entry 0 is unused. */
  readonly first: Int32Array;
  /** By line: the last line of its statement. */
  readonly last: Int32Array;
  /** By line: 1 if `@hide` took it out. */
  readonly hidden: Uint8Array;
}

/** Prepares a file of the trace. */
export function buildSource(path: string, file: SourceFile): SourceIndex {
  const lines = file.text.split("\n");
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  const size = lines.length + 1;
  const first = Int32Array.from({ length: size }, (_, line) => line);
  const last = first.slice();
  const hidden = new Uint8Array(size);
  for (const [start, end] of file.statements ?? []) {
    for (let line = Math.max(start, 1); line <= end && line < size; line++) {
      first[line] = start;
      last[line] = Math.min(end, lines.length);
    }
  }
  for (const [start, end] of file.hidden ?? []) hidden.fill(1, Math.max(start, 1), end + 1);
  const language = file.language ?? "python";
  return { path, text: file.text, language, lines, first, last, hidden };
}

/** First line of the statement at `line`; `line` itself when the file has no such line. */
export function statementStart(source: SourceIndex, line: number): number {
  return source.first[line] ?? line;
}

/** Last line of the statement at `line`. */
export function statementEnd(source: SourceIndex, line: number): number {
  return source.last[line] ?? line;
}

/** The source of the statement that starts at `line`, without its indentation. */
export function statementText(source: SourceIndex, line: number): string {
  return source.lines
    .slice(line - 1, statementEnd(source, line))
    .join("\n")
    .trimStart();
}

/** Parts of the file at indentation 0: a function with its decorators, an import, a comment. */
export function topLevelParts(source: SourceIndex): [number, number][] {
  const starts: number[] = [];
  let decorated = false;
  source.lines.forEach((text, at) => {
    const line = at + 1;
    const starting = /^[^\s)\]}]/.test(text) && source.first[line] === line;
    if (!starting) return;
    if (!decorated) starts.push(line);
    decorated = /^[@#]/.test(text);
  });
  return starts.map((line, at) => [line, (starts[at + 1] ?? source.lines.length + 1) - 1]);
}
