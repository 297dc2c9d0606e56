/** Remembers the reader's place in the open lecture. */
import { useEffect } from "react";
import { keepPlaceOf } from "../services/keptPlaces";
import type { Store } from "../state/store";
import type { ViewerAction, ViewerState } from "../state/viewerState";
import { placeOf } from "../trace/place";

const SETTLE_MS = 600;

/** Kept a little after the reader moved, and when the page goes; the first step is no place. */
export function useKeptPlace(store: Store<ViewerState, ViewerAction>, enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let kept = store.getState().step;
    const keep = () => {
      clearTimeout(timer);
      timer = undefined;
      const { index, step } = store.getState();
      if (step === kept) return;
      kept = step;
      keepPlaceOf(index.trace.lecture, step === 0 ? null : placeOf(index, step));
    };
    const unsubscribe = store.subscribe(() => (timer ??= setTimeout(keep, SETTLE_MS)));
    addEventListener("pagehide", keep);
    return () => {
      keep();
      unsubscribe();
      removeEventListener("pagehide", keep);
    };
  }, [store, enabled]);
}
