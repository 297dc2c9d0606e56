/** Made-up traces of a known size, the same at every run. */
import type { Frame, SourceFile, Step, Trace, Value } from "../src/trace/schema";

/** A repeatable stream of numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

export function tensorValue(next: () => number): Value {
  const data = Buffer.from(Array.from({ length: 48 * 48 }, () => Math.floor(next() * 255)));
  const element = (): Value => ({ kind: "number", type: "float", text: next().toFixed(4) });
  return {
    kind: "tensor",
    type: "torch.Tensor",
    shape: [100, 100],
    dtype: "float32",
    bytes: 40_000,
    head: Array.from({ length: 16 }, element),
    tail: Array.from({ length: 8 }, element),
    statistics: { min: "0.0", max: "1.0", mean: "0.5", std: "0.29" },
    heat_map: { rows: 48, columns: 48, data: data.toString("base64"), low: 0, high: 1 },
  };
}

const BODY = [
  '    text("Some *prose* about the lines below, long enough to fill more than one line of the column.")',
  "    total = 0  # @inspect total",
  "    for item in items:  # @inspect item",
  "        total += weight(item, scale=2.5) * len(items)  # @inspect total",
  '        if total > limit and item not in {"a": 1, "b": 2}:',
  "            values = [x ** 2 for x in range(10)]  # @inspect values",
  "    return total",
  "",
];

/** Functions of eight lines, called one after the other by `main`. */
function sourceOf(functions: number): string {
  const calls = Array.from({ length: functions }, (_, at) => `    part_${at}(items)`);
  const parts = Array.from({ length: functions }, (_, at) => [`def part_${at}(items):`, ...BODY]);
  return ["def main():", ...calls, "", ...parts.flat()].join("\n") + "\n";
}

interface Size {
  steps: number;
  /** Lines of the source, about. */
  lines: number;
  tensors?: boolean;
}

/** Goes round the functions until there are enough steps. */
export function makeTrace({ steps: wanted, lines, tensors = false }: Size): Trace {
  const functions = Math.max(1, Math.floor((lines - 2) / 10));
  const next = random(7);
  const frames: Frame[] = [{ path: "made.py", function: "main" }];
  const steps: Step[] = [];
  const firstLine = (at: number) => functions + 3 + at * (BODY.length + 1);
  for (let at = 0; steps.length < wanted; at = (at + 1) % functions) {
    steps.push({ frame: 0, line: 2 + at });
    frames.push({
      path: "made.py",
      function: `part_${at}`,
      parent: 0,
      call_step: steps.length - 1,
    });
    const frame = frames.length - 1;
    const line = firstLine(at);
    const text = `Some *prose* about part ${at}, long enough to fill more than one line of the column.`;
    steps.push({ frame, line: line + 1, outputs: [{ kind: "text", text }] });
    steps.push({ frame, line: line + 2, changes: { total: 0 } });
    for (let item = 0; item < 5; item++) {
      steps.push({ frame, line: line + 3, changes: { item } });
      const total = tensors ? tensorValue(next) : Math.floor(next() * 1000);
      steps.push({ frame, line: line + 4, changes: { total } });
      steps.push({ frame, line: line + 5 });
      const values = Array.from({ length: 10 }, () => Math.floor(next() * 100));
      steps.push({ frame, line: line + 6, changes: { values } });
    }
    steps.push({ frame, line: line + 7 });
  }
  const file: SourceFile = { text: sourceOf(functions) };
  return {
    schema: 2,
    lecture: "made",
    main: "made.py",
    title: "A made-up lecture",
    files: { "made.py": file },
    frames,
    steps: steps.slice(0, wanted),
  };
}

/** The least a page can do at a key press: move a highlight over sixty lines. */
export const FLOOR_PAGE = `<!doctype html><meta charset="utf-8"><title>Floor</title>
<style>body{font:14px monospace}.here{background:#fdeebb}</style><main></main><output>0</output>
<script>
const main = document.querySelector("main"), counter = document.querySelector("output");
for (let line = 0; line < 60; line++) {
  const row = document.createElement("div");
  row.textContent = "        total += weight(item, scale=2.5) * len(items)";
  main.append(row);
}
let step = 0;
addEventListener("keydown", () => {
  main.children[step % 60].className = "";
  step += 1;
  main.children[step % 60].className = "here";
  counter.textContent = step;
});
</script>`;
