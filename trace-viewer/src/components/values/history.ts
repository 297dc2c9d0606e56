/** The numbers of a history as a line: coordinates, nearest point, thinning. */

/** A number at a step. */
export interface HistoryPoint {
  step: number;
  /** Not finite where the value was no number: the line breaks there. */
  y: number;
}

/** A point with its place in pixels. */
export interface PlacedPoint extends HistoryPoint {
  left: number;
  top: number;
}

/**
 * At most about `limit` points; of each stretch of steps the lowest and highest stay, so that a
 * spike is never lost.
 */
export function thinPoints(points: readonly HistoryPoint[], limit: number): HistoryPoint[] {
  if (points.length <= limit) return [...points];
  const size = Math.ceil(points.length / Math.max(1, Math.floor(limit / 2)));
  const kept: HistoryPoint[] = [];
  for (let start = 0; start < points.length; start += size) {
    const stretch = points.slice(start, start + size);
    const sorted = [...stretch].sort((a, b) => a.y - b.y);
    const ends = [sorted[0], sorted[sorted.length - 1]].filter((point) => point !== undefined);
    kept.push(...[...new Set(ends)].sort((a, b) => a.step - b.step));
  }
  return kept;
}

/** Where a point lies in a box of `width` × `height`: steps run along, values up. */
export type Scale = (point: HistoryPoint) => PlacedPoint;

/** The scale on which all `points` fit into `width` × `height` pixels. */
export function scaleOf(points: readonly HistoryPoint[], width: number, height: number): Scale {
  const finite = points.filter((point) => Number.isFinite(point.y));
  const [first, last] = ends(finite.map((point) => point.step));
  const [low, high] = ends(finite.map((point) => point.y));
  const along = (step: number): number =>
    last === first ? width / 2 : ((step - first) / (last - first)) * width;
  // Halved before the difference, which would overflow for ±1e308.
  const up = (y: number): number =>
    high === low ? height / 2 : height - ((y / 2 - low / 2) / (high / 2 - low / 2)) * height;
  return (point) => ({ ...point, left: along(point.step), top: up(point.y) });
}

/** The finite points in the box. */
export function placePoints(points: readonly HistoryPoint[], scale: Scale): PlacedPoint[] {
  return points.filter((point) => Number.isFinite(point.y)).map(scale);
}

function ends(numbers: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const number of numbers) {
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  return low > high ? [0, 0] : [low, high];
}

/** The last point at or before `step`: the value that holds there; null before the first. */
export function pointAt(points: readonly HistoryPoint[], step: number): HistoryPoint | null {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const point = points[middle];
    if (point && point.step <= step) low = middle + 1;
    else high = middle;
  }
  return points[low - 1] ?? null;
}

/** The point nearest to `left`, or null where there is none. */
export function nearestPoint(placed: readonly PlacedPoint[], left: number): PlacedPoint | null {
  let nearest: PlacedPoint | null = null;
  for (const point of placed) {
    if (!nearest || Math.abs(point.left - left) < Math.abs(nearest.left - left)) nearest = point;
  }
  return nearest;
}
