import { beforeAll, describe, expect, it } from "vitest";
import { outputsAt } from "../src/trace/outputs";
import { buildIndex, type TraceIndex } from "../src/trace/traceIndex";
import { layoutFile, type LayoutOptions } from "../src/trace/visibleLines";
import { recordedIndex, traceOf } from "./fixtures";

let walk: TraceIndex;
beforeAll(async () => {
  walk = await recordedIndex("walk");
});

const READING: LayoutOptions = { raw: false, fold: true, unfolded: new Set() };

function rows(index: TraceIndex, path: string, options = READING): string[] {
  return layoutFile(index, path, options).rows.map((row) =>
    row.kind === "code" ? String(row.line) : `${row.kind} ${row.line}-${row.last}`,
  );
}

describe("layoutFile", () => {
  it("puts what text() made in place of its lines", () => {
    const found = rows(walk, "walk.py");
    expect(found).toContain("outputs 28-31");
    expect(found).not.toContain("29");
  });

  it("keeps the code of other statements above what they print", () => {
    const found = rows(walk, "walk.py");
    expect(found.slice(found.indexOf("25"), found.indexOf("25") + 2)).toEqual([
      "25",
      "outputs 25-25",
    ]);
  });

  it("begins a run of code with each function, without the blank lines between", () => {
    const source = "def f():\n    a = 1\n\n    b = 2\n\n\ndef g():\n    c = 3\n";
    const steps = [2, 4, 8].map((line) => ({ frame: 0, line }));
    const { rows: found } = layoutFile(buildIndex(traceOf(source, steps)), "made.py", READING);
    expect(found.map((row) => [row.line, row.kind === "code" ? row.edge : ""])).toEqual([
      [1, "first"],
      [2, ""],
      [3, ""],
      [4, "last"],
      [7, "first"],
      [8, "last"],
    ]);
  });

  it("folds what never ran, and opens it on request", () => {
    expect(rows(walk, "walk.py")[0]).toBe("fold 1-6");
    expect(rows(walk, "walk.py")).toContain("fold 42-49");
    const opened = rows(walk, "walk.py", { ...READING, unfolded: new Set([42]) });
    expect(opened).toContain("44");
  });

  it("shows every line as it is in raw source", () => {
    const found = rows(walk, "walk.py", { ...READING, raw: true });
    expect(found).toEqual(walk.sources.get("walk.py")?.lines.map((_, at) => String(at + 1)));
  });

  it("leaves hidden lines out", async () => {
    const sample = await recordedIndex("sample");
    const [hidden] = sample.trace.files["sample.py"]?.hidden?.[0] ?? [];
    expect(hidden).toBeDefined();
    expect(rows(sample, "sample.py")).not.toContain(String(hidden));
    expect(rows(sample, "sample.py", { ...READING, raw: true })).toContain(String(hidden));
  });

  it("finds a row for every line, hidden and folded ones too", () => {
    const layout = layoutFile(walk, "walk.py", READING);
    const count = walk.sources.get("walk.py")?.lines.length ?? 0;
    for (let line = 1; line <= count; line++) {
      expect(layout.rows[layout.rowOfLine[line] ?? -1], `line ${line}`).toBeDefined();
    }
  });

  it("says when a line is first reached; a line that never runs follows the next that does", () => {
    const { reachedAt } = layoutFile(walk, "walk.py", READING);
    expect(reachedAt[24]).toBe(6);
    expect(reachedAt[7]).toBe(0);
  });

  it("gives the failing line a place for its error", async () => {
    const failing = await recordedIndex("failing");
    expect(rows(failing, "failing.py")).toContain("outputs 16-16");
  });

  it("has no rows for a file that the trace does not hold", () => {
    expect(rows(walk, "gone.py")).toEqual([]);
  });
});

describe("outputsAt", () => {
  it("shows a benchmark once, with its rows so far, also of several in one step", () => {
    const table = (...labels: string[]) => ({
      kind: "benchmark" as const,
      name: "sums",
      note: "measured in this run",
      recorded: false,
      provenance: { device: "cpu", date: "2026-11-22", versions: {}, command: "python" },
      rows: labels.map((label) => ({ label, median: 1, q1: 1, q3: 1, repeats: 3 })),
    });
    const outputs = [table("naive"), table("built-in")];
    const index = buildIndex(traceOf("compare()\n", [{ frame: 0, line: 1, outputs }]));
    const { groups } = outputsAt(index, "made.py", 1, 0);
    const shown = table("naive", "built-in");
    expect(groups.map((group) => group.outputs)).toEqual([[shown]]);
  });

  it("shows what a loop printed, the latest marked", () => {
    const { groups, latest } = outputsAt(walk, "walk.py", 25, 11);
    expect(groups.map((group) => group.stdout.trim())).toEqual([
      "total is 0",
      "total is 1",
      "total is 5",
      "total is 14",
    ]);
    expect(latest).toBe(1);
  });

  it("leaves speaker's notes out", () => {
    expect(outputsAt(walk, "walk.py", 9, 1).groups).toEqual([]);
  });

  it("is the same object between two outputs, so that nothing is drawn anew", () => {
    expect(outputsAt(walk, "walk.py", 25, 11)).toBe(outputsAt(walk, "walk.py", 25, 12));
  });

  it("shows the activation that the step is in", () => {
    const frames = [0, 1, 2].map((id) => ({
      path: "made.py",
      function: id === 0 ? "main" : "f",
      ...(id === 0 ? {} : { parent: 0 }),
    }));
    const steps = [
      { frame: 1, line: 1, stdout: "one\n" },
      { frame: 2, line: 1, stdout: "two\n" },
    ];
    const index = buildIndex(traceOf("print()\n", steps, { frames }));
    const at = (step: number) => outputsAt(index, "made.py", 1, step);
    expect(at(0)).toMatchObject({ activation: 1, activations: 2, groups: [{ stdout: "one\n" }] });
    expect(at(1)).toMatchObject({ activation: 2, groups: [{ stdout: "two\n" }] });
  });

  it("leaves out what is far away in a long loop", () => {
    const steps = Array.from({ length: 1000 }, () => ({ frame: 0, line: 1, stdout: "x\n" }));
    const index = buildIndex(traceOf("print()\n", steps));
    const { groups, omitted } = outputsAt(index, "made.py", 1, 999);
    expect(groups.length + omitted).toBe(1000);
    expect(groups.length).toBeLessThan(100);
    expect(groups.at(-1)?.step).toBe(999);
  });
});
