/**
 * Where a reader was, in words that outlive a new recording: the heading, the statement and how
 * often it had run. Pure.
 */
import { sectionAt } from "./sections";
import { stepPath, type TraceIndex } from "./traceIndex";

/** A place to come back to. */
export interface Place {
  step: number;
  /** Number of steps that the lecture had. */
  steps: number;
  /** Title of the section, empty before the first. */
  section: string;
  /** `path: statement`. */
  statement: string;
  /** How often the statement had run in the section, this time included. */
  times: number;
}

function statementAt(index: TraceIndex, step: number): string {
  const path = stepPath(index, step);
  const line = index.sources.get(path)?.lines[(index.stepLine[step] ?? 1) - 1] ?? "";
  return `${path}: ${line.trim()}`;
}

function rangeOf(index: TraceIndex, at: number): [number, number] {
  return [index.sections[at]?.step ?? 0, index.sections[at + 1]?.step ?? index.stepCount];
}

function stepsWith(index: TraceIndex, [from, to]: [number, number], statement: string): number[] {
  const found: number[] = [];
  for (let step = from; step < to; step++) {
    if (statementAt(index, step) === statement) found.push(step);
  }
  return found;
}

/** Describes a step so that `findPlace` finds it again. */
export function placeOf(index: TraceIndex, step: number): Place {
  const at = sectionAt(index.sections, step);
  const statement = statementAt(index, step);
  const [from] = rangeOf(index, at);
  return {
    step,
    steps: index.stepCount,
    section: index.sections[at]?.title ?? "",
    statement,
    times: stepsWith(index, [from, step + 1], statement).length,
  };
}

/**
 * The same step; in a lecture that changed since, the same statement under the same heading, else
 * the section's start; null where there is no such section any more.
 */
export function findPlace(index: TraceIndex, place: Place): number | null {
  if (place.steps === index.stepCount && statementAt(index, place.step) === place.statement) {
    return place.step;
  }
  const at =
    place.section === ""
      ? -1
      : index.sections.findIndex((section) => section.title === place.section);
  if (at === -1 && place.section !== "") return null;
  const range = rangeOf(index, at);
  const found = stepsWith(index, range, place.statement);
  return found[Math.min(place.times, found.length) - 1] ?? range[0];
}

/** What was kept → a place, or null. */
export function readPlace(kept: unknown): Place | null {
  if (typeof kept !== "object" || kept === null) return null;
  const { step, steps, section, statement, times } = kept as Record<string, unknown>;
  const whole = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
  if (!whole(step) || !whole(steps) || !whole(times)) return null;
  if (typeof section !== "string" || typeof statement !== "string") return null;
  return { step, steps, section, statement, times };
}

/** Part of the lecture that has been read, 0 … 1. */
export function progressOf({ step, steps }: Place): number {
  return steps > 1 ? Math.min(1, step / (steps - 1)) : 1;
}
