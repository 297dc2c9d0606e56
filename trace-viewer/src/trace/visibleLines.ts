/**
 * Source file → the rows of the reading column.
 *
 * A statement that only shows something (`text(…)`, `image(…)`) is replaced by what it shows; the
 * outputs of any other statement follow it. Lines that `@hide` took out are left out. Parts of the
 * file that never ran (imports, unused functions) are folded. Rows depend on the trace and the
 * flags, not on the step, so stepping never lays the file out again.
 */
import { checkStep } from "./checks";
import { statementEnd, statementText, topLevelParts, type SourceIndex } from "./sourceIndex";
import { stepPath, stepsAtLine, type TraceIndex } from "./traceIndex";

/** A row of the column. */
export type Row =
  /** One line of source. `edge` tells where a run of code rows begins and ends. */
  | { kind: "code"; line: number; edge: "" | "first" | "last" | "only" }
  /** What a statement shows; `replaced`: instead of its source lines. */
  | { kind: "outputs"; line: number; last: number; replaced: boolean }
  /** Lines first..last, folded. */
  | { kind: "fold"; line: number; last: number };

/** The rows of a file, and which of them stands for a line. */
export interface RowLayout {
  rows: readonly Row[];
  /** By line: the row that stands for it. */
  rowOfLine: Int32Array;
  /** By line: the first step that reaches it; lines that never run follow the next that does. */
  reachedAt: Int32Array;
}

/** How a file is laid out. */
export interface LayoutOptions {
  /** The file as it is: every line as code, nothing hidden, folded or shown. */
  raw: boolean;
  /** Fold what never ran. */
  fold: boolean;
  /** First lines of folds that the reader opened. */
  unfolded: ReadonlySet<number>;
}

const AUTHORING =
  /^(?:\w+\s*=\s*(?=(?:\w+\.)?predict\b))?(?:\w+\.)?(?:text|image|video|link|note|plot|table|graph|code|system_text|predict|reveal|ranks)\s*\(/;
const LEAST_FOLD = 3;

const isBlank = (text: string | undefined): boolean => !text || text.trim() === "";

function reachedSteps(index: TraceIndex, source: SourceIndex): Int32Array {
  const count = source.lines.length;
  const reached = new Int32Array(count + 2).fill(-1);
  for (let line = 1; line <= count; line++) {
    const first = source.first[line] ?? line;
    reached[line] =
      stepsAtLine(index, source.path, line)[0] ?? checkStep(index, source.path, first) ?? -1;
  }
  let following = -1;
  for (let line = count; line >= 1; line--) {
    if (reached[line] === -1) reached[line] = following;
    else following = reached[line] ?? -1;
  }
  let before = 0;
  for (let line = 1; line <= count; line++) {
    if (reached[line] === -1) reached[line] = before;
    else before = reached[line] ?? 0;
  }
  return reached;
}

/** Neighbouring parts that never ran, as one span each. */
function foldedSpans(index: TraceIndex, source: SourceIndex): [number, number][] {
  const ran = (first: number, last: number) => {
    for (let line = first; line <= last; line++) {
      if (stepsAtLine(index, source.path, line).length > 0) return true;
      if (checkStep(index, source.path, line) !== null) return true;
    }
    return false;
  };
  const spans: [number, number][] = [];
  for (const [first, last] of topLevelParts(source)) {
    if (ran(first, last)) continue;
    const previous = spans.at(-1);
    if (previous && previous[1] === first - 1) previous[1] = last;
    else spans.push([first, last]);
  }
  return spans.filter(([first, last]) => {
    const written = source.lines.slice(first - 1, last).filter((text) => !isBlank(text));
    return written.length >= LEAST_FOLD;
  });
}

/** Whether a row is a line of code. */
const isCode = (row: Row | undefined) => row?.kind === "code";

const isTopLevel = (row: Row | undefined, source: SourceIndex) =>
  row?.kind === "code" && /^[^\s)\]}]/.test(source.lines[row.line - 1] ?? "");

/** Whether the code row at `at` begins a run: after something else, or after a gap. */
function startsRun(
  rows: readonly Row[],
  at: number,
  opens: (row: Row | undefined) => boolean,
): boolean {
  const row = rows[at];
  const before = rows[at - 1];
  if (row?.kind !== "code" || before?.kind !== "code") return isCode(row);
  return opens(row) && before.line < row.line - 1;
}

