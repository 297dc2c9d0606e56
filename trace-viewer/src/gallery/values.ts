/** Values of every kind, with what the engine leaves out of large ones. */
import type { TensorValue, Value } from "../trace/schema";

const float = (text: string): Value => ({ kind: "number", type: "float", text });

function tensor(): TensorValue {
  const size = 48;
  const bytes = Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [(i % size) / size - 0.5, Math.floor(i / size) / size - 0.5];
    return i === 100 ? 255 : Math.round(254 * Math.exp(-8 * (x * x + y * y)));
  });
  return {
    kind: "tensor",
    type: "torch.nn.parameter.Parameter",
    shape: [4, 96, 96],
    dtype: "bfloat16",
    device: "cuda:0",
    bytes: 4 * 96 * 96 * 2,
    strides: [9216, 1, 96],
    view: true,
    shares: ["w", "w.T"],
    requires_grad: true,
    head: [0.5, float("-1.0"), 0.25],
    tail: [0.125, 2.5],
    statistics: {
      min: "-3.921875",
      max: "4.0625",
      mean: "0.0012345678",
      std: "0.99951171875",
      nan: 1,
      sampled: 10000,
    },
    heat_map: {
      rows: size,
      columns: size,
      data: btoa(String.fromCharCode(...bytes)),
      low: -3.921875,
      high: 4.0625,
    },
  };
}

const nested: Value = {
  kind: "mapping",
  entries: [
    ["name", "tokenizer"],
    ["merges", Array.from({ length: 30 }, (_, i) => [i, i + 1])],
    [{ kind: "sequence", type: "tuple", items: [116, 104] }, 256],
    [
      "config",
      { kind: "record", type: "app.Config", fields: { width: 64, depth: 2, bias: false } },
    ],
  ],
};

/** A name and a value each. */
export const VALUES: [string, Value][] = [
  ["None", null],
  ["bool", true],
  ["int", 42],
  ["float", float("1.0")],
  ["str", "it's"],
  [
    "long str",
    { kind: "string", text: "the cat in the hat\n".repeat(30), length: 5000, tail: "the end" },
  ],
  ["list", [1, 2.5, "three", null]],
  [
    "long list",
    {
      kind: "sequence",
      type: "list",
      items: Array.from({ length: 60 }, (_, i) => i * i),
      tail: [998001],
      length: 1000,
    },
  ],
  ["set", { kind: "sequence", type: "set", items: ["a", "b"] }],
  ["dict", nested],
  [
    "small tensor",
    {
      kind: "tensor",
      type: "torch.Tensor",
      shape: [2, 3],
      dtype: "int64",
      bytes: 48,
      head: [1, 2, 3, 4, 5, 6],
      statistics: { min: "1", max: "6", mean: "3.5", std: "1.707825127659933" },
      heat_map: {
        rows: 2,
        columns: 3,
        data: btoa(String.fromCharCode(0, 51, 102, 152, 203, 254)),
        low: 1,
        high: 6,
      },
    },
  ],
  [
    "tensor, all numbers",
    {
      kind: "tensor",
      type: "torch.Tensor",
      shape: [2, 2, 3],
      dtype: "float32",
      bytes: 48,
      numbers: [0.5, -1, 2.25, 0, 1, "nan", 3, 4, 5, 6, "inf", 8],
    },
  ],
  ["large tensor", tensor()],
  [
    "meta tensor",
    {
      kind: "tensor",
      type: "torch.Tensor",
      shape: [4096, 4096],
      dtype: "float32",
      device: "meta",
      note: "meta tensor: no data",
    },
  ],
  [
    "module",
    {
      kind: "module",
      type: "torch.nn.Sequential",
      text: "Sequential(\n  (0): Linear(in_features=64, out_features=256, bias=True)\n  (1): ReLU()\n)",
      parameters: 16640,
      trainable: 16384,
      bytes: 66560,
    },
  ],
  [
    "data frame",
    {
      kind: "table",
      type: "pandas.DataFrame",
      columns: ["word", "count", "share"],
      dtypes: ["object", "int64", "float64"],
      rows: [
        ["the", 412, 0.061],
        ["of", 230, 0.034],
      ],
      length: 1200,
      width: 9,
    },
  ],
  [
    "sympy",
    {
      kind: "math",
      latex: "\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}",
      text: "Integral(exp(-x**2), (x, 0, oo))",
    },
  ],
  ["object", { kind: "object", type: "pathlib.PosixPath", text: "PosixPath('data/tiny.txt')" }],
  [
    "function of the project",
    {
      kind: "object",
      type: "function",
      text: "<function train_bpe>",
      path: "assignments/assignment1-basics/bpe.py",
      line: 12,
    },
  ],
  ["elided", { kind: "elided", type: "dict", reason: "budget", length: 4096 }],
  ["failed", { kind: "failed", type: "NameError", text: "name 'loss' is not defined" }],
];

/** A name, the value before and the value after each. */
export const CHANGES: [string, Value, Value][] = [
  ["number", float("0.5"), 0.75],
  ["append", [1, 2], [1, 2, 3]],
  ["ids", [116, 104, 101, 32, 99], [256, 101, 32, 99]],
  ["string", "the cat in the hat", "the cat in a hat"],
  [
    "dict",
    {
      kind: "mapping",
      entries: [
        ["a", 1],
        ["b", [1, 2]],
        ["c", "x"],
      ],
    },
    {
      kind: "mapping",
      entries: [
        ["a", 2],
        ["b", [1, 2, 3]],
        ["d", null],
      ],
    },
  ],
  [
    "tensor",
    tensor(),
    { ...tensor(), dtype: "float32", requires_grad: false, head: [0.5, 1.5, 0.25] },
  ],
];

/** A number over steps, with a spike. */
export const HISTORY = Array.from({ length: 80 }, (_, i) => ({
  step: i * 3,
  y: i === 20 ? NaN : 3 * Math.exp(-i / 20) + Math.sin(i * 1.7) * 0.15,
}));
