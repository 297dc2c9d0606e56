/**
 * A whole lecture by one means alone: a presentation remote, a thumb, the keyboard with what the
 * accessibility tree says. Lecture 1 where it has been recorded, else the sample.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BrowserContextOptions, CDPSession, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { readFixture } from "../tests/fixtures";
import type { Trace } from "../src/trace/schema";
import { MISSING, openTrace, shownStep, useSite } from "./site";

const LECTURE = resolve(import.meta.dirname, "../../var/traces/lecture_01.json");
const TEXT = existsSync(LECTURE) ? readFileSync(LECTURE, "utf8") : readFixture("sample.json");
const TRACE = JSON.parse(TEXT) as Trace;
/** Longer than the page waits before it speaks. */
const ANNOUNCED_MS = 1000;

interface Spoken {
  role: string;
  name: string;
  value: unknown;
}

/** What a screen reader is given: roles, names and values of everything that is not hidden. */
async function accessibilityTree(session: CDPSession): Promise<Spoken[]> {
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  return nodes
    .filter((node) => !node.ignored)
    .map(({ role, name, value }) => ({
      role: String(role?.value),
      name: String(name?.value ?? ""),
      value: value?.value as unknown,
    }));
}

/** Runs in the page: whether some of the current row, or of the call that led there, is in sight. */
function seesStep(): boolean {
  const row =
    document.querySelector("[data-status='here']") ??
    document.querySelector("[data-status='calling']");
  const box = row?.getBoundingClientRect();
  return box !== undefined && box.bottom > 0 && box.top < innerHeight;
}

describe.skipIf(MISSING)("a whole lecture", () => {
  const site = useSite({ walked: TEXT });
  /** Pictures that the lecture drew lie in the checkout that recorded it. */
  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await site.newContext(options);
    const body = readFileSync(resolve(import.meta.dirname, "../../images/sample.svg"));
    await context.route("**/var/files/**", (route) =>
      route.fulfill({ contentType: "image/svg+xml", body }),
    );
    return context.newPage();
  }

  const last = (page: Page) =>
    page
      .getByRole("slider", { name: "Step" })
      .evaluate((slider: HTMLInputElement) => Number(slider.max));

  /** Presses until the end; every press leads on. Returns the steps that were stopped at. */
  async function walk(
    page: Page,
    press: () => Promise<void>,
    check: (at: number) => Promise<void>,
  ): Promise<number[]> {
    const end = await last(page);
    const stops = [await shownStep(page)];
    for (let at = stops[0] ?? 0; at < end;) {
      await press();
      await expect.poll(() => shownStep(page), { interval: 5 }).toBeGreaterThan(at);
      at = await shownStep(page);
      stops.push(at);
      await check(at);
    }
    return stops;
  }

  it("by a remote alone", { timeout: 240_000 }, async () => {
    const page = await newPage({ viewport: { width: 1280, height: 720 } });
    await openTrace(page, site, "?trace=walked&step=0");
    const [speaker] = await Promise.all([
      page.context().waitForEvent("page"),
      page.keyboard.press("n"),
    ]);
    await speaker.getByRole("region", { name: "Notes" }).waitFor();
    const end = await last(speaker);
    const stops = await walk(
      speaker,
      () => speaker.keyboard.press("PageDown"),
      // The audience sees what the speaker sees, and no note of the speaker's.
      async (at) => {
        await expect.poll(() => shownStep(page), { interval: 5 }).toBe(at);
        expect(await page.locator(".note").count()).toBe(0);
      },
    );
    expect(stops.at(-1)).toBe(end);
    await speaker.keyboard.press("b");
    await page.locator(".blank-screen").waitFor();
    await speaker.keyboard.press("b");
    await page.locator(".blank-screen").waitFor({ state: "detached" });
    // The same stops on the way back.
    await speaker.keyboard.press("PageUp");
    await expect.poll(() => shownStep(page)).toBe(stops.at(-2));
    await speaker.keyboard.press("Home");
    await expect.poll(() => shownStep(page)).toBe(0);
    await speaker.keyboard.press("End");
    await expect.poll(() => shownStep(page)).toBe(end);
    await page.context().close();
  });

  it("by a thumb alone", { timeout: 240_000 }, async () => {
    const phone = await newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=walked&step=0");
    const next = phone.getByRole("button", { name: "Next step" });
    const bottom = await next.boundingBox();
    expect(bottom?.y).toBeGreaterThan(600);
    expect(Math.min(bottom?.width ?? 0, bottom?.height ?? 0)).toBeGreaterThanOrEqual(40);
    await walk(
      phone,
      () => next.tap(),
      async (at) => {
        // Rows that are new in the page are measured, then the column settles.
        await expect
          .poll(() => phone.evaluate(seesStep), { message: `the row of step ${at}` })
          .toBe(true);
        const { wider, changes } = await phone.evaluate(() => ({
          wider: document.documentElement.scrollWidth - innerWidth,
          changes: document.querySelector(".change-strip")?.textContent ?? "",
        }));
        expect(wider, `step ${at}`).toBeLessThanOrEqual(0);
        const changed = Object.keys(TRACE.steps[at]?.changes ?? {});
        if (changed[0] !== undefined) expect(changes, `step ${at}`).toContain(changed[0]);
      },
    );
    await phone.getByRole("button", { name: "Tools" }).tap();
    await phone
      .getByRole("dialog", { name: "Tools" })
      .getByRole("button", { name: "First step" })
      .tap();
    await expect.poll(() => shownStep(phone)).toBe(0);
    await phone.context().close();
  });

  it("by keyboard, by what the accessibility tree says alone", { timeout: 300_000 }, async () => {
    const page = await newPage();
    // The page waits before it speaks, so as not to interrupt itself: the test does not.
    await page.clock.install();
    await openTrace(page, site, "?trace=walked&step=0");
    const session = await page.context().newCDPSession(page);
    await walk(
      page,
      () => page.keyboard.press("ArrowRight"),
      async (at) => {
        await page.clock.runFor(ANNOUNCED_MS);
        const tree = await accessibilityTree(session);
        const step = TRACE.steps[at];
        const frame = TRACE.frames[step?.frame ?? 0];
        const slider = tree.find(({ role, name }) => role === "slider" && name === "Step");
        expect(slider?.value, "value of the slider").toBe(at);
        const said = tree.filter(
          ({ role, name }) =>
            role === "StaticText" &&
            name.startsWith(`Step ${at + 1}, ${frame?.function ?? ""}, line `),
        );
        expect(said, `announcement of step ${at}`).toHaveLength(1);
        for (const name of Object.keys(step?.changes ?? {}).slice(0, 5)) {
          expect(said[0]?.name, `announcement of step ${at}`).toContain(name);
        }
        const line = /, line (\d+): /.exec(said[0]?.name ?? "")?.[1] ?? "";
        const rows = tree.filter(
          ({ role, name }) => role === "button" && name === `Go to line ${line}`,
        );
        expect(rows.length, `the row of step ${at}, line ${line}`).toBeGreaterThan(0);
        for (const landmark of ["Lecture", "Variables", "Call stack"]) {
          expect(tree).toContainEqual({ role: "region", name: landmark, value: undefined });
        }
      },
    );
    await page.context().close();
  });
});
