import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  nearestPoint,
  placePoints,
  pointAt,
  scaleOf,
  thinPoints,
  type HistoryPoint,
} from "./history";

const points = (...ys: number[]) => ys.map((y, i) => ({ step: i * 10, y }));

const place = (history: HistoryPoint[]) => placePoints(history, scaleOf(history, 100, 20));

describe("history of a number", () => {
  it("places the lowest value at the bottom and the highest at the top", () => {
    const placed = place(points(1, 3, 2));
    expect(placed.map(({ left, top }) => [left, top])).toEqual([
      [0, 20],
      [50, 0],
      [100, 10],
    ]);
  });

  it("draws a single or constant value in the middle and leaves nan out", () => {
    expect(place(points(5))).toMatchObject([{ left: 50, top: 10 }]);
    expect(place(points(NaN, Infinity))).toEqual([]);
  });

  it("keeps a range near the largest float in the box", () => {
    const placed = place(points(-1e308, 1e308));
    expect(placed.every((point) => Number.isFinite(point.top))).toBe(true);
  });

  it("holds a value until the next one", () => {
    expect(pointAt(points(1, 2), 9)?.y).toBe(1);
    expect(pointAt(points(1, 2), 10)?.y).toBe(2);
    expect(pointAt([{ step: 5, y: 1 }], 4)).toBeNull();
  });

  it("finds the point under the pointer", () => {
    expect(nearestPoint(place(points(1, 2, 3)), 60)?.step).toBe(10);
    expect(nearestPoint([], 0)).toBeNull();
  });

  it("thins to the limit without losing the extremes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 500 }), (ys) => {
        const all = points(...ys);
        const thin = thinPoints(all, 40);
        expect(thin.length).toBeLessThanOrEqual(40);
        expect(Math.max(...thin.map((p) => p.y))).toBe(Math.max(...ys));
        expect(Math.min(...thin.map((p) => p.y))).toBe(Math.min(...ys));
        expect(thin.map((p) => p.step)).toEqual(thin.map((p) => p.step).sort((a, b) => a - b));
      }),
    );
  });
});
