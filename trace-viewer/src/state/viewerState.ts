/** All that the page shows of a trace, and everything that can happen to it. No logic. */
import type { TraceIndex } from "../trace/traceIndex";
import type { AnswerAction, Answers } from "./answers";
import { EMPTY_CLASSROOM, type Classroom, type ClassroomAction, type Role } from "./classroom";
import { NOT_LIVE, type LiveEvent, type LiveState } from "./live";
import { CLOSED, type PaneAction, type PaneState } from "./paneReducer";
import type { Address, AnimateMode } from "./urlState";

/** What lies over the page. */
export type Dialog = "help" | "search" | "tools" | null;
/** On narrow screens one of these covers the lecture. */
export type Sheet = "variables" | null;

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
  /** Opened at the place where the reader was the last time. */
  resumed: boolean;
  live: LiveState;
  role: Role;
  classroom: Classroom;
  /** The reader's own answers to the questions. */
  answers: Answers;
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
  /** Go to where the reader was the last time. */
  | { type: "resume"; step: number }
  /** Back to the first step. */
  | { type: "start-over" }
  | { type: "live"; event: LiveEvent }
  | { type: "role"; role: Role }
  | { type: "classroom"; action: ClassroomAction }
  | { type: "answers"; action: AnswerAction }
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
    resumed: false,
    live: NOT_LIVE,
    role: "reader",
    classroom: EMPTY_CLASSROOM,
    answers: new Map(),
  };
}
