/**
 * The implementation pane: which code is open beside the lecture.
 *
 * It follows the steps into other files until a link opens something; places opened by links form
 * a trail to walk back through. Pinned, it keeps its place while the lecture goes on.
 */
import { stepPath, type TraceIndex } from "../trace/traceIndex";
import type { SourcePlace } from "./urlState";

export interface PaneState {
  open: boolean;
  pinned: boolean;
  trail: readonly SourcePlace[];
  /** Position in `trail`, or -1: the pane follows the steps. */
  at: number;
}

export type PaneAction =
  | { type: "open-source"; place: SourcePlace }
  | { type: "close-pane" }
  | { type: "toggle-pane" }
  | { type: "pin-pane" }
  | { type: "follow-pane" }
  | { type: "pane-back" }
  | { type: "pane-forward" };

export const CLOSED: PaneState = { open: false, pinned: false, trail: [], at: -1 };
const LONGEST_TRAIL = 50;

const samePlace = (one: SourcePlace | undefined, other: SourcePlace) =>
  one?.path === other.path && one.first === other.first && one.last === other.last;

export function paneReducer(pane: PaneState, action: PaneAction): PaneState {
  switch (action.type) {
    case "open-source": {
      if (samePlace(pane.trail[pane.at], action.place)) return { ...pane, open: true };
      const kept = pane.trail.slice(0, pane.at + 1).slice(1 - LONGEST_TRAIL);
      const trail = [...kept, action.place];
      return { ...pane, open: true, trail, at: trail.length - 1 };
    }
    case "close-pane":
      return { ...pane, open: false, pinned: false };
    case "toggle-pane":
      return { ...pane, open: !pane.open };
    case "pin-pane":
      return { ...pane, pinned: !pane.pinned };
    case "follow-pane":
      return { ...pane, at: -1, pinned: false };
    case "pane-back":
      return pane.at < 0 ? pane : { ...pane, open: true, at: pane.at - 1 };
    case "pane-forward":
      return pane.at + 1 < pane.trail.length ? { ...pane, open: true, at: pane.at + 1 } : pane;
  }
}

/** The lecture stepped from one file into another: the pane opens and follows, unless pinned. */
export function followStep(pane: PaneState, from: string, to: string, main: string): PaneState {
  if (pane.pinned || from === to) return pane;
  if (to !== main) return { ...pane, open: true, at: -1 };
  return pane.at === -1 ? { ...pane, open: false } : pane;
}

/** The code that the pane shows at a step, or null: it follows, and the step is in the lecture. */
export function shownPlace(pane: PaneState, index: TraceIndex, step: number): SourcePlace | null {
  const opened = pane.trail[pane.at];
  if (opened) return opened;
  const path = stepPath(index, step);
  if (path === index.trace.main) return null;
  const line = index.stepLine[step] ?? 1;
  const frame = index.trace.frames[index.stepFrame[step] ?? 0];
  return { path, first: line, last: line, name: frame?.function ?? "" };
}
