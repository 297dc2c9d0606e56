import { useMemo, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import {
  nearestPoint,
  placePoints,
  pointAt,
  scaleOf,
  thinPoints,
  type HistoryPoint,
  type PlacedPoint,
  type Scale,
} from "./history";
import "./values.css";
import { roughNumber } from "../shared/numberText";

/** What Sparkline is given. */
export interface SparklineProps {
  /** In order of steps. */
  points: readonly HistoryPoint[];
  /** The step that is shown now. */
  current: number;
  onJump: (step: number) => void;
}

const WIDTH = 160;
const HEIGHT = 28;
const MOST_POINTS = 320;

/** A number over the steps; a press jumps to the nearest change, as do the arrow keys. */
export function Sparkline({ points, current, onJump }: SparklineProps): ReactNode {
  const { placed, scale, line } = useMemo(() => draw(points), [points]);
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  const here = pointAt(points, current);
  const dot = here && Number.isFinite(here.y) ? scale(here) : null;
  const jump = (event: MouseEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const point = nearestPoint(placed, ((event.clientX - box.left) / box.width) * WIDTH);
    if (point) onJump(point.step);
  };
  return (
    <div
      className="sparkline"
      role="slider"
      tabIndex={0}
      aria-label="History of the value"
      aria-valuemin={first.step}
      aria-valuemax={last.step}
      aria-valuenow={here?.step ?? first.step}
      aria-valuetext={here ? `step ${here.step}: ${roughNumber(here.y)}` : "no value yet"}
      title={`${points.length} values; press to jump to one`}
      onClick={jump}
      onKeyDown={(event) => jumpByKey(event, points, here, onJump)}
    >
      <svg
        viewBox={`-3 -3 ${WIDTH + 6} ${HEIGHT + 6}`}
        width={WIDTH}
        height={HEIGHT}
        aria-hidden="true"
      >
        <polyline points={line} className="sparkline-line" />
        {dot && <circle className="sparkline-dot" cx={dot.left} cy={dot.top} r={3} />}
      </svg>
    </div>
  );
}

function draw(points: readonly HistoryPoint[]): {
  placed: PlacedPoint[];
  scale: Scale;
  line: string;
} {
  const scale = scaleOf(points, WIDTH, HEIGHT);
  const placed = placePoints(thinPoints(points, MOST_POINTS), scale);
  const line = placed.map((point) => `${point.left.toFixed(1)},${point.top.toFixed(1)}`).join(" ");
  return { placed, scale, line };
}

function jumpByKey(
  event: KeyboardEvent<HTMLElement>,
  points: readonly HistoryPoint[],
  here: HistoryPoint | null,
  onJump: (step: number) => void,
): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const index = here ? points.indexOf(here) : -1;
  const targets: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowDown: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index + 1,
    Home: 0,
    End: points.length - 1,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const point = points[Math.max(0, Math.min(points.length - 1, target))];
  if (point && point !== here) onJump(point.step);
}
