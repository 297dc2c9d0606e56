import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Value } from "../../trace/schema";
import { diffValues, equalValues, type ContainerChange } from "./diff";
import { alignSequences } from "./sequenceDiff";

function container(before: Value, after: Value): ContainerChange {
  const change = diffValues(before, after);
  if (change.kind !== "container") throw new Error(`expected a container, got ${change.kind}`);
  return change;
}

const mapping = (entries: [Value, Value][]): Value => ({ kind: "mapping", entries });

describe("diffValues", () => {
  it("says what an append added", () => {
    expect(container([1, 2], [1, 2, 3])).toEqual({
      kind: "container",
      type: "list",
      entries: [{ kind: "added", key: "[2]", value: 3 }],
      unchanged: 2,
      length: [2, 3],
    });
  });

  it("sees a removal from the middle as one removal", () => {
    expect(container(["a", "b", "c", "d"], ["a", "c", "d"]).entries).toEqual([
      { kind: "removed", key: "[1]", value: "b" },
    ]);
  });

  it("pairs an item that took another's place", () => {
    expect(container([1, 2, 3], [1, 9, 3]).entries).toEqual([
      { kind: "changed", key: "[1]", change: { kind: "replaced", before: 2, after: 9 } },
    ]);
  });

  it("goes into nested containers", () => {
    const change = container(
      mapping([["a", [1]]]),
      mapping([
        ["a", [1, 2]],
        ["b", null],
      ]),
    );
    expect(change.entries).toMatchObject([
      { kind: "changed", key: "['a']", change: { entries: [{ kind: "added", key: "[1]" }] } },
      { kind: "added", key: "['b']", value: null },
    ]);
  });

  it("tells None from a missing key", () => {
    expect(container(mapping([["a", null]]), mapping([["a", 1]])).entries).toMatchObject([
      { kind: "changed", key: "['a']" },
    ]);
  });

  it("says when only the order of the keys changed", () => {
    const change = container(
      mapping([
        ["a", 1],
        ["b", 2],
      ]),
      mapping([
        ["b", 2],
        ["a", 1],
      ]),
    );
    expect(change).toMatchObject({ entries: [], reordered: true });
  });

  it("compares sets by membership", () => {
    const set = (items: Value[]): Value => ({ kind: "sequence", type: "set", items });
    expect(container(set([1, 2]), set([2, 3])).entries).toEqual([
      { kind: "removed", key: "", value: 1 },
      { kind: "added", key: "", value: 3 },
    ]);
  });

  it("reads a list that grew past its budget from both ends", () => {
    const cut = (items: Value[], tail: Value[], length: number): Value => ({
      kind: "sequence",
      type: "list",
      items,
      tail,
      length,
    });
    expect(container(cut([1, 2], [8, 9], 100), cut([1, 2], [9, 10], 101))).toMatchObject({
      entries: [
        { kind: "removed", key: "[-2]", value: 8 },
        { kind: "added", key: "[-1]", value: 10 },
      ],
      length: [100, 101],
    });
  });

  it("shows the changed part of a string, and unlike strings whole", () => {
    expect(diffValues("hello world", "hello there world")).toEqual({
      kind: "text",
      start: "hello ",
      removed: "",
      added: "there ",
      end: "world",
    });
    expect(diffValues("cat", "dog").kind).toBe("replaced");
  });

  it("lists the facts of a tensor that changed", () => {
    const tensor = (dtype: string, head: Value[]): Value => ({
      kind: "tensor",
      type: "torch.Tensor",
      shape: [2],
      dtype,
      head,
    });
    expect(container(tensor("float32", [1, 2]), tensor("bfloat16", [1, 3])).entries).toEqual([
      { kind: "fact", key: "dtype", before: "float32", after: "bfloat16" },
      { kind: "changed", key: "[1]", change: { kind: "replaced", before: 2, after: 3 } },
    ]);
  });

  it("replaces a value of another type, True by 1 as well", () => {
    expect(diffValues(true, 1).kind).toBe("replaced");
    expect(diffValues([1], "1").kind).toBe("replaced");
  });
});

const json = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Value>(null, true, 0, 1, "a", "b"),
    fc.array(tie("value"), { maxLength: 6 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom("k", "l", "m"), tie("value")), {
        selector: ([key]) => key,
      })
      .map((entries): Value => ({ kind: "mapping", entries })),
  ),
})).value;

describe("diffValues, any values", () => {
  it("is `same` exactly for equal values", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(diffValues(a, structuredClone(a)).kind).toBe("same");
        expect(diffValues(a, b).kind === "same").toBe(equalValues(a, b));
      }),
    );
  });
});

describe("alignSequences", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });

  it("rebuilds both sequences, in order", () => {
    fc.assert(
      fc.property(letters, letters, (before, after) => {
        const pairs = alignSequences(before, after);
        const indices = (side: "before" | "after"): number[] =>
          pairs.flatMap((pair) => {
            const index = { before: -1, after: -1, ...pair }[side];
            return index < 0 ? [] : [index];
          });
        expect(indices("before")).toEqual([...before.keys()]);
        expect(indices("after")).toEqual([...after.keys()]);
        for (const pair of pairs) {
          if (pair.kind === "same") expect(before[pair.before]).toBe(after[pair.after]);
        }
      }),
    );
  });

  it("compares very long sequences by position", () => {
    const before = Array.from({ length: 3000 }, (_, i) => `${i}`);
    const after = before.map((text, i) => (i % 1000 === 0 ? "new" : text));
    const changed = alignSequences(before, after).filter((pair) => pair.kind !== "same");
    expect(changed).toEqual([0, 1000, 2000].map((i) => ({ kind: "changed", before: i, after: i })));
  });
});
