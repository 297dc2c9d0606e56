/** What is shown of one trace: position, flags, pane, dialogs. (state, action) → state, pure. */
import { isInspected, variablesAt } from "../trace/environment";
import { keepPlace } from "../trace/keepPlace";
import { findDefinition, findSource } from "../trace/movedSource";
import * as navigation from "../trace/navigation";
import { sectionAt } from "../trace/sections";
import { stepPath, type TraceIndex } from "../trace/traceIndex";
import {
  CLOSED,
  followStep,
  paneReducer,
  shownPlace,
  type PaneAction,
  type PaneState,
} from "./paneReducer";
import { liveReducer, NOT_LIVE, type LiveEvent, type LiveState } from "./live";
import type { Address, AnimateMode, SourcePlace } from "./urlState";

type Dialog = "help" | "search" | null;
/** On narrow screens one of these covers the lecture. */
type Sheet = "variables" | null;

/** All that the page shows of a trace. */
export interface ViewerState {
  index: TraceIndex;
  step: number;
  /** Outputs of an animated step that are visible; otherwise all are. */
  shown: number | null;
  animate: AnimateMode;
  raw: boolean;
  /** The frame chosen in the call stack, or null for the step's own. */
  frame: number | null;
  /** The variable that the keys for its changes are about. */
  variable: string | null;
  pane: PaneState;
  unfolded: ReadonlySet<number>;
  dialog: Dialog;
  sidebar: boolean;
  sheet: Sheet;
  playing: boolean;
  /** Steps per second. */
  speed: number;
  /** Counts jumps: each is an entry of the browser's history. */
  jumps: number;
  /** What was put right or could not be done, for the reader. */
  notice: string;
  live: LiveState;
}

/** A way through the steps. */
export type Move =
  | "next"
  | "previous"
  | "over"
  | "over-back"
  | "out"
  | "out-back"
  | "first"
  | "last"
  | "next-section"
  | "previous-section";

/** Everything that can happen to the state. */
export type ViewerAction =
  /** For the implementation pane. */
  | { type: "pane"; action: PaneAction }
  | { type: "move"; move: Move }
  /** To the next or previous change of a variable: the named one, the marked one or the first. */
  | { type: "change"; name?: string; direction: 1 | -1 }
  /** `jump`: worth an entry of the browser's history. */
  | { type: "go"; step: number; jump: boolean; shown?: number | null }
  | { type: "line"; path: string; line: number }
  | { type: "restore"; address: Address; problems: string[] }
  /** Another window moved: be where it is. */
  | { type: "follow"; step: number; shown: number | null; animate: AnimateMode }
  | { type: "frame"; frame: number | null }
  | { type: "variable"; name: string }
  | { type: "animate" }
  | { type: "raw" }
  | { type: "unfold"; line: number }
  | { type: "dialog"; dialog: Dialog }
  | { type: "sidebar"; open?: boolean }
  | { type: "sheet"; sheet: Sheet }
  | { type: "play"; playing?: boolean }
  | { type: "speed"; speed: number }
  | { type: "notice"; text: string }
  | { type: "live"; event: LiveEvent }
  /** The lecture was recorded again. */
  | { type: "replace-trace"; index: TraceIndex };

/** Steps per second to choose from. */
export const SPEEDS = [0.5, 1, 2, 4, 8] as const;

/** A trace at its first step, everything at its default. */
export function initialState(index: TraceIndex): ViewerState {
  return {
    index,
    step: 0,
    shown: null,
    animate: "off",
    raw: false,
    frame: null,
    variable: null,
    pane: CLOSED,
    unfolded: new Set(),
    dialog: null,
    sidebar: false,
    sheet: null,
    playing: false,
    speed: 1,
    jumps: 0,
    notice: "",
    live: NOT_LIVE,
  };
}

