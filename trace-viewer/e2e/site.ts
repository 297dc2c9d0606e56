/**
 * The built viewer under a sub-path, as on any static host, beside a small checkout with traces.
 * Nothing but this site can be reached: requests to other hosts are stopped and remembered.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import type { AddressInfo } from "node:net";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { checkoutFiles } from "../server/checkoutFiles";
import { hostileTrace } from "./hostileTrace";

const VIEWER = resolve(import.meta.dirname, "..");
const DIST = join(VIEWER, "dist");
const FIXTURES = join(VIEWER, "tests/fixtures");
const BROWSERS = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
export const CHROMIUM = BROWSERS.find((path) => path && existsSync(path));
/** Why the tests cannot run here, or null. */
export const MISSING = !CHROMIUM
  ? "no Chromium: `sudo apt-get install chromium`, or set CHROMIUM to the path of one"
  : !existsSync(join(DIST, "index.html"))
    ? "no build: run `npm run build`"
    : null;

/** Where tests leave screenshots, to be looked at. */
export const PICTURES = join(import.meta.dirname, "artifacts");

const PREFIX = "/course/";
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const DOCUMENTS = Object.keys(
  (
    JSON.parse(readFileSync(join(VIEWER, "../docs/course.schema.json"), "utf8")) as {
      properties: object;
    }
  ).properties,
);

function makeCheckout(more: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "viewer-"));
  const traces = join(root, "var/traces");
  mkdirSync(traces, { recursive: true });
  for (const name of ["walk", "failing", "edtrace", "spring2025", "index"]) {
    cpSync(join(FIXTURES, `${name}.json`), join(traces, `${name}.json`));
  }
  cpSync(join(VIEWER, "../var/traces/sample.json"), join(traces, "sample.json"));
  for (const folder of ["images", "lectures/sample"]) {
    cpSync(join(VIEWER, "..", folder), join(root, folder), { recursive: true });
  }
  writeFileSync(join(traces, "hostile.json"), JSON.stringify(hostileTrace()));
  // Traces alone, without documents of the course: an empty one is no error of the page, as one
  // that is not there would be.
  mkdirSync(join(traces, "course"));
  for (const name of DOCUMENTS) writeFileSync(join(traces, `course/${name}.json`), "null");
  for (const [name, text] of Object.entries(more)) {
    const path = join(traces, `${name}.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(join(traces, "empty.json"), "");
  writeFileSync(
    join(traces, "cut.json"),
    readFileSync(join(FIXTURES, "walk.json")).subarray(0, 900),
  );
  writeFileSync(join(traces, "foreign.json"), '{"name": "something else"}');
  writeFileSync(join(traces, "newer.json"), '{"schema": 99}');
  return root;
}

function serve(root: string): Promise<Server> {
  const checkout = checkoutFiles(root);
  // A copy: a build in the meantime does not pull the page away.
  const pages = join(root, "pages");
  cpSync(DIST, pages, { recursive: true });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const path = url.pathname.startsWith(PREFIX) ? url.pathname.slice(PREFIX.length) : null;
    const file = path === null ? null : join(pages, path === "" ? "index.html" : path);
    if (file?.startsWith(pages) && existsSync(file) && extname(file) in TYPES) {
      response.setHeader("Content-Type", TYPES[extname(file)] ?? "");
      response.end(readFileSync(file));
      return;
    }
    request.url = `/${path ?? "missing"}`;
    checkout(request, response, () => {
      response.statusCode = 404;
      response.end("not found");
    });
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

export interface Site {
  /** Address of the viewer, with a query such as `?trace=walk`. */
  url: (query: string) => string;
  browser: Browser;
  newContext: (options?: BrowserContextOptions) => Promise<BrowserContext>;
  newPage: (options?: BrowserContextOptions) => Promise<Page>;
  /** Requests to other hosts, all stopped. */
  outside: string[];
  /** Errors that a page reported; a test that expects some empties the list. */
  errors: string[];
  close: () => Promise<void>;
}

/**
 * A site for the tests of a suite, there when they run. After each of them no page has reported an
 * error or asked another host for anything.
 */
export function useSite(more: Record<string, string> = {}, prepare?: Prepare): Site {
  const site = {} as Site;
  beforeAll(async () => {
    Object.assign(site, await openSite(more, prepare));
  });
  afterAll(() => site.close());
  afterEach(() => {
    expect(site.errors.splice(0)).toEqual([]);
    expect(site.outside.splice(0)).toEqual([]);
  });
  return site;
}

/** Puts more into the checkout before it is served. */
type Prepare = (root: string) => void;

/** `more`: further traces, and documents of the course (`course/…`), by name. */
export async function openSite(
  more: Record<string, string> = {},
  prepare: Prepare = () => undefined,
): Promise<Site> {
  const root = makeCheckout(more);
  prepare(root);
  const server = await serve(root);
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? "",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const outside: string[] = [];
  const errors: string[] = [];
  const newContext = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 },
      ...options,
    });
    context.setDefaultTimeout(8000);
    await context.route(
      (url) => url.origin !== origin && /^(https?|wss?):$/.test(url.protocol),
      (route) => {
        outside.push(route.request().url());
        return route.abort();
      },
    );
    context.on("weberror", (error) => errors.push(error.error().message));
    context.on("console", (message) => {
      // Traces that were copied alone have no documents of a course beside them.
      const wanted = message.location().url.includes("/var/traces/course/");
      if (message.type() === "error" && !wanted) errors.push(message.text());
    });
    return context;
  };
  return {
    url: (query) => `${origin}${PREFIX}${query}`,
    browser,
    newContext,
    newPage: async (options) => (await newContext(options)).newPage(),
    outside,
    errors,
    close: async () => {
      await browser.close();
      server.close();
      rmSync(root, { recursive: true });
    },
  };
}

/** The step that the page shows, counted from 0 as in the trace and in addresses. */
export async function shownStep(page: Page): Promise<number> {
  return Number(await page.locator(".step-counter output").textContent()) - 1;
}

/** Open a trace and wait until its lecture is there. */
export async function openTrace(page: Page, site: Site, query: string): Promise<void> {
  await page.goto(site.url(query), { waitUntil: "commit" });
  await page.locator(".source-lecture [data-index]").first().waitFor();
}

/** The theme that the pages of this browser have from now on. */
export async function chooseTheme(page: Page, theme: string): Promise<void> {
  await page.evaluate(
    (theme) => localStorage.setItem("trace-viewer", JSON.stringify({ theme })),
    theme,
  );
}
