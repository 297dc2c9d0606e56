/** The border between lecture and panels: drag it, or move it with the arrow keys. */
import { useState, type KeyboardEvent, type PointerEvent } from "react";

const LEAST = 22;
const MOST = 68;
const STEP = 2;

/** Width of the panels in percent, null until the reader sets it. */
export function useSideWidth() {
  const [share, setShare] = useState<number | null>(null);
  const set = (wanted: number) => setShare(Math.min(Math.max(wanted, LEAST), MOST));
  return { share, set };
}

/** `share`: width of the panels in percent. */
export function Splitter({
  share,
  onChange,
}: {
  share: number;
  onChange: (share: number) => void;
}) {
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onChange(100 - (event.clientX / document.documentElement.clientWidth) * 100);
  };
  const key = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? STEP : event.key === "ArrowRight" ? -STEP : 0;
    if (by === 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(share + by);
  };
  return (
    <div
      className="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panels"
      aria-valuenow={Math.round(share)}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={key}
    />
  );
}
