import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { violations } from "./axe";
import { chooseTheme, MISSING, openTrace, useSite } from "./site";

const WALK = fileURLToPath(new URL("../tests/fixtures/walk.json", import.meta.url));

describe.skipIf(MISSING)("access", () => {
  const site = useSite();
  let page: Page;
  beforeAll(async () => {
    page = await site.newPage();
  });

  it.each(["light", "dark", "contrast"])(
    "axe-core finds nothing in the %s theme",
    async (theme) => {
      await page.goto(site.url(""));
      await chooseTheme(page, theme);
      for (const query of [
        "?trace=walk&step=19",
        "?trace=walk&step=53",
        "?trace=sample&step=20",
        "?trace=failing&step=6",
      ]) {
        await openTrace(page, site, query);
        if (query.includes("=53")) await page.keyboard.press("s");
        await page.waitForTimeout(500);
        expect(await violations(page), `${theme} ${query}`).toEqual([]);
      }
    },
  );

  it("axe-core finds nothing in dialogs, lists, errors, notes and on a phone", async () => {
    await page.evaluate(() => localStorage.clear());
    await openTrace(page, site, "?trace=walk&step=19&animate=dim&raw=1");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    expect(await violations(page), "help").toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Search" }).fill("total");
    await page.getByRole("option", { name: "variable" }).first().waitFor();
    expect(await violations(page), "search").toEqual([]);
    for (const query of [
      "",
      "?trace=nowhere",
      "?file=gone.json&step=3",
      "?trace=https://evil.example/x.json",
      "?trace=walk&step=21&presenter=1",
    ]) {
      await page.goto(site.url(query));
      await page.locator("main").first().waitFor();
      await page.waitForTimeout(300);
      expect(await violations(page), query).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    // Chromium reports the trace that is nowhere by itself.
    expect(site.errors.splice(0)).toEqual([expect.stringContaining("404")]);
    await openTrace(page, site, "?trace=walk&step=53");
    expect(await violations(page), "phone").toEqual([]);
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it.each(["light", "dark", "contrast"])(
    "axe-core finds nothing in dimmed text, tools, search and the handout, %s",
    async (theme) => {
      await page.goto(site.url(""));
      await chooseTheme(page, theme);
      await openTrace(page, site, "?trace=walk&step=4&animate=dim");
      await page.waitForTimeout(300);
      expect(await page.locator("[data-status='ahead']").count()).toBeGreaterThan(3);
      expect(await violations(page), "dim").toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      await openTrace(page, site, "?trace=walk&step=41");
      await page.locator(".change-strip").click();
      await page.waitForTimeout(300);
      expect(await violations(page), "sheets of a phone").toEqual([]);
      await page.getByRole("button", { name: "Tools" }).click();
      await page.getByRole("dialog", { name: "Tools" }).waitFor();
      expect(await violations(page), "tools").toEqual([]);
      await page.setViewportSize({ width: 1400, height: 900 });
      await page.goto(site.url("?trace=walk&print=1"));
      await page.locator('html[data-ready="true"]').waitFor();
      expect(await violations(page), "handout").toEqual([]);
      await page.evaluate(() => localStorage.clear());
    },
  );

  it("axe-core finds nothing where files from the disk are open or listed", async () => {
    await page.goto(site.url(""));
    await page.getByLabel("Trace file").setInputFiles(WALK);
    await page.locator(".source-lecture [data-index]").first().waitFor();
    await page.keyboard.press("s");
    await page.getByRole("button", { name: "Close and forget it" }).waitFor();
    expect(await violations(page), "open").toEqual([]);
    await page.goto(site.url(""));
    await page.getByRole("button", { name: "Forget walk.json" }).waitFor();
    expect(await violations(page), "listed").toEqual([]);
    await page.getByRole("button", { name: "Forget walk.json" }).click();
    await expect.poll(() => page.getByText("walk.json").count()).toBe(0);
  });

  it("everything is reached by Tab, with the focus visible", async () => {
    await openTrace(page, site, "?trace=walk&step=19");
    const seen = new Set<string>();
    for (let press = 0; press < 110; press++) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const style = getComputedStyle(element);
        const visible =
          style.outlineStyle !== "none" ||
          style.boxShadow !== "none" ||
          element.matches(".splitter");
        const name = element.getAttribute("aria-label") ?? element.textContent.trim();
        return { name: name.slice(0, 30), visible };
      });
      if (!focus) continue;
      expect(focus.visible, focus.name).toBe(true);
      seen.add(focus.name);
    }
    for (const name of [
      "Contents and lectures",
      "Search",
      "Lecture",
      "Width of the panels",
      "Play",
      "Step",
      "Keys",
    ]) {
      expect(
        [...seen].some((found) => found.startsWith(name)),
        name,
      ).toBe(true);
    }
  });

  it("tells where a step led", async () => {
    await openTrace(page, site, "?trace=walk&step=8");
    await page.keyboard.press("l");
    await page
      .getByRole("status")
      .filter({ hasText: "Step 10, counting, line 24" })
      .waitFor({ state: "attached" });
  });

  it("has the landmarks, and returns the focus when a dialog closes", async () => {
    await openTrace(page, site, "?trace=walk&step=8");
    for (const role of ["banner", "main", "contentinfo", "complementary"] as const) {
      expect(await page.getByRole(role).count(), role).toBe(1);
    }
    const button = page.getByRole("button", { name: "Keys" });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it("moves nothing by itself where less motion is asked for", async () => {
    const calm = await site.newPage({ reducedMotion: "reduce" });
    await openTrace(calm, site, "?trace=walk&step=8");
    const moving = await calm.evaluate(() => document.getAnimations().length);
    expect(moving).toBe(0);
    await calm.context().close();
  });
});
