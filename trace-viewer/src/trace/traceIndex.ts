/**
 * Everything that a step needs, prepared once per trace so that no step scans the trace.
 *
 * Input: a checked Trace. Output: typed arrays by step and by frame, steps and outputs by path
 * *and* line, sections. Environments are folded per frame on first use (`environment.ts`).
 */
import { buildBenchmarks, type Benchmarks } from "./benchmarks";
import { buildChecks, type CheckSteps } from "./checkSteps";
import { buildQuestions, type Questions } from "./questions";
import { buildSections, type TraceSection } from "./sections";
import { buildSource, statementStart, type SourceIndex } from "./sourceIndex";
import type { Trace } from "./schema";

/** Lists of ascending step numbers, one list per key, stored end to end. */
interface StepLists {
  /** List `k` is `steps[start[k] .. start[k + 1]]`. */
  readonly start: Int32Array;
  readonly steps: Int32Array;
}

/** What is known of a trace: see the head of this file. */
export interface TraceIndex {
  readonly trace: Trace;
  readonly stepCount: number;
  readonly paths: readonly string[];
  readonly sources: ReadonlyMap<string, SourceIndex>;
  /** By frame: index into `paths`, and number of ancestors. */
  readonly frameFile: Int32Array;
  readonly frameDepth: Int32Array;
  /** By step: its frame and the first line of its statement. */
  readonly stepFrame: Int32Array;
  readonly stepLine: Int32Array;
  /** By step: the nearest later and earlier step at the same depth or less, or -1. */
  readonly nextLevel: Int32Array;
  readonly previousLevel: Int32Array;
  readonly byFrame: StepLists;
  /** By file (index into `paths`), then by line. */
  readonly byLine: readonly StepLists[];
  /** Steps that show or print something, by `path` and statement line. */
  readonly outputSteps: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
  /** Steps that print something, ascending. */
  readonly printSteps: readonly number[];
  readonly sections: readonly TraceSection[];
  readonly questions: Questions;
  readonly checkSteps: CheckSteps;
  readonly benchmarks: Benchmarks;
  /** Speaker's notes are shown in their places: in a handout that was asked to have them. */
  readonly withNotes?: boolean;
}

const EMPTY = { text: "", language: "text" } as const;

/** Sort steps into lists by key, keeping their order (counting sort). */
function groupSteps(keys: Int32Array, keyCount: number): StepLists {
  const start = new Int32Array(keyCount + 1);
  for (const key of keys) if (key >= 0) start[key + 1] = (start[key + 1] ?? 0) + 1;
  for (let key = 0; key < keyCount; key++)
    start[key + 1] = (start[key + 1] ?? 0) + (start[key] ?? 0);
  const fill = start.slice();
  const steps = new Int32Array(start[keyCount] ?? 0);
  keys.forEach((key, step) => {
    if (key < 0) return;
    steps[fill[key] ?? 0] = step;
    fill[key] = (fill[key] ?? 0) + 1;
  });
  return { start, steps };
}

/** The steps of one list, as a view. */
export function stepsOf(lists: StepLists, key: number): Int32Array {
  if (key < 0 || key + 1 >= lists.start.length) return lists.steps.subarray(0, 0);
  return lists.steps.subarray(lists.start[key], lists.start[key + 1]);
}

/** By step: the nearest step in direction `by` whose depth is not greater, or -1. */
function nearestLevel(depths: Int32Array, by: 1 | -1): Int32Array {
  const result = new Int32Array(depths.length).fill(-1);
  const open: number[] = [];
  const from = by === 1 ? depths.length - 1 : 0;
  for (let step = from; step >= 0 && step < depths.length; step -= by) {
    const depth = depths[step] ?? 0;
    while (open.length > 0 && (depths[open.at(-1) ?? 0] ?? 0) > depth) open.pop();
    result[step] = open.at(-1) ?? -1;
    open.push(step);
  }
  return result;
}

