import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridsOf, marksChanges } from "./gridNumbers";
import { elementCount, type ValueOf } from "./kinds";

type Tensor = ValueOf<"tensor">;

const tensor = (shape: number[], numbers: Tensor["numbers"], dtype = "float32"): Tensor => ({
  kind: "tensor",
  type: "torch.Tensor",
  shape,
  dtype,
  numbers,
});
const texts = (value: Tensor) =>
  gridsOf(value).map((grid) => grid.rows.map((row) => row.map((cell) => cell.text)));

describe("gridsOf", () => {
  it("writes one column's numbers alike", () => {
    expect(texts(tensor([2, 2], [0.5, 10, 2.25, 0]))).toEqual([
      [
        ["0.50", "10.00"],
        ["2.25", "0.00"],
      ],
    ]);
    expect(texts(tensor([3], [1, 2, 30], "int64"))).toEqual([[["1", "2", "30"]]]);
  });

  it("has a grid for each leading index", () => {
    const grids = gridsOf(tensor([2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8], "int64"));
    expect(grids.map((grid) => grid.title)).toEqual(["[0, 0, :, :]", "[1, 0, :, :]"]);
    expect(grids[1]?.rows.map((row) => row.map((cell) => cell.exact))).toEqual([
      ["5", "6"],
      ["7", "8"],
    ]);
  });

  it("writes what JSON cannot say, truth values and numbers far apart", () => {
    expect(texts(tensor([3], ["nan", "-inf", 1]))).toEqual([[["nan", "-inf", "1.0"]]]);
    expect(texts(tensor([2], [true, false], "bool"))).toEqual([[["True", "False"]]]);
    expect(texts(tensor([2], [1e-9, 1e9]))).toEqual([[["1.00e-9", "1.00e+9"]]]);
    expect(texts(tensor([1], ["1+2j"], "complex64"))).toEqual([[["1+2j"]]]);
  });

  it("marks the cells that changed, with what they were", () => {
    const [grid] = gridsOf(tensor([1, 3], [1, 2.5, 0]), tensor([1, 3], [1, 2, -0]));
    expect(grid?.rows[0]?.map((cell) => cell.before)).toEqual([null, "2.0", null]);
  });

  it("marks nothing against another shape", () => {
    const [before, after] = [tensor([2], [1, 2]), tensor([3], [1, 2, 3])];
    expect(gridsOf(after, before)[0]?.rows[0]?.every((cell) => cell.before === null)).toBe(true);
    expect(marksChanges(after, before)).toBe(false);
    expect(marksChanges(after, after)).toBe(true);
  });

  it("has none where elements are missing, none are there, or the shape does not fit", () => {
    expect(gridsOf(tensor([2], undefined))).toEqual([]);
    expect(gridsOf(tensor([0, 3], []))).toEqual([]);
    expect(gridsOf(tensor([1e9, 0], []))).toEqual([]);
    expect(gridsOf(tensor([3], [1, 2]))).toEqual([]);
  });

  it("shows every element once, whatever the shape", () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const count = elementCount(shape);
        const numbers = Array.from({ length: count }, (_, at) => at);
        const cells = gridsOf(tensor(shape, numbers, "int64")).flatMap((grid) => grid.rows.flat());
        expect(cells.map((cell) => Number(cell.exact))).toEqual(numbers);
      }),
    );
  });
});
