/**
 * A lecture was recorded again: which step of the new trace is where the reader was.
 *
 * The same section, found by its heading; in it the same statement, found by its text, the same
 * number of times executed; and if the statement was edited away, the step as far into the section
 * as before.
 */
import { sectionAt } from "./sections";
import { stepPath, type TraceIndex } from "./traceIndex";

/** Steps from `start` up to, without, `end`. */
interface Range {
  start: number;
  end: number;
}

/** The step of `after` that corresponds to `step` of `before`. */
export function keepPlace(before: TraceIndex, step: number, after: TraceIndex): number {
  const at = sectionAt(before.sections, step);
  const from = sectionRange(before, at);
  const to = sameSection(before, at, after);
  const text = statementText(before, step);
  const earlier = matchingSteps(before, { start: from.start, end: step + 1 }, text);
  const candidates = matchingSteps(after, to, text);
  if (text !== "" && candidates.length > 0) {
    return candidates[Math.min(earlier.length, candidates.length) - 1] ?? to.start;
  }
  return Math.max(to.start, Math.min(to.start + (step - from.start), to.end - 1));
}

/** Where a statement is, in words that an edit elsewhere does not change: `path: text`. */
function statementText(index: TraceIndex, step: number): string {
  const path = stepPath(index, step);
  const line = index.sources.get(path)?.lines[(index.stepLine[step] ?? 1) - 1] ?? "";
  return line.trim() === "" ? "" : `${path}: ${line.trim()}`;
}

function matchingSteps(index: TraceIndex, range: Range, text: string): number[] {
  const found: number[] = [];
  for (let step = range.start; step < range.end; step++) {
    if (statementText(index, step) === text) found.push(step);
  }
  return found;
}

/** `at` as in `sectionAt`: -1 is what comes before the first heading. */
function sectionRange({ sections, stepCount }: TraceIndex, at: number): Range {
  return { start: sections[at]?.step ?? 0, end: sections[at + 1]?.step ?? stepCount };
}

/**
 * The section with the same heading, the nearest in order if there are several; the whole trace
 * if there is none.
 */
function sameSection(before: TraceIndex, at: number, after: TraceIndex): Range {
  const title = before.sections[at]?.title;
  if (title === undefined) return sectionRange(after, -1);
  const places = after.sections.flatMap((section, place) =>
    section.title === title ? [place] : [],
  );
  const [nearest] = places.sort((one, other) => Math.abs(one - at) - Math.abs(other - at));
  if (nearest !== undefined) return sectionRange(after, nearest);
  // The heading was reworded: the section in the same place, if the number of headings is the same.
  if (before.sections.length === after.sections.length) return sectionRange(after, at);
  return { start: 0, end: after.stepCount };
}
