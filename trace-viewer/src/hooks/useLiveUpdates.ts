/** Follows the recordings of the open lecture and takes over each new trace, at the same place. */
import { useEffect } from "react";
import { followLive } from "../services/liveUpdates";
import { reloadTrace, type LiveSource } from "../services/loadTrace";
import type { LiveEvent } from "../state/live";
import type { Store } from "../state/store";
import type { ViewerAction, ViewerState } from "../state/viewerState";
import { buildIndex } from "../trace/traceIndex";

type ViewerStore = Store<ViewerState, ViewerAction>;

/** Only the newest trace is shown when saves follow each other quickly. */
function follow(store: ViewerStore, source: LiveSource, lecture: string): () => void {
  let version = source.version;
  let newest = 0;
  const takeOver = async (event: LiveEvent & { type: "recorded" }) => {
    const turn = ++newest;
    const loaded = await reloadTrace(source, version);
    if (turn !== newest) return;
    // A page that has just connected is told of the recording whose trace it has already.
    if (!loaded) return store.dispatch({ type: "live", event: { ...event, type: "unchanged" } });
    version = loaded.version;
    store.dispatch({ type: "replace-trace", index: buildIndex(loaded.trace) });
    store.dispatch({ type: "live", event });
  };
  return followLive(source.events, lecture, (event) => {
    if (event.type !== "recorded") return store.dispatch({ type: "live", event });
    takeOver(event).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      store.dispatch({ type: "live", event: { type: "broken", lecture, error: message } });
    });
  });
}

/** Nothing happens where `source` is null. */
export function useLiveUpdates(store: ViewerStore, source: LiveSource | null): void {
  useEffect(() => {
    if (!source) return;
    return follow(store, source, store.getState().index.trace.lecture);
  }, [store, source]);
}
