/** Where each move leads: pure functions of the index and a step. All stay inside the trace. */
import { checkStep } from "./checks";
import { changeSteps } from "./environment";
import { isPassed } from "./quietSteps";
import { lastUpTo, stepPath, stepsAtLine, stepsOf, type TraceIndex } from "./traceIndex";

/** The nearest step that exists. */
export function clampStep(index: TraceIndex, step: number): number {
  return Math.min(Math.max(step, 0), index.stepCount - 1);
}

/** The step after this one; the last stays. */
export function nextStep(index: TraceIndex, step: number): number {
  return clampStep(index, step + 1);
}

/** The step before this one; the first stays. */
export function previousStep(index: TraceIndex, step: number): number {
  return clampStep(index, step - 1);
}

/**
 * The next or previous step at which there is something to see; where there is none, the last or
 * first step.
 */
export function passOver(index: TraceIndex, step: number, by: 1 | -1): number {
  let to = clampStep(index, step + by);
  while (isPassed(index, to) && clampStep(index, to + by) !== to) to += by;
  return to;
}

/** The next step that is not in a function called from here; at the end, the last step. */
export function stepOver(index: TraceIndex, step: number): number {
  const next = index.nextLevel[step] ?? -1;
  return next === -1 ? index.stepCount - 1 : next;
}

/** The previous step that is not in a function called from here; at the start, the first. */
export function stepOverBack(index: TraceIndex, step: number): number {
  return Math.max(index.previousLevel[step] ?? 0, 0);
}

/** Frames that called this one, the nearest first. */
export function ancestors(index: TraceIndex, frame: number): number[] {
  const result: number[] = [];
  let parent = index.trace.frames[frame]?.parent ?? null;
  while (parent !== null) {
    result.push(parent);
    parent = index.trace.frames[parent]?.parent ?? null;
  }
  return result;
}

/** The next step in a caller of this frame; the same step where there is none. */
export function stepOut(index: TraceIndex, step: number): number {
  const callers = ancestors(index, index.stepFrame[step] ?? 0);
  const candidates = callers.flatMap((frame) => {
    const steps = stepsOf(index.byFrame, frame);
    return steps[lastUpTo(steps, step) + 1] ?? [];
  });
  return candidates.length === 0 ? step : Math.min(...candidates);
}

/** The step of the caller from which this frame was entered; the same step in `main`. */
export function stepOutBack(index: TraceIndex, step: number): number {
  const callers = ancestors(index, index.stepFrame[step] ?? 0);
  const candidates = callers.flatMap((frame) => {
    const steps = stepsOf(index.byFrame, frame);
    return steps[lastUpTo(steps, step - 1)] ?? [];
  });
  return candidates.length === 0 ? step : Math.max(...candidates);
}

/** The nearest later (or earlier) step at which a variable of the frame changes, else `step`. */
export function stepToChange(
  index: TraceIndex,
  step: number,
  frame: number,
  name: string,
  direction: 1 | -1,
): number {
  const steps = changeSteps(index, frame, name);
  const position = direction === 1 ? lastUpTo(steps, step) + 1 : lastUpTo(steps, step - 1);
  return steps[position] ?? step;
}

/**
 * The next step at a line, counted round from here; of a check, the step before it. Null when the
 * line never ran.
 */
export function stepToLine(
  index: TraceIndex,
  step: number,
  path: string,
  line: number,
): number | null {
  const steps = stepsAtLine(index, path, line);
  return (
    steps[lastUpTo(steps, step) + 1] ??
    steps[0] ??
    checkStep(index, path, index.sources.get(path)?.first[line] ?? line)
  );
}

/** The first step at the line or, where it never ran, at the nearest line after it, then before. */
export function stepNearLine(index: TraceIndex, path: string, line: number): number | null {
  const count = index.sources.get(path)?.lines.length ?? 0;
  const wanted = Math.min(Math.max(line, 1), count);
  const below = Array.from({ length: count - wanted + 1 }, (_, offset) => wanted + offset);
  const above = Array.from({ length: Math.max(wanted - 1, 0) }, (_, offset) => wanted - 1 - offset);
  for (const candidate of [...below, ...above]) {
    const first = stepsAtLine(index, path, candidate)[0];
    if (first !== undefined) return first;
  }
  return null;
}

/** Where a reader of `path` is at `step`: the line there of the innermost frame in that file. */
export function lineInFile(index: TraceIndex, step: number, path: string): number | null {
  const frame = index.stepFrame[step] ?? 0;
  if (stepPath(index, step) === path) return index.stepLine[step] ?? null;
  const file = index.paths.indexOf(path);
  for (const caller of ancestors(index, frame)) {
    if (index.frameFile[caller] !== file) continue;
    const steps = stepsOf(index.byFrame, caller);
    const latest = steps[lastUpTo(steps, step)];
    if (latest !== undefined) return index.stepLine[latest] ?? null;
  }
  return null;
}
