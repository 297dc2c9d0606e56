/** Every kind of rendering and of value in the built page, under its policy, in each theme. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { RENDERINGS } from "../src/gallery/renderings";
import { CHANGES, VALUES } from "../src/gallery/values";
import type { Trace } from "../src/trace/schema";
import { traceOf } from "../tests/fixtures";
import { chooseTheme, MISSING, openTrace, useSite } from "./site";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
const CODE = "assignments/assignment1-basics/bpe.py";

/** A step for each rendering, then one for all values, then one for all changes. */
function gallery(): Trace {
  const shown = RENDERINGS.filter(([, { kind }]) => kind !== "note");
  const lines = [...shown.map(([title]) => `show(${JSON.stringify(title)})`), "x = 1", "y = 2"];
  const steps = shown.map(([, rendering], at) => ({
    frame: 0,
    line: at + 1,
    outputs: [rendering],
  }));
  const values = Object.fromEntries([
    ...VALUES.map(([name, value]) => [name, value] as const),
    ...CHANGES.map(([name, before]) => [`changed ${name}`, before] as const),
  ]);
  const changes = Object.fromEntries(
    CHANGES.map(([name, , after]) => [`changed ${name}`, after] as const),
  );
  const all = [
    ...steps,
    { frame: 0, line: shown.length + 1, changes: values },
    { frame: 0, line: shown.length + 2, changes },
  ];
  const trace = traceOf(lines.join("\n"), all);
  trace.files[CODE] = {
    text: Array.from({ length: 60 }, (_, at) => `line_${at + 1}()`).join("\n"),
  };
  return trace;
}

const TRACE = gallery();
const AT_VALUES = TRACE.steps.length - 2;

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    type Found = { violations: { id: string; nodes: { html: string }[] }[] };
    const { axe } = window as unknown as { axe: { run: () => Promise<Found> } };
    const found = (await axe.run()).violations;
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 140)}`),
    );
  });
}

describe.skipIf(MISSING)("every kind of rendering and value", () => {
  const site = useSite();
  let page: Page;
  beforeAll(async () => {
    page = await site.newPage({ viewport: { width: 1400, height: 6000 } });
    const body = JSON.stringify(TRACE);
    await page.route("**/var/traces/gallery.json", (route) =>
      route.fulfill({ body, contentType: "application/json" }),
    );
    await page.route("**/var/files/*.png", (route) => {
      const body = route.request().url().includes("missing") ? "no picture" : PICTURE;
      return route.fulfill({ body, contentType: "image/svg+xml" });
    });
  });

  const settle = () =>
    expect.poll(() => page.locator("[data-pending]").count(), { timeout: 15_000 }).toBe(0);

  it.each(["light", "dark", "contrast"])(
    "is drawn in the %s theme, and axe-core finds nothing",
    async (theme) => {
      await page.goto(site.url("?trace=walk"));
      await chooseTheme(page, theme);
      await openTrace(page, site, `?trace=gallery&step=${AT_VALUES + 1}`);
      await settle();
      const closed = page.locator('.panels .disclosure-button[aria-expanded="false"]');
      while ((await closed.count()) > 0) await closed.first().click();
      await page.locator(".heat-map canvas").first().waitFor();
      expect(await page.locator(".plot-place svg").count()).toBeGreaterThanOrEqual(2);
      expect(await violations(page)).toEqual([]);
    },
  );

  it("loads no data for a plot, and says so", async () => {
    await page.getByText("not loaded: https://elsewhere.example/data.json").waitFor();
    await page.getByText("not a Vega-Lite specification").waitFor();
  });

  it("reads the cells of a heat map by keys, without stepping the lecture", async () => {
    const address = page.url();
    const map = page.getByRole("img", { name: /^Heat map, 2 by 3/ });
    // By keyboard: only then are the arrows for the cells.
    await page.keyboard.press("Tab");
    await map.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.getByText("[0, 1]: 1.994 … 2.014").waitFor();
    expect(page.url()).toBe(address);
  });

  it("paints a heat map in the colours of its values", async () => {
    const colours = await page
      .getByRole("img", { name: /^Heat map, 2 by 3/ })
      .locator("canvas")
      .evaluate((canvas: HTMLCanvasElement) => {
        const data = canvas.getContext("2d")?.getImageData(0, 0, 3, 2).data;
        return data ? [[...data.slice(0, 3)], [...data.slice(20, 23)]] : [];
      });
    expect(colours).toEqual([
      [0x44, 0x01, 0x54],
      [0xfd, 0xe7, 0x25],
    ]);
  });

  it("opens the code of a function beside the lecture", async () => {
    await page.getByRole("button", { name: /function train_bpe/ }).click();
    await page
      .getByRole("region", { name: /bpe\.py/ })
      .getByText("line_12()")
      .waitFor();
  });

  it("marks what changed", async () => {
    const panel = page.getByRole("region", { name: "Variables" });
    expect(await panel.locator("ins").count()).toBeGreaterThan(5);
    expect(await panel.locator("del").count()).toBeGreaterThan(4);
  });
});
