/** Keeps the speaker's window and the projected one at the same step, and in the same classroom. */
import { useEffect } from "react";
import { joinPair, type PairMessage, type Position, type Side } from "../services/windowPair";
import type { Classroom } from "../state/classroom";
import type { Store } from "../state/store";
import type { ViewerAction, ViewerState } from "../state/viewerState";

type ViewerStore = Store<ViewerState, ViewerAction>;

interface Shared {
  position: Position;
  classroom: Classroom;
}

const sharedOf = ({ step, shown, animate, classroom }: ViewerState): Shared => ({
  position: { step, shown, animate },
  classroom,
});

const same = (one: Shared, other: Shared) =>
  one.classroom === other.classroom &&
  one.position.step === other.position.step &&
  one.position.shown === other.position.shown &&
  one.position.animate === other.position.animate;

const AFTER_FRAME_MS = 16;

function follow(store: ViewerStore, id: string, key: string, side: Side): () => void {
  let last = sharedOf(store.getState());
  const take = (message: PairMessage) => {
    // Two windows of one side, a duplicated tab say: only the other side is listened to.
    if (message.from === side) return;
    if (side === "audience") {
      const role = message.type === "bye" ? "reader" : "audience";
      store.dispatch({ type: "role", role });
      if (message.type === "bye") {
        store.dispatch({ type: "classroom", action: { type: "blank", blank: false } });
      }
    }
    if (message.type === "hello") tell();
    if (message.type !== "state") return;
    const { position, classroom } = message;
    store.dispatch({ type: "follow", ...position });
    store.dispatch({ type: "classroom", action: { type: "share", classroom } });
    // What came from the other window is not sent back to it.
    last = sharedOf(store.getState());
  };
  const channel = joinPair(id, key, take);
  const tell = () => channel.send({ type: "state", from: side, ...sharedOf(store.getState()) });
  const leave = () => channel.send({ type: "bye", from: side });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const settle = () => {
    timer = undefined;
    const now = sharedOf(store.getState());
    if (same(now, last)) return;
    last = now;
    tell();
  };
  // After the frame that shows the step here, and once for several steps in a row.
  const unsubscribe = store.subscribe(() => (timer ??= setTimeout(settle, AFTER_FRAME_MS)));
  addEventListener("pagehide", leave);
  channel.send({ type: "hello", from: side });
  return () => {
    clearTimeout(timer);
    unsubscribe();
    removeEventListener("pagehide", leave);
    channel.close();
  };
}

/** Nothing happens in a window that is in no pair. */
export function useWindowPair(
  store: ViewerStore,
  id: string | null,
  key: string,
  side: Side,
): void {
  useEffect(() => {
    if (id !== null) return follow(store, id, key, side);
    return undefined;
  }, [store, id, key, side]);
}
