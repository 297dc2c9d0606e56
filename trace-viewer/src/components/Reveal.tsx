/**
 * Keeps the current row, the line of the chosen call, or the span that a link opened, in sight; and
 * where the reader scrolled away from it, a button that leads back. A component of its own, since
 * it alone is concerned by every step: the column around it is not drawn again.
 */
import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useEffectEvent, useLayoutEffect, useState, type RefObject } from "react";
import { useSelected } from "../hooks/viewerContext";
import { chosenLine, markedLine } from "../state/selectors";
import type { RowLayout } from "../trace/visibleLines";

type Column = Virtualizer<HTMLDivElement, HTMLDivElement>;

/** The current row stays between these parts of the column; else it is put at COMFORT. */
const TOP_MARGIN = 0.08;
const BOTTOM_MARGIN = 0.75;
const COMFORT = 0.3;
/** Scrolling that goes on this long is the reader's. */
const SETTLED_MS = 250;
/** After the room changed: when rows have been measured. */
const REMEASURED_MS = [60, 180];

const rowElement = (container: HTMLElement, at: number) =>
  container.querySelector(`[data-index="${at}"]`);

/** Bring a row into the comfortable part of the column, if it is not there already. */
function reveal(container: HTMLElement, virtualizer: Column, at: number): void {
  const element = rowElement(container, at);
  if (!element) return virtualizer.scrollToIndex(at, { align: "center" });
  const box = container.getBoundingClientRect();
  const row = element.getBoundingClientRect();
  const top = row.top - box.top;
  const fits = top >= box.height * TOP_MARGIN && row.bottom - box.top <= box.height * BOTTOM_MARGIN;
  const fills =
    row.height > box.height * (BOTTOM_MARGIN - TOP_MARGIN) && Math.abs(top) < box.height / 2;
  if (!fits && !fills) container.scrollTop += top - box.height * COMFORT;
}

/** On which side of what is seen the row lies, or null where some of it is in sight. */
function sideOf(container: HTMLElement, at: number): "above" | "below" | null {
  const element = rowElement(container, at);
  const box = container.getBoundingClientRect();
  if (!element) {
    const first = container.querySelector("[data-index]")?.getAttribute("data-index");
    return Number(first ?? 0) > at ? "above" : "below";
  }
  const row = element.getBoundingClientRect();
  if (row.bottom < box.top + 4) return "above";
  return row.top > box.bottom - 4 ? "below" : null;
}

interface RevealProps {
  container: RefObject<HTMLDivElement | null>;
  virtualizer: Column;
  layout: RowLayout;
  path: string;
  span: { first: number; last: number } | undefined;
}

/** Where the reader scrolled to, seen from the current row; looked at once scrolling settles. */
function useAway(container: RevealProps["container"], row: number | undefined, show: () => void) {
  const [found, setFound] = useState<{ row: number; side: ReturnType<typeof sideOf> } | null>(null);
  // What was found of another row says nothing: a step brings its row into sight.
  const away = found?.row === row ? (found?.side ?? null) : null;
  const look = useEffectEvent(() => {
    if (container.current && row !== undefined) {
      setFound({ row, side: sideOf(container.current, row) });
    }
  });
  const resized = useEffectEvent(() => {
    if (away === null) show();
  });
  useEffect(() => {
    const element = container.current;
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const scrolled = () => {
      clearTimeout(timer);
      timer = setTimeout(() => look(), SETTLED_MS);
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    // A window made smaller, a panel or a sheet that opens: the line stays in sight.
    // And once more when the rows above have been measured anew.
    let later: ReturnType<typeof setTimeout>[] = [];
    const changed = () => {
      later.forEach(clearTimeout);
      resized();
      later = REMEASURED_MS.map((delay) => setTimeout(() => resized(), delay));
    };
    const observer = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(changed);
    observer?.observe(element);
    return () => {
      clearTimeout(timer);
      later.forEach(clearTimeout);
      element.removeEventListener("scroll", scrolled);
      observer?.disconnect();
    };
  }, [container]);
  const back = () => {
    setFound(null);
    show();
  };
  return { away, back };
}

/** See the head of this file; draws nothing but the button. */
export function Reveal({ container, virtualizer, layout, path, span }: RevealProps) {
  const chosen = useSelected((state) => chosenLine(state, path));
  const marked = useSelected((state) => markedLine(state, path)?.line ?? null);
  const step = useSelected((state) => state.step);
  const target = span ? span.first : (chosen ?? marked);
  const followed = span ? span.first : step;
  const row = target === null ? undefined : layout.rowOfLine[target];
  const show = () => {
    if (row !== undefined && container.current) reveal(container.current, virtualizer, row);
  };
  const showFirst = useEffectEvent(show);
  // The column's own effects, which tell the virtualizer where it scrolls, come after a child's
  // layout effects and before its others.
  useEffect(() => showFirst(), []);
  useLayoutEffect(show, [container, virtualizer, layout, row, followed]);
  const { away, back } = useAway(container, row, show);
  if (away === null) return null;
  return (
    <div className="way-back">
      <button type="button" className="button" onClick={back}>
        <span aria-hidden="true">{away === "above" ? "↑" : "↓"}</span>{" "}
        {span ? "Back to the link’s lines" : `Back to step ${step + 1}`}
      </button>
    </div>
  );
}
