/** Axes: places of ticks and positions on a linear or logarithmic scale. Pure. */

/** Where values lie along a line. */
export interface Axis {
  ticks: number[];
  /** 0 … 1 along the axis. */
  at: (value: number) => number;
}

/** From zero, with round steps: 0, 20, 40… */
export function linearAxis(largest: number, count = 5): Axis {
  if (!(largest > 0)) return { ticks: [0], at: () => 0 };
  const step = roundStep(largest / count);
  const steps = Math.ceil(largest / step - 1e-9);
  const ticks = Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return { ticks, at: (value) => value / (steps * step) };
}

/** The smallest of 1, 2, 2.5, 5 × 10ⁿ that is not below. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 2.5, 5, 10].find((round) => round * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}

const MOST_TICKS = 8;

/** Powers of two if the values are such, else of ten (with 2 and 5 between them if there is room). */
export function logAxis(values: readonly number[], exact = false): Axis {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const at = (value: number): number =>
    high === low ? 0.5 : Math.log(value / low) / Math.log(high / low);
  if (exact) return { ticks: thin([...new Set(values)].sort((a, b) => a - b)), at };
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const ends = { low: 10 ** from, high: 10 ** to };
  const factors = to - from <= 2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = from; power <= to; power++) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(12));
      if (tick <= ends.high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return {
    ticks: thin(ticks),
    at: (value) =>
      ends.high === ends.low ? 0.5 : Math.log(value / ends.low) / Math.log(ends.high / ends.low),
  };
}

/** A logarithmic axis is worth it when the values span a factor of 8. */
export function needsLog(values: readonly number[]): boolean {
  const low = Math.min(...values);
  return values.length > 1 && low > 0 && Math.max(...values) / low >= 8;
}

function thin(ticks: number[]): number[] {
  const every = Math.ceil(ticks.length / MOST_TICKS);
  return ticks.filter((_, index) => index % every === 0);
}

/** 2048 → `2k`… only where it is exact: 1024 → `1,024`, 65536 → `65,536`, 1e6 → `1M`. */
export function tickText(value: number): string {
  const large = Math.abs(value);
  if (large >= 1e6 && value % 1e5 === 0) return `${value / 1e6}M`;
  if (large >= 1e6 || (large > 0 && large < 1e-3)) {
    return value.toExponential(1).replace(".0e", "e").replace("e+", "e");
  }
  return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}
