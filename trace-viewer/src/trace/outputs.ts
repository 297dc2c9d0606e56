/**
 * What the lecture shows at a statement, at a step.
 *
 * A statement that ran several times (a loop, a function called again) shows what it produced in
 * one activation of its function: the one that the reader is in or was in last.
 */
import { foldBenchmark } from "./benchmarks";
import type { Rendering, Step } from "./schema";
import { lastUpTo, type TraceIndex } from "./traceIndex";

/** What one step shows. */
export interface OutputGroup {
  step: number;
  /** Speaker's notes left out, unless the index has them shown. */
  outputs: readonly Rendering[];
  stdout: string;
  stderr: string;
}

interface StatementOutputs {
  groups: readonly OutputGroup[];
  /** Position in `groups` of the latest that has been reached, or -1. */
  latest: number;
  /** Groups that are left out because there are too many. */
  omitted: number;
  /** Which activation this is, from 1, and how many produced something here. */
  activation: number;
  activations: number;
}

const MOST_GROUPS = 40;
const NO_OUTPUTS: StatementOutputs = {
  groups: [],
  latest: -1,
  omitted: 0,
  activation: 1,
  activations: 1,
};

/** A benchmark shows all its rows so far: of several under one name only the last is kept. */
function withoutRepeats(groups: OutputGroup[]): OutputGroup[] {
  const seen = new Set<string>();
  const kept: OutputGroup[] = [];
  for (const group of groups.toReversed()) {
    const outputs = group.outputs.toReversed().filter((output) => {
      if (output.kind !== "benchmark") return true;
      const repeated = seen.has(output.name);
      seen.add(output.name);
      return !repeated;
    });
    outputs.reverse();
    if (outputs.length > 0 || group.stdout || group.stderr) kept.push({ ...group, outputs });
  }
  return kept.reverse();
}

/** Ready to be shown: notes for the speaker only where they are wanted, benchmarks with their rows so far. */
export function shownOutputs(index: TraceIndex, step: Step | undefined): Rendering[] {
  return (step?.outputs ?? [])
    .filter((output) => output.kind !== "note" || index.withNotes)
    .map((output) =>
      output.kind === "benchmark" ? foldBenchmark(index.benchmarks, output) : output,
    );
}

function groupOf(index: TraceIndex, id: number): OutputGroup {
  const step = index.trace.steps[id];
  const outputs = shownOutputs(index, step);
  return { step: id, outputs, stdout: step?.stdout ?? "", stderr: step?.stderr ?? "" };
}

interface Activation {
  steps: number[];
  activation: number;
  activations: number;
}

/** The activations of a statement: by frame, the steps at which it produced something. */
type Activations = Map<number, Activation>;
const known = new WeakMap<readonly number[], Activations>();

function activationsOf(index: TraceIndex, steps: readonly number[]): Activations {
  let byFrame = known.get(steps);
  if (byFrame) return byFrame;
  byFrame = new Map();
  for (const step of steps) {
    const frame = index.stepFrame[step] ?? 0;
    const entry = byFrame.get(frame);
    if (entry) entry.steps.push(step);
    else byFrame.set(frame, { steps: [step], activation: byFrame.size + 1, activations: 0 });
  }
  for (const entry of byFrame.values()) entry.activations = byFrame.size;
  known.set(steps, byFrame);
  return byFrame;
}

const latestResult = new WeakMap<readonly number[], { at: number; result: StatementOutputs }>();

/**
 * What the statement at `line` shows at `step`: all of the activation, reached or not. The result
 * is the same object for every step between two of its groups, so that nothing is drawn anew.
 */
export function outputsAt(
  index: TraceIndex,
  path: string,
  line: number,
  step: number,
): StatementOutputs {
  const steps = index.outputSteps.get(path)?.get(line);
  if (!steps) return NO_OUTPUTS;
  const at = lastUpTo(steps, step);
  const recent = latestResult.get(steps);
  if (recent?.at === at) return recent.result;
  const result = collect(index, steps, at, step);
  latestResult.set(steps, { at, result });
  return result;
}

function collect(
  index: TraceIndex,
  steps: readonly number[],
  at: number,
  step: number,
): StatementOutputs {
  const anchor = steps[Math.max(at, 0)] ?? 0;
  const chosen = activationsOf(index, steps).get(index.stepFrame[anchor] ?? 0);
  if (!chosen) return NO_OUTPUTS;
  const reached = lastUpTo(chosen.steps, step);
  const count = chosen.steps.length;
  const from = Math.max(0, Math.min(count - MOST_GROUPS, reached - MOST_GROUPS / 2));
  const shown = chosen.steps.slice(from, from + MOST_GROUPS);
  const groups = withoutRepeats(shown.map((id) => groupOf(index, id)));
  return {
    groups,
    latest: lastUpTo(
      groups.map((group) => group.step),
      step,
    ),
    omitted: count - shown.length,
    activation: chosen.activation,
    activations: chosen.activations,
  };
}
