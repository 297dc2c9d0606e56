import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answersReducer,
  readAnswers,
  tally,
  tallyText,
  verdictOf,
  writeAnswers,
  type AnswerAction,
  type Answers,
} from "../src/state/answers";
import { currentQuestion, isRevealed } from "../src/state/selectors";
import { viewerReducer } from "../src/state/viewerReducer";
import { initialState, type ViewerAction, type ViewerState } from "../src/state/viewerState";
import { readNumber, workedOut } from "../src/trace/arithmetic";
import { judge, type Question } from "../src/trace/questions";
import { buildIndex } from "../src/trace/traceIndex";
import { schemaTwo } from "./schemaTwo";

const index = buildIndex(schemaTwo());
const question = (name: string): Question => index.questions.get(name)!;
const give = (name: string, text: string | null): ViewerAction => ({
  type: "answers",
  action: { type: "give", name, text },
});
const at = (step: number, ...actions: ViewerAction[]): ViewerState =>
  [{ type: "go", step, jump: false } as const, ...actions].reduce(
    viewerReducer,
    initialState(index),
  );

describe("readNumber", () => {
  it.each([
    ["257", 257],
    [" 1,000,000 ", 1e6],
    ["3.2e-4", 3.2e-4],
    ["2^20", 1 << 20],
    ["12 * 64 ** 2 / 3", 16384],
    ["-(1 + 2) × 3", -9],
    ["50 %", 0.5],
    ["2^3^2", 512],
    [".5", 0.5],
  ])("reads %s", (text, number) => {
    expect(readNumber(text)).toBe(number);
  });

  it.each(["", "twelve", "1 2", "(1", "1)", "2**", "1/0", "1,00", "alert(1)", "9".repeat(300)])(
    "finds no number in %j",
    (text) => {
      expect(readNumber(text)).toBeNull();
    },
  );

  it("leaves a unit aside", () => {
    expect(readNumber("12 merges", "merges")).toBe(12);
    expect(readNumber("80 %", "%")).toBe(80);
  });

  it("reads back every number that JavaScript writes, and never throws", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(readNumber(String(number))).toBeCloseTo(number, 12);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const number = readNumber(text);
        expect(number === null || Number.isFinite(number)).toBe(true);
      }),
    );
  });

  it("says what a sum comes to, and nothing of a plain number", () => {
    expect(workedOut("2*512^2")).toBe("= 524,288");
    expect(["1,000", "-3", "3e-4", "x"].map((text) => workedOut(text))).toEqual(["", "", "", ""]);
  });
});

describe("questions", () => {
  it("are found with their answers, in order", () => {
    const found = [...index.questions.values()];
    expect(
      found.map(({ name, number, step, revealStep }) => [name, number, step, revealStep]),
    ).toEqual([
      ["merges", 1, 3, 5],
      ["pair", 2, 6, 7],
      ["why", 3, 8, 9],
      ["power", 4, 10, 11],
    ]);
    expect(question("merges").why).toBe("Each merge adds *one* token.");
  });

  it.each([
    ["merges", "3", "right"],
    ["merges", "3.1 merges", "right"],
    ["merges", "3.2", "wrong"],
    ["merges", "6/2", "right"],
    ["merges", "three", "open"],
    ["pair", "`t h`", "right"],
    ["pair", "`c a`", "wrong"],
    ["why", "it is done", "open"],
    ["power", "1024", "right"],
    ["power", "1024.1", "wrong"],
  ])("%s: %s is %s", (name, text, verdict) => {
    expect(judge(question(name), text)).toBe(verdict);
  });

  it("around zero allow the tolerance itself", () => {
    const asked = { ...question("merges").asked, tolerance: 0.1 };
    const zero = { ...question("merges"), asked, answer: 0 };
    expect([judge(zero, "0.05"), judge(zero, "0.2")]).toEqual(["right", "wrong"]);
  });

  it("without an answer in the trace stay open", () => {
    const trace = schemaTwo();
    for (const step of trace.steps) {
      step.outputs = (step.outputs ?? []).filter(({ kind }) => kind !== "answer");
    }
    const open = buildIndex(trace).questions.get("merges")!;
    expect([open.revealStep, judge(open, "3")]).toEqual([null, "open"]);
  });

  it("may have any name", () => {
    const trace = schemaTwo();
    for (const output of trace.steps.flatMap((step) => step.outputs ?? [])) {
      if (output.kind === "question" || output.kind === "answer") output.name = "__proto__";
    }
    expect([...buildIndex(trace).questions.keys()]).toEqual(["__proto__"]);
  });
});

