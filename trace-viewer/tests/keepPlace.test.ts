import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepPlace } from "../src/trace/keepPlace";
import { buildIndex, type TraceIndex } from "../src/trace/traceIndex";
import type { Step } from "../src/trace/schema";
import { traceOf } from "./fixtures";

/**
 * A lecture from its lines, each executed once in order; `# title` lines show a heading, and a
 * line written `x *3` is executed three times.
 */
function lecture(...lines: string[]): TraceIndex {
  const steps = lines.flatMap((line, at): Step[] => {
    const times = Number(/ \*(\d+)$/.exec(line)?.[1] ?? 1);
    const outputs = line.startsWith("#") ? [{ kind: "text", text: line } as const] : null;
    return Array.from({ length: times }, () => ({ frame: 0, line: at + 1, outputs }));
  });
  const text = lines.map((line) => line.replace(/ \*\d+$/, "")).join("\n");
  return buildIndex(traceOf(text, steps));
}

/** The line of the step that is shown after the edit. */
function lineAfter(before: TraceIndex, step: number, after: TraceIndex): string | undefined {
  const line = after.stepLine[keepPlace(before, step, after)] ?? 0;
  return after.trace.files["made.py"]?.text.split("\n")[line - 1];
}

describe("keepPlace", () => {
  const before = lecture("# One", "a = 1", "b = 2", "# Two", "c = 3 *3", "d = 4");

  it("stays when nothing changed", () => {
    for (let step = 0; step < before.stepCount; step++) {
      expect(keepPlace(before, step, before)).toBe(step);
    }
  });

  it("follows a statement that lines above have moved", () => {
    const after = lecture("# One", "a = 1", "new = 0", "new = 1", "b = 2", "# Two", "c = 3 *3");
    expect(lineAfter(before, 2, after)).toBe("b = 2");
  });

  it("stays in its section when other sections come, go or change places", () => {
    const after = lecture("# Two", "a = 1", "c = 3 *3", "# Zero", "c = 3", "# One", "a = 1");
    expect(keepPlace(before, 1, after)).toBe(8);
    expect(keepPlace(before, 5, after)).toBe(3);
  });

  it("stays in the same round of a loop, or in the last that there is", () => {
    expect(keepPlace(before, 6, lecture("# Two", "c = 3 *2"))).toBe(2);
    expect(keepPlace(before, 6, lecture("# Two", "c = 3"))).toBe(1);
  });

  it("is as far into the section as before when the statement was edited", () => {
    const after = lecture("# One", "a = 1", "b = 20", "# Two", "c = 3 *3", "d = 4");
    expect(lineAfter(before, 2, after)).toBe("b = 20");
  });

  it("is in the section in the same place when its heading was reworded", () => {
    const after = lecture("# One", "a = 1", "b = 2", "# Second", "c = 3 *3", "d = 4");
    expect(lineAfter(before, 7, after)).toBe("d = 4");
  });

  it("is a step of the new trace, whatever was written", () => {
    const line = fc.constantFrom("# One", "# Two", "a = 1", "b = 2 *2", "");
    const any = fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => lecture(...lines));
    fc.assert(
      fc.property(any, any, fc.nat(), (one, other, seed) => {
        const step = keepPlace(one, seed % one.stepCount, other);
        expect(step).toBeGreaterThanOrEqual(0);
        expect(step).toBeLessThan(other.stepCount);
      }),
    );
  });
});
