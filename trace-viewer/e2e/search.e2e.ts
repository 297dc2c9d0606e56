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

  it("searches the headings of other lectures where no more is known of them", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search" }).fill("it fails");
    const others = page.getByRole("group", { name: "Other lectures" });
    await others.getByRole("option", { name: /It fails/ }).click();
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

  it.each(["/", "Control+k"])(
    "takes every key that is typed after %s while it loads, and none of them as a command",
    async (open) => {
      const slow = await site.newPage();
      // What finds things arrives late, the field must not wait for it.
      await slow.route(/SearchResults-[^/]*\.js$/, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 1200));
        await route.continue();
      });
      await openTrace(slow, site, "?trace=walk&step=0");
      const theme = () => slow.evaluate(() => document.documentElement.dataset["theme"]);
      const before = await theme();
      await slow.keyboard.press(open);
      await slow.keyboard.type("total fusts", { delay: 60 });
      const field = slow.getByRole("combobox", { name: "Search" });
      expect(await field.inputValue()).toBe("total fusts");
      expect(await theme()).toBe(before);
      await field.fill("");
      await slow.keyboard.type("recursion", { delay: 20 });
      // Before there are any results.
      await slow.keyboard.press("Enter");
      await expect.poll(() => shownStep(slow)).toBe(21);
      await slow.context().close();
    },
  );

  it("finds a word with a typo, and says the section and the line", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Search" }).fill("sevral lines");
    const results = page.getByRole("listbox", { name: "Results" });
    const hit = results.getByRole("option").first();
    await hit.getByText("several lines").waitFor();
    await hit.getByText("Counting").waitFor();
    await hit.getByText("walk.py:28").waitFor();
    // A line of a file that the lecture only links to.
    await page.getByRole("combobox", { name: "Search" }).fill("isinstance(branch");
    await results.getByRole("option").first().getByText("tree.py:7").waitFor();
    await page.keyboard.press("Escape");
  });

  it("goes to a line from the search", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Search" }).fill(":24");
    await page.keyboard.press("Enter");
    expect(await step()).toBe(6);
  });
});
