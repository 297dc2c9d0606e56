import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { valueHistory, variablesAt } from "../src/trace/environment";
import type { Step } from "../src/trace/schema";
import { buildIndex, type TraceIndex } from "../src/trace/traceIndex";
import { recordedIndex, traceOf } from "./fixtures";

let walk: TraceIndex;
beforeAll(async () => {
  walk = await recordedIndex("walk");
});

const shown = (frame: number, step: number) =>
  variablesAt(walk, frame, step).map(({ name, value, status }) => [name, value, status]);

describe("variablesAt", () => {
  it("marks what the step made or changed", () => {
    expect(shown(1, 6)).toEqual([
      ["i", 0, "same"],
      ["total", 0, "new"],
    ]);
    expect(shown(1, 9)).toEqual([
      ["i", 1, "same"],
      ["total", 1, "changed"],
    ]);
  });

  it("keeps the value before a change", () => {
    const squares = variablesAt(walk, 1, 19).find((variable) => variable.name === "squares");
    expect(squares?.previous).toMatchObject({ kind: "mapping" });
    expect(squares?.status).toBe("changed");
  });

  it("takes cleared expressions off", () => {
    expect(shown(1, 18).map(([name]) => name)).toContain("i");
    expect(shown(1, 19).map(([name]) => name)).not.toContain("i");
  });

  it("does not count being cleared as a change", () => {
    const steps: Step[] = [
      { frame: 0, line: 1, changes: { x: 1 } },
      { frame: 0, line: 1, cleared: ["x"] },
      { frame: 0, line: 1, changes: { x: 2 } },
    ];
    const index = buildIndex(traceOf("pass", steps));
    expect(variablesAt(index, 0, 0)[0]).toMatchObject({ name: "x", changes: 2 });
    expect(variablesAt(index, 0, 2)[0]).toMatchObject({ status: "new", changes: 2 });
  });

  it("tells activations of one function apart", () => {
    expect(shown(2, 30)).toEqual([["n", 3, "same"]]);
    expect(shown(4, 30)).toEqual([["n", 1, "same"]]);
  });

  it("has nothing before the frame begins", () => {
    expect(shown(2, 10)).toEqual([]);
  });
});

describe("valueHistory", () => {
  it("lists every value with its step", () => {
    expect(valueHistory(walk, 1, "total").map(({ step, value }) => [step, value])).toEqual([
      [6, 0],
      [9, 1],
      [12, 5],
      [15, 14],
    ]);
  });
});

describe("folding any changes", () => {
  const names = fc.constantFrom("a", "b", "c");
  const step = fc.record({
    changes: fc.dictionary(names, fc.integer(), { maxKeys: 2 }),
    cleared: fc.array(names, { maxLength: 1 }),
  });

  it("agrees with replaying them one by one", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (made) => {
        const steps: Step[] = made.map((part) => ({ frame: 0, line: 1, ...part }));
        const index = buildIndex(traceOf("x\n", steps));
        const known = new Map<string, unknown>();
        steps.forEach((at, id) => {
          for (const name of at.cleared ?? []) known.delete(name);
          for (const [name, value] of Object.entries(at.changes ?? {})) known.set(name, value);
          const found = variablesAt(index, 0, id).map(({ name, value }) => [name, value]);
          expect(Object.fromEntries(found)).toEqual(Object.fromEntries(known));
        });
      }),
    );
  });
});
