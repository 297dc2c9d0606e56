/**
 * The implementation pane: which code is open beside the lecture.
 *
 * It follows the steps into other files until a link opens something; places opened by links form
 * a trail to walk back through. Pinned, it keeps its place while the lecture goes on.
 */
import { stepPath, type TraceIndex } from "../trace/traceIndex";
import type { SourcePlace } from "./urlState";

/** What is open beside the lecture. */
export interface PaneState {
  open: boolean;
  pinned: boolean;
  trail: readonly SourcePlace[];
  /** Position in `trail`, or -1: the pane follows the steps. */
  at: number;
}

/** What the reader may do with the pane. */
export type PaneAction =
  | { type: "open"; place: SourcePlace }
  | { type: "close" }
  | { type: "toggle" }
  | { type: "pin" }
  | { type: "follow" }
  | { type: "back" }
  | { type: "forward" };

/** The pane of a lecture that has just been opened. */
export const CLOSED: PaneState = { open: false, pinned: false, trail: [], at: -1 };
const LONGEST_TRAIL = 50;

const samePlace = (one: SourcePlace | undefined, other: SourcePlace) =>
  one?.path === other.path && one.first === other.first && one.last === other.last;

/** What an action changes; the trail keeps its latest fifty places. */
export function paneReducer(pane: PaneState, action: PaneAction): PaneState {
  switch (action.type) {
    case "open": {
      if (samePlace(pane.trail[pane.at], action.place)) return { ...pane, open: true };
      const kept = pane.trail.slice(0, pane.at + 1).slice(1 - LONGEST_TRAIL);
      const trail = [...kept, action.place];
      return { ...pane, open: true, trail, at: trail.length - 1 };
    }
    case "close":
      return { ...pane, open: false, pinned: false };
    case "toggle":
      return { ...pane, open: !pane.open };
    case "pin":
      return { ...pane, pinned: !pane.pinned };
    case "follow":
      return { ...pane, at: -1, pinned: false };
    case "back":
      return pane.at < 0 ? pane : { ...pane, open: true, at: pane.at - 1 };
    case "forward":
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
