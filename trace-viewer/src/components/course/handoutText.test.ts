import { describe, expect, it } from "vitest";
import type { Problem } from "../../course/schema.generated";
import { withLectureLinks } from "./handoutText";

const LECTURES = new Map([
  ["lecture_01", { number: 1, lecture: { name: "lecture_01", title: "Sorting" } }],
]);
const PROBLEM: Problem = {
  name: "swap",
  points: 2,
  places: [
    { lecture: "lecture_01", function: "pairs", title: "Two [a](b)", step: 4 },
    { lecture: "lecture_09", function: "later" },
  ],
};

describe("the line of a task sheet that names lectures", () => {
  it("becomes links to the steps, over as many lines as it has, and the rest stays", () => {
    const text =
      "### `swap`\n\n- **Hint:** none.\n- **Lecture:** `lecture_01.py`, `pairs`\n  and more.\n\nEnd.";
    expect(withLectureLinks(text, PROBLEM, LECTURES)).toBe(
      "### `swap`\n\n- **Hint:** none.\n- **Walk first:** " +
        "Lecture 1: [Two \\[a\\](b)](?trace=lecture_01&step=4); `lecture_09`: `later`\n\nEnd.",
    );
  });

  it("stays as it is where no lecture is known", () => {
    const text = "- **Lecture:** a book.";
    expect(withLectureLinks(text, { name: "swap", points: 1 }, LECTURES)).toBe(text);
  });
});
