/**
 * `npm run bench`: the viewer beside a page that only moves a highlight, in one run of Chromium.
 * Prints a table and writes it to bench/results.md. It is a measurement, not a test: nothing fails.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, it } from "vitest";
import type { Page } from "playwright-core";
import { hostileTrace } from "../e2e/hostileTrace";
import { MISSING, openSite, openTrace, type Site } from "../e2e/site";
import * as measure from "./measure";
import { FLOOR_PAGE, makeTrace } from "./traces";

const HERE = import.meta.dirname;
const TRACES = join(HERE, "../../var/traces");
/** Recorded lectures that are measured, where they are there: `python execute.py -m NAME`. */
const LECTURES = ["lecture_01", "lecture_02"].filter((name) =>
  existsSync(join(TRACES, `${name}.json`)),
);
const PRESSES = 80;
const OPENINGS = 7;
const HELD = 90;
/** What the largest made-up trace is called in the table. */
const HUGE = "50,000 steps, 49 MB";

const rows: [what: string, measured: string][] = [];
const ms = ({ median, p95 }: measure.Spread) => `${median.toFixed(0)} / ${p95.toFixed(0)} ms`;

async function freshPage(site: Site): Promise<Page> {
  const page = await site.newPage();
  await measure.prepare(page);
  return page;
}

async function measureFloor(site: Site): Promise<measure.Presses> {
  const page = await freshPage(site);
  await page.route("**/floor.html", (route) =>
    route.fulfill({ contentType: "text/html", body: FLOOR_PAGE }),
  );
  await page.goto(site.url("floor.html"));
  const presses = await measure.pressKeys(page, PRESSES);
  await page.context().close();
  return presses;
}

async function measureSteps(
  site: Site,
  name: string,
  from: number,
): Promise<measure.Presses & measure.Weight & { held: measure.Held }> {
  const page = await freshPage(site);
  await openTrace(page, site, `?trace=${name}&step=${from}`);
  await page.waitForTimeout(800);
  const weight = await measure.weigh(page);
  const presses = await measure.pressKeys(page, PRESSES);
  const held = await measure.holdKey(page, HELD);
  await page.context().close();
  return { ...presses, held, ...weight };
}

async function measureOpening(
  site: Site,
  name: string,
): Promise<{ first: measure.Spread; settled: measure.Spread; work: measure.Spread }> {
  const openings: measure.Opening[] = [];
  for (let run = 0; run < OPENINGS; run++) {
    const context = await site.newContext();
    openings.push(await measure.openOnce(context, site.url(`?trace=${name}`)));
    await context.close();
  }
  return {
    first: measure.spread(openings.map((opening) => opening.first)),
    settled: measure.spread(openings.map((opening) => opening.settled)),
    work: measure.spread(openings.map((opening) => opening.work)),
  };
}

async function firstView(
  site: Site,
  name: string,
): Promise<{ scripts: Map<string, number>; weight: measure.Weight; axe: number }> {
  const page = await freshPage(site);
  const asked = measure.watchScripts(page);
  await openTrace(page, site, `?trace=${name}`);
  await page.waitForTimeout(1500);
  const weight = await measure.weigh(page);
  const scripts = await measure.sizesOf(page, asked);
  await page.evaluate(
    readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"),
  );
  const axe = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: () => Promise<{ violations: { nodes: unknown[] }[] }> };
    };
    return (await axe.run()).violations.reduce((sum, { nodes }) => sum + nodes.length, 0);
  });
  await page.context().close();
  return { scripts, weight, axe };
}

async function hostile(site: Site): Promise<number> {
  const page = await site.newPage();
  await openTrace(page, site, "?trace=hostile&step=0");
  for (let press = hostileTrace().steps.length; press > 0; press--) await page.keyboard.press("l");
  await page.waitForTimeout(800);
  const run = await page.evaluate(() => (window as unknown as { pwned?: number }).pwned ?? 0);
  await page.context().close();
  return run;
}

function table(site: Site): string {
  const version = site.browser.version();
  const cores = cpus();
  const machine = `Chromium ${version}, ${cores.length} × ${cores[0]?.model ?? "?"}, ${new Date().toISOString().slice(0, 10)}`;
  const busy = loadavg()[0]?.toFixed(1) ?? "?";
  return [
    `# Measured by \`npm run bench\``,
    "",
    `${machine}, load average ${busy} (other programs were running where it is above 1). Medians and 95th percentiles of ${PRESSES} presses, ${OPENINGS} openings.`,
    "",
    "| what | measured |",
    "|---|---|",
    ...rows.map(([what, measured]) => `| ${what} | ${measured} |`),
    "",
  ].join("\n");
}

