/** A component whose code is loaded when it is first shown, or before, when the page is idle. */
import { createElement, useEffect, type ComponentType, type ReactNode } from "react";
import { lazyModule } from "./lazyModule";

interface LazyView<P> {
  (props: P): ReactNode;
  preload: () => void;
}

/** `waiting` keeps its place; a load that fails can be tried again. */
export function lazyView<P extends object>(
  load: () => Promise<ComponentType<P>>,
  waiting: (props: P) => ReactNode,
): LazyView<P> {
  const view = lazyModule(load);
  function View(props: P): ReactNode {
    const loaded = view.use();
    if (loaded.state === "ready") return createElement(loaded.module, props);
    if (loaded.state === "loading") return waiting(props);
    return (
      <button type="button" className="text-button" onClick={loaded.retry}>
        This could not be loaded. Try again
      </button>
    );
  }
  return Object.assign(View, { preload: view.preload });
}

/** Loads what will probably be shown soon, after the page has settled. */
export function usePreload(...views: readonly { preload: () => void }[]): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const view of views) view.preload();
    }, 600);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the views are constants
  }, []);
}
