/** A horizontal swipe steps; vertical movement and selecting text stay the browser's. */
import { useEffect, type RefObject } from "react";
import type { Move } from "../state/viewerState";

const LEAST_PIXELS = 50;
const SLOWEST_MS = 700;

/** Calls `onMove` for each horizontal swipe over `area`. */
export function useSwipe(area: RefObject<HTMLElement | null>, onMove: (move: Move) => void): void {
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    let start: { x: number; y: number; time: number } | null = null;
    const begin = (event: TouchEvent) => {
      const touch = event.touches[0];
      // What scrolls across in itself is scrolled, not stepped.
      const scrolls = (event.target as Element).closest(".scroll-box[data-more]") !== null;
      const one = event.touches.length === 1 && !scrolls && touch;
      start = one ? { x: touch.clientX, y: touch.clientY, time: event.timeStamp } : null;
    };
    const end = (event: TouchEvent) => {
      const touch = event.changedTouches[0];
      if (!start || !touch || event.timeStamp - start.time > SLOWEST_MS) return;
      const across = touch.clientX - start.x;
      const down = touch.clientY - start.y;
      start = null;
      if (Math.abs(across) < LEAST_PIXELS || Math.abs(across) < 2 * Math.abs(down)) return;
      if (getSelection()?.isCollapsed === false) return;
      onMove(across < 0 ? "next" : "previous");
    };
    element.addEventListener("touchstart", begin, { passive: true });
    element.addEventListener("touchend", end, { passive: true });
    return () => {
      element.removeEventListener("touchstart", begin);
      element.removeEventListener("touchend", end);
    };
  }, [area, onMove]);
}
