/** The main path in Firefox, driven by WebDriver BiDi. The other tests run in Chromium. */
import { existsSync } from "node:fs";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schemaTwo } from "../tests/schemaTwo";
import { MISSING, useSite } from "./site";

const FIREFOX = [process.env["FIREFOX"], "/usr/bin/firefox-esr", "/usr/bin/firefox"].find(
  (path) => path && existsSync(path),
);

if (!FIREFOX)
  console.warn("firefox.e2e.ts: skipped, no Firefox: install firefox-esr or set FIREFOX");

describe.skipIf(MISSING ?? !FIREFOX)("in Firefox", () => {
  const site = useSite({ schema_two: JSON.stringify(schemaTwo()) });
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX ?? "" });
    page = await browser.newPage();
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.setViewport({ width: 1280, height: 720 });
  });
  afterAll(() => browser.close());

  const open = async (query: string) => {
    await page.goto(site.url(query));
    await page.waitForSelector(".source-lecture [data-index]");
  };
  const step = () => page.$eval(".step-counter output", (output) => Number(output.textContent) - 1);
  const seen = (text: string) =>
    page.waitForFunction((text) => document.body.innerText.includes(text), {}, text);

  it("shows prose, formulas and code, and steps by keys", async () => {
    await open("?trace=walk&step=2");
    await page.waitForSelector(".katex");
    await open("?trace=walk&step=4");
    await page.keyboard.press("ArrowRight");
    await expect.poll(step).toBe(5);
    await page.keyboard.press("PageDown");
    await expect.poll(step).toBe(6);
    await expect.poll(() => page.url()).toContain("step=6");
    await page.reload();
    await page.waitForSelector(".source-lecture [data-index]");
    expect(await step()).toBe(6);
  });

  it("takes what is typed into the search", async () => {
    await page.keyboard.press("/");
    await page.waitForSelector(".search-input");
    await page.keyboard.type("recusion", { delay: 30 });
    await seen("found");
    await page.keyboard.press("Enter");
    await expect.poll(step).toBe(21);
  });

  it("asks, and keeps the answer over a reload", async () => {
    await open("?trace=schema_two&step=3");
    await page.waitForSelector(".question-form input");
    await page.keyboard.press("Enter");
    await page.keyboard.type("3");
    await page.keyboard.press("Enter");
    await seen("You answered");
    await page.reload();
    await seen("You answered");
  });

  it("draws plots, graphs and grids, and reports no error", async () => {
    await open("?trace=sample&step=20");
    await page.waitForSelector(".plot-place svg");
    await open("?trace=schema_two&step=14");
    await page.waitForSelector(".cell-changed");
    expect(errors).toEqual([]);
  });

  it("keeps the speaker's window and the projected one in step", async () => {
    await open("?trace=walk&step=5");
    const opened = new Promise<Page | null>((done) => page.once("popup", done));
    await page.keyboard.press("n");
    const speaker = await opened;
    if (!speaker) throw new Error("no window was opened");
    await speaker.waitForSelector(".presenter .step-counter output");
    await speaker.keyboard.press("PageDown");
    await expect.poll(step).toBe(6);
    await speaker.close();
  });
});
