import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Value } from "../../trace/schema";
import { pythonText, shapeText } from "./format";
import { bytesInLiteral, pythonString } from "./pythonString";
import { cutText } from "../shared/cutText";
import { bytesText, roughNumber } from "../shared/numberText";

const float = (text: string): Value => ({ kind: "number", type: "float", text });
const list = (type: string, items: Value[], more: object = {}): Value => ({
  kind: "sequence",
  type,
  items,
  ...more,
});

describe("pythonText", () => {
  it.each<[Value, string]>([
    [null, "None"],
    [true, "True"],
    [3, "3"],
    [0.5, "0.5"],
    [float("1.0"), "1.0"],
    [float("nan"), "nan"],
    ["it's", `"it's"`],
    [[1, float("2.0"), "a", [null]], "[1, 2.0, 'a', [None]]"],
    [list("tuple", []), "()"],
    [list("tuple", [1]), "(1,)"],
    [list("tuple", [1, 2]), "(1, 2)"],
    [list("set", []), "set()"],
    [list("set", [1, 2]), "{1, 2}"],
    [list("frozenset", [1]), "frozenset({1})"],
    [list("collections.deque", ["a"]), "deque(['a'])"],
    [list("range", [0, 1, 2]), "range(0, 3)"],
    [list("range", [10, 7], { tail: [1], length: 4 }), "range(10, 0, -3)"],
    [list("range", []), "range(0, 0)"],
    [list("list", [1, 2], { tail: [9], length: 10 }), "[1, 2, …, 9]"],
    [list("list", [1], { length: 10 }), "[1, …]"],
    [
      {
        kind: "mapping",
        entries: [
          ["a", 1],
          [list("tuple", [1, 2]), null],
        ],
      },
      "{'a': 1, (1, 2): None}",
    ],
    [{ kind: "mapping", entries: [["a", 1]], length: 5 }, "{'a': 1, …}"],
    [{ kind: "mapping", entries: [], type: "collections.OrderedDict" }, "OrderedDict({})"],
    [{ kind: "record", type: "geo.Point", fields: { x: 1, y: float("2.0") } }, "Point(x=1, y=2.0)"],
    [{ kind: "string", text: "abc", length: 9, tail: "xyz" }, "'abc'…'xyz'"],
    [{ kind: "string", text: "😀", length: 1, type: "app.Name" }, "Name('😀')"],
    [{ kind: "bytes", text: "b'a\\x00'", length: 2 }, "b'a\\x00'"],
    [{ kind: "bytes", text: "b'a\\x00'", length: 300 }, "b'a\\x00'…"],
    [{ kind: "elided", type: "list", reason: "cycle" }, "[...]"],
    [{ kind: "elided", type: "Node", reason: "depth" }, "Node(…)"],
    [{ kind: "failed", type: "NameError", text: "no x" }, "NameError: no x"],
  ])("%j prints as %s", (value, text) => {
    expect(pythonText(value)).toBe(text);
  });

  it("prints all elements of a small tensor, nested as its shape", () => {
    const tensor: Value = {
      kind: "tensor",
      type: "torch.Tensor",
      shape: [2, 2],
      dtype: "int64",
      head: [1, 2, 3, 4],
    };
    expect(pythonText(tensor)).toBe("tensor([[1, 2], [3, 4]])");
    expect(pythonText({ ...tensor, shape: [], head: [7] })).toBe("tensor(7)");
    expect(pythonText({ ...tensor, type: "numpy.ndarray", shape: [0], head: [] })).toBe(
      "array([])",
    );
  });

  it("prints a large or empty tensor by shape, whatever its size", () => {
    const tensor: Value = {
      kind: "tensor",
      type: "torch.Tensor",
      shape: [1_000_000_000, 0],
      dtype: "float32",
      device: "cuda:0",
    };
    expect(pythonText(tensor)).toBe("tensor(shape=(1000000000, 0), dtype=float32, device=cuda:0)");
  });

  it("never passes its limit, however deep or wide the value", () => {
    const value = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small", maxDepth: 3 },
        fc.constantFrom<Value>(null, true, 1.5),
        fc.string({ unit: "binary", maxLength: 12 }),
        fc.array(tie("value"), { maxLength: 5 }),
        fc
          .array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 })
          .map((entries): Value => ({ kind: "mapping", entries })),
      ),
    })).value;
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 40 }), (any, limit) => {
        const text = pythonText(any, limit);
        expect(text.length).toBeLessThanOrEqual(limit);
        expect(text).not.toMatch(/[\n\r\t]/);
        expect(encodeURIComponent.bind(null, text)).not.toThrow();
      }),
      { numRuns: 60 },
    );
  });

  it("is one line of time for a list of a million items", () => {
    const long = Array.from({ length: 1_000_000 }, () => 1);
    expect(pythonText(long, 12)).toBe("[1, 1, 1, 1…");
  });
});

describe("pythonString", () => {
  it.each([
    ["a\\b\n\t", "'a\\\\b\\n\\t'"],
    [`both ' and "`, `'both \\' and "'`],
    ["\u0000\u200b\ud800", "'\\x00\\u200b\\ud800'"],
    ["é 漢 😀", "'é 漢 😀'"],
    ["\u00a0\u{e0001}", "'\\xa0\\U000e0001'"],
  ])("%j → %s", (text, literal) => {
    expect(pythonString(text)).toBe(literal);
  });

  it("can be read back when it holds no other escapes than JavaScript's", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        // eslint-disable-next-line @typescript-eslint/no-implied-eval -- an oracle for the literal
        const read = new Function(`return ${pythonString(text)}`) as () => string;
        expect(read()).toBe(text);
      }),
    );
  });

  it("does not cut through a pair of surrogates", () => {
    expect(cutText("a😀b", 3)).toBe("a…");
    expect(cutText("abc", 3)).toBe("abc");
  });

  it("counts the bytes of a literal", () => {
    expect(bytesInLiteral(String.raw`b'a\x00\n\\"'`)).toBe(5);
    expect(bytesInLiteral("b''")).toBe(0);
    expect(bytesInLiteral("nonsense")).toBe(0);
  });
});

describe("short texts", () => {
  it("writes sizes, shapes and rough numbers", () => {
    expect([0, 1023, 1024, 1536, 123 * 2 ** 20, 2 ** 62].map(bytesText)).toEqual([
      "0 B",
      "1023 B",
      "1 KiB",
      "1.5 KiB",
      "123 MiB",
      "4 EiB",
    ]);
    expect([[], [3], [3, 4]].map(shapeText)).toEqual(["()", "(3,)", "(3, 4)"]);
    expect([0, 0.01234, 1234.5, 4.5e-7, -1e9, NaN, -Infinity].map(roughNumber)).toEqual([
      "0",
      "0.0123",
      "1,235",
      "4.5e-7",
      "-1e9",
      "nan",
      "-inf",
    ]);
  });
});
