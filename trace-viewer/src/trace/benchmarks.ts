/** The rows of a benchmark so far: the trace has at each step only those of that step. */
import type { BenchmarkRow, Provenance, RenderingOf, Trace } from "./schema";

type Benchmark = RenderingOf<"benchmark">;

/** One output of a benchmark's name, in order of the trace. */
interface Part {
  rendering: Benchmark;
  rows: readonly BenchmarkRow[];
  provenance: Provenance | null;
}

/** By name: every output, in order. */
export type Benchmarks = ReadonlyMap<string, readonly Part[]>;

/** Finds them once per trace. */
export function buildBenchmarks(trace: Trace): Benchmarks {
  const found = new Map<string, Part[]>();
  for (const { outputs } of trace.steps) {
    for (const rendering of outputs ?? []) {
      if (rendering.kind !== "benchmark") continue;
      const parts = found.get(rendering.name) ?? [];
      const provenance = rendering.provenance ?? parts.at(-1)?.provenance ?? null;
      parts.push({ rendering, rows: rendering.rows, provenance });
      found.set(rendering.name, parts);
    }
  }
  return found;
}

const folded = new WeakMap<Benchmark, Benchmark>();

/** The same output with all rows up to it, and with what they were measured on. */
export function foldBenchmark(benchmarks: Benchmarks, rendering: Benchmark): Benchmark {
  const known = folded.get(rendering);
  if (known) return known;
  const parts = benchmarks.get(rendering.name) ?? [];
  const at = parts.findIndex((part) => part.rendering === rendering);
  const provenance = parts[at]?.provenance ?? rendering.provenance ?? null;
  const rows = parts.slice(0, at + 1).flatMap((part) => part.rows);
  const result = { ...rendering, rows, provenance };
  folded.set(rendering, result);
  return result;
}
