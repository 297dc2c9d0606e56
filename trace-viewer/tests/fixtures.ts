/**
 * Traces that the real engine recorded. `tests/fixtures/checkout` holds the lectures; to record
 * them again: `cd tests/fixtures/checkout && python ../../../../execute.py -m walk failing -o ..`
 * with the checkout's root on PYTHONPATH.
 */
import { readFileSync } from "node:fs";
import { parseTrace } from "../src/trace/parseTrace";
import type { Step, Trace } from "../src/trace/schema";
import { buildIndex, type TraceIndex } from "../src/trace/traceIndex";

export function readFixture(name: string): string {
  const folder = name === "sample.json" ? "../../var/traces/" : "./fixtures/";
  return readFileSync(new URL(folder + name, import.meta.url), "utf8");
}

export function recorded(name: "walk" | "failing" | "sample"): Promise<Trace> {
  return parseTrace(readFixture(`${name}.json`), `${name}.json`);
}

export async function recordedIndex(name: "walk" | "failing" | "sample"): Promise<TraceIndex> {
  return buildIndex(await recorded(name));
}

/** A trace of one function, from the lines of its steps. */
export function traceOf(text: string, steps: Step[], more: Partial<Trace> = {}): Trace {
  return {
    schema: 2,
    lecture: "made",
    main: "made.py",
    files: { "made.py": { text } },
    frames: [{ path: "made.py", function: "main" }],
    steps,
    ...more,
  };
}
