/**
 * Checks of a file (`assert` statements): where they stand and when they held. They are never steps
 * unless they fail.
 */
import { lastUpTo, stepPath, type TraceIndex } from "./traceIndex";

/** How a check stands at a step. */
export type CheckState = "held" | "waiting" | "failed";

/** A check as its mark shows it. */
export interface CheckMark {
  state: CheckState;
  /** How often it has held so far. */
  times: number;
}

/** Whether a check stands at the line. */
export function isCheck(index: TraceIndex, path: string, line: number): boolean {
  return index.checkSteps.get(path)?.has(line) ?? false;
}

/** The first step after which the check at a line held; null where it never did, or is none. */
export function checkStep(index: TraceIndex, path: string, line: number): number | null {
  return index.checkSteps.get(path)?.get(line)?.[0] ?? null;
}

/** The mark of the check at a line, or null where none stands. */
export function checkMark(
  index: TraceIndex,
  path: string,
  line: number,
  step: number,
): CheckMark | null {
  const steps = index.checkSteps.get(path)?.get(line);
  if (!steps) return null;
  const times = lastUpTo(steps, step) + 1;
  const failed = index.trace.failure?.step ?? null;
  const here = failed !== null && failed <= step && index.stepLine[failed] === line;
  if (here && stepPath(index, failed) === path) return { state: "failed", times };
  return { state: times > 0 ? "held" : "waiting", times };
}
