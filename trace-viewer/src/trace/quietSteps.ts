/**
 * Steps at which there is nothing to see: a note for the speaker, and a bare call of a section
 * (`tokenizer()`) on the way in or out. Moving on passes over them.
 */
import { statementText } from "./sourceIndex";
import { stepPath, type TraceIndex } from "./traceIndex";

/** Whether a step shows, prints or changes nothing, speaker's notes left aside. */
function isSilent(index: TraceIndex, step: number): boolean {
  const found = index.trace.steps[step];
  if (!found || index.trace.failure?.step === step) return false;
  const { outputs, changes, cleared, stdout, stderr } = found;
  if (stdout || stderr || cleared?.length) return false;
  for (const _ in changes ?? {}) return false;
  return (outputs ?? []).every(({ kind }) => kind === "note");
}

/** Whether all that a step has is a note for the speaker. */
export function isNoteOnly(index: TraceIndex, step: number): boolean {
  return (index.trace.steps[step]?.outputs?.length ?? 0) > 0 && isSilent(index, step);
}

const BARE_CALL = /^(?:\w+\.)*\w+\(\)\s*(?:#.*)?$/;

/** Whether a step only enters a section, or comes back from it. */
export function isBareCall(index: TraceIndex, step: number): boolean {
  if (!isSilent(index, step)) return false;
  const next = index.trace.frames[index.stepFrame[step + 1] ?? -1];
  const enters = next?.call_step === step;
  if (!enters && index.trace.steps[step]?.resumed !== true) return false;
  const source = index.sources.get(stepPath(index, step));
  return source !== undefined && BARE_CALL.test(statementText(source, index.stepLine[step] ?? 0));
}

/** Whether moving step by step passes over it. */
export function isPassed(index: TraceIndex, step: number): boolean {
  return isNoteOnly(index, step) || isBareCall(index, step);
}
