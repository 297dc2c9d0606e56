/**
 * Rows of a benchmark → what a chart shows. Pure.
 *
 * A parameter that is a number in every row and varies makes the axis of lines; without one, each
 * row is a bar.
 */
import type { BenchmarkRow } from "../../trace/schema";

/** What a chart of measurements shows. */
export type Metric = "time" | "tflops" | "gbps";

/** What the reader calls each metric. */
export const METRIC_NAMES: Record<Metric, string> = {
  time: "Time",
  tflops: "FLOP/s",
  gbps: "B/s",
};

/** A median with its quartiles, in the metric's own unit. */
export interface Measured {
  y: number;
  low: number;
  high: number;
}

/** A measurement at a place of the axis. */
export interface LinePoint extends Measured {
  x: number;
}

/** A line of a chart, its points in order of `x`. */
export interface Line {
  name: string;
  points: LinePoint[];
}

/** The metrics that every row has; time is always one. */
export function metricsOf(rows: readonly BenchmarkRow[]): Metric[] {
  const rates = (["tflops", "gbps"] as const).filter(
    (metric) => rows.length > 0 && rows.every((row) => row[metric] != null),
  );
  return ["time", ...rates];
}

/**
 * The value with its quartiles. A rate is worst where the time is longest: its quartiles follow
 * from those of the time, since the work is the same.
 */
export function measured(row: BenchmarkRow, metric: Metric): Measured {
  if (metric === "time") return { y: row.median, low: row.q1, high: row.q3 };
  const y = row[metric] ?? NaN;
  const at = (time: number): number => (time > 0 ? (y * row.median) / time : y);
  return { y, low: at(row.q3), high: at(row.q1) };
}

/** What a row says of a parameter, whatever its name. */
export function parameterOf(row: BenchmarkRow, name: string): string | number | undefined {
  const { parameters } = row;
  return parameters && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}

/** Parameter names in order of their first row. */
export function parameterNames(rows: readonly BenchmarkRow[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row.parameters ?? {})))];
}

/** The numeric parameter with most different values, at least two; the first of equals. */
export function axisParameter(rows: readonly BenchmarkRow[]): string | null {
  let best: string | null = null;
  let most = 1;
  for (const name of parameterNames(rows)) {
    const values = rows.map((row) => parameterOf(row, name));
    if (!values.every((value) => typeof value === "number" && Number.isFinite(value))) continue;
    const different = new Set(values).size;
    if (different > most) [best, most] = [name, different];
  }
  return best;
}

/**
 * One line for each label and each setting of the other parameters. Labels that name single rows
 * (`n=512`, `n=1024`) are left out if that makes lines of them.
 */
export function linesOf(rows: readonly BenchmarkRow[], axis: string, metric: Metric): Line[] {
  const byLabel = group(rows, axis, metric, true);
  if (byLabel.some((line) => line.points.length > 1)) return byLabel;
  const together = group(rows, axis, metric, false);
  return together.every(hasDistinctPlaces) ? together : byLabel;
}

function hasDistinctPlaces(line: Line): boolean {
  return new Set(line.points.map((point) => point.x)).size === line.points.length;
}

function group(
  rows: readonly BenchmarkRow[],
  axis: string,
  metric: Metric,
  withLabel: boolean,
): Line[] {
  const varying = parameterNames(rows).filter(
    (name) => name !== axis && new Set(rows.map((row) => parameterOf(row, name))).size > 1,
  );
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const settings = varying.map((name) => `${name}=${parameterOf(row, name) ?? "–"}`);
    const name = [...(withLabel ? [row.label] : []), ...settings].join(", ");
    const line = lines.get(name) ?? { name, points: [] };
    line.points.push({ x: Number(parameterOf(row, axis)), ...measured(row, metric) });
    lines.set(name, line);
  }
  for (const line of lines.values()) line.points.sort((a, b) => a.x - b.x);
  return [...lines.values()];
}

const UNITS = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "µs"],
  [1e-9, "ns"],
] as const;

/**
 * The unit in which rates up to `largest` read best: a laptop's 0.00005 TFLOP/s are 50 MFLOP/s.
 * `size` is that of the unit in the metric's own (10¹² FLOP/s, 10⁹ B/s).
 */
export function rateUnit(
  metric: "tflops" | "gbps",
  largest: number,
): { size: number; name: string } {
  const units = metric === "tflops" ? ["TFLOP/s", "GFLOP/s", "MFLOP/s"] : ["GB/s", "MB/s"];
  let size = 1;
  for (const name of units) {
    if (largest >= size / 2) return { size, name };
    size /= 1000;
  }
  return { size: size * 1000, name: units.at(-1) ?? "" };
}

/** The unit in which a time of that many seconds reads best. */
export function timeUnit(seconds: number): { size: number; name: string } {
  for (const [size, name] of UNITS) if (Math.abs(seconds) >= size) return { size, name };
  return seconds === 0 ? { size: 1, name: "s" } : { size: 1e-9, name: "ns" };
}

/** 0.00123 → `1.23 ms`; three significant digits. */
export function timeText(seconds: number): string {
  const { size, name } = timeUnit(seconds);
  const value = seconds / size;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${name}`;
}
