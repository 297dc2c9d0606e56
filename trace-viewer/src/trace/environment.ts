/**
 * Values of the inspected expressions of a frame at a step.
 *
 * The trace stores changes. Per frame and expression a list of the steps that change it is made
 * when the frame is first looked at; a look-up is then one binary search per expression.
 */
import type { Value } from "./schema";
import { lastUpTo, stepsOf, type TraceIndex } from "./traceIndex";

/** An expression with its value, as the panel lists it. */
export interface Variable {
  name: string;
  value: Value;
  /** Value before the latest change, if it had one. */
  previous: Value | undefined;
  /** What the frame's latest step did to it. */
  status: "new" | "changed" | "same";
  /** The step of the latest change. */
  since: number;
  /** How many values it has in this frame over the whole lecture. */
  changes: number;
}

/** A value that an expression was given, and when. */
export interface HistoryPoint {
  step: number;
  value: Value;
}

/** Ascending steps that set an expression; a negative entry `~step` marks where it was cleared. */
type Marks = number[];
interface Track {
  marks: Marks;
  /** How many of them set it. */
  changes: number;
}
type FrameTable = Map<string, Track>;

const MOST_TABLES = 500;
const tables = new WeakMap<TraceIndex, Map<number, FrameTable>>();

function buildTable(index: TraceIndex, frame: number): FrameTable {
  const table: FrameTable = new Map();
  for (const id of stepsOf(index.byFrame, frame)) {
    const step = index.trace.steps[id];
    for (const name of step?.cleared ?? []) table.get(name)?.marks.push(~id);
    for (const name in step?.changes ?? {}) {
      const track = table.get(name) ?? { marks: [], changes: 0 };
      track.marks.push(id);
      track.changes += 1;
      table.set(name, track);
    }
  }
  return table;
}

function frameTable(index: TraceIndex, frame: number): FrameTable {
  const known = tables.get(index) ?? new Map<number, FrameTable>();
  tables.set(index, known);
  let table = known.get(frame);
  if (!table) {
    if (known.size >= MOST_TABLES) known.delete(known.keys().next().value ?? frame);
    known.set(frame, (table = buildTable(index, frame)));
  }
  return table;
}

const stepOfMark = (mark: number) => (mark < 0 ? ~mark : mark);

/** Position of the last mark at or before `step`, or -1. */
function lastMark(marks: Marks, step: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stepOfMark(marks[middle] ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function valueAt(index: TraceIndex, mark: number | undefined, name: string): Value | undefined {
  if (mark === undefined || mark < 0) return undefined;
  return index.trace.steps[mark]?.changes?.[name];
}

/** The expressions of `frame` that have a value at `step`, in order of first appearance. */
export function variablesAt(index: TraceIndex, frame: number, step: number): Variable[] {
  const steps = stepsOf(index.byFrame, frame);
  const latest = steps[lastUpTo(steps, step)];
  if (latest === undefined) return [];
  const variables: Variable[] = [];
  for (const [name, { marks, changes }] of frameTable(index, frame)) {
    const position = lastMark(marks, step);
    const since = marks[position];
    const value = valueAt(index, since, name);
    if (since === undefined || value === undefined) continue;
    const previous = valueAt(index, marks[position - 1], name);
    const now = since === latest;
    const status = !now ? "same" : previous === undefined ? "new" : "changed";
    variables.push({ name, value, previous, status, since, changes });
  }
  return variables;
}

/** Ascending steps that give `name` a value in `frame`. */
export function changeSteps(index: TraceIndex, frame: number, name: string): number[] {
  return (frameTable(index, frame).get(name)?.marks ?? []).filter((mark) => mark >= 0);
}

/** Whether the trace gives `name` a value anywhere. */
export function isInspected(index: TraceIndex, name: string): boolean {
  return index.trace.steps.some(({ changes }) => changes && Object.hasOwn(changes, name));
}

/** Every value of `name` in `frame`, in order. */
export function valueHistory(index: TraceIndex, frame: number, name: string): HistoryPoint[] {
  return changeSteps(index, frame, name).flatMap((step) => {
    const value = index.trace.steps[step]?.changes?.[name];
    return value === undefined ? [] : [{ step, value }];
  });
}
