/** How the recording of the open lecture stands, when a service records it on every save. Pure. */

/** What the service sends; `lecture` says about which. */
export type LiveEvent =
  | { type: "progress"; lecture: string; steps: number; line: number; expected: number | null }
  /** A new trace is stored. It may have ended in a failure, which it then shows itself. */
  | { type: "recorded"; lecture: string; steps: number }
  /** Nothing new after all: the stored trace is the one that is shown. */
  | { type: "unchanged"; lecture: string }
  /** There is no new trace: the last good one stays. */
  | { type: "broken"; lecture: string; error: string };

interface BrokenPlace {
  path: string;
  line: number;
}

/** What the page shows of the recording. */
export interface LiveState {
  /** While recording. `share` is 0 … 1, or null when the number of steps is not known. */
  recording: { steps: number; share: number | null } | null;
  /** Why the last save gave no trace: `lecture_01.py:6: syntax error: …`; empty when it did. */
  error: string;
  place: BrokenPlace | null;
  /** For a screen reader. */
  news: string;
}

/** Nothing is being recorded. */
export const NOT_LIVE: LiveState = { recording: null, error: "", place: null, news: "" };

/** The event in a message of the service, or null for one of another kind. */
export function readLiveEvent(message: string): LiveEvent | null {
  let data: unknown;
  try {
    data = JSON.parse(message);
  } catch {
    return null;
  }
  if (typeof data !== "object" || data === null) return null;
  const { type, lecture, steps, line, expected, error } = data as Record<string, unknown>;
  if (typeof lecture !== "string") return null;
  const number = (value: unknown): number => (typeof value === "number" ? value : 0);
  const counted = { lecture, steps: number(steps) };
  if (type === "recorded") return { type, ...counted };
  if (type === "broken") return { type, lecture, error: typeof error === "string" ? error : "" };
  if (type !== "progress") return null;
  return {
    type,
    ...counted,
    line: number(line),
    expected: typeof expected === "number" && expected > 0 ? expected : null,
  };
}

/** `lectures/a.py:12: …` → where to mark the error. */
export function brokenPlace(error: string): BrokenPlace | null {
  const match = /^(.+?\.py):(\d+)\b/.exec(error);
  return match?.[1] && match[2] ? { path: match[1], line: Number(match[2]) } : null;
}

/** What an event changes. */
export function liveReducer(live: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case "progress": {
      const { steps, expected } = event;
      const share = expected === null ? null : Math.min(1, steps / expected);
      const news = live.recording ? live.news : "Recording again.";
      return { ...live, recording: { steps, share }, news };
    }
    case "recorded":
      return { ...NOT_LIVE, news: `Recorded again: ${event.steps} steps.` };
    case "unchanged":
      return NOT_LIVE;
    case "broken": {
      const error = event.error || "The lecture could not be recorded.";
      return { recording: null, error, place: brokenPlace(error), news: "" };
    }
  }
}

/** Whether the last save could not be recorded because of this line. */
export function isBroken({ place }: LiveState, path: string, line: number): boolean {
  return place?.path === path && place.line === line;
}
