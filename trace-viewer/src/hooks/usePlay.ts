/** Steps by itself while playing; stops at the end. */
import { useEffect } from "react";
import type { Store } from "../state/store";
import type { ViewerAction, ViewerState } from "../state/viewerState";

/** Moves on while the state says that it is playing. */
export function usePlay(store: Store<ViewerState, ViewerAction>): void {
  useEffect(() => {
    let timer: ReturnType<typeof setInterval> | undefined;
    let speed = 0;
    const tick = () => {
      const before = store.getState();
      store.dispatch({ type: "move", move: "next" });
      if (store.getState() === before) store.dispatch({ type: "play", playing: false });
    };
    const follow = () => {
      const state = store.getState();
      const wanted = state.playing ? state.speed : 0;
      if (wanted === speed) return;
      speed = wanted;
      clearInterval(timer);
      if (speed > 0) timer = setInterval(tick, 1000 / speed);
    };
    const unsubscribe = store.subscribe(follow);
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }, [store]);
}
