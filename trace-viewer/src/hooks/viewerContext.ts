/** What components under an open trace share: the store and the page's commands. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { Store } from "../state/store";
import type { ViewerAction, ViewerState } from "../state/viewerState";
import type { Command } from "../state/keymap";

/** What is shared. */
export interface Viewer {
  store: Store<ViewerState, ViewerAction>;
  /** Full screen, theme, presenter window…: what is not part of the state. */
  run: (command: Command) => void;
}

/** Null outside of an open trace. */
export const ViewerContext = createContext<Viewer | null>(null);

/** The shared things; an error outside of an open trace. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error("this component belongs under TraceScreen");
  return viewer;
}

/** A part of the state; draws anew when it changes. The selector must return equal things for
 * equal states: a plain value, or an object that is kept. */
export function useSelected<T>(select: (state: ViewerState) => T): T {
  const { store } = useViewer();
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}

/** The function that changes the state. */
export function useDispatch(): (action: ViewerAction) => void {
  return useViewer().store.dispatch;
}
