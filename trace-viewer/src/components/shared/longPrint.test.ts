import { describe, expect, it } from "vitest";
import { beginning, firstLines } from "./longPrint";

describe("firstLines", () => {
  it("cuts by lines and by characters, and leaves a short text whole", () => {
    expect(firstLines("a\nb\nc", 2, 100)).toBe("a\nb");
    expect(firstLines("a\nb\nc", 3, 100)).toBe("a\nb\nc");
    expect(firstLines("abcdef", 3, 4)).toBe("abcd");
    expect(firstLines("", 3, 4)).toBe("");
  });
});

describe("beginning", () => {
  it("ends with a paragraph, else with a word", () => {
    expect(beginning("one two", 100)).toBe("one two");
    expect(beginning("first one\n\nsecond one is long", 14)).toBe("first one");
    expect(beginning("some words here", 12)).toBe("some words");
    expect(beginning("x".repeat(20), 12)).toBe("x".repeat(12));
  });
});