describe("the answer", () => {
  it("is shown once the lecture has come to it", () => {
    const seen = [3, 4, 5, 6].map((step) => isRevealed(at(step), question("merges")));
    expect(seen).toEqual([false, false, true, true]);
    expect(isRevealed(at(3, give("merges", "3")), question("merges"))).toBe(false);
  });

  it("is shown before when the reader asks for it", () => {
    const asked = at(3, { type: "answers", action: { type: "show", name: "merges" } });
    expect(isRevealed(asked, question("merges"))).toBe(true);
  });

  it("that comes with its question is shown when the reader has answered, skipped or gone on", () => {
    const power = question("power");
    expect(isRevealed(at(10), power)).toBe(false);
    expect(isRevealed(at(10, give("power", "1000")), power)).toBe(true);
    expect(isRevealed(at(10, give("power", null)), power)).toBe(true);
    expect(isRevealed(at(11), power)).toBe(true);
  });

  it("is hidden from the audience until the speaker shows it or the lecture comes to it", () => {
    const audience: ViewerAction = { type: "role", role: "audience" };
    const answered = at(3, audience, give("merges", "3"));
    expect(isRevealed(answered, question("merges"))).toBe(false);
    const opened = viewerReducer(answered, {
      type: "classroom",
      action: { type: "open", name: "merges" },
    });
    expect(isRevealed(opened, question("merges"))).toBe(true);
    expect(isRevealed(at(5, audience), question("merges"))).toBe(true);
  });

  it("belongs to the question of the step", () => {
    expect(currentQuestion(at(3))?.name).toBe("merges");
    expect(currentQuestion(at(4))).toBeNull();
  });

  it("of the reader survives a trace that was recorded again", () => {
    const before = at(3, give("merges", "3"));
    const after = viewerReducer(before, { type: "replace-trace", index: buildIndex(schemaTwo()) });
    expect(after.answers.get("merges")).toEqual({ text: "3" });
  });
});

describe("answers", () => {
  const after = (...actions: AnswerAction[]): Answers =>
    actions.reduce<Answers>(answersReducer, new Map());

  it("can be changed, forgotten and cleared", () => {
    const given = after(
      { type: "give", name: "a", text: "1" },
      { type: "give", name: "b", text: null },
      { type: "give", name: "a", text: "2" },
    );
    expect([...given]).toEqual([
      ["a", { text: "2" }],
      ["b", { text: null }],
    ]);
    expect(answersReducer(given, { type: "forget", name: "a" }).size).toBe(1);
    expect(answersReducer(given, { type: "clear" }).size).toBe(0);
  });

  it("in words are judged by the reader", () => {
    const given = after(
      { type: "give", name: "why", text: "no pairs" },
      { type: "own", name: "why", verdict: "right" },
    );
    expect(verdictOf(question("why"), given.get("why")!)).toBe("right");
  });

  it("are counted for the summary", () => {
    const given = after(
      { type: "give", name: "merges", text: "3" },
      { type: "give", name: "pair", text: "`c a`" },
      { type: "give", name: "power", text: null },
    );
    const counts = tally(index.questions.values(), given);
    expect(counts).toEqual({ questions: 4, right: 1, wrong: 1, open: 0, skipped: 1, left: 1 });
    expect(tallyText(counts)).toBe("2 of 4 answered: 1 right, 1 not quite; 1 skipped");
  });

  it("are read back as they were kept", () => {
    const given = after(
      { type: "give", name: "__proto__", text: "it’s" },
      { type: "own", name: "__proto__", verdict: "wrong" },
      { type: "show", name: "b" },
    );
    expect(readAnswers(writeAnswers(given))).toEqual(given);
  });

  it.each([null, "", "no json", "{}", "[1, [2], [3, 4]]", '[["a", {"text": 5}]]'])(
    "that cannot be read, such as %j, are none",
    (text) => {
      expect(readAnswers(text).size).toBe(0);
    },
  );
});
