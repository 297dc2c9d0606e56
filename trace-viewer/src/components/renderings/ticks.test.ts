import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linearAxis, logAxis, needsLog, tickText } from "./ticks";

describe("axes", () => {
  it("runs from zero in round steps past the largest value", () => {
    const axis = linearAxis(87);
    expect(axis.ticks).toEqual([0, 20, 40, 60, 80, 100]);
    expect(axis.at(50)).toBe(0.5);
  });

  it("has an axis for nothing at all", () => {
    expect(linearAxis(0).ticks).toEqual([0]);
    expect(linearAxis(NaN).at(3)).toBe(0);
  });

  it("places powers evenly", () => {
    const axis = logAxis([2, 8, 32], true);
    expect(axis.ticks).toEqual([2, 8, 32]);
    expect(axis.at(8)).toBeCloseTo(0.5);
    expect(logAxis([3, 4000]).ticks).toEqual([1, 10, 100, 1000, 10000]);
  });

  it("is logarithmic only for positive values that span enough", () => {
    expect(needsLog([1, 8])).toBe(true);
    expect(needsLog([1, 7])).toBe(false);
    expect(needsLog([0, 100])).toBe(false);
    expect(needsLog([5])).toBe(false);
  });

  it("keeps every value on the axis, with at most ten ticks", () => {
    const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1 }), (values) => {
        for (const axis of [linearAxis(Math.max(...values)), logAxis(values)]) {
          expect(axis.ticks.length).toBeLessThanOrEqual(10);
          for (const value of values) {
            expect(axis.at(value)).toBeGreaterThanOrEqual(-1e-9);
            expect(axis.at(value)).toBeLessThanOrEqual(1 + 1e-9);
          }
        }
      }),
    );
  });

  it("writes ticks shortly and exactly", () => {
    expect([1024, 0.5, 2e6, 1.5e-5, 65536].map(tickText)).toEqual([
      "1,024",
      "0.5",
      "2M",
      "1.5e-5",
      "65,536",
    ]);
  });
});
