// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { simplifyOpacity } from "./paperMarks";

/** The marks after it. */
function simplified(marks: string): string {
  const place = document.createElement("div");
  place.innerHTML = `<svg>${marks}</svg>`;
  simplifyOpacity(place);
  return place.firstElementChild?.innerHTML ?? "";
}

describe("marks for paper", () => {
  it("fill or stroke with the opacity that they had as a whole", () => {
    expect(simplified('<path fill="#123" opacity="0.7"></path>')).toBe(
      '<path fill="#123" fill-opacity="0.7"></path>',
    );
    expect(simplified('<line stroke="red" fill="none" opacity="0.5"></line>')).toBe(
      '<line stroke="red" fill="none" stroke-opacity="0.5"></line>',
    );
  });

  it("stay as they are where fill and stroke overlap, or one is pale already", () => {
    for (const mark of [
      '<path fill="#123" stroke="#456" opacity="0.7"></path>',
      '<path fill="#123" fill-opacity="0.3" opacity="0.7"></path>',
      '<path fill="#123"></path>',
    ]) {
      expect(simplified(mark)).toBe(mark);
    }
  });

  it("go where nobody can see them", () => {
    expect(simplified('<text opacity="0">1,000</text><text opacity="1">2,000</text>')).toBe(
      '<text opacity="1">2,000</text>',
    );
  });
});