/**
 * Blank lines are kept inside runs of code only; the ends of each run are marked. With `apart`,
 * what begins at indentation 0 after a blank line, such as a function, begins a run of its own.
 */
function finish(rows: Row[], source: SourceIndex, apart: boolean): Row[] {
  const opens = (row: Row | undefined) => apart && isTopLevel(row, source);
  const blank = (row: Row | undefined) =>
    row?.kind === "code" && isBlank(source.lines[row.line - 1]);
  const kept = rows.filter((row, at) => {
    if (!blank(row)) return true;
    let before = at - 1;
    while (blank(rows[before])) before--;
    let after = at + 1;
    while (blank(rows[after])) after++;
    return isCode(rows[before]) && isCode(rows[after]) && !opens(rows[after]);
  });
  return kept.map((row, at) => {
    if (row.kind !== "code") return row;
    const first = startsRun(kept, at, opens);
    const last = !isCode(kept[at + 1]) || startsRun(kept, at + 1, opens);
    return { ...row, edge: first && last ? "only" : first ? "first" : last ? "last" : "" };
  });
}

/** Whether a statement is there for what it shows: its source says nothing more. */
export function showsOnly(index: TraceIndex, source: SourceIndex, line: number): boolean {
  const shown = index.outputSteps.get(source.path)?.has(line) === true;
  return shown && AUTHORING.test(statementText(source, line));
}

/** First lines of the statements that have something to show below or instead of them. */
function linesThatShow(index: TraceIndex, source: SourceIndex): Set<number> {
  const lines = new Set(index.outputSteps.get(source.path)?.keys());
  const failed = index.trace.failure?.step;
  if (typeof failed === "number" && stepPath(index, failed) === source.path) {
    lines.add(index.stepLine[failed] ?? 0);
  }
  return lines;
}

function buildRows(index: TraceIndex, source: SourceIndex, options: LayoutOptions): Row[] {
  const folds = new Map(options.fold ? foldedSpans(index, source) : []);
  const showing = linesThatShow(index, source);
  const rows: Row[] = [];
  for (let line = 1; line <= source.lines.length; line++) {
    const foldEnd = folds.get(line);
    if (foldEnd !== undefined && !options.unfolded.has(line)) {
      rows.push({ kind: "fold", line, last: foldEnd });
      line = foldEnd;
      continue;
    }
    const last = statementEnd(source, line);
    const shows = source.first[line] === line && showing.has(line);
    if (shows && showsOnly(index, source, line)) {
      rows.push({ kind: "outputs", line, last, replaced: true });
      line = last;
      continue;
    }
    if (source.hidden[line] !== 1) rows.push({ kind: "code", line, edge: "" });
    const begun = source.first[line] ?? line;
    if (line === last && showing.has(begun)) {
      rows.push({ kind: "outputs", line: begun, last, replaced: false });
    }
  }
  return finish(rows, source, options.fold);
}

function rowsByLine(rows: readonly Row[], count: number): Int32Array {
  const rowOfLine = new Int32Array(count + 2).fill(-1);
  rows.forEach((row, at) => {
    const last = row.kind === "code" ? row.line : row.last;
    if (row.kind === "outputs" && !row.replaced) return;
    rowOfLine.fill(at, row.line, last + 1);
  });
  let following = Math.max(rows.length - 1, 0);
  for (let line = count + 1; line >= 0; line--) {
    if (rowOfLine[line] === -1) rowOfLine[line] = following;
    else following = rowOfLine[line] ?? 0;
  }
  return rowOfLine;
}

/** Lays a file of the trace out; no rows where the trace does not hold it. */
export function layoutFile(index: TraceIndex, path: string, options: LayoutOptions): RowLayout {
  const source = index.sources.get(path);
  if (!source) {
    return { rows: [], rowOfLine: new Int32Array(1), reachedAt: new Int32Array(1) };
  }
  const rows = options.raw
    ? source.lines.map((_, at): Row => ({ kind: "code", line: at + 1, edge: "" }))
    : buildRows(index, source, options);
  return {
    rows,
    rowOfLine: rowsByLine(rows, source.lines.length),
    reachedAt: reachedSteps(index, source),
  };
}
