import { beforeAll, describe, expect, it } from "vitest";
import { hasPaperBorder } from "../src/components/renderings/paperPicture";
import { paceText } from "../src/state/pace";
import { markedLine } from "../src/state/selectors";
import { initialState } from "../src/state/viewerState";
import { landmarksOf } from "../src/trace/landmarks";
import { passOver } from "../src/trace/navigation";
import { isBareCall, isNoteOnly } from "../src/trace/quietSteps";
import { buildIndex, type TraceIndex } from "../src/trace/traceIndex";
import { recordedIndex } from "./fixtures";
import { schemaTwo } from "./schemaTwo";

let walk: TraceIndex;
beforeAll(async () => {
  walk = await recordedIndex("walk");
});

const textAt = (step: number) => walk.sources.get("walk.py")?.lines[(walk.stepLine[step] ?? 0) - 1];

describe("steps without anything to see", () => {
  it("are notes for the speaker, and bare calls of a section", () => {
    expect([isNoteOnly(walk, 1), textAt(1)]).toEqual([true, '    note("Say **hello**.")']);
    expect([isBareCall(walk, 2), textAt(2)]).toEqual([true, "    counting()"]);
    // A call with arguments says something; so does one whose result is kept.
    expect(isBareCall(walk, 22)).toBe(false);
  });

  it("are passed over, forth and back", () => {
    expect(passOver(walk, 0, 1)).toBe(3);
    expect(passOver(walk, 3, -1)).toBe(0);
    expect(passOver(walk, 66, 1)).toBe(66);
    expect(passOver(walk, 0, -1)).toBe(0);
  });

  it("leave the mark where it was", () => {
    expect(markedLine({ ...initialState(walk), step: 1 }, "walk.py")?.line).toBe(walk.stepLine[0]);
  });

  it("never hide where a lecture failed", () => {
    const trace = { ...walk.trace, failure: { type: "E", message: "", step: 2 } };
    expect(isBareCall(buildIndex(trace), 2)).toBe(false);
  });
});

describe("landmarks", () => {
  it("are headings, figures and questions, in order", () => {
    const found = landmarksOf(buildIndex(schemaTwo())).map(({ step, title }) => [step, title]);
    expect(found).toContainEqual([2, "A tokenizer"]);
    expect(found).toContainEqual([3, "Question"]);
    expect(found).toContainEqual([15, "Ranks: Sums of gradients"]);
    expect(found.map(([step]) => step)).toEqual(
      found.map(([step]) => step).toSorted((a, b) => Number(a) - Number(b)),
    );
  });
});

describe("the pace", () => {
  const index = buildIndex(schemaTwo());
  it.each([
    [0, 30, "on time for 20 min"],
    [9, 15 * 60, "5 min behind, planned 20"],
    [18, 12 * 60, "8 min ahead, planned 20"],
  ])("at step %i after %i seconds is %s", (step, elapsed, text) => {
    expect(paceText(index, step, elapsed)).toBe(text);
  });

  it("is not told where no minutes are planned", () => {
    expect(paceText(walk, 5, 60)).toBe("");
  });
});

describe("a picture on paper", () => {
  const pixels = (colour: (at: number) => number[]) =>
    Uint8ClampedArray.from({ length: 24 * 24 * 4 }, (_, at) => colour(at >> 2)[at & 3] ?? 0);

  it("is told by its border", () => {
    expect(
      hasPaperBorder(
        pixels(() => [255, 255, 255, 255]),
        24,
      ),
    ).toBe(true);
    const inner = (at: number) => at % 24 > 2 && at % 24 < 21 && at > 72 && at < 500;
    expect(
      hasPaperBorder(
        pixels((at) => (inner(at) ? [9, 9, 9, 255] : [250, 250, 250, 255])),
        24,
      ),
    ).toBe(true);
    expect(
      hasPaperBorder(
        pixels(() => [120, 160, 200, 255]),
        24,
      ),
    ).toBe(false);
    expect(
      hasPaperBorder(
        pixels(() => [255, 255, 255, 0]),
        24,
      ),
    ).toBe(false);
  });
});
