// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { whenSettled } from "./settled";

beforeEach(() => {
  document.body.innerHTML = "<p>text</p>";
  Object.defineProperty(document, "fonts", {
    value: { ready: Promise.resolve() },
    configurable: true,
  });
});

describe("whenSettled", () => {
  it("is true for a page where nothing is pending", async () => {
    expect(await whenSettled(document)).toBe(true);
  });

  it("waits for what is pending", async () => {
    document.body.innerHTML = "<div data-pending></div>";
    setTimeout(() => document.querySelector("div")?.removeAttribute("data-pending"), 200);
    expect(await whenSettled(document)).toBe(true);
    expect(document.querySelector("[data-pending]")).toBeNull();
  });

  it("gives up when that takes too long", async () => {
    document.body.innerHTML = "<div data-pending></div>";
    expect(await whenSettled(document, 150)).toBe(false);
  });
});
