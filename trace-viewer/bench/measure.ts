/** What is measured in the page, and how: each function drives one open page. */
import { gzipSync } from "node:zlib";
import type { BrowserContext, CDPSession, Page } from "playwright-core";

export interface Spread {
  median: number;
  p95: number;
}

export function spread(numbers: number[]): Spread {
  const sorted = numbers.toSorted((one, other) => one - other);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { median: at(0.5), p95: at(0.95) };
}

/** Runs in the page before anything else: remembers when each press was painted. */
function watchPresses(): void {
  const painted: number[] = [];
  const steps = new Set<string>();
  Object.assign(window, { painted, shownSteps: steps });
  addEventListener(
    "keydown",
    (event) => {
      const pressed = event.timeStamp;
      requestAnimationFrame(() => {
        // A task after the frame's callbacks: the frame has been handed over to be drawn.
        const channel = new MessageChannel();
        channel.port1.onmessage = () =>
          steps.add(document.querySelector("output")?.textContent ?? "");
        channel.port2.postMessage(0);
        // The next frame begins when this one has been drawn.
        requestAnimationFrame(() => painted.push(performance.now() - pressed));
      });
    },
    { capture: true },
  );
}

interface Watched {
  painted: number[];
  shownSteps: Set<string>;
}

/** Counted in the main thread's own time, so that other programs of the machine do not matter. */
async function watchWork(session: CDPSession): Promise<void> {
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
}

async function seconds(session: CDPSession, what: "ScriptDuration" | "TaskDuration") {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find((metric) => metric.name === what)?.value ?? NaN;
}

export async function prepare(page: Page): Promise<void> {
  await page.addInitScript(watchPresses);
}

export interface Presses {
  /** Milliseconds from the key press to the painted frame. */
  frame: Spread;
  /** Milliseconds of script per press. */
  script: number;
}

const BETWEEN_PRESSES = 60;

/** One press at a time, each painted before the next. */
export async function pressKeys(page: Page, count: number, key = "ArrowRight"): Promise<Presses> {
  const session = await page.context().newCDPSession(page);
  await watchWork(session);
  for (let press = 0; press < 5; press++) await page.keyboard.press(key);
  await page.waitForTimeout(300);
  await page.evaluate(() => (window as unknown as Watched).painted.splice(0));
  const before = await seconds(session, "ScriptDuration");
  for (let press = 0; press < count; press++) {
    await page.keyboard.press(key);
    // Not polled: asking the page would be counted as its script.
    await page.waitForTimeout(BETWEEN_PRESSES);
  }
  const script = ((await seconds(session, "ScriptDuration")) - before) * 1000;
  const times = await page.evaluate(() => (window as unknown as Watched).painted);
  await session.detach();
  return { frame: spread(times), script: script / count };
}

export interface Held {
  /** Steps that the lecture moved on by. */
  moved: number;
  /** How many of them were painted. */
  shown: number;
}

/** A held key: thirty presses a second, as a keyboard repeats. */
export async function holdKey(page: Page, count: number): Promise<Held> {
  const session = await page.context().newCDPSession(page);
  const step = async () => Number(await page.locator("output").first().textContent());
  const from = await step();
  await page.evaluate(() => (window as unknown as Watched).shownSteps.clear());
  const event = { key: "ArrowRight", code: "ArrowRight", windowsVirtualKeyCode: 39 };
  const begun = Date.now();
  for (let press = 0; press < count; press++) {
    const late = begun + (press * 1000) / 30 - Date.now();
    if (late > 0) await page.waitForTimeout(late);
    void session.send("Input.dispatchKeyEvent", {
      type: "rawKeyDown",
      autoRepeat: press > 0,
      ...event,
    });
  }
  await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  await page.waitForTimeout(500);
  const shown = await page.evaluate(() => (window as unknown as Watched).shownSteps.size);
  await session.detach();
  return { moved: (await step()) - from, shown };
}

/** Runs in the page before anything else: when is the first line there, when does it settle? */
function watchOpening(): void {
  const times = { first: 0, last: 0 };
  Object.assign(window, { times });
  new MutationObserver(() => {
    times.last = performance.now();
    if (times.first === 0 && document.querySelector(".source-lecture [data-index]")) {
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => (times.first ||= performance.now());
        channel.port2.postMessage(0);
      });
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}

export interface Opening {
  first: number;
  settled: number;
  /** Milliseconds that the main thread worked. */
  work: number;
}

export async function openOnce(context: BrowserContext, url: string): Promise<Opening> {
  const page = await context.newPage();
  await page.addInitScript(watchOpening);
  const session = await context.newCDPSession(page);
  await watchWork(session);
  await page.goto(url, { waitUntil: "load" });
  await page.locator(".source-lecture [data-index]").first().waitFor();
  let times = { first: 0, last: -1 };
  for (let quiet = false; !quiet;) {
    await page.waitForTimeout(400);
    const now = await page.evaluate(() => (window as unknown as { times: typeof times }).times);
    quiet = now.last === times.last && now.first > 0;
    times = now;
  }
  const work = (await seconds(session, "TaskDuration")) * 1000;
  await page.close();
  return { first: times.first, settled: times.last, work };
}

export interface Weight {
  megabytes: number;
  elements: number;
}

export async function weigh(page: Page): Promise<Weight> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  return { megabytes: usedSize / 1e6, elements };
}

/** Addresses of the scripts that a page loads from now on. */
export function watchScripts(page: Page): ReadonlySet<string> {
  const addresses = new Set<string>();
  page.on("request", (request) => {
    if (new URL(request.url()).pathname.endsWith(".js")) addresses.add(request.url());
  });
  return addresses;
}

/** Names and gzip sizes (kB). Fetched again: the body of a preloaded script is not always told. */
export async function sizesOf(
  page: Page,
  addresses: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const address of addresses) {
    const body = await (await page.request.get(address)).body();
    sizes.set(address.replace(/^.*\//, ""), gzipSync(body).length / 1000);
  }
  return sizes;
}
