/**
 * Keeps the address bar in step with the state, and the state with Back and Forward.
 *
 * Steps replace the address, a little later and together, since browsers limit how often it may
 * change; a jump first settles the entry that is left, then adds one.
 */
import { toAddress } from "../state/selectors";
import type { Store } from "../state/store";
import { formatAddress, readAddress, type Opening } from "../state/urlState";
import type { ViewerAction, ViewerState } from "../state/viewerState";

const SETTLE_MS = 200;

/** Binds both ways; returns the function that ends it. */
export function bindAddressBar(
  store: Store<ViewerState, ViewerAction>,
  opening: Opening,
): () => void {
  let jumps = store.getState().jumps;
  let shown = store.getState();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const text = (state: ViewerState) =>
    location.pathname + (formatAddress(toAddress(state, opening)) || "?");
  const settle = () => {
    clearTimeout(timer);
    timer = undefined;
    const address = text(shown);
    if (address !== location.pathname + location.search) history.replaceState(null, "", address);
  };
  const changed = () => {
    const state = store.getState();
    if (state.jumps !== jumps) {
      settle();
      jumps = state.jumps;
      shown = state;
      const address = text(state);
      if (address !== location.pathname + location.search) history.pushState(null, "", address);
      return;
    }
    shown = state;
    timer ??= setTimeout(settle, SETTLE_MS);
  };
  const travelled = () => {
    clearTimeout(timer);
    timer = undefined;
    const { address, problems } = readAddress(location.search);
    const same = address.trace === opening.trace && address.file === opening.file;
    if (!same) return location.reload();
    store.dispatch({ type: "restore", address, problems });
  };

  settle();
  const unsubscribe = store.subscribe(changed);
  addEventListener("popstate", travelled);
  addEventListener("pagehide", settle);
  return () => {
    clearTimeout(timer);
    unsubscribe();
    removeEventListener("popstate", travelled);
    removeEventListener("pagehide", settle);
  };
}
