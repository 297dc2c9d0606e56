/** How a row stands to the current step. Asked by every visible row at every step: kept cheap. */
import { chosenLine, markedLine } from "../state/selectors";
import type { ViewerState } from "../state/viewerState";
import { useSelected } from "./viewerContext";

/** `here`: the step; `calling`: the step, or the chosen call, is in a call made here; `ahead`/`unseen`: not reached. */
type RowStatus = "here" | "calling" | "ahead" | "unseen" | undefined;

interface Marks {
  state: ViewerState;
  path: string;
  mark: ReturnType<typeof markedLine>;
  chosen: number | null;
}

let remembered: Marks | null = null;

function marksOf(state: ViewerState, path: string): Marks {
  if (remembered?.state !== state || remembered.path !== path) {
    const mark = markedLine(state, path);
    remembered = { state, path, mark, chosen: chosenLine(state, path) };
  }
  return remembered;
}

/** Dimmed or hidden, when the reader asked that what is not reached yet be so. */
function aheadStatus(state: ViewerState, reachedAt: number): "ahead" | "unseen" | undefined {
  if (state.animate === "off" || reachedAt <= state.step) return undefined;
  return state.animate === "dim" ? "ahead" : "unseen";
}

function rowStatus(state: ViewerState, path: string, first: number, reachedAt: number): RowStatus {
  const { mark, chosen } = marksOf(state, path);
  if (mark?.line === first && mark.here) return "here";
  if (mark?.line === first || chosen === first) return "calling";
  return aheadStatus(state, reachedAt);
}

/** The status of the row whose statement begins at line `first` of `path`. */
export function useRowStatus(path: string, first: number, reachedAt: number): RowStatus {
  return useSelected((state) => rowStatus(state, path, first, reachedAt));
}