function buildByLine(
  sources: SourceIndex[],
  stepFile: Int32Array,
  stepLine: Int32Array,
): StepLists[] {
  return sources.map((source, file) => {
    const keys = stepLine.map((line, step) => (stepFile[step] === file ? line : -1));
    const longest = keys.reduce((most, line) => Math.max(most, line), source.lines.length);
    return groupSteps(keys, longest + 1);
  });
}

function buildOutputSteps(
  trace: Trace,
  paths: string[],
  stepFile: Int32Array,
  stepLine: Int32Array,
): Map<string, Map<number, number[]>> {
  const result = new Map(paths.map((path) => [path, new Map<number, number[]>()]));
  trace.steps.forEach((step, id) => {
    if (!step.outputs?.length && !step.stdout && !step.stderr) return;
    const lines = result.get(paths[stepFile[id] ?? 0] ?? "");
    const line = stepLine[id] ?? step.line;
    const list = lines?.get(line);
    if (list) list.push(id);
    else lines?.set(line, [id]);
  });
  return result;
}

/** Prepares a checked trace for look-ups. */
export function buildIndex(trace: Trace): TraceIndex {
  const paths = [...new Set([...Object.keys(trace.files), ...trace.frames.map((f) => f.path)])];
  const fileOf = new Map(paths.map((path, file) => [path, file]));
  const sourceList = paths.map((path) =>
    // Not by `files[path]` alone: a frame may name a file `constructor`.
    buildSource(path, (Object.hasOwn(trace.files, path) && trace.files[path]) || EMPTY),
  );
  const sources = new Map(sourceList.map((source) => [source.path, source]));
  const frameFile = Int32Array.from(trace.frames, (frame) => fileOf.get(frame.path) ?? 0);
  const frameDepth = new Int32Array(trace.frames.length);
  trace.frames.forEach((frame, id) => {
    if (typeof frame.parent === "number") frameDepth[id] = (frameDepth[frame.parent] ?? 0) + 1;
  });
  const stepFrame = Int32Array.from(trace.steps, (step) => step.frame);
  const stepFile = stepFrame.map((frame) => frameFile[frame] ?? 0);
  const stepLine = Int32Array.from(trace.steps, (step, id) => {
    const source = sourceList[stepFile[id] ?? 0];
    return source ? statementStart(source, step.line) : step.line;
  });
  const depths = stepFrame.map((frame) => frameDepth[frame] ?? 0);
  return {
    trace,
    stepCount: trace.steps.length,
    paths,
    sources,
    frameFile,
    frameDepth,
    stepFrame,
    stepLine,
    nextLevel: nearestLevel(depths, 1),
    previousLevel: nearestLevel(depths, -1),
    byFrame: groupSteps(stepFrame, trace.frames.length),
    byLine: buildByLine(sourceList, stepFile, stepLine),
    outputSteps: buildOutputSteps(trace, paths, stepFile, stepLine),
    printSteps: trace.steps.flatMap((step, id) => (step.stdout || step.stderr ? [id] : [])),
    sections: buildSections(trace, stepLine),
    questions: buildQuestions(trace),
    checkSteps: buildChecks(trace),
    benchmarks: buildBenchmarks(trace),
  };
}

/** Path of the file in which a step runs. */
export function stepPath(index: TraceIndex, step: number): string {
  return index.paths[index.frameFile[index.stepFrame[step] ?? 0] ?? 0] ?? index.trace.main;
}

/** Ascending steps of the statement at `line` of `path`. */
export function stepsAtLine(index: TraceIndex, path: string, line: number): Int32Array {
  const source = index.sources.get(path);
  const lists = index.byLine[index.paths.indexOf(path)];
  if (!source || !lists) return new Int32Array(0);
  return stepsOf(lists, statementStart(source, line));
}

/** Position of the last entry ≤ `step` in an ascending list, or -1. */
export function lastUpTo(steps: ArrayLike<number>, step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