/** A ratio of the medians and of the 95th percentiles, beside the floor before and after. */
function timesFloor(found: measure.Presses, floors: measure.Presses[]): string {
  const mean = (of: "median" | "p95") =>
    floors.reduce((sum, { frame }) => sum + frame[of], 0) / floors.length;
  const ratio = (of: "median" | "p95") => (found.frame[of] / mean(of)).toFixed(2);
  return `${ratio("median")} / ${ratio("p95")} × floor`;
}

async function addSteps(site: Site, name: string, what: string): Promise<void> {
  const before = await measureFloor(site);
  const found = await measureSteps(site, name, 40);
  const after = await measureFloor(site);
  rows.push([
    `${what}: key to frame`,
    `${ms(found.frame)}, ${timesFloor(found, [before, after])}; a page that only moves a highlight: ${ms(before.frame)} before, ${ms(after.frame)} after`,
  ]);
  rows.push([
    `${what}: script a step; painted of the steps moved while a key is held (${HELD} presses)`,
    `${found.script.toFixed(1)} ms (floor ${before.script.toFixed(1)} ms); ${found.held.shown} of ${found.held.moved}`,
  ]);
  rows.push([`${what}: memory, elements`, `${found.megabytes.toFixed(1)} MB, ${found.elements}`]);
}

async function addOpening(site: Site, name: string, what: string): Promise<void> {
  const { first, settled, work } = await measureOpening(site, name);
  rows.push([
    `${what}: open to first readable line; settled; work of the main thread`,
    `${ms(first)}; ${ms(settled)}; ${ms(work)}`,
  ]);
}

async function addFirstView(site: Site, lecture: string): Promise<void> {
  const view = await firstView(site, lecture);
  const lazy = /^(typeset|vegaPlot|graphLayout|PlotView|GraphView)/;
  const sum = (scripts: [string, number][]) =>
    scripts.reduce((total, [, size]) => total + size, 0).toFixed(0);
  const loaded = [...view.scripts];
  rows.push([
    `${lecture}: JavaScript of the first view, gzip`,
    `${sum(loaded.filter(([name]) => !lazy.test(name)))} kB; with math, plots and graphs that are in sight ${sum(loaded)} kB`,
  ]);
  rows.push([
    `${lecture}: memory, elements`,
    `${view.weight.megabytes.toFixed(1)} MB, ${view.weight.elements}`,
  ]);
  rows.push([`${lecture}: axe-core, nodes with violations`, String(view.axe)]);
}

async function measureAll(site: Site): Promise<void> {
  await addSteps(site, "small", "1,687 steps, 700 lines");
  await addSteps(site, "large", "100,000 steps, 2,000 lines");
  await addSteps(site, "tensors", "a 100 × 100 tensor changes at every fourth step");
  for (const name of LECTURES) await addSteps(site, name, name);
  for (const name of [...LECTURES, "sample", "small", "large"]) await addOpening(site, name, name);
  await addOpening(site, "huge", HUGE);
  await addWeight(site, "huge", HUGE);
  await addFirstView(site, LECTURES[0] ?? "sample");
  rows.push(["hostile trace: scripts run", String(await hostile(site))]);
  rows.push(["requests to other hosts, whole run", String(site.outside.length)]);
}

async function addWeight(site: Site, name: string, what: string): Promise<void> {
  const page = await freshPage(site);
  await openTrace(page, site, `?trace=${name}`);
  await page.waitForTimeout(1500);
  const { megabytes, elements } = await measure.weigh(page);
  rows.push([`${what}: memory, elements`, `${megabytes.toFixed(1)} MB, ${elements}`]);
  await page.context().close();
}

describe.skipIf(MISSING)("bench", () => {
  it("measures", { timeout: 900_000 }, async () => {
    const recorded = LECTURES.map((name) => [
      name,
      readFileSync(join(TRACES, `${name}.json`), "utf8"),
    ]);
    const site = await openSite({
      small: JSON.stringify(makeTrace({ steps: 1687, lines: 700 })),
      large: JSON.stringify(makeTrace({ steps: 100_000, lines: 2000 })),
      tensors: JSON.stringify(makeTrace({ steps: 1687, lines: 700, tensors: true })),
      huge: JSON.stringify(makeTrace({ steps: 50_000, lines: 2000, tensors: true })),
      ...(Object.fromEntries(recorded) as Record<string, string>),
    });
    try {
      await measureAll(site);
      const text = table(site);
      writeFileSync(join(HERE, "results.md"), text);
      process.stdout.write(`\n${text}\n`);
    } finally {
      await site.close();
    }
  });
});
