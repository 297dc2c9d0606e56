/** What format version 2 brought, beside the questions: checks, benchmarks in parts, conversion. */
import { describe, expect, it } from "vitest";
import { checkMark } from "../src/trace/checks";
import { stepToLine } from "../src/trace/navigation";
import { outputsAt } from "../src/trace/outputs";
import { parseTrace } from "../src/trace/parseTrace";
import { isTagged } from "../src/trace/schema";
import { buildSearchIndex, search } from "../src/trace/search";
import { buildIndex } from "../src/trace/traceIndex";
import { layoutFile } from "../src/trace/visibleLines";
import { traceOf } from "./fixtures";
import { schemaTwo } from "./schemaTwo";

const FILE = "schema_two.py";
const index = buildIndex(schemaTwo());
const lines = index.sources.get(FILE)!.lines;
const lineOf = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;

describe("the format", () => {
  it("is what the schema says", async () => {
    const trace = await parseTrace(JSON.stringify(schemaTwo()), "made.json");
    expect(trace).toEqual(schemaTwo());
  });

  it("of version 1 is converted: rows that were repeated, elements of small tensors", async () => {
    const row = (label: string) => ({ label, median: 1, q1: 1, q3: 1, repeats: 3 });
    const provenance = { device: "cpu", date: "2026-11-22", versions: {}, command: "python" };
    const table = (...labels: string[]) => ({
      kind: "benchmark" as const,
      name: "sums",
      provenance,
      rows: labels.map(row),
    });
    const tensor = {
      kind: "tensor" as const,
      type: "torch.Tensor",
      shape: [2, 2],
      dtype: "float32",
      head: [{ kind: "number" as const, type: "float", text: "1.0" }, 2.5, 3, 4],
    };
    const old = traceOf(
      "compare()\ncompare()\n",
      [
        { frame: 0, line: 1, outputs: [table("naive")], changes: { x: [tensor] } },
        { frame: 0, line: 2, outputs: [table("naive", "fast")] },
      ],
      { schema: 1 },
    );
    const trace = await parseTrace(JSON.stringify(old), "old.json");
    expect(trace.schema).toBe(2);
    const parts = trace.steps.flatMap((step) => step.outputs ?? []);
    expect(
      parts.map((part) => (part.kind === "benchmark" ? part.rows.map((one) => one.label) : [])),
    ).toEqual([["naive"], ["fast"]]);
    const x = trace.steps[0]?.changes?.["x"];
    const [small] = Array.isArray(x) ? x : [];
    expect(small && isTagged(small) && small.kind === "tensor" ? small.numbers : null).toEqual([
      "1.0",
      2.5,
      3,
      4,
    ]);
  });

  it.each(["steps", "frames", "files"])(
    "of version 1 with wrong %s is refused, not tripped over",
    async (field) => {
      const text = JSON.stringify({ ...schemaTwo(), schema: 1, [field]: [null, 3, [{}]] });
      await expect(parseTrace(text, "old.json")).rejects.toThrow("not in the format");
    },
  );
});

describe("benchmarks", () => {
  it("show their rows so far, and what the earlier ones were measured on", () => {
    const shown = (text: string, offset = 0) =>
      outputsAt(index, FILE, lineOf(text) + offset, 18).groups.flatMap((group) => group.outputs);
    const [first] = shown("    measure()");
    const [second] = shown("    measure()", 1);
    const labels = [first, second].map((one) =>
      one?.kind === "benchmark" ? one.rows.map((row) => row.label) : [],
    );
    expect(labels).toEqual([["naive"], ["naive", "fast"]]);
    expect(second?.kind === "benchmark" && second.provenance?.device).toBe("AMD EPYC, 2 cores");
  });
});

describe("checks", () => {
  const mark = (text: string, step: number) => checkMark(index, FILE, lineOf(text), step);

  it("are marked once they have held", () => {
    expect(mark("assert merges > 0", 3)).toEqual({ state: "waiting", times: 0 });
    expect(mark("assert merges > 0", 4)).toEqual({ state: "held", times: 1 });
    expect(mark("merges = train", 4)).toBeNull();
  });

  it("that fail are marked so", () => {
    const trace = schemaTwo();
    trace.steps[4]!.line = lineOf("assert merges > 0");
    trace.failure = { type: "AssertionError", message: "", step: 4 };
    const failing = buildIndex(trace);
    expect(checkMark(failing, FILE, lineOf("assert merges > 0"), 4)?.state).toBe("failed");
  });

  it("are not what was never run: a function of checks alone stays open", () => {
    const { rows } = layoutFile(index, FILE, { raw: false, fold: true, unfolded: new Set() });
    const folded = rows.filter((row) => row.kind === "fold").map((row) => row.line);
    expect(folded).not.toContain(lineOf("def test_it"));
    expect(folded).toContain(lineOf("def unused"));
  });

  it("are reached with the step before them", () => {
    const { reachedAt } = layoutFile(index, FILE, { raw: false, fold: true, unfolded: new Set() });
    expect(reachedAt[lineOf("assert merges < 10")]).toBe(4);
  });

  it("lead, by their line, to the step before them", () => {
    expect(stepToLine(index, 0, FILE, lineOf("assert merges < 10"))).toBe(4);
  });
});

describe("search", () => {
  it("finds questions and their choices", () => {
    const entries = buildSearchIndex(index);
    expect(search(entries, "how many merges")[0]).toMatchObject({ kind: "question", step: 3 });
    expect(search(entries, "c a").some(({ kind }) => kind === "question")).toBe(true);
  });
});
