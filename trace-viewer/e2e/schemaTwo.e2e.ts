/** Questions, checks, ranks and grids of numbers: by keyboard, by thumb, in class and on paper. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { schemaTwo } from "../tests/schemaTwo";
import { chooseTheme, MISSING, openTrace, shownStep, useSite } from "./site";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    type Found = { violations: { id: string; nodes: { html: string }[] }[] };
    const { axe } = window as unknown as { axe: { run: () => Promise<Found> } };
    return (await axe.run()).violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 140)}`),
    );
  });
}

describe.skipIf(MISSING)("format version 2", () => {
  const site = useSite({ schema_two: JSON.stringify(schemaTwo()) });
  let page: Page;
  beforeAll(async () => {
    page = await site.newPage();
  });

  const question = (number: number, on = page) =>
    on.getByRole("group", { name: `Question ${number}`, exact: true });
  const answer = (number: number, on = page) =>
    on.getByRole("group", { name: `Answer to question ${number}` });
  const open = (step: number, on = page) => openTrace(on, site, `?trace=schema_two&step=${step}`);

  it("asks a number by keyboard; the keys of the lecture come back with the answer", async () => {
    await open(3);
    await question(1).getByLabel("Your answer").waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("four");
    await page.keyboard.press("Enter");
    await question(1).getByRole("alert").getByText("“four” is not a number").waitFor();
    for (let press = 0; press < 4; press++) await page.keyboard.press("Backspace");
    await page.keyboard.type("2*2");
    await page.keyboard.press("Enter");
    await question(1).getByText("2*2 = 4 merges").waitFor();
    // Not told before the lecture comes to it.
    expect(await question(1).getByText("The run’s answer").count()).toBe(0);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await shownStep(page)).toBe(5);
    const told = answer(1);
    await told.getByText("✗ Not quite").waitFor();
    await told.getByText("3 merges").waitFor();
    await told.getByText("Each merge adds one token.").waitFor();
  });

  it("skips with Escape, and says how it all went after the last line", async () => {
    await open(6);
    await question(2).getByRole("radio").first().waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await question(2).getByText("You skipped this question.").waitFor();
    await page.keyboard.press("End");
    const summary = page.getByRole("region", { name: "Your answers" });
    await summary.getByText("1 of 4 answered: 1 not quite; 1 skipped.").waitFor();
  });

  it("keeps the answers over a reload, and clears them", async () => {
    await page.reload();
    const summary = page.getByRole("region", { name: "Your answers" });
    await summary.getByText("1 of 4 answered").waitFor();
    await summary.getByRole("button", { name: "Clear my answers" }).click();
    await summary.getByText("0 of 4 answered.").waitFor();
    await page.reload();
    await summary.getByText("0 of 4 answered.").waitFor();
  });

  it("takes a choice, a text and an answer that its question brings along", async () => {
    await open(6);
    await question(2).getByText("t h").click();
    await question(2).getByRole("button", { name: "Answer" }).click();
    await page.keyboard.press("ArrowRight");
    await answer(2).getByText("✓ Right").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Nothing repeats");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
    await answer(3).getByText("○ Compare").waitFor();
    await answer(3).getByRole("button", { name: "I had it" }).click();
    await answer(3).getByText("✓ Right").waitFor();
    await page.getByRole("region", { name: "Lecture" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.keyboard.type("1000");
    await page.keyboard.press("Enter");
    await question(4).getByText("The run’s answer: 1024").waitFor();
    expect(await shownStep(page)).toBe(10);
    await page.keyboard.press("s");
    await page.getByText("3 of 4 answered: 2 right, 1 not quite.").first().waitFor();
    await page.keyboard.press("s");
    await page.evaluate(() => localStorage.clear());
  });

  it("shows an answer before its place only when asked to", async () => {
    await open(3);
    expect(await answer(1).getByText("3 merges").count()).toBe(0);
    await answer(1).getByRole("button", { name: "Show it now" }).click();
    await answer(1).getByText("3 merges").waitFor();
    await page.evaluate(() => localStorage.clear());
  });

  it("marks checks, and never stops at them", async () => {
    await open(3);
    const check = page.locator(".code-row", { hasText: "assert merges > 0" });
    await check.getByRole("img", { name: "A check that has not run yet" }).waitFor();
    await page.keyboard.press("l");
    await check.getByRole("img", { name: "This check held" }).waitFor();
    await page.keyboard.press("l");
    expect(await shownStep(page)).toBe(5);
    await page.getByRole("button", { name: "Go to line 16" }).click();
    expect(await shownStep(page)).toBe(4);
  });

  it("shows small tensors as grids, the cells that changed marked, the heat map beside", async () => {
    await open(14);
    const grid = page.getByRole("table", { name: "Elements, 2 by 3" });
    await grid.waitFor();
    expect(await grid.getByRole("cell").allTextContents()).toEqual([
      "0.50",
      "-1.25",
      "2.00",
      "0.00",
      "3.50",
      "▲7.25 was 4.0",
    ]);
    const map = page.getByRole("img", { name: /^Heat map, 2 by 3/ });
    const [one, other] = [await grid.boundingBox(), await map.boundingBox()];
    expect(Math.abs((one?.y ?? 0) - (other?.y ?? 1000))).toBeLessThan(160);
    // A slice that the lecture inspects is a grid of its own.
    await page.getByRole("table", { name: "Elements, 1 by 2" }).waitFor();
  });

  it("shows a column for each rank, and on a phone one rank at a time", async () => {
    await open(15);
    const ranks = page.getByRole("figure", { name: "Sums of gradients" });
    await ranks.getByRole("columnheader", { name: "rank 2" }).waitFor();
    await ranks.getByText("✗ killed by SIGKILL").waitFor();
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await open(15, phone);
    const narrow = phone.getByRole("figure", { name: "Sums of gradients" });
    await narrow.getByText("rank 0 of 3").waitFor();
    expect(await narrow.getByText("rank 1 of 3").count()).toBe(0);
    await narrow.locator("label", { hasText: "rank 2" }).tap();
    await narrow.getByText("killed by SIGKILL").waitFor();
    await phone.context().close();
  });

  it("is answered with a thumb", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await open(6, phone);
    const asked = question(2, phone);
    for (const target of [asked.locator("label").first(), asked.getByRole("button").first()]) {
      expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(40);
    }
    await asked.getByText("c a").tap();
    await asked.getByRole("button", { name: "Answer" }).tap();
    await phone.getByRole("button", { name: "Next step" }).tap();
    await answer(2, phone).getByText("✗ Not quite").waitFor();
    expect(await violations(phone)).toEqual([]);
    await phone.context().close();
  });

  it("hides the answer from the audience until the speaker shows it, with the hands", async () => {
    await open(6);
    const [speaker] = await Promise.all([
      page.context().waitForEvent("page"),
      page.keyboard.press("n"),
    ]);
    await question(2, speaker).getByText("hidden from the audience").waitFor();
    await question(2, speaker).getByRole("button", { name: "One hand more: `t h`" }).click();
    await question(2, speaker).getByRole("button", { name: "One hand more: `t h`" }).click();
    await question(2, speaker).getByRole("button", { name: "One hand more: `h e`" }).click();
    await question(2).getByText("○").first().waitFor();
    expect(await page.getByRole("progressbar").count()).toBe(0);
    expect(await question(2).getByText("Answer").count()).toBe(0);
    expect(await violations(speaker)).toEqual([]);
    await question(2, speaker).getByRole("button", { name: "Show the answer" }).click();
    const bar = question(2).getByRole("progressbar", { name: "Hands for `t h`" });
    await bar.waitFor();
    expect(await bar.getAttribute("value")).toBe("2");
    await question(2).getByText("✓").waitFor();
    await speaker.close();
    await question(2).getByRole("radio").first().waitFor();
  });

  it("prints questions in place and answers at the end", async () => {
    const paper = await site.newPage();
    await paper.goto(site.url("?trace=schema_two&print=1"));
    await paper.locator('html[data-ready="true"]').waitFor();
    await question(2, paper).getByText("☐").first().waitFor();
    expect(await paper.getByRole("textbox").count()).toBe(0);
    const text = await paper.locator("main").innerText();
    expect(text.lastIndexOf("Question 1: 3 merges")).toBeGreaterThan(text.indexOf("test_it"));
    expect(text).toContain("Answer to question 1: at the end");
    await paper.context().close();
  });

  it.each(["light", "dark", "contrast"])("axe-core finds nothing in %s", async (theme) => {
    await open(0);
    await chooseTheme(page, theme);
    for (const step of [3, 6, 14, 15, 18]) {
      await open(step);
      await page.waitForTimeout(400);
      expect(await violations(page), `${theme}, step ${step}`).toEqual([]);
    }
    await page.evaluate(() => localStorage.clear());
  });
});
