import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import * as navigation from "../src/trace/navigation";
import type { Frame, Step } from "../src/trace/schema";
import { buildIndex, stepsAtLine, type TraceIndex } from "../src/trace/traceIndex";
import { recordedIndex, traceOf } from "./fixtures";

let walk: TraceIndex;
beforeAll(async () => {
  walk = await recordedIndex("walk");
});

const line = (step: number) => walk.stepLine[step];

describe("stepping through recorded calls", () => {
  it("goes into and out of a recursion one step at a time", () => {
    expect(navigation.nextStep(walk, 24)).toBe(25);
    expect(navigation.previousStep(walk, 25)).toBe(24);
  });

  it("steps over a call to where the statement goes on", () => {
    // Step 22 is `total = factorial(3)`; step 37 is the same statement, resumed.
    expect(navigation.stepOver(walk, 22)).toBe(37);
    expect(line(37)).toBe(line(22));
  });

  it("steps over a call inside a recursion without leaving its frame", () => {
    expect(navigation.stepOver(walk, 24)).toBe(35);
    expect(walk.stepFrame[35]).toBe(walk.stepFrame[24]);
  });

  it("steps back over a call", () => {
    expect(navigation.stepOverBack(walk, 37)).toBe(22);
  });

  it("steps out to the caller, and back to the call", () => {
    expect(navigation.stepOut(walk, 29)).toBe(31);
    expect(navigation.stepOutBack(walk, 29)).toBe(28);
  });

  it("stays at the ends", () => {
    const last = walk.stepCount - 1;
    expect(navigation.previousStep(walk, 0)).toBe(0);
    expect(navigation.nextStep(walk, last)).toBe(last);
    expect(navigation.stepOver(walk, last)).toBe(last);
    expect(navigation.stepOut(walk, 0)).toBe(0);
  });
});

describe("going to lines and changes", () => {
  it("goes round the steps of a line", () => {
    // `print(...)` in the loop runs at 7, 10, 13, 16.
    expect(navigation.stepToLine(walk, 0, "walk.py", 25)).toBe(7);
    expect(navigation.stepToLine(walk, 10, "walk.py", 25)).toBe(13);
    expect(navigation.stepToLine(walk, 16, "walk.py", 25)).toBe(7);
  });

  it("takes any line of a statement of several lines", () => {
    expect(navigation.stepToLine(walk, 0, "walk.py", 30)).toBe(20);
  });

  it("knows lines that never ran", () => {
    expect(navigation.stepToLine(walk, 0, "walk.py", 43)).toBeNull();
    expect(navigation.stepToLine(walk, 0, "gone.py", 1)).toBeNull();
  });

  it("finds the nearest line that ran", () => {
    expect(navigation.stepNearLine(walk, "walk.py", 1)).toBe(0);
    expect(navigation.stepNearLine(walk, "walk.py", 999)).toBe(stepsAtLine(walk, "walk.py", 39)[0]);
  });

  it("keeps line numbers of two files apart", () => {
    expect(line(3)).not.toBe(line(41));
    expect([...stepsAtLine(walk, "helpers/tree.py", 8)]).toEqual([46, 52, 58, 61]);
    expect([...stepsAtLine(walk, "walk.py", 8)]).toEqual([0]);
  });

  it("goes to the next and previous change of a variable", () => {
    expect(navigation.stepToChange(walk, 6, 1, "total", 1)).toBe(9);
    expect(navigation.stepToChange(walk, 9, 1, "total", -1)).toBe(6);
    expect(navigation.stepToChange(walk, 15, 1, "total", 1)).toBe(15);
    expect(navigation.stepToChange(walk, 6, 1, "nothing", 1)).toBe(6);
  });

  it("keeps the lecture's place while another file runs", () => {
    expect(navigation.lineInFile(walk, 53, "walk.py")).toBe(15);
    expect(navigation.lineInFile(walk, 53, "helpers/tree.py")).toBe(5);
    expect(navigation.lineInFile(walk, 0, "helpers/tree.py")).toBeNull();
  });
});

/** Calls and returns of a made-up program: each number is how many levels to go up or down. */
const programs = fc
  .array(fc.integer({ min: -3, max: 1 }), { minLength: 1, maxLength: 60 })
  .map((moves) => {
    const frames: Frame[] = [{ path: "made.py", function: "main" }];
    const open = [0];
    const steps: Step[] = [{ frame: 0, line: 1 }];
    for (const move of moves) {
      if (move === 1) {
        frames.push({ path: "made.py", function: "f", parent: open.at(-1) ?? 0 });
        open.push(frames.length - 1);
      }
      for (let up = move; up < 0 && open.length > 1; up++) open.pop();
      steps.push({ frame: open.at(-1) ?? 0, line: 1 });
    }
    return buildIndex(traceOf("f()\n", steps, { frames }));
  });

const isBelow = (index: TraceIndex, frame: number, above: number) =>
  navigation.ancestors(index, frame).includes(above);

describe("stepping through any program", () => {
  it("over: the next step that is not below this frame", () => {
    fc.assert(
      fc.property(programs, (index) => {
        for (let step = 0; step < index.stepCount; step++) {
          const frame = index.stepFrame[step] ?? 0;
          let wanted = step + 1;
          while (wanted < index.stepCount && isBelow(index, index.stepFrame[wanted] ?? 0, frame)) {
            wanted++;
          }
          expect(navigation.stepOver(index, step)).toBe(Math.min(wanted, index.stepCount - 1));
        }
      }),
    );
  });

  it("out: the next step in a caller", () => {
    fc.assert(
      fc.property(programs, (index) => {
        for (let step = 0; step < index.stepCount; step++) {
          const callers = navigation.ancestors(index, index.stepFrame[step] ?? 0);
          let wanted = step + 1;
          while (wanted < index.stepCount && !callers.includes(index.stepFrame[wanted] ?? 0)) {
            wanted++;
          }
          expect(navigation.stepOut(index, step)).toBe(wanted < index.stepCount ? wanted : step);
        }
      }),
    );
  });
});
