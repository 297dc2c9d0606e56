/** Derived views of the state. Each is cheap at every step, or cached by what it depends on. */
import { variablesAt, type Variable } from "../trace/environment";
import { ancestors, lineInFile } from "../trace/navigation";
import { isNoteOnly } from "../trace/quietSteps";
import type { Question } from "../trace/questions";
import { sectionAt } from "../trace/sections";
import { lastUpTo, stepPath, stepsOf, type TraceIndex } from "../trace/traceIndex";
import { shownPlace } from "./paneReducer";
import type { Address, Opening, SourcePlace } from "./urlState";
import type { ViewerState } from "./viewerState";

interface StackEntry {
  frame: number;
  function: string;
  path: string;
  line: number;
}

/** The frame whose variables are shown. */
export function shownFrame(state: ViewerState): number {
  return state.frame ?? state.index.stepFrame[state.step] ?? 0;
}

/** The variables of the frame that is looked at. */
export function shownVariables(state: ViewerState): Variable[] {
  return variablesAt(state.index, shownFrame(state), state.step);
}

/** The call stack at a step, innermost first. */
export function callStack(index: TraceIndex, step: number): StackEntry[] {
  const innermost = index.stepFrame[step] ?? 0;
  return [innermost, ...ancestors(index, innermost)].map((frame) => {
    const steps = stepsOf(index.byFrame, frame);
    const latest = steps[Math.max(lastUpTo(steps, step), 0)] ?? step;
    return {
      frame,
      function: index.trace.frames[frame]?.function ?? "?",
      path: stepPath(index, latest),
      line: index.stepLine[latest] ?? 1,
    };
  });
}

/** The step whose line is marked: a note for the speaker leaves the mark where it was. */
export function markedStep({ index, step }: ViewerState): number {
  let shown = step;
  while (shown > 0 && isNoteOnly(index, shown)) shown--;
  return shown;
}

/** Current line of a file's column, and whether the step itself is there (or in a call below). */
export function markedLine(
  state: ViewerState,
  path: string,
): { line: number; here: boolean } | null {
  const step = markedStep(state);
  const line = lineInFile(state.index, step, path);
  return line === null ? null : { line, here: stepPath(state.index, step) === path };
}

/** The line from which the chosen call went on inwards, if it is in this file. */
export function chosenLine({ index, frame, step }: ViewerState, path: string): number | null {
  if (frame === null || index.paths[index.frameFile[frame] ?? -1] !== path) return null;
  const steps = stepsOf(index.byFrame, frame);
  return index.stepLine[steps[lastUpTo(steps, step)] ?? -1] ?? null;
}

/** What the implementation pane shows. */
export function panePlace(state: ViewerState): SourcePlace | null {
  return shownPlace(state.pane, state.index, state.step);
}

/** Position of the step's section, -1 before the first. */
export function currentSection(state: ViewerState): number {
  return sectionAt(state.index.sections, state.step);
}

/**
 * Whether this window may show the answer: the lecture has come to it, or the reader (in class, the
 * speaker) asked for it; one that came with its question also once the reader has answered.
 */
export function isRevealed(state: ViewerState, question: Question): boolean {
  const { revealStep, name, step } = question;
  if (question.answer === undefined) return false;
  if (revealStep !== null && state.step >= revealStep) return true;
  if (state.role !== "reader") return state.classroom.opened.has(name);
  const given = state.answers.get(name);
  return given !== undefined && (given.shown === true || revealStep === step + 1);
}

/** The question that the current step asks, or null. */
export function currentQuestion({ index, step }: ViewerState): Question | null {
  const asked = index.trace.steps[step]?.outputs?.find((output) => output.kind === "question");
  return (asked?.kind === "question" && index.questions.get(asked.name)) || null;
}

/** The address of what is shown; `opening` as it was given. */
export function toAddress(state: ViewerState, opening: Opening): Address {
  const opened = state.pane.open ? (state.pane.trail[state.pane.at] ?? null) : null;
  return {
    ...opening,
    step: state.step,
    shown: state.shown,
    frame: state.frame,
    variable: state.variable,
    animate: state.animate,
    raw: state.raw,
    source: opened,
  };
}
