/**
 * A made-up lecture with all that format version 2 brought: questions of each kind, checks, ranks,
 * grids of numbers, a benchmark in two parts.
 */
import type { HeatMap, Step, TensorValue, Trace } from "../src/trace/schema";

const SOURCE = `from lecture_tracer import predict, ranks, reveal, text


def main():
    text("# Questions and checks")
    tokenizer()
    several_processes()
    text("## The end")


def tokenizer():
    text("## A tokenizer")
    predict("How many **merges** does it learn?", name="merges", unit="merges")
    merges = train("the cat in the hat")  # @inspect merges
    assert merges > 0
    assert merges < 10, "few words"
    reveal("merges", merges, "Each merge adds *one* token.")
    predict("Which pair comes first?", name="pair", choices=["t h", "c a", "h e"])
    reveal("pair", "t h")
    predict("Why does it stop?", name="why", kind="text")
    reveal("why", "no pair occurs twice")
    predict("What is $2^{10}$?", name="power", answer=2**10)


def several_processes():
    text("## Several processes")
    x = matrix()  # @inspect x x[0, :2]
    x[1, 2] = 7.25  # @inspect x x[0, :2]
    ranks(found)
    measure()
    measure()


def test_it():
    assert train("") == 0
    assert train("aa") == 1


def unused():
    a = 1
    b = 2
    return a + b
`;

const lineOf = (text: string, from = 0): number => {
  const lines = SOURCE.split("\n");
  return lines.findIndex((line, at) => at >= from && line.includes(text)) + 1;
};

function heatMap(numbers: readonly number[]): HeatMap {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const bytes = numbers.map((number) => Math.round((254 * (number - low)) / (high - low)));
  return { rows: 2, columns: 3, data: btoa(String.fromCharCode(...bytes)), low, high };
}

/** A 2 × 3 tensor, its last element given. */
export function smallTensor(last: number): TensorValue {
  const numbers = [0.5, -1.25, 2, 0, 3.5, last];
  return {
    kind: "tensor",
    type: "torch.Tensor",
    shape: [2, 3],
    dtype: "float32",
    bytes: 24,
    numbers,
    heat_map: heatMap(numbers),
    statistics: { min: "-1.25", max: "3.5", mean: "0.9", std: "1.6" },
  };
}

const row = (numbers: number[]): TensorValue => ({
  kind: "tensor",
  type: "torch.Tensor",
  shape: [numbers.length],
  dtype: "float32",
  bytes: 4 * numbers.length,
  numbers,
});

const provenance = {
  device: "AMD EPYC, 2 cores",
  date: "2026-11-20T10:11:12Z",
  versions: { python: "3.12.3" },
  command: "python execute.py -m made",
};

const timing = (label: string, median: number) => ({
  label,
  median,
  q1: median * 0.9,
  q3: median * 1.1,
  repeats: 5,
});

function steps(): Step[] {
  const at = (text: string, more: Partial<Step> = {}, frame = 1): Step => ({
    frame,
    line: lineOf(text),
    ...more,
  });
  const text = (shown: string) => ({ outputs: [{ kind: "text", text: shown } as const] });
  return [
    at('text("# Q', text("# Questions and checks"), 0),
    at("    tokenizer()", {}, 0),
    at('text("## A t', text("## A tokenizer")),
    at('predict("How many', {
      outputs: [
        {
          kind: "question",
          name: "merges",
          text: "How many **merges** does it learn?",
          answer_kind: "number",
          unit: "merges",
          hint: "Count the pairs that occur *twice*.",
        },
      ],
    }),
    at("merges = train", {
      changes: { merges: 3 },
      checks: [
        [1, lineOf("assert merges > 0")],
        [1, lineOf("assert merges < 10")],
      ],
    }),
    at('reveal("merges"', {
      outputs: [
        { kind: "answer", name: "merges", answer: 3, text: "Each merge adds *one* token." },
      ],
    }),
    at('predict("Which', {
      outputs: [
        {
          kind: "question",
          name: "pair",
          text: "Which pair comes first?",
          answer_kind: "choice",
          choices: ["`t h`", "`c a`", "`h e`"],
        },
      ],
    }),
    at('reveal("pair"', { outputs: [{ kind: "answer", name: "pair", answer: "`t h`" }] }),
    at('predict("Why', {
      outputs: [{ kind: "question", name: "why", text: "Why does it stop?", answer_kind: "text" }],
    }),
    at('reveal("why"', {
      outputs: [{ kind: "answer", name: "why", answer: "no pair occurs twice" }],
    }),
    at('predict("What', {
      outputs: [
        {
          kind: "question",
          name: "power",
          text: "What is $2^{10}$?",
          answer_kind: "number",
          answer: 1024,
          tolerance: 0,
        },
      ],
    }),
    at("    several_processes()", {}, 0),
    at('text("## Several', text("## Several processes"), 2),
    at("x = matrix", { changes: { x: smallTensor(4), "x[0, :2]": row([0.5, -1.25]) } }, 2),
    at("x[1, 2] = 7.25", { changes: { x: smallTensor(7.25) } }, 2),
    at(
      "ranks(found)",
      {
        outputs: [
          {
            kind: "ranks",
            title: "Sums of gradients",
            recorded: true,
            provenance,
            ranks: [
              { rank: 0, values: { loss: 1.5, grad: row([1, 2]) }, stdout: "rank 0 of 3\n" },
              { rank: 1, values: { loss: 1.75, grad: row([1, 2]) }, stdout: "rank 1 of 3\n" },
              { rank: 2, values: { loss: 2 }, ended: "killed by SIGKILL" },
            ],
          },
        ],
      },
      2,
    ),
    at(
      "measure()",
      {
        outputs: [{ kind: "benchmark", name: "sum", rows: [timing("naive", 0.4)], provenance }],
      },
      2,
    ),
    {
      frame: 2,
      line: lineOf("measure()") + 1,
      outputs: [{ kind: "benchmark", name: "sum", rows: [timing("fast", 0.1)] }],
      checks: [
        [3, lineOf('assert train("") == 0')],
        [3, lineOf('assert train("aa")')],
      ],
    },
    at('text("## The end', text("## The end"), 0),
  ];
}

/** The whole trace; anew each time, so that a test may change it. */
export function schemaTwo(): Trace {
  const checks = [
    "assert merges > 0",
    "assert merges < 10",
    'assert train("") == 0',
    'assert train("aa")',
  ];
  return {
    schema: 2,
    lecture: "schema_two",
    main: "schema_two.py",
    title: "Questions and checks",
    files: { "schema_two.py": { text: SOURCE, checks: checks.map((text) => lineOf(text)) } },
    frames: [
      { path: "schema_two.py", function: "main" },
      { path: "schema_two.py", function: "tokenizer", parent: 0, call_step: 1 },
      { path: "schema_two.py", function: "several_processes", parent: 0, call_step: 11 },
      { path: "schema_two.py", function: "test_it", parent: 0, call_step: 17 },
    ],
    steps: steps(),
    lecture_info: { unit: "Basics", minutes: 20, prerequisites: [], assignments: [1] },
  };
}
