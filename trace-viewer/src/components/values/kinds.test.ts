import { describe, expect, it } from "vitest";
import type { Value } from "../../trace/schema";
import { asNumber, lengthOf, typeOf } from "./kinds";

describe("asNumber", () => {
  it.each<[Value, number | null]>([
    [3, 3],
    [{ kind: "number", type: "float", text: "1e-07" }, 1e-7],
    [{ kind: "number", type: "numpy.float32", text: "-inf" }, -Infinity],
    [{ kind: "number", type: "float", text: "nan" }, NaN],
    [{ kind: "tensor", type: "torch.Tensor", shape: [], dtype: "float32", head: [0.25] }, 0.25],
    [{ kind: "tensor", type: "torch.Tensor", shape: [1, 1], dtype: "int64", head: [7] }, 7],
    [{ kind: "tensor", type: "torch.Tensor", shape: [2], dtype: "int64", head: [7, 8] }, null],
    [{ kind: "number", type: "complex", text: "(1+2j)" }, null],
    [true, null],
    ["3", null],
    [null, null],
  ])("%j → %s", (value, number) => {
    expect(asNumber(value)).toBe(number);
  });
});

describe("typeOf and lengthOf", () => {
  it.each<[Value, string, number | null]>([
    [null, "NoneType", null],
    [1, "int", null],
    [1.5, "float", null],
    [[1, 2], "list", 2],
    [{ kind: "sequence", type: "tuple", items: [1], length: 9 }, "tuple", 9],
    [{ kind: "mapping", entries: [["a", 1]] }, "dict", 1],
    [{ kind: "record", type: "app.Point", fields: { x: 1 } }, "app.Point", 1],
    [{ kind: "math", latex: "x", text: "x" }, "sympy", null],
  ])("%j", (value, type, length) => {
    expect([typeOf(value), lengthOf(value)]).toEqual([type, length]);
  });
});
