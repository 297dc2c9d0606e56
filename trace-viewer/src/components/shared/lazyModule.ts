/**
 * A module that is loaded when first needed and is there at once afterwards.
 *
 * Unlike `React.lazy` it does not suspend once more when it is loaded already, so that scrolling
 * back never flashes the fallback, and a failed load is a state that can be shown and tried again.
 */
import { useEffect, useSyncExternalStore } from "react";

/** How far the loading of a module is. */
export type Loaded<M> =
  { state: "loading" } | { state: "ready"; module: M } | { state: "failed"; retry: () => void };

interface LazyModule<M> {
  /** Hook: loads the module and renders again when it has come. */
  use: () => Loaded<M>;
  /** Loads the module; settled when that has come to an end, good or bad. */
  preload: () => Promise<void>;
}

/** A module behind a hook; `load` is called at most once unless it fails. */
export function lazyModule<M>(load: () => Promise<M>): LazyModule<M> {
  const loading: Loaded<M> = { state: "loading" };
  let current: Loaded<M> | null = null;
  let settled: Promise<void> | null = null;
  const listeners = new Set<() => void>();

  function become(next: Loaded<M>): void {
    current = next;
    for (const listener of listeners) listener();
  }
  function preload(): Promise<void> {
    if (settled) return settled;
    current = loading;
    settled = load().then(
      (module) => become({ state: "ready", module }),
      () => become({ state: "failed", retry }),
    );
    return settled;
  }
  function retry(): void {
    become(loading);
    settled = null;
    void preload();
  }
  function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
  const snapshot = (): Loaded<M> => current ?? loading;
  const use = (): Loaded<M> => {
    useEffect(() => void preload(), []);
    return useSyncExternalStore(subscribe, snapshot, snapshot);
  };
  return { use, preload };
}
