/** How a talk stands against the minutes that its lecture is planned for. Pure. */
import type { TraceIndex } from "../trace/traceIndex";

/** Less than this many minutes off is on time. */
const ON_TIME = 1;

/**
 * `4 min ahead, planned 75`, with `elapsed` in seconds: steps are taken to need the same time each. Empty
 * where the lecture says no minutes.
 */
export function paceText(index: TraceIndex, step: number, elapsed: number): string {
  const planned = index.trace.lecture_info?.minutes;
  if (!planned) return "";
  const share = index.stepCount > 1 ? step / (index.stepCount - 1) : 1;
  const behind = elapsed / 60 - planned * share;
  if (Math.abs(behind) < ON_TIME) return `on time for ${planned} min`;
  return `${Math.round(Math.abs(behind))} min ${behind > 0 ? "behind" : "ahead"}, planned ${planned}`;
}
