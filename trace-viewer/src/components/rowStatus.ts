/** How a row stands to the current step. Asked by every visible row at every step: kept cheap. */
import { markedLine } from "../state/selectors";
import type { ViewerState } from "../state/viewerReducer";
import { useSelected } from "./viewerContext";

/** `here`: the step; `calling`: the step is in a call made here; `ahead`/`unseen`: not reached. */
export type RowStatus = "here" | "calling" | "ahead" | "unseen" | undefined;

let remembered: { state: ViewerState; path: string; mark: ReturnType<typeof markedLine> } | null =
  null;

function markOf(state: ViewerState, path: string) {
  if (remembered?.state !== state || remembered.path !== path) {
    remembered = { state, path, mark: markedLine(state, path) };
  }
  return remembered.mark;
}

/** Dimmed or hidden, when the reader asked that what is not reached yet be so. */
export function aheadStatus(state: ViewerState, reachedAt: number): "ahead" | "unseen" | undefined {
  if (state.animate === "off" || reachedAt <= state.step) return undefined;
  return state.animate === "dim" ? "ahead" : "unseen";
}

export function rowStatus(
  state: ViewerState,
  path: string,
  first: number,
  reachedAt: number,
): RowStatus {
  const mark = markOf(state, path);
  if (mark?.line === first) return mark.here ? "here" : "calling";
  return aheadStatus(state, reachedAt);
}

export function useRowStatus(path: string, first: number, reachedAt: number): RowStatus {
  return useSelected((state) => rowStatus(state, path, first, reachedAt));
}
