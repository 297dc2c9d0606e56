import { describe, expect, it } from "vitest";
import {
  brokenPlace,
  liveReducer,
  NOT_LIVE,
  readLiveEvent,
  type LiveEvent,
} from "../src/state/live";

const after = (...events: LiveEvent[]) => events.reduce(liveReducer, NOT_LIVE);
const lecture = "lecture_01";

describe("messages of the service", () => {
  it("are read with what they leave out", () => {
    const text = JSON.stringify({ type: "progress", lecture, steps: 5, line: 3, expected: null });
    expect(readLiveEvent(text)).toEqual({
      type: "progress",
      lecture,
      steps: 5,
      line: 3,
      expected: null,
    });
    expect(readLiveEvent(`{"type": "broken", "lecture": "a"}`)).toMatchObject({ error: "" });
  });

  it.each(["", "{", "null", "[]", '{"type": "closed"}', '{"type": "other", "lecture": "a"}'])(
    "of another kind are left alone: %s",
    (text) => {
      expect(readLiveEvent(text)).toBeNull();
    },
  );
});

describe("the state of a recording", () => {
  const progress = { type: "progress", lecture, steps: 50, line: 1, expected: 200 } as const;

  it("shows how far it is, and no further than its end", () => {
    expect(after(progress).recording).toEqual({ steps: 50, share: 0.25 });
    expect(after({ ...progress, steps: 300 }).recording?.share).toBe(1);
    expect(after({ ...progress, expected: null }).recording?.share).toBeNull();
  });

  it("keeps an error until a save repairs it", () => {
    const broken = { type: "broken", lecture, error: "lecture_01.py:6: syntax error: x" } as const;
    const state = after(progress, broken);
    expect(state).toMatchObject({ recording: null, place: { path: "lecture_01.py", line: 6 } });
    expect(liveReducer(state, progress).error).toBe(broken.error);
    expect(after(broken, progress, { type: "recorded", lecture, steps: 3 })).toEqual({
      ...NOT_LIVE,
      news: "Recorded again: 3 steps.",
    });
  });

  it("is as if nothing had happened when the trace is the one that is shown", () => {
    expect(after(progress, { type: "unchanged", lecture })).toBe(NOT_LIVE);
  });

  it("says something of an error without words", () => {
    expect(after({ type: "broken", lecture, error: "" }).error).not.toBe("");
  });

  it("finds the place of an error", () => {
    expect(brokenPlace("lectures/a/b.py:12: name")).toEqual({ path: "lectures/a/b.py", line: 12 });
    expect(brokenPlace("no module lecture_50")).toBeNull();
  });
});
