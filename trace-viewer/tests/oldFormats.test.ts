import { describe, expect, it } from "vitest";
import { variablesAt } from "../src/trace/environment";
import { parseTrace } from "../src/trace/parseTrace";
import { statementSpans } from "../src/trace/pythonSpans";
import { buildIndex } from "../src/trace/traceIndex";
import { readFixture } from "./fixtures";

// `tests/fixtures/checkout/old_lecture.py`, recorded by edtrace 0.1.20 itself.
describe("a trace of edtrace", () => {
  const load = () => parseTrace(readFixture("edtrace.json"), "edtrace.json");

  it("keeps files, lines and outputs", async () => {
    const trace = await load();
    expect(trace.main).toBe("old_lecture.py");
    expect(trace.title).toBe("An older lecture");
    const kinds = trace.steps.flatMap((step) => (step.outputs ?? []).map(({ kind }) => kind));
    expect(new Set(kinds)).toEqual(new Set(["text", "image", "link", "source", "note"]));
  });

  it("tells activations of one function apart", async () => {
    const trace = await load();
    expect(trace.frames.map((frame) => frame.function)).toEqual(["main", "double", "double"]);
    expect(trace.frames.map((frame) => frame.parent)).toEqual([undefined, 0, 0]);
  });

  it("converts values, and clears them", async () => {
    const index = buildIndex(await load());
    const names = (step: number) => variablesAt(index, 0, step).map(({ name }) => name);
    const last = index.stepCount - 1;
    const tensor = variablesAt(index, 0, last).find(({ name }) => name === "x")?.value;
    expect(tensor).toMatchObject({ kind: "tensor", shape: [2, 2], dtype: "float32" });
    expect(names(last)).not.toContain("y");
  });

  it("gives statements of several lines one place", async () => {
    const index = buildIndex(await load());
    expect([...index.stepLine].slice(13, 16)).toEqual([13, 13, 13]);
    expect(index.trace.steps[14]?.animate).toBe(true);
  });

  it("hides what it hid", async () => {
    const trace = await load();
    expect(trace.files["old_lecture.py"]?.hidden).toEqual([[11, 11]]);
  });
});

describe("a trace of spring 2025", () => {
  it("has no list of hidden lines: they are read from the source", async () => {
    const trace = await parseTrace(readFixture("spring2025.json"), "spring2025.json");
    expect(trace.files["lecture_00.py"]?.hidden).toEqual([[4, 4]]);
    expect(trace.steps[1]?.stdout).toBe("hello\n");
    expect(trace.steps[0]?.outputs).toEqual([{ kind: "text", text: "# Old" }]);
  });
});

describe("an older trace that cannot be read", () => {
  it("names the step without a stack", async () => {
    const text = JSON.stringify({ files: { "a.py": "x" }, steps: [{ stack: [] }] });
    await expect(parseTrace(text, "old.json")).rejects.toMatchObject({
      headline: "The older trace cannot be converted",
      detail: "old.json, steps[0].stack: expected a list of at least one call.",
    });
  });
});

describe("statementSpans", () => {
  it("finds statements and headers of several lines", () => {
    const text = 'def f(\n    a,\n):\n    text("""\n    x\n    """)\n    return a\n';
    expect(statementSpans(text)).toEqual([
      [1, 3],
      [4, 6],
    ]);
  });
});
