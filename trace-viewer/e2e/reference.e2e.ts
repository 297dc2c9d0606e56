/** The search over a whole course, its glossary, bibliography and files, in the browser. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { violations } from "./axe";
import { MISSING, openTrace, PICTURES, shownStep, useSite } from "./site";
import { NO_ENGINE, smallCourse } from "./smallCourse";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

describe.skipIf(MISSING ?? NO_ENGINE)("a course", () => {
  const site = useSite((MISSING ?? NO_ENGINE) ? {} : smallCourse());
  let page: Page;
  beforeAll(async () => {
    page = await site.newPage();
  });

  const open = async (query: string, on = page) => {
    await on.goto(site.url(query));
    await on.locator(".course-page h1").first().waitFor();
  };
  const type = async (words: string, on = page) => {
    await on.keyboard.press("/");
    await on.getByRole("combobox", { name: "Search" }).fill(words);
  };
  const results = (on = page) => on.getByRole("listbox", { name: "Results" });
  const group = (name: string) => results().getByRole("group", { name });

  it("is searched from the start page, and opens a term's step", async () => {
    await open("");
    await type("inversion");
    await group("Terms")
      .getByRole("option", { name: /inversion/ })
      .waitFor();
    await group("Lectures").getByRole("option").first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/trace=lecture_01/);
    expect(await shownStep(page)).toBe(0);
  });

  it("is searched from a lecture: this one first, the others after it", async () => {
    await openTrace(page, site, "?trace=lecture_01&step=1");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search" }).fill("sorting by");
    await group("This lecture").getByRole("option").first().waitFor();
    const other = group("Other lectures").getByRole("option", { name: /by machine/ });
    await other.first().click();
    await page.waitForURL(/trace=lecture_02/);
  });

  it("opens code in the lecture that opens it, and other code as a file with the line", async () => {
    await open("");
    await type("swap the first two");
    await group("Code of the assignments").getByRole("option").first().click();
    await page.waitForURL(/trace=lecture_01.*source=.*swap\.py/);
    await page.getByText("Swap the first two.").first().waitFor();
    await openTrace(page, site, "?trace=lecture_01&step=2");
    await type("bubble_pass");
    await group("Code of the assignments").getByRole("option", { name: /name/ }).click();
    await page.waitForURL(/page=source/);
    const line = page.locator("[data-wanted]");
    await line.waitFor();
    expect(await line.textContent()).toContain("def bubble_pass(items):");
    await expect.poll(async () => (await line.boundingBox())?.y ?? 9999).toBeLessThan(900);
    await page.getByRole("link", { name: /^Back to the lecture/ }).click();
    await expect.poll(() => shownStep(page)).toBe(2);
  });

  it("opens the problem of a task sheet", async () => {
    await open("");
    await type("exchange neighbours");
    await group("Task sheets").getByRole("option").first().click();
    await page.waitForURL(/page=handout&assignment=assignment1-sorting#swap/);
    await page.getByText("Exchange two neighbours").waitFor();
  });

  it("shows no file but those that it lists", async () => {
    for (const file of ["../../etc/passwd", "lecture_01.py", "%2Fetc%2Fpasswd", ""]) {
      await open(`?page=source&file=${file}&line=1`);
      await page.getByRole("heading", { name: "There is no such file" }).waitFor();
    }
  });

  it("does not tell the speaker's notes", async () => {
    await open("");
    await type("secret handshake");
    await page.getByText("Nothing found in the course.").waitFor();
    await page.keyboard.press("Escape");
  });

  it("forgives a typo", async () => {
    await open("");
    await type("comparater");
    await group("Terms")
      .getByRole("option", { name: /comparator/ })
      .waitFor();
    await page.keyboard.press("Escape");
  });

  it("has a glossary with anchors, a filter and links to the steps", async () => {
    await open("?page=glossary#swap-graph");
    const terms = page.locator(".term dfn");
    expect(await terms.allTextContents()).toEqual(["comparator", "inversion", "swap graph"]);
    await page.getByText("(SG)", { exact: true }).waitFor();
    await page.locator(".katex").first().waitFor();
    await page.getByRole("searchbox", { name: "Filter the terms" }).fill("wires");
    await expect.poll(() => terms.allTextContents()).toEqual(["comparator"]);
    await page.getByRole("status").getByText("1 of 3").waitFor();
    await page.getByRole("link", { name: "Lecture 2, Sorting by machine" }).click();
    await page.waitForURL(/trace=lecture_02&step=0|trace=lecture_02/);
  });

  it("has a bibliography with every work once, and as a BibTeX file", async () => {
    await open("?page=bibliography");
    expect(await page.locator(".work").count()).toBe(1);
    const cited = page.getByRole("list", { name: "Cited in" }).getByRole("link");
    expect(await cited.allTextContents()).toEqual([
      "Lecture 1, One swap",
      "Lecture 2, Sorting by machine",
    ]);
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as BibTeX" }).click(),
    ]);
    expect(file.suggestedFilename()).toBe("bibliography.bib");
    expect(readFileSync(await file.path(), "utf8")).toContain("@misc{knuth1973sorting,");
    await page.getByRole("searchbox", { name: "Filter the works" }).fill("nobody");
    await page.getByText("No work has these words.").waitFor();
  });

  it.each([
    "glossary",
    "bibliography",
    "source&file=assignments/assignment1-sorting/sorting/swap.py",
  ])("?page=%s has no accessibility violations, in light, dark and on a phone", async (name) => {
    for (const options of [{}, { colorScheme: "dark" as const }, PHONE]) {
      const reader = await site.newPage(options);
      await open(`?page=${name}`, reader);
      expect(await violations(reader)).toEqual([]);
      const overflow = await reader.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBeLessThanOrEqual(0);
      const kind = "viewport" in options ? "phone" : "colorScheme" in options ? "dark" : "light";
      await reader.screenshot({ path: join(PICTURES, `${name.split("&")[0]}-${kind}.png`) });
      await reader.context().close();
    }
  });

  it("has no accessibility violations in its results", async () => {
    await open("");
    await type("swap");
    await group("Code of the assignments").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
  });

  it("is printed whole", async () => {
    await open("?page=glossary");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".term:visible").count()).toBe(3);
    expect(await page.getByRole("searchbox").isVisible()).toBe(false);
    await page.emulateMedia({ media: null });
  });
});
