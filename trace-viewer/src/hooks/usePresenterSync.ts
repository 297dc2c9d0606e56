/** Keeps this window at the step of the others that show the same trace. */
import { useEffect } from "react";
import { openChannel, type Position } from "../services/presenterChannel";
import type { Store } from "../state/store";
import type { ViewerAction, ViewerState } from "../state/viewerReducer";

function positionOf({ step, shown, animate }: ViewerState): Position {
  return { step, shown, animate };
}

const same = (one: Position, other: Position) =>
  one.step === other.step && one.shown === other.shown && one.animate === other.animate;

const AFTER_FRAME_MS = 16;

/** Shares the position of `store` with the windows that belong together. */
export function usePresenterSync(
  store: Store<ViewerState, ViewerAction>,
  key: string,
  presenter: boolean,
): void {
  useEffect(() => {
    let last = positionOf(store.getState());
    const channel = openChannel(key, (message) => {
      if (message.type === "position") {
        // What came from another window is not sent back to it.
        last = message.position;
        store.dispatch({ type: "follow", ...message.position });
      }
      if (message.type === "hello" && !presenter) {
        channel.send({ type: "position", position: positionOf(store.getState()) });
      }
    });
    if (presenter) channel.send({ type: "hello" });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      timer = undefined;
      const position = positionOf(store.getState());
      if (same(position, last)) return;
      last = position;
      channel.send({ type: "position", position });
    };
    // After the frame that shows the step here, and once for several steps in a row.
    const unsubscribe = store.subscribe(() => (timer ??= setTimeout(tell, AFTER_FRAME_MS)));
    return () => {
      clearTimeout(timer);
      unsubscribe();
      channel.close();
    };
  }, [store, key, presenter]);
}
