import { describe, expect, it } from "vitest";
import type { Value } from "../../trace/schema";
import { changeText } from "./changeText";

const dict = (at: number, value: number): Value => ({
  kind: "mapping",
  entries: Array.from({ length: 1000 }, (_, key) => [`key_${key}`, key === at ? value : key]),
});

describe("changeText", () => {
  it.each<[string, Value | undefined, Value, string]>([
    ["a new value", undefined, [1, 2], "[1, 2]"],
    ["a number", 4, 5, "5"],
    ["one key of a thousand", dict(500, 500), dict(500, 501), "['key_500'] 500 → 501"],
    [
      "an item deep inside",
      {
        kind: "record",
        type: "app.State",
        fields: { sizes: [10_000, 20_000, 30_000], name: "long enough" },
      },
      {
        kind: "record",
        type: "app.State",
        fields: { sizes: [10_000, 20_000, 40_000], name: "long enough" },
      },
      ".sizes[2] 30000 → 40000",
    ],
    [
      "a longer text",
      "the cat sat on the mat, purring",
      "the cat sat on the hat, purring",
      "− m + h",
    ],
  ])("of %s", (_, before, after, text) => {
    expect(changeText(before, after, 60)).toBe(text);
  });

  it("is never longer than its limit", () => {
    const many = (by: number): Value => Array.from({ length: 50 }, (_, at) => at * 1000 + by);
    const text = changeText(many(0), many(1), 40);
    expect(text.length).toBeLessThanOrEqual(40);
    expect(text).toContain("[0] 0 → 1");
  });
});