/** How many outputs an animated step has; 0 for any other step. */
function animatedOutputs(state: ViewerState, step: number): number {
  const found = state.index.trace.steps[step];
  return state.animate !== "off" && found?.animate ? (found.outputs?.length ?? 0) : 0;
}

/** Whether there is nothing more to show: the last step, with all of its outputs. */
export function isAtEnd(state: ViewerState): boolean {
  const { step, shown, index } = state;
  if (step < index.stepCount - 1) return false;
  return shown === null || shown >= animatedOutputs(state, step);
}

function goTo(
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
  const step = navigation.nextStep(state.index, state.step);
  return goTo(state, step, false, animatedOutputs(state, step) > 1 ? 1 : null);
}

function previousInAnimation(state: ViewerState): ViewerState {
  const shown = state.shown ?? animatedOutputs(state, state.step);
  if (shown > 1) return { ...state, shown: shown - 1 };
  return goTo(state, navigation.previousStep(state.index, state.step), false, null);
}

function move(state: ViewerState, action: Move): ViewerState {
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

function goToChange(state: ViewerState, direction: 1 | -1, named?: string): ViewerState {
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

function goToLine(state: ViewerState, path: string, line: number): ViewerState {
  const step = navigation.stepToLine(state.index, state.step, path, line);
  if (step === null) return { ...state, notice: `Line ${line} was not run.` };
  return goTo(state, step, true);
}

/** Where the code of an older address is now: at its name, if it has one, else at its line. */
function movedPlace(
  index: TraceIndex,
  source: SourcePlace,
  path: string,
  problems: string[],
): SourcePlace {
  problems.push(`${source.path} is now ${path}.`);
  const lines = index.sources.get(path)?.lines.length ?? 1;
  const first = findDefinition(index, path, source.name) ?? Math.min(source.first, lines);
  return { ...source, path, first, last: Math.min(first + source.last - source.first, lines) };
}

/** The place that an address names, or a problem. */
function checkSource(
  index: TraceIndex,
  source: SourcePlace,
  problems: string[],
): SourcePlace | null {
  const path = findSource(index, source.path);
  if (path === null) {
    problems.push(`There is no source ${source.path} in this trace.`);
    return null;
  }
  if (path !== source.path) return movedPlace(index, source, path, problems);
  const lines = index.sources.get(path)?.lines.length ?? 0;
  if (source.first <= lines) return { ...source, last: Math.min(source.last, lines) };
  problems.push(`${source.path} has ${lines} lines; line ${source.first} is not one of them.`);
  return { ...source, first: lines, last: lines };
}

/** A caller of the step's own frame, or null for that one; anything else is a problem. */
function checkFrame(
  index: TraceIndex,
  step: number,
  frame: number | null,
  problems: string[],
): number | null {
  const own = index.stepFrame[step] ?? 0;
  if (frame === null || frame === own) return null;
  if (navigation.ancestors(index, own).includes(frame)) return frame;
  problems.push(`Frame ${frame} is not one of the calls that led to step ${step}.`);
  return null;
}

function checkVariable(index: TraceIndex, name: string | null, problems: string[]): string | null {
  if (name === null || isInspected(index, name)) return name;
  problems.push(`No variable ${name.slice(0, 40)} is inspected in this trace.`);
  return null;
}

/** Show what an address names, as far as the trace has it. */
function restore(state: ViewerState, address: Address, found: string[]): ViewerState {
  const { index } = state;
  const problems = [...found];
  const last = index.stepCount - 1;
  const source = address.source && checkSource(index, address.source, problems);
  const inLecture = source?.path === index.trace.main && address.step === null;
  const wanted = inLecture
    ? (navigation.stepNearLine(index, source.path, source.first) ?? 0)
    : (address.step ?? 0);
  if (wanted < 0 || wanted > last) {
    problems.push(`There is no step ${wanted}: the lecture has steps 0 to ${last}.`);
  }
  const step = navigation.clampStep(index, wanted);
  const moved = goTo({ ...state, animate: address.animate, raw: address.raw }, step, false);
  const outputs = animatedOutputs(moved, step);
  const shown = address.shown === null || outputs < 2 ? null : Math.max(1, address.shown);
  const frame = checkFrame(index, step, address.frame, problems);
  const variable = checkVariable(index, address.variable, problems);
  const elsewhere = stepPath(index, step) !== index.trace.main;
  const pane: PaneState =
    source && !inLecture
      ? paneReducer(moved.pane, { type: "open", place: source })
      : { ...moved.pane, open: elsewhere || moved.pane.pinned, at: -1 };
  return { ...moved, shown, frame, variable, pane, dialog: null, notice: problems.join(" ") };
}

/** Play from where the reader is or, at the end, once more from the start. */
function play(state: ViewerState, playing: boolean): ViewerState {
  if (!playing || !isAtEnd(state)) return { ...state, playing };
  const first = animatedOutputs(state, 0) > 1 ? 1 : null;
  return { ...goTo(state, 0, true, first), playing };
}

/** Pinning what follows the steps keeps the code that is there; where there is none, nothing. */
function pin(state: ViewerState): ViewerState {
  const { pinned } = state.pane;
  const place = pinned ? null : shownPlace(state.pane, state.index, state.step);
  if (place === null && !pinned) {
    return { ...state, notice: "The step is in the lecture itself: there is no code to pin." };
  }
  const pane = place ? paneReducer(state.pane, { type: "open", place }) : state.pane;
  return { ...state, pane: paneReducer(pane, { type: "pin" }) };
}

/** The same place in a new trace of the same lecture. */
function replaceTrace(state: ViewerState, index: TraceIndex): ViewerState {
  const step = keepPlace(state.index, state.step, index);
  const opened = state.pane.trail[state.pane.at];
  const gone = opened !== undefined && !index.sources.has(opened.path);
  const pane = gone ? { ...CLOSED, pinned: false } : state.pane;
  return { ...state, index, step, pane, shown: null, frame: null, unfolded: new Set() };
}

const NEXT_MODE: Record<AnimateMode, AnimateMode> = { off: "dim", dim: "hide", hide: "off" };

function changePane(state: ViewerState, action: PaneAction): ViewerState {
  if (action.type === "pin") return pin(state);
  const pane = paneReducer(state.pane, action);
  return { ...state, pane, jumps: state.jumps + (action.type === "open" ? 1 : 0) };
}

/** The state after an action; the same object where nothing changes. */
export function viewerReducer(state: ViewerState, action: ViewerAction): ViewerState {
  switch (action.type) {
    case "pane":
      return changePane(state, action.action);
    case "move":
      return move(state, action.move);
    case "change":
      return goToChange(state, action.direction, action.name);
    case "go":
      return goTo(state, action.step, action.jump, action.shown);
    case "line":
      return goToLine(state, action.path, action.line);
    case "restore":
      return restore(state, action.address, action.problems);
    case "follow":
      return goTo({ ...state, animate: action.animate }, action.step, false, action.shown);
    case "frame":
      return { ...state, frame: action.frame };
    case "variable":
      return { ...state, variable: action.name };
    case "animate":
      return { ...state, animate: NEXT_MODE[state.animate], shown: null };
    case "raw":
      return { ...state, raw: !state.raw };
    case "unfold":
      return { ...state, unfolded: new Set([...state.unfolded, action.line]) };
    case "dialog":
      return { ...state, dialog: action.dialog, playing: false };
    case "sidebar":
      return { ...state, sidebar: action.open ?? !state.sidebar };
    case "sheet":
      return { ...state, sheet: action.sheet };
    case "play":
      return play(state, action.playing ?? !state.playing);
    case "speed":
      return { ...state, speed: action.speed };
    case "notice":
      return { ...state, notice: action.text };
    case "live":
      return { ...state, live: liveReducer(state.live, action.event) };
    case "replace-trace":
      return replaceTrace(state, action.index);
  }
}
