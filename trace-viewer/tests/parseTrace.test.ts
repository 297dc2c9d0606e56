import { describe, expect, it } from "vitest";
import { parseIndex, parseTrace } from "../src/trace/parseTrace";
import { TraceError } from "../src/trace/traceError";
import { readFixture, recorded } from "./fixtures";

async function problem(text: string): Promise<TraceError> {
  try {
    await parseTrace(text, "x.json");
  } catch (error) {
    if (error instanceof TraceError) return error;
    throw error;
  }
  throw new Error("it was read without complaint");
}

type Data = Record<string, unknown>;

const at = (data: Data, list: string, item: number): object => (data[list] as object[])[item] ?? {};

/** The recorded trace with one edit. */
function edited(edit: (data: Data) => void): string {
  const data = JSON.parse(readFixture("walk.json")) as Data;
  edit(data);
  return JSON.stringify(data);
}

describe("parseTrace", () => {
  it("reads what the engine recorded", async () => {
    const trace = await recorded("walk");
    expect(trace.title).toBe("A walk");
    expect(trace.steps).toHaveLength(67);
    expect(Object.keys(trace.files).toSorted()).toEqual(["helpers/tree.py", "walk.py"]);
  });

  it("reads the contract fixture, which has every rendering", async () => {
    const trace = await recorded("sample");
    expect(trace.lecture).toBe("sample");
  });

  it.each([
    ["an empty file", "", "The trace is empty"],
    ["white space", " \n", "The trace is empty"],
    ["a web page", "<!doctype html><p>", "This is a web page, not a trace"],
    ["a list", "[1, 2]", "This is not a lecture trace"],
    ["null", "null", "This is not a lecture trace"],
    ["a foreign object", '{"name": "x", "version": 2}', "This is not a lecture trace"],
    ["a newer version", '{"schema": 7}', "The trace is newer than this viewer"],
    ["an odd version", '{"schema": "one"}', "The trace has an unknown format version"],
  ])("names %s", async (_, text, headline) => {
    expect((await problem(text)).headline).toBe(headline);
  });

  it("says where a truncated file ends", async () => {
    const text = readFixture("walk.json").slice(0, 700);
    const error = await problem(text);
    expect(error.headline).toBe("The trace is cut short");
    expect(error.detail).toMatch(/x\.json ends at line \d+, column \d+/);
  });

  it("says where invalid JSON is", async () => {
    const error = await problem('{\n  "schema": 1,\n  oops: 2\n}');
    expect(error.headline).toBe("The trace is not valid JSON");
    expect(error.detail).toContain("line 3");
  });

  it("names a renamed field and its place", async () => {
    const text = readFixture("walk.json").replace('"changes"', '"changed"');
    const error = await problem(text);
    expect(error.detail).toMatch(/^x\.json, steps\[\d+\]\.changed: unknown field\.$/);
  });

  it("names a missing field", async () => {
    const error = await problem(edited((data) => delete data["frames"]));
    expect(error.detail).toBe('x.json, the file: field "frames" is missing.');
  });

  it("names a wrong type deep inside", async () => {
    const text = readFixture("walk.json").replace('"kind":"mapping"', '"kind":"maping"');
    const error = await problem(text);
    expect(error.detail).toMatch(/steps\[\d+\]\.changes\.squares\.kind: expected one of number/);
  });

  it.each([
    ["frame", (data: Data) => Object.assign(at(data, "steps", 3), { frame: 99 })],
    ["parent", (data: Data) => Object.assign(at(data, "frames", 1), { parent: 5 })],
    ["main", (data: Data) => Object.assign(data, { main: "gone.py" })],
    ["steps", (data: Data) => Object.assign(data, { steps: [] })],
  ])("finds a reference that leads nowhere: %s", async (where, edit) => {
    const error = await problem(edited(edit));
    expect(error.headline).toBe("The trace contradicts itself");
    expect(error.detail).toContain(where);
  });
});

describe("parseIndex", () => {
  it("reads the list that the engine wrote", () => {
    const index = parseIndex(readFixture("index.json"), "index.json");
    expect(index.traces.map((entry) => entry.name)).toEqual(["failing", "walk"]);
  });

  it("refuses another list", () => {
    expect(() => parseIndex('{"schema": 1, "traces": [{}]}', "index.json")).toThrow(/traces\[0\]/);
  });
});
