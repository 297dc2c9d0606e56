import { describe, expect, it } from "vitest";
import type { BenchmarkRow } from "../../trace/schema";
import {
  axisParameter,
  linesOf,
  measured,
  metricsOf,
  parameterNames,
  rateUnit,
  timeText,
} from "./benchmarkData";

const row = (
  label: string,
  parameters: BenchmarkRow["parameters"] = {},
  median = 1,
): BenchmarkRow => ({
  label,
  median,
  q1: median / 2,
  q3: median * 2,
  repeats: 5,
  parameters,
});

describe("benchmark data", () => {
  it("has a rate only when every row has it", () => {
    expect(
      metricsOf([
        { ...row("a"), tflops: 1 },
        { ...row("b"), tflops: 2 },
      ]),
    ).toEqual(["time", "tflops"]);
    expect(metricsOf([{ ...row("a"), gbps: 1 }, row("b")])).toEqual(["time"]);
    expect(metricsOf([])).toEqual(["time"]);
  });

  it("turns the quartiles of the time into those of a rate", () => {
    expect(measured({ ...row("a"), tflops: 10 }, "tflops")).toEqual({ y: 10, low: 5, high: 20 });
    expect(measured(row("a"), "time")).toEqual({ y: 1, low: 0.5, high: 2 });
  });

  it("takes the number that varies most as the axis", () => {
    const rows = [row("a", { n: 1, k: 1, d: "x" }), row("b", { n: 2, k: 1, d: "y" })];
    expect(axisParameter(rows)).toBe("n");
    expect(parameterNames(rows)).toEqual(["n", "k", "d"]);
  });

  it("has no axis without a number in every row", () => {
    expect(axisParameter([row("a", { n: 1 }), row("b", { n: "large" })])).toBeNull();
    expect(axisParameter([row("a", { n: 1 }), row("b")])).toBeNull();
    expect(axisParameter([row("a", { n: 1 }), row("b", { n: 1 })])).toBeNull();
  });

  it("draws a line for each label, in order of the axis", () => {
    const rows = [row("a", { n: 2 }), row("a", { n: 1 }), row("b", { n: 1 }), row("b", { n: 2 })];
    const lines = linesOf(rows, "n", "time");
    expect(lines.map((line) => [line.name, line.points.map(({ x }) => x)])).toEqual([
      ["a", [1, 2]],
      ["b", [1, 2]],
    ]);
  });

  it("joins rows whose labels only repeat the parameter", () => {
    const lines = linesOf([row("n=1", { n: 1 }), row("n=2", { n: 2 })], "n", "time");
    expect(lines.map((line) => [line.name, line.points.length])).toEqual([["", 2]]);
  });

  it("tells lines apart by their other parameters", () => {
    const rows = ["f32", "bf16"].flatMap((d) => [row("mm", { n: 1, d }), row("mm", { n: 2, d })]);
    expect(linesOf(rows, "n", "time").map((line) => line.name)).toEqual([
      "mm, d=f32",
      "mm, d=bf16",
    ]);
  });

  it("never joins two measurements at one place", () => {
    const lines = linesOf(
      [row("a", { n: 1 }), row("b", { n: 1 }), row("c", { n: 2 })],
      "n",
      "time",
    );
    expect(lines.map((line) => line.name)).toEqual(["a", "b", "c"]);
  });

  it("writes slow rates in smaller units", () => {
    expect(rateUnit("tflops", 989)).toEqual({ size: 1, name: "TFLOP/s" });
    expect(rateUnit("tflops", 4.9e-5)).toEqual({ size: 1e-6, name: "MFLOP/s" });
    expect(rateUnit("gbps", 0.02)).toEqual({ size: 1e-3, name: "MB/s" });
    expect(rateUnit("gbps", 0)).toEqual({ size: 1e-3, name: "MB/s" });
  });

  it("writes times with three digits and a unit", () => {
    expect([2.5, 0.00123, 4.56e-5, 7e-10, 0, 0.5].map(timeText)).toEqual([
      "2.50 s",
      "1.23 ms",
      "45.6 µs",
      "0.70 ns",
      "0.00 s",
      "500 ms",
    ]);
  });
});
