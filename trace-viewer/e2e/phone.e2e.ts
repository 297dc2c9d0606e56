import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { MISSING, openTrace, PICTURES, shownStep, useSite } from "./site";

describe.skipIf(MISSING)("screens of every size", () => {
  const site = useSite();
  beforeAll(() => {
    mkdirSync(PICTURES, { recursive: true });
  });

  it.each([
    ["light", 1400, 900],
    ["dark", 1400, 900],
    ["light", 390, 844],
    ["dark", 390, 844],
  ] as const)("fits a %s screen of %i × %i", async (colorScheme, width, height) => {
    const small = await site.newPage({
      colorScheme,
      viewport: { width, height },
      hasTouch: width < 800,
    });
    await openTrace(small, site, "?trace=walk&step=41");
    await small.locator(".source-code [data-index]").first().waitFor();
    await small.screenshot({ path: join(PICTURES, `${colorScheme}-${width}.png`) });
    const wider = await small.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider).toBeLessThanOrEqual(0);
    expect(await small.locator(".toolbar").isVisible()).toBe(true);
    const theme = await small.evaluate(() => document.documentElement.dataset["theme"]);
    expect(theme).toBe(colorScheme);
    await small.context().close();
  });

  it("steps by a swipe and shows variables in a sheet on a phone", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=walk&step=5");
    const fingers = await phone.context().newCDPSession(phone);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...xs: number[]) =>
      fingers.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: xs.map((x) => ({ x, y: 300 })),
      });
    // As the browser sees it: it must not take the swipe for a pan, or for Back.
    const swipe = async (from: number, to: number) => {
      await touch("touchStart", from);
      for (const part of [0.3, 0.6, 1]) await touch("touchMove", from + (to - from) * part);
      await touch("touchEnd");
    };
    await swipe(300, 90);
    await expect.poll(() => shownStep(phone)).toBe(6);
    await swipe(90, 300);
    await expect.poll(() => shownStep(phone)).toBe(5);
    await swipe(300, 90);
    await expect.poll(() => shownStep(phone)).toBe(6);
    await phone.getByRole("button", { name: "Variables" }).click();
    await phone.locator(".variable-name", { hasText: "total" }).waitFor();
    await phone.context().close();
  });

  it("wraps long code in the sheet of a phone, further in than it began", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=walk&step=41");
    for (let press = 0; press < 5; press++) await phone.keyboard.press("+");
    const sheet = phone.locator(".source-code");
    const line = sheet.locator(".code-row code", { hasText: "deepest = max(" });
    await line.waitFor();
    // The left edge of each line of text that the statement takes.
    const edges = await line.evaluate((code) => {
      const range = document.createRange();
      range.selectNodeContents(code);
      const text = code.textContent;
      const all = [...range.getClientRects()].filter((box) => box.width > 0);
      const rows = new Map<number, number>();
      for (const { top, left } of all) {
        const row = Math.round(top / 10);
        rows.set(row, Math.min(rows.get(row) ?? Infinity, left));
      }
      return text.startsWith("    ") ? [...rows.values()] : [];
    });
    expect(edges.length).toBeGreaterThan(1);
    // Indentation is part of the first line's text: the others begin to its right.
    for (const edge of edges.slice(1)) expect(edge).toBeGreaterThan(edges[0] ?? Infinity);
    const beyond = await sheet.evaluate((pane) => pane.scrollWidth - pane.clientWidth);
    expect(beyond).toBeLessThanOrEqual(0);
    await phone.context().close();
  });

  it("keeps the title of a plot within a phone's width", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=sample&step=20");
    const place = phone.locator(".plot-place").first();
    await place.locator("svg").waitFor();
    const titles = await place.evaluate((place) => {
      const edge = place.getBoundingClientRect();
      return [...place.querySelectorAll(".role-title-text text")].map((title) => {
        const { left, right } = title.getBoundingClientRect();
        return left >= edge.left - 1 && right <= edge.right + 1;
      });
    });
    expect(titles).toEqual([true]);
    await phone.context().close();
  });
});
