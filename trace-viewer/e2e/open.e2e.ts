import { beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { MISSING, openTrace, shownStep, useSite } from "./site";

describe.skipIf(MISSING)("opening and moving", () => {
  const site = useSite();
  let page: Page;
  beforeAll(async () => {
    page = await site.newPage();
  });

  const step = () => shownStep(page);
  const address = () => new URL(page.url());

  it("shows the lecture: prose, math and code", async () => {
    await openTrace(page, site, "?trace=walk");
    await page.getByRole("heading", { name: "A walk", level: 1 }).last().waitFor();
    await page.locator(".katex").first().waitFor();
    await page.getByText("def main").waitFor();
    expect(await page.title()).toBe("A walk");
    // A note is for the speaker: it is not in the lecture.
    expect(await page.getByText("Say hello").count()).toBe(0);
  });

  it.each([
    [4, "ArrowRight", 5],
    [0, "ArrowRight", 3],
    [0, "l", 3],
    [3, "h", 0],
    [5, "ArrowLeft", 4],
    [5, "h", 4],
    [22, "ArrowDown", 37],
    [22, "j", 37],
    [22, "Shift+ArrowRight", 37],
    [22, "Shift+L", 37],
    [37, "ArrowUp", 22],
    [37, "k", 22],
    [37, "Shift+ArrowLeft", 22],
    [37, "Shift+H", 22],
    [29, "u", 31],
    [29, "Shift+U", 28],
    [0, "Shift+ArrowDown", 3],
    [0, "Shift+J", 3],
    [30, "Shift+ArrowUp", 21],
    [30, "Shift+K", 21],
    [30, "Home", 0],
    [30, "End", 66],
    [6, ".", 9],
    [9, ",", 6],
  ])("from step %i, %s leads to %i", async (from, key, to) => {
    // The page stays open: the slider takes it to where the key is pressed.
    if (!page.url().includes("trace=walk")) await openTrace(page, site, "?trace=walk");
    await page.getByRole("slider", { name: "Step" }).fill(String(from));
    await page.getByRole("region", { name: "Lecture" }).focus();
    if (key === "." || key === ",") {
      await page.getByRole("button", { name: "total", exact: true }).click();
    }
    await page.keyboard.press(key);
    expect(await step()).toBe(to);
    await expect.poll(() => address().searchParams.get("step")).toBe(String(to));
  });

  it("leaves every browser shortcut alone", async () => {
    await openTrace(page, site, "?trace=walk&step=5");
    await page.evaluate(() => {
      const taken: string[] = [];
      addEventListener("keydown", (event) => event.defaultPrevented && taken.push(event.key));
      Object.assign(window, { taken });
    });
    for (const modifier of ["Control", "Alt", "Meta"]) {
      for (const key of [
        "ArrowRight",
        "ArrowLeft",
        "l",
        "h",
        "j",
        "u",
        "r",
        "p",
        "f",
        "s",
        "-",
        "0",
        "Home",
      ]) {
        await page.evaluate(
          ([key, modifier]) =>
            document.body.dispatchEvent(
              new KeyboardEvent("keydown", {
                key,
                bubbles: true,
                cancelable: true,
                ctrlKey: modifier === "Control",
                altKey: modifier === "Alt",
                metaKey: modifier === "Meta",
              }),
            ),
          [key, modifier] as const,
        );
      }
    }
    expect(await page.evaluate(() => (window as unknown as { taken: string[] }).taken)).toEqual([]);
    expect(await step()).toBe(5);
  });

  it("asks for the trace once, and before the program has arrived", async () => {
    const early = await site.newPage();
    const asked: string[] = [];
    early.on("request", (request) => asked.push(new URL(request.url()).pathname));
    // The program is held back until the trace has been asked for.
    await early.route(/assets\/index-[^/]*\.js$/, async (route) => {
      await expect.poll(() => asked.some((path) => path.endsWith("walk.json"))).toBe(true);
      await route.continue();
    });
    await openTrace(early, site, "?trace=walk");
    expect(asked.filter((path) => path.endsWith("walk.json"))).toHaveLength(1);
    await early.context().close();
  });

  it("keeps its place on reload", async () => {
    await openTrace(page, site, "?trace=walk&step=24&animate=dim");
    await page.keyboard.press("l");
    await expect.poll(() => address().searchParams.get("step")).toBe("25");
    await page.reload();
    await page.locator(".source-lecture [data-index]").first().waitFor();
    expect(await step()).toBe(25);
    expect(address().searchParams.get("animate")).toBe("dim");
    expect(await page.locator(".variable-name").allTextContents()).toEqual(["n"]);
  });

  it.each([24, 41, 66])("brings step %i into sight, on opening and on the way", async (to) => {
    const inSight = () =>
      page.evaluate(() => {
        const row = document.querySelector(
          ".source-lecture :is([aria-current], [data-status='calling'])",
        );
        const box = row?.getBoundingClientRect();
        return box !== undefined && box.top >= 40 && box.bottom <= innerHeight - 40;
      });
    await page.setViewportSize({ width: 1100, height: 420 });
    await openTrace(page, site, `?trace=walk&step=${to}`);
    await expect.poll(inSight).toBe(true);
    await page.keyboard.press("Home");
    await expect.poll(inSight).toBe(true);
    for (let press = 0; press < to; press++) await page.keyboard.press("l");
    await expect.poll(inSight).toBe(true);
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it("goes back to where a jump began, and forward again", async () => {
    await openTrace(page, site, "?trace=walk&step=2");
    await page.keyboard.press("l");
    await page.keyboard.press("l");
    await page.keyboard.press("s");
    await page.getByRole("button", { name: "Recursion" }).click();
    expect(await step()).toBe(21);
    await page.goBack();
    await expect.poll(step).toBe(4);
    await page.goForward();
    await expect.poll(step).toBe(21);
  });

  it("adds no entries to the history while stepping", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    const before = await page.evaluate(() => history.length);
    for (let press = 0; press < 12; press++) await page.keyboard.press("l");
    await expect.poll(() => address().searchParams.get("step")).toBe("14");
    expect(await page.evaluate(() => history.length)).toBe(before);
  });

  it("goes to a line by a press on its number", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.getByRole("button", { name: "Go to line 24" }).click();
    expect(await step()).toBe(6);
  });

  it("moves by the timeline", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    const slider = page.getByRole("slider", { name: "Step" });
    await slider.fill("40");
    expect(await step()).toBe(40);
    await slider.focus();
    await page.keyboard.press("ArrowRight");
    expect(await step()).toBe(41);
  });

  it("plays and pauses", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.getByLabel("Steps per second").selectOption("8");
    await page.getByRole("button", { name: "Play" }).click();
    await expect.poll(step).toBeGreaterThan(2);
    await page.getByRole("button", { name: "Pause" }).click();
    const stopped = await step();
    await page.waitForTimeout(400);
    expect(await step()).toBe(stopped);
  });

  it("plays from the start again when the end is reached", async () => {
    await openTrace(page, site, "?trace=walk&step=66");
    await page.getByLabel("Steps per second").selectOption("8");
    await page.getByRole("region", { name: "Lecture" }).focus();
    await page.keyboard.press("p");
    await expect.poll(step).toBeLessThan(20);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.keyboard.press("End");
    await page.getByRole("button", { name: "Play from the start" }).waitFor();
  });

  it.each([
    ["step=-1", "0", "There is no step=-1"],
    ["step=999999", "66", "There is no step=999999"],
    ["step=0", "0", ""],
    ["step=abc", "0", "not a step number"],
    ["step=3&animate=maybe", "3", "animate=maybe"],
    ["source=walk.py&line=1", "0", ""],
    ["source=gone.py&line=4", "0", "no source gone.py"],
    ["step=2&source=helpers/tree.py&line=9999", "2", "has 9 lines"],
    ["step=2&line=abc&source=helpers/tree.py", "2", "line=abc"],
  ])("%s shows step %s and says so", async (query, shown, notice) => {
    await openTrace(page, site, `?trace=walk&${query}`);
    expect(await step()).toBe(Number(shown));
    await expect.poll(() => address().searchParams.get("step")).toBe(shown);
    const said = page.locator(".notice");
    if (notice === "") expect(await said.count()).toBe(0);
    else expect(await said.textContent()).toContain(notice);
  });

  it.each([
    ["nowhere", "There is no such trace"],
    ["var/traces/empty.json", "The trace is empty"],
    ["var/traces/cut.json", "The trace is cut short"],
    ["var/traces/foreign.json", "This is not a lecture trace"],
    ["var/traces/newer.json", "The trace is newer than this viewer"],
    ["index.html", "This is a web page, not a trace"],
    ["javascript:alert(1)", "This address is not opened"],
    ["data:application/json,{}", "This address is not opened"],
  ])("?trace=%s says: %s", async (trace, headline) => {
    await page.goto(site.url(`?trace=${encodeURIComponent(trace)}`));
    await page.getByRole("alert").getByRole("heading", { name: headline }).waitFor();
    // The way on is there: the list of lectures.
    await page.getByRole("link", { name: /walk/ }).waitFor();
    site.errors.splice(0); // Chromium reports the 404 by itself.
  });

  it("begins where the reader left off, shows how far that is, and starts over on request", async () => {
    const reader = await site.newPage();
    await openTrace(reader, site, "?trace=walk&step=33");
    await reader.keyboard.press("l");
    await reader.waitForTimeout(800);
    await reader.goto(site.url(""));
    await reader.getByText("52 % read").waitFor();
    await reader.getByRole("link", { name: /A walk/ }).click();
    await reader.getByText("You are where you left off, at step 35.").waitFor();
    expect(await shownStep(reader)).toBe(34);
    await reader.getByRole("button", { name: "Start over" }).click();
    await expect.poll(() => shownStep(reader)).toBe(0);
    await reader.waitForTimeout(800);
    await reader.goto(site.url(""));
    await reader.getByRole("link", { name: /A walk/ }).waitFor();
    expect(await reader.getByText("% read").count()).toBe(0);
    await reader.context().close();
  });

  it("opens the list without a trace", async () => {
    await page.goto(site.url(""));
    await page.getByRole("link", { name: /A walk/ }).click();
    await page.locator(".source-lecture [data-index]").first().waitFor();
    expect(address().searchParams.get("trace")).toBe("walk");
  });

  it("takes a path as well as a name", async () => {
    await openTrace(page, site, "?trace=var/traces/walk.json&step=3");
    expect(await step()).toBe(3);
  });
});
