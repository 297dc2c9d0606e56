import { beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { MISSING, openTrace, shownStep, useSite } from "./site";

describe.skipIf(MISSING)("searching", () => {
  const site = useSite();
  let page: Page;
  beforeAll(async () => {
    page = await site.newPage();
  });

  const step = () => shownStep(page);

  it("searches headings, text, code and variables", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: "Search" });
    await field.fill("recursion");
    await page.getByRole("option", { name: /heading Recursion/ }).waitFor();
    await page.keyboard.press("Enter");
    expect(await step()).toBe(21);
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Search" }).fill("squares");
    await page.getByRole("option", { name: /variable/ }).click();
    expect(await step()).toBe(18);
    await page.goBack();
    await expect.poll(step).toBe(21);
  });

  it("searches all lectures", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search" }).fill("no numbers");
    await page.getByRole("option", { name: /failing/ }).click();
    await page.waitForURL(/trace=failing/);
    await page.getByText("ValueError").first().waitFor();
  });

  it("closes the search with one Escape, whatever is typed", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Search" }).fill("squares");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  });

  it("goes to a line from the search", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Search" }).fill(":24");
    await page.keyboard.press("Enter");
    expect(await step()).toBe(6);
  });
});
