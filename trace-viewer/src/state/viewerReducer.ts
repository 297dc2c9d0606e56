/** (state, action) → state: the one place where what is shown changes. Pure. */
import { keepPlace } from "../trace/keepPlace";
import type { TraceIndex } from "../trace/traceIndex";
import { answersReducer } from "./answers";
import { classroomReducer } from "./classroom";
import { liveReducer } from "./live";
import { goTo, goToChange, goToLine, move, play } from "./moves";
import { CLOSED, paneReducer, shownPlace, type PaneAction } from "./paneReducer";
import { restore } from "./restore";
import type { AnimateMode } from "./urlState";
import type { ViewerAction, ViewerState } from "./viewerState";

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

/** As in slide programs: the first press brings the picture back. */
function unblank(state: ViewerState): ViewerState {
  const classroom = classroomReducer(state.classroom, { type: "blank", blank: false });
  return { ...state, classroom };
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
      if (state.classroom.blank) return unblank(state);
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
    case "resume": {
      const notice = `You are where you left off, at step ${action.step + 1}.`;
      return { ...goTo(state, action.step, false), resumed: true, notice };
    }
    case "start-over":
      return { ...goTo(state, 0, true), resumed: false, notice: "" };
    case "live":
      return { ...state, live: liveReducer(state.live, action.event) };
    case "role":
      return { ...state, role: action.role };
    case "classroom":
      return { ...state, classroom: classroomReducer(state.classroom, action.action) };
    case "answers":
      return { ...state, answers: answersReducer(state.answers, action.action) };
    case "replace-trace":
      return replaceTrace(state, action.index);
  }
}
