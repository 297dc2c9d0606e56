/**
 * A whole lecture by one means alone: a presentation remote, a thumb, the keyboard with what the
 * accessibility tree says. Lecture 1 where it has been recorded, else the sample.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { readFixture } from "../tests/fixtures";
import { MISSING, openTrace, shownStep, useSite } from "./site";

const LECTURE = resolve(import.meta.dirname, "../../var/traces/lecture_01.json");
const TEXT = existsSync(LECTURE) ? readFileSync(LECTURE, "utf8") : readFixture("sample.json");
/** A long lecture is walked at its beginning and to its end. */
const MOST = 120;

describe.skipIf(MISSING)("a whole lecture", () => {
  const site = useSite({ walked: TEXT });
  const last = (page: Page) =>
    page
      .getByRole("slider", { name: "Step" })
      .evaluate((slider: HTMLInputElement) => Number(slider.max));

  /** Presses until the end; every press leads on, and the current place is in the page. */
  async function walk(page: Page, press: () => Promise<void>, check: () => Promise<void>) {
    const end = await last(page);
    let at = await shownStep(page);
    for (let count = 0; count < MOST && at < end; count++) {
      await press();
      await expect.poll(() => shownStep(page)).toBeGreaterThan(at);
      at = await shownStep(page);
      await check();
    }
    return at;
  }

  it("by a remote alone", { timeout: 120_000 }, async () => {
    const page = await site.newPage({ viewport: { width: 1280, height: 720 } });
    await openTrace(page, site, "?trace=walked&step=0");
    const [speaker] = await Promise.all([
      page.context().waitForEvent("page"),
      page.keyboard.press("n"),
    ]);
    await speaker.getByRole("region", { name: "Notes" }).waitFor();
    const reached = await walk(
      speaker,
      () => speaker.keyboard.press("PageDown"),
      async () => {
        const at = await shownStep(speaker);
        await expect.poll(() => shownStep(page)).toBe(at);
      },
    );
    expect(reached).toBeGreaterThan(5);
    await speaker.keyboard.press("b");
    await page.locator(".blank-screen").waitFor();
    await speaker.keyboard.press("b");
    await speaker.keyboard.press("End");
    await expect.poll(() => shownStep(page)).toBe(await last(page));
    await speaker.keyboard.press("PageUp");
    await expect.poll(() => shownStep(page)).toBeLessThan(await last(page));
    await page.context().close();
    site.errors.splice(0);
  });

  it("by a thumb alone", { timeout: 120_000 }, async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=walked&step=0");
    const next = phone.getByRole("button", { name: "Next step" });
    expect((await next.boundingBox())?.y).toBeGreaterThan(600);
    await walk(
      phone,
      () => next.tap(),
      async () => {
        const wider = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(wider).toBeLessThanOrEqual(0);
      },
    );
    await phone.getByRole("button", { name: "Tools" }).tap();
    await phone
      .getByRole("dialog", { name: "Tools" })
      .getByRole("button", { name: "First step" })
      .tap();
    await expect.poll(() => shownStep(phone)).toBe(0);
    await phone.context().close();
    site.errors.splice(0);
  });

  it("by keyboard, as a screen reader is told of it", { timeout: 180_000 }, async () => {
    const page = await site.newPage();
    await openTrace(page, site, "?trace=walked&step=0");
    await page.getByRole("region", { name: "Lecture" }).focus();
    const slider = page.getByRole("slider", { name: "Step" });
    await walk(
      page,
      () => page.keyboard.press("ArrowRight"),
      async () => {
        const at = await shownStep(page);
        // Role and value of the slider, one current place, and the announcement.
        expect(await slider.getAttribute("aria-valuetext")).toMatch(
          new RegExp(`^step ${at + 1} of `),
        );
        await expect.poll(() => page.locator("[aria-current='step']").count()).toBeGreaterThan(0);
        await page
          .getByRole("status")
          .filter({ hasText: new RegExp(`Step ${at + 1}, \\S+, line \\d+: `) })
          .waitFor({ state: "attached" });
      },
    );
    await page.context().close();
    site.errors.splice(0);
  });
});
