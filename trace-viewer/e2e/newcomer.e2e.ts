/**
 * A newcomer's way through the course, with lecture 1 as it is recorded: start page, lecture,
 * question, implementation, task sheet, and back at the same step.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { violations } from "./axe";
import { chooseTheme, MISSING, PICTURES, shownStep, useSite } from "./site";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const PYTHON = join(CHECKOUT, ".venv/bin/python");

/** The lecture and the documents of the course, as `make run` leaves them. */
function record(root: string): void {
  const traces = join(root, "var/traces");
  rmSync(traces, { recursive: true });
  execFileSync(PYTHON, ["execute.py", "-q", "-m", "lecture_01", "-o", traces], { cwd: CHECKOUT });
  for (const folder of ["images", "var/files", "lectures/lecture_01"]) {
    const from = join(CHECKOUT, folder);
    if (existsSync(from)) cpSync(from, join(root, folder), { recursive: true });
  }
}

const SHEET = "?page=handout&assignment=assignment1-basics";
const SIZES = { wide: [1920, 1080], usual: [1280, 720], phone: [390, 844] } as const;

describe.skipIf(MISSING ?? !existsSync(PYTHON))("the course", () => {
  const site = useSite({}, record);
  let page: Page;
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    page = await site.newPage();
  });

  it("leads a newcomer from the start page to a problem and back to the same step", async () => {
    const page = await site.newPage();
    const card = () => page.getByRole("article", { name: "Language models from scratch" });
    await page.goto(site.url(""));
    await card().getByRole("link", { name: "Language models from scratch" }).click();

    await page.locator(".question-form input").first().fill("7");
    await page.getByRole("button", { name: "Answer" }).first().click();
    await page.keyboard.press("s");
    await page.getByRole("button", { name: "The same in assignment 1" }).click();
    await page.locator(".source-lecture .practice").first().waitFor();

    await page
      .locator(".source-lecture")
      .getByRole("button", { name: /Tokenizer\.encode/ })
      .click();
    const step = await shownStep(page);
    expect(step).toBeGreaterThan(300);
    const pane = page.getByRole("region", { name: "Code beside the lecture" });
    await pane.getByRole("link", { name: "Assignment 1, problem tokenizer" }).click();

    await page.getByRole("heading", { name: /^tokenizer/ }).waitFor();
    await expect.poll(() => top(page, "#tokenizer")).toBeLessThan(300);
    await page.getByRole("link", { name: `Back to step ${step + 1} of Lecture 1` }).click();
    await expect.poll(() => shownStep(page)).toBe(step);
    await pane.getByRole("heading", { name: "Tokenizer.encode_pretoken" }).waitFor();

    await page.goBack();
    await page.getByRole("heading", { name: /^tokenizer/ }).waitFor();
    await page.goBack();
    await expect.poll(() => shownStep(page)).toBe(step);

    await page.goto(site.url(""));
    await card().getByText("1 of 28 questions answered").waitFor();
    await card()
      .getByRole("link", { name: `Continue at step ${step + 1}` })
      .click();
    await expect.poll(() => shownStep(page)).toBe(step);
    await page.context().close();
  });

  it("opens a section from a problem, and its code from the page of implementations", async () => {
    await page.goto(site.url(SHEET));
    await page.locator("#train_bpe").getByRole("link", { name: "How large a vocabulary?" }).click();
    await page.locator(".toolbar").getByText("How large a vocabulary?").waitFor();

    await page.goto(site.url("?page=implementations"));
    await page.getByRole("searchbox").fill("train_bpe_naive");
    await expect.poll(() => page.locator(".implementation-row").count()).toBe(1);
    await page.getByRole("link", { name: "Lecture 1, step" }).first().click();
    await page.getByRole("heading", { name: "train_bpe_naive" }).waitFor();
  });

  it.each(["light", "dark", "contrast"])(
    "axe-core finds nothing in the %s theme",
    async (theme) => {
      await page.goto(site.url(""));
      await chooseTheme(page, theme);
      const more = theme === "light" ? ["?page=implementations", "?page=none", `${SHEET}2`] : [];
      for (const query of ["", SHEET, ...more]) {
        await page.goto(site.url(query));
        await page.locator("main h1").waitFor();
        await page.waitForLoadState("networkidle");
        expect(await violations(page), query).toEqual([]);
      }
      await page.evaluate(() => localStorage.removeItem("trace-viewer"));
    },
  );

  it.each(Object.entries(SIZES))("fits a %s window", async (name, [width, height]) => {
    const own = await site.newPage({ viewport: { width, height } });
    for (const [at, query] of ["", SHEET, "?page=implementations"].entries()) {
      await own.goto(site.url(query));
      await own.locator("main h1").waitFor();
      if (query === "") await own.locator(".card-figure svg").first().waitFor();
      const over = await own.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over, query).toBeLessThanOrEqual(0);
      await own.screenshot({ path: join(PICTURES, `course-${name}-${at}.png`) });
    }
    await own.context().close();
  });

  it("is walked by keyboard: each card once, its figure no stop of its own", async () => {
    await page.goto(site.url(""));
    await page.locator(".card-figure svg").first().waitFor();
    const stops = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("#lecture_01 a")]
        .filter((link) => link.tabIndex >= 0)
        .map((link) => link.textContent),
    );
    expect(stops.filter((words) => words === "Language models from scratch")).toHaveLength(1);
    expect(await page.locator("#lecture_01 .card-figure a").getAttribute("tabindex")).toBe("-1");
  });
});

/** Pixels between the window's top and the element's. */
function top(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluate((element) => element.getBoundingClientRect().top);
}
