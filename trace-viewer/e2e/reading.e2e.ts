import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { MISSING, openTrace, PICTURES, shownStep, useSite } from "./site";

describe.skipIf(MISSING)("reading", () => {
  const site = useSite();
  let page: Page;
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    page = await site.newPage();
  });

  const step = () => shownStep(page);
  const pane = () => page.getByRole("region", { name: "Code beside the lecture" });
  const currentLine = (where: string) =>
    page.locator(`${where} .code-row[aria-current] .line-number`).textContent();

  it("stays as it is where a part cannot be loaded any more", async () => {
    const cut = await site.newPage();
    await openTrace(cut, site, "?trace=walk&step=5");
    await cut.context().setOffline(true);
    await cut.keyboard.press("?");
    await cut.getByText("could not be loaded").waitFor();
    expect(await shownStep(cut)).toBe(5);
    await cut.keyboard.press("ArrowRight");
    await expect.poll(() => shownStep(cut)).toBe(6);
    await cut.context().close();
    // The browser reports what could not be fetched.
    site.errors.length = 0;
  });

  it("draws a plot again when the room for it changes", async () => {
    await openTrace(page, site, "?trace=sample&step=20");
    const svg = page.locator(".plot-place svg").first();
    await svg.waitFor();
    const cut = () =>
      svg.evaluate((element) => {
        const place = element.closest(".plot-place")?.getBoundingClientRect();
        return Math.max(0, element.getBoundingClientRect().right - (place?.right ?? 0));
      });
    await page.setViewportSize({ width: 900, height: 900 });
    await page.keyboard.press("i");
    await expect.poll(cut).toBeLessThanOrEqual(1);
    await page.keyboard.press("i");
    await page.setViewportSize({ width: 1400, height: 900 });
    await expect.poll(cut).toBeLessThanOrEqual(1);
  });

  it("opens code beside the lecture and keeps the lecture's place", async () => {
    await openTrace(page, site, "?trace=walk&step=39");
    await page.locator(".source-lecture").getByRole("button", { name: /depth/ }).click();
    await pane().getByRole("heading", { name: "depth" }).waitFor();
    await expect.poll(() => pane().locator("[data-span]").count()).toBe(6);
    expect(await step()).toBe(39);
    expect(new URL(page.url()).searchParams.get("source")).toBe("helpers/tree.py");
    await page.goBack();
    await expect.poll(() => pane().count()).toBe(0);
  });

  it("follows a step into another file, marks the call, and comes back", async () => {
    await openTrace(page, site, "?trace=walk&step=40");
    await page.keyboard.press("l");
    await pane().waitFor();
    expect(await currentLine(".source-code")).toBe("5");
    expect(
      await page.locator(".source-lecture [data-status='calling'] .line-number").textContent(),
    ).toBe("15");
    await page.keyboard.press("u");
    await expect.poll(() => pane().count()).toBe(0);
  });

  it("keeps a pinned place while the lecture goes on", async () => {
    await openTrace(page, site, "?trace=walk&step=40&source=helpers/tree.py&line=4&last=9");
    await pane().getByRole("button", { name: "Keep this code here" }).click();
    for (let press = 0; press < 3; press++) await page.keyboard.press("l");
    expect(await pane().locator("[data-span]").count()).toBe(6);
    await pane().getByRole("button", { name: "Follow the steps" }).click();
    await expect.poll(() => pane().locator("[data-span]").count()).toBe(0);
  });

  it("shows variables, marks changes and goes through their history", async () => {
    await openTrace(page, site, "?trace=walk&step=9");
    const total = page.locator(".variable", { hasText: "total" });
    expect(await total.getAttribute("data-status")).toBe("changed");
    await total.getByRole("button", { name: "History of total" }).click();
    await total.getByRole("button", { name: "step 16" }).click();
    expect(await step()).toBe(15);
    await total.getByText("14", { exact: true }).first().waitFor();
    await page.goBack();
    await expect.poll(step).toBe(9);
  });

  it("lets text in the panel be selected", async () => {
    await openTrace(page, site, "?trace=walk&step=19");
    const text = await page
      .locator(".variable .value")
      .last()
      .evaluate((element) => {
        getSelection()?.selectAllChildren(element);
        return getSelection()?.toString() ?? "";
      });
    expect(text.length).toBeGreaterThan(2);
  });

  it("shows the variables of a chosen call", async () => {
    await openTrace(page, site, "?trace=walk&step=29");
    const shown = () => page.locator(".variable .value").allTextContents();
    expect(await shown()).toEqual(["0"]);
    await page
      .getByRole("button", { name: /factorial walk.py:38/ })
      .last()
      .click();
    expect(await shown()).toEqual(["3"]);
  });

  it("brings the line of a chosen call into view, marks it, and keeps both in the address", async () => {
    await page.setViewportSize({ width: 1100, height: 420 });
    await openTrace(page, site, "?trace=walk&step=29");
    const main = page.getByRole("button", { name: /main walk.py:12/ });
    const call = (on: Page) =>
      on.locator(".source-lecture [data-status='calling']", { hasText: "factorial(3)" });
    const inView = (on: Page) =>
      call(on).evaluate((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return top >= 40 && bottom <= innerHeight - 40;
      });
    expect(await call(page).count()).toBe(0);
    await main.click();
    await expect.poll(() => inView(page)).toBe(true);
    expect(await step()).toBe(29);
    await expect.poll(() => new URL(page.url()).searchParams.get("frame")).toBe("0");

    const copied = await page.context().newPage();
    await copied.setViewportSize({ width: 1100, height: 420 });
    await copied.goto(page.url());
    await expect.poll(() => inView(copied)).toBe(true);
    expect(
      await copied.getByRole("button", { name: /main walk.py:12/ }).getAttribute("aria-pressed"),
    ).toBe("true");
    await copied.close();

    // Back to the innermost call: the step itself is in view again.
    await page
      .getByRole("button", { name: /factorial walk.py:36/ })
      .first()
      .click();
    await expect.poll(() => new URL(page.url()).searchParams.get("frame")).toBeNull();
    const current = page.locator(".source-lecture [aria-current='step']");
    await expect
      .poll(async () => {
        const box = await current.boundingBox();
        return box !== null && box.y >= 40 && box.y + box.height <= 380;
      })
      .toBe(true);
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it("keeps a marked variable in the address", async () => {
    await openTrace(page, site, "?trace=walk&step=9");
    await page.getByRole("button", { name: "total", exact: true }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("variable")).toBe("total");
    await page.reload();
    const marked = page.locator(".variable[data-marked] .variable-name");
    await marked.waitFor();
    expect(await marked.textContent()).toBe("total");
  });

  it("dims, then hides, what is not reached", async () => {
    await openTrace(page, site, "?trace=walk&step=4");
    const later = page.locator(".source-lecture .outputs", { hasText: "Recursion" });
    await page.keyboard.press("a");
    expect(await page.locator("[data-status='ahead']").count()).toBeGreaterThan(3);
    expect(await later.isVisible()).toBe(true);
    // Dimmed, not gone: outputs of a later step too.
    expect(await page.getByText("Second.", { exact: true }).isVisible()).toBe(true);
    await page.keyboard.press("a");
    await expect.poll(() => later.isVisible()).toBe(false);
    await page.keyboard.press("a");
    await expect.poll(() => later.isVisible()).toBe(true);
  });

  it("shows the outputs of an animated step one at a time", async () => {
    await openTrace(page, site, "?trace=walk&step=64&animate=hide");
    await page.keyboard.press("l");
    const visible = async () => {
      const shown = await Promise.all(
        ["First.", "Second.", "Third."].map((text) =>
          page.getByText(text, { exact: true }).isVisible(),
        ),
      );
      return shown.filter(Boolean).length;
    };
    await expect.poll(visible).toBe(1);
    await page.keyboard.press("l");
    await expect.poll(visible).toBe(2);
    expect(await step()).toBe(65);
  });

  it("shows raw source on a key", async () => {
    await openTrace(page, site, "?trace=walk&step=6");
    expect(await page.getByText("# @inspect total").count()).toBe(0);
    await page.keyboard.press("r");
    await page.getByText("# @inspect total").first().waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get("raw")).toBe("1");
  });

  it("opens what is folded", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.getByRole("button", { name: /show lines 1 to 6/ }).click();
    await page.locator(".source-lecture .code-row", { hasText: "from helpers.tree" }).waitFor();
  });

  it("shows an error on the failing line, with its cause", async () => {
    await openTrace(page, site, "?trace=failing&step=999");
    site.errors.splice(0);
    const failure = page.getByRole("region", { name: "Error: ValueError" });
    await failure.getByText("no numbers to average").first().waitFor();
    await failure.getByText("It was caused by:").waitFor();
    await failure.getByRole("button", { name: "failing.py:9" }).click();
    await pane().waitFor();
  });

  it("loads plots and graphs, pictures and benchmarks of the sample", async () => {
    await openTrace(page, site, "?trace=sample&step=0");
    for (let press = 0; press < 23; press++) await page.keyboard.press("l");
    await page.locator("[data-kind='plot'] :is(svg, canvas)").first().waitFor();
    await page.locator("[data-kind='graph'] svg").first().waitFor();
    await page
      .locator("[data-kind='benchmark']")
      .getByText(/recorded on/)
      .first()
      .waitFor();
    await page.screenshot({ path: join(PICTURES, "sample.png") });
  });

  it("passes bare calls and notes without a jump to main and back", async () => {
    await page.setViewportSize({ width: 1100, height: 420 });
    await openTrace(page, site, "?trace=walk&step=20");
    const top = () => page.locator(".source-lecture").evaluate((column) => column.scrollTop);
    const before = await top();
    await page.keyboard.press("l");
    expect(await step()).toBe(21);
    await page.keyboard.press("h");
    await expect.poll(step).toBe(20);
    // From the end of a section back into it: no line of main in between.
    expect(Math.abs((await top()) - before)).toBeLessThan(400);
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it("leads back to the step after scrolling away, and keeps its line when the room shrinks", async () => {
    await page.setViewportSize({ width: 1100, height: 500 });
    await openTrace(page, site, "?trace=walk&step=29");
    const column = page.locator(".source-lecture");
    await page.waitForTimeout(400);
    expect(await page.getByRole("button", { name: "Back to step" }).count()).toBe(0);
    await column.evaluate((element) => (element.scrollTop = 0));
    await page.getByRole("button", { name: "Back to step 30" }).click();
    const current = page.locator(".source-lecture [aria-current='step']");
    const inSight = async () => {
      const [line, box] = [await current.boundingBox(), await column.boundingBox()];
      return (
        line !== null &&
        box !== null &&
        line.y >= box.y &&
        line.y + line.height <= box.y + box.height
      );
    };
    await expect.poll(inSight).toBe(true);
    await page.setViewportSize({ width: 700, height: 360 });
    await expect.poll(inSight).toBe(true);
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it("names sections and figures on the timeline, and counts steps as the lists do", async () => {
    await openTrace(page, site, "?trace=walk&step=66");
    expect(await page.locator(".step-counter").textContent()).toBe("step 67 / 67");
    const line = await page.locator(".timeline").boundingBox();
    if (!line) throw new Error("no timeline");
    await page.mouse.move(line.x + line.width * (21 / 66), line.y + line.height / 2);
    await page.locator(".timeline-hint").getByText("Recursion").waitFor();
    await page.mouse.move(10, 10);
  });

  it("turns pictures on white paper round in the dark, and no others", async () => {
    const dark = await site.newPage({ colorScheme: "dark" });
    const svg = (fill: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="${fill}"/></svg>`;
    let fill = "#fff";
    await dark.route("**/images/*.svg", (route) =>
      route.fulfill({ body: svg(fill), contentType: "image/svg+xml" }),
    );
    await openTrace(dark, site, "?trace=sample&step=4");
    await dark.locator(".picture[data-paper]").first().waitFor();
    fill = "#246";
    await dark.reload();
    await dark.locator(".picture").first().waitFor();
    await dark.waitForTimeout(300);
    expect(await dark.locator(".picture[data-paper]").count()).toBe(0);
    await dark.context().close();
  });

  it("shows the focus of the border between lecture and panels", async () => {
    await openTrace(page, site, "?trace=walk&step=5");
    await page.keyboard.press("Tab");
    await page.getByRole("separator").focus();
    const style = await page
      .getByRole("separator")
      .evaluate((element) => [
        getComputedStyle(element).outlineStyle,
        getComputedStyle(element).outlineWidth,
      ]);
    expect(style).toEqual(["solid", "3px"]);
  });

  it("says what is wrong with an address that is not well escaped", async () => {
    await page.goto(site.url("?trace=%E0%A4%A"));
    await page
      .getByRole("alert")
      .getByRole("heading", { name: "There is no such trace" })
      .waitFor();
    site.errors.splice(0);
  });

  it("keeps theme and text size for the next time", async () => {
    await openTrace(page, site, "?trace=walk&step=0");
    await page.keyboard.press("t");
    await page.keyboard.press("+");
    const chosen = () =>
      page.evaluate(() => [
        document.documentElement.dataset["theme"],
        document.documentElement.style.getPropertyValue("--text-scale"),
      ]);
    expect(await chosen()).toEqual(["dark", "1.15"]);
    await page.reload();
    await page.locator(".source-lecture [data-index]").first().waitFor();
    expect(await chosen()).toEqual(["dark", "1.15"]);
    await page.evaluate(() => localStorage.clear());
  });

  it("keeps the header in view while the lecture scrolls", async () => {
    await openTrace(page, site, "?trace=walk&step=66");
    expect(await page.locator(".toolbar").boundingBox()).toMatchObject({ y: 0 });
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });
});
