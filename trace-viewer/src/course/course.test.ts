import { describe, expect, it } from "vitest";
import { buildIndex } from "../trace/traceIndex";
import type { Trace } from "../trace/schema";
import { handoutParts, sectionsToWalk } from "./handout";
import { practiceByLine, practiceOf } from "./practice";
import type { Assignment, CourseDocument } from "./schema.generated";
import { durationText, lastRead, numberedLectures, syllabus } from "./syllabus";

const ASSIGNMENT: Assignment = {
  name: "assignment1-sorting",
  title: "Assignment 1: sorting",
  handout: true,
  problems: [
    {
      name: "swap",
      points: 2,
      names: ["swap", "Sorter"],
      files: ["swap.py"],
      places: [
        { lecture: "lecture_01", function: "machine", title: "A machine", step: 3 },
        { lecture: "lecture_01", function: "pairs", title: "Two *at* a time", step: 1 },
        { lecture: "lecture_01", function: "gone" },
      ],
    },
    { name: "again", points: 1, places: [{ lecture: "lecture_01", function: "pairs", step: 1 }] },
  ],
};

const COURSE: CourseDocument = {
  units: [{ name: "basics", title: "Basics" }, { name: "" }],
  lectures: [
    {
      name: "lecture_01",
      title: "Sorting",
      unit: "basics",
      minutes: 40,
      steps: 5,
      sections: [
        { function: "pairs", title: "Two *at* a time", step: 1 },
        { function: "machine", title: "A machine", step: 3 },
        { function: "end", title: "Nothing to practise", step: 4 },
      ],
    },
    { name: "lecture_02", title: "Without a unit", steps: 3 },
    { name: "lecture_03", title: "More", unit: "basics", minutes: 35 },
  ],
  assignments: [ASSIGNMENT],
};

const place = (step: number, steps: number) => ({
  step,
  steps,
  section: "",
  statement: "",
  times: 1,
});

describe("the syllabus", () => {
  it("keeps lectures in order and numbers them through the course, not the unit", () => {
    const units = syllabus(COURSE).map(({ unit, lectures, minutes }) => [
      unit.name,
      lectures.map(({ number }) => number),
      minutes,
    ]);
    expect(units).toEqual([
      ["basics", [1, 3], 75],
      ["", [2], 0],
    ]);
    expect(numberedLectures(COURSE).get("lecture_03")?.number).toBe(3);
  });

  it.each([
    [0, ""],
    [45, "45 min"],
    [120, "2 h"],
    [310, "5 h 10 min"],
  ])("says %i minutes as %j", (minutes, words) => {
    expect(durationText(minutes)).toBe(words);
  });

  it("goes on with what was read last, unless that is at its end, not recorded or unknown", () => {
    const places = new Map([
      ["other", place(2, 9)],
      ["lecture_03", place(2, 9)],
      ["lecture_02", place(2, 3)],
      ["lecture_01", place(3, 5)],
    ]);
    expect(lastRead(COURSE, places)?.lecture.name).toBe("lecture_01");
    expect(lastRead(COURSE, new Map())).toBeNull();
  });
});

describe("a task sheet", () => {
  it("is cut at its headings, those in code left alone, and nothing of it is lost", () => {
    const text =
      "# Title\n\nWords.\n\n```\n### `no` (1 point)\n```\n\n## A part\n\n### `swap` (2 points)\n\nDo.";
    const { title, parts } = handoutParts(text);
    expect(title).toBe("Title");
    expect(parts.map(({ id, level }) => [id, level])).toEqual([
      ["", 0],
      ["part-a-part", 2],
      ["swap", 3],
    ]);
    expect(parts.map((part) => part.text).join("\n")).toBe(text.slice("# Title".length));
  });

  it("says which sections to walk first: each once, in the order of the lecture", () => {
    const [lecture, ...more] = sectionsToWalk(COURSE, ASSIGNMENT);
    expect(more).toEqual([]);
    expect(lecture?.places.map((one) => one.function)).toEqual(["pairs", "machine"]);
  });
});

const TRACE: Trace = {
  schema: 2,
  lecture: "lecture_01",
  main: "lecture_01.py",
  files: { "lecture_01.py": { text: "a\nb\nc\nd\ne\n" } },
  frames: [
    { path: "lecture_01.py", function: "main" },
    { path: "lecture_01.py", function: "pairs", parent: 0, call_step: 0 },
    { path: "lecture_01.py", function: "machine", parent: 0, call_step: 0 },
  ],
  steps: [
    { frame: 0, line: 1 },
    { frame: 1, line: 2, outputs: [{ kind: "text", text: "## Two *at* a time" }] },
    { frame: 1, line: 3 },
    { frame: 2, line: 4 },
    { frame: 2, line: 5, outputs: [{ kind: "text", text: "## A machine" }] },
  ],
};

describe("what practises a lecture", () => {
  it("stands at the line of the section's heading, or at its first line", () => {
    const found = practiceByLine(COURSE, buildIndex(TRACE));
    const names = [...found].map(([line, own]) => [line, own.map((one) => one.problem.name)]);
    expect(names).toEqual([
      [2, ["swap", "again"]],
      [5, ["swap"]],
    ]);
    const other = { ...TRACE, lecture: "lecture_02" };
    expect(practiceByLine(COURSE, buildIndex(other)).size).toBe(0);
  });

  it("is found for a function and for a method, in its own assignment's file alone", () => {
    const path = "assignments/assignment1-sorting/sorting/swap.py";
    expect(practiceOf(COURSE, path, "swap").map((one) => one.title)).toEqual(["Assignment 1"]);
    expect(practiceOf(COURSE, path, "Sorter.sort")).toHaveLength(1);
    expect(practiceOf(COURSE, path, "other")).toEqual([]);
    expect(practiceOf(COURSE, "lectures/lecture_01/swap.py", "swap")).toEqual([]);
  });
});
