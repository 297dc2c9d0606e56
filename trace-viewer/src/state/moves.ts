/** Ways through the lecture: (state, where to) → state. Pure. */
import { variablesAt } from "../trace/environment";
import * as navigation from "../trace/navigation";
import { sectionAt } from "../trace/sections";
import { stepPath } from "../trace/traceIndex";
import { followStep } from "./paneReducer";
import type { Move, ViewerState } from "./viewerState";

/** How many outputs an animated step has; 0 for any other step. */
export function animatedOutputs(state: ViewerState, step: number): number {
  const found = state.index.trace.steps[step];
  return state.animate !== "off" && found?.animate ? (found.outputs?.length ?? 0) : 0;
}

/** Whether there is nothing more to show: the last step, with all of its outputs. */
export function isAtEnd(state: ViewerState): boolean {
  const { step, shown, index } = state;
  if (step < index.stepCount - 1) return false;
  return shown === null || shown >= animatedOutputs(state, step);
}

/** To the nearest step that exists; `jump`: worth an entry of the browser's history. */
export function goTo(
  state: ViewerState,
  wanted: number,
  jump: boolean,
  shown?: number | null,
): ViewerState {
  const { index } = state;
  const step = navigation.clampStep(index, wanted);
  const jumps = state.jumps + (jump ? 1 : 0);
  if (step === state.step && shown === undefined) return state;
  const from = stepPath(index, state.step);
  const pane = followStep(state.pane, from, stepPath(index, step), index.trace.main);
  return { ...state, step, shown: shown ?? null, frame: null, pane, jumps, notice: "" };
}

function sectionStep(state: ViewerState, direction: 1 | -1): number {
  const { sections } = state.index;
  const at = sectionAt(sections, state.step);
  const here = sections[at]?.step;
  if (direction === 1) return sections[at + 1]?.step ?? state.step;
  return (here !== state.step ? here : sections[at - 1]?.step) ?? 0;
}

function nextInAnimation(state: ViewerState): ViewerState {
  const outputs = animatedOutputs(state, state.step);
  const shown = state.shown ?? outputs;
  if (shown < outputs) return { ...state, shown: shown + 1 };
  const step = navigation.passOver(state.index, state.step, 1);
  return goTo(state, step, false, animatedOutputs(state, step) > 1 ? 1 : null);
}

function previousInAnimation(state: ViewerState): ViewerState {
  const shown = state.shown ?? animatedOutputs(state, state.step);
  if (shown > 1) return { ...state, shown: shown - 1 };
  return goTo(state, navigation.passOver(state.index, state.step, -1), false, null);
}

/** The state after a move. */
export function move(state: ViewerState, action: Move): ViewerState {
  const { index, step } = state;
  switch (action) {
    case "next":
      return isAtEnd(state) ? state : nextInAnimation(state);
    case "previous":
      if (step === 0 && (state.shown ?? 0) <= 1) return state;
      return previousInAnimation(state);
    case "over":
      return goTo(state, navigation.stepOver(index, step), false);
    case "over-back":
      return goTo(state, navigation.stepOverBack(index, step), false);
    case "out":
      return goTo(state, navigation.stepOut(index, step), false);
    case "out-back":
      return goTo(state, navigation.stepOutBack(index, step), false);
    case "first":
      return goTo(state, 0, true);
    case "last":
      return goTo(state, index.stepCount - 1, true);
    case "next-section":
      return goTo(state, sectionStep(state, 1), true);
    case "previous-section":
      return goTo(state, sectionStep(state, -1), true);
  }
}

/** To a change of the named variable, of the marked one or of the first. */
export function goToChange(state: ViewerState, direction: 1 | -1, named?: string): ViewerState {
  const { index, step } = state;
  const frame = state.frame ?? index.stepFrame[step] ?? 0;
  const known = variablesAt(index, frame, step);
  const marked = known.find((variable) => variable.name === state.variable) ?? known[0];
  const name = named ?? marked?.name;
  if (name === undefined) return { ...state, notice: "No variable is inspected here." };
  const to = navigation.stepToChange(index, step, frame, name, direction);
  if (to !== step) return { ...goTo(state, to, false), variable: name };
  const when = direction === 1 ? "later" : "earlier";
  return { ...state, notice: `${name} has no ${when} change in this frame.` };
}

/** To the next step at a line, or why there is none. */
export function goToLine(state: ViewerState, path: string, line: number): ViewerState {
  const step = navigation.stepToLine(state.index, state.step, path, line);
  if (step === null) return { ...state, notice: `Line ${line} was not run.` };
  return goTo(state, step, true);
}

/** Play from where the reader is or, at the end, once more from the start. */
export function play(state: ViewerState, playing: boolean): ViewerState {
  if (!playing || !isAtEnd(state)) return { ...state, playing };
  const first = animatedOutputs(state, 0) > 1 ? 1 : null;
  return { ...goTo(state, 0, true, first), playing };
}
