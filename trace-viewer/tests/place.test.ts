import { beforeAll, describe, expect, it } from "vitest";
import { findPlace, placeOf, progressOf, readPlace } from "../src/trace/place";
import { buildIndex, type TraceIndex } from "../src/trace/traceIndex";
import { recordedIndex, traceOf } from "./fixtures";

let walk: TraceIndex;
beforeAll(async () => {
  walk = await recordedIndex("walk");
});

/** Headings `# A` and `# B`, with statements after each. */
function lecture(...lines: string[]): TraceIndex {
  const steps = lines.map((line, at) => ({
    frame: 0,
    line: at + 1,
    outputs: line.startsWith("#") ? [{ kind: "text", text: line } as const] : null,
  }));
  return buildIndex(traceOf(lines.join("\n"), steps));
}

describe("a place", () => {
  it("is found again in the same lecture, every one of them", () => {
    for (let step = 0; step < walk.stepCount; step++) {
      expect(findPlace(walk, placeOf(walk, step))).toBe(step);
    }
  });

  it("is found by heading and statement where the lecture changed", () => {
    const before = lecture("# A", "x = 1", "# B", "y = 1", "z = 1");
    const after = lecture("# New", "n = 0", "# A", "x = 1", "# B", "w = 0", "y = 1", "z = 1");
    expect(findPlace(after, placeOf(before, 4))).toBe(7);
    expect(findPlace(after, placeOf(before, 1))).toBe(3);
  });

  it("is the section's start where the statement is gone, and none where the section is", () => {
    const before = lecture("# A", "x = 1", "# B", "y = 1");
    expect(findPlace(lecture("# A", "# B", "other = 1", "more = 2"), placeOf(before, 3))).toBe(1);
    expect(findPlace(lecture("# A", "x = 1", "y = 1"), placeOf(before, 3))).toBeNull();
  });

  it("says how much has been read", () => {
    expect(progressOf(placeOf(walk, 33))).toBeCloseTo(0.5);
  });

  it.each([null, 3, "x", {}, { step: -1 }, { step: 1, steps: 2, times: 1, section: 4 }])(
    "is not read from %j",
    (kept) => {
      expect(readPlace(kept)).toBeNull();
    },
  );
});
