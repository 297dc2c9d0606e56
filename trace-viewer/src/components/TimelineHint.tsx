/** Over the timeline, under the pointer or the thumb: the section there, and a figure close by. */
import { useMemo, useState, type PointerEvent } from "react";
import { useSelected } from "../hooks/viewerContext";
import { landmarksOf, type Landmark } from "../trace/landmarks";
import { sectionAt } from "../trace/sections";

interface Hint {
  left: number;
  step: number;
}

/** Pixels at either end that the thumb takes. */
const INSET = 7;
/** A figure this near to the pointer is named. */
const NEAR = 7;
const LINGER_MS = 1200;

/** Listeners for the timeline, and the hint to be drawn in it. */
export function useTimelineHint() {
  const index = useSelected((state) => state.index);
  const landmarks = useMemo(() => landmarksOf(index), [index]);
  const [hint, setHint] = useState<Hint | null>(null);
  const last = Math.max(index.stepCount - 1, 1);
  const move = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const room = Math.max(box.width - 2 * INSET, 1);
    const share = Math.min(1, Math.max(0, (event.clientX - box.left - INSET) / room));
    const reach = (NEAR / room) * last;
    const near = nearest(landmarks, share * last, reach);
    setHint({ left: event.clientX - box.left, step: near?.step ?? Math.round(share * last) });
  };
  const leave = () => setHint(null);
  const listeners = {
    onPointerMove: move,
    onPointerDown: move,
    onPointerLeave: leave,
    onPointerUp: (event: PointerEvent) => {
      // A finger that is lifted leaves the name to be read for a moment.
      if (event.pointerType === "touch") setTimeout(leave, LINGER_MS);
    },
  };
  const title = hint && (index.sections[sectionAt(index.sections, hint.step)]?.title ?? "");
  const figures = landmarks.filter((one) => one.kind === "figure" && one.step === hint?.step);
  const drawn = hint && (
    <div className="timeline-hint" style={{ left: hint.left }} aria-hidden="true">
      <span>{title}</span>
      {figures.map((figure, at) => (
        <span key={at} className="panel-note">
          {figure.title}
        </span>
      ))}
      <span className="panel-note">step {hint.step + 1}</span>
    </div>
  );
  return { listeners, drawn };
}

function nearest(landmarks: readonly Landmark[], at: number, reach: number): Landmark | null {
  let found: Landmark | null = null;
  for (const one of landmarks) {
    const distance = Math.abs(one.step - at);
    if (distance <= reach && (!found || distance < Math.abs(found.step - at))) found = one;
  }
  return found;
}
