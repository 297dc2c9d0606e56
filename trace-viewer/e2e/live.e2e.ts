/** A service that records again on save, played by the test: the page follows it. */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, resolve } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { LiveEvent } from "../src/state/live";
import type { Trace } from "../src/trace/schema";
import { traceOf } from "../tests/fixtures";
import { CHROMIUM, MISSING, shownStep } from "./site";

const DIST = resolve(import.meta.dirname, "../dist");
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** A lecture of two headings, with `extra` statements after the first. */
function lecture(extra: number): Trace {
  const more = Array.from({ length: extra }, (_, at) => `more = ${at}`);
  const lines = ["# One", ...more, "a = 1", "# Two", "b = 2"];
  const steps = lines.map((line, at) => ({
    frame: 0,
    line: at + 1,
    outputs: line.startsWith("#") ? [{ kind: "text", text: line } as const] : null,
  }));
  return traceOf(lines.join("\n"), steps);
}

class Service {
  trace = lecture(0);
  version = 1;
  private readonly listeners = new Set<ServerResponse>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      if (path === "/api/events") return this.listen(response);
      if (path === "/var/traces/made.json") {
        response.setHeader("ETag", `"${this.version}"`);
        response.setHeader("X-Live-Events", "api/events");
        return response.end(JSON.stringify(this.trace));
      }
      const file = join(DIST, path === "/" ? "index.html" : path);
      if (!file.startsWith(DIST) || !existsSync(file)) {
        response.statusCode = 404;
        return response.end();
      }
      response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(readFileSync(file));
    });
  }

  private listen(response: ServerResponse): void {
    response.setHeader("Content-Type", "text/event-stream");
    response.write("retry: 50\n\n");
    this.listeners.add(response);
  }

  send(event: LiveEvent): void {
    for (const listener of this.listeners) listener.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  record(trace: Trace): void {
    this.trace = trace;
    this.version++;
    this.send({ type: "recorded", lecture: "made", steps: trace.steps.length });
  }

  /** As when the service is started again. */
  hangUp(): void {
    for (const listener of this.listeners) listener.end();
    this.listeners.clear();
  }

  get listening(): number {
    return this.listeners.size;
  }

  start(): Promise<string> {
    return new Promise((done) =>
      this.server.listen(0, "127.0.0.1", () =>
        done(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`),
      ),
    );
  }

  close(): void {
    this.hangUp();
    this.server.close();
  }
}

describe.skipIf(MISSING)("a lecture that is recorded again", () => {
  const service = new Service();
  let browser: Browser;
  let page: Page;
  let address: string;
  beforeAll(async () => {
    address = await service.start();
    browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
    page = await browser.newPage();
    await page.goto(`${address}?trace=made&step=3`);
    await vi.waitFor(() => expect(service.listening).toBe(1), 10_000);
  });
  afterAll(async () => {
    await browser.close();
    service.close();
  });

  const progress = { type: "progress", lecture: "made", line: 2, expected: 8 } as const;

  it("shows how far the recording is", async () => {
    service.send({ ...progress, steps: 2 });
    const bar = page.getByRole("progressbar", { name: "Recording again" });
    await bar.waitFor();
    expect(await bar.getAttribute("value")).toBe("0.25");
  });

  it("keeps the place in the new trace, and the address with it", async () => {
    expect(await shownStep(page)).toBe(3);
    service.record(lecture(2));
    await expect.poll(() => shownStep(page)).toBe(5);
    await expect.poll(() => page.url()).toContain("step=5");
    await page.getByText("Recorded again: 6 steps.").waitFor({ state: "attached" });
    expect(await page.getByRole("progressbar").count()).toBe(0);
  });

  it("shows the error of a broken save at the top and on its line, and the last good trace", async () => {
    service.send({ type: "broken", lecture: "made", error: "made.py:2: syntax error: invalid" });
    await page.getByRole("alert").getByText("made.py:2: syntax error").waitFor();
    await page.locator("[data-broken]").getByText("more = 0").waitFor();
    expect(await shownStep(page)).toBe(5);
  });

  it("is whole again after the save that repairs it", async () => {
    service.record(lecture(1));
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
    expect(await page.locator("[data-broken]").count()).toBe(0);
    expect(await shownStep(page)).toBe(4);
  });

  it("leaves other lectures alone", async () => {
    service.send({ type: "broken", lecture: "other", error: "other.py:1: no" });
    service.send({ ...progress, steps: 1 });
    await page.getByRole("progressbar").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  it("finds a service that was started again", async () => {
    service.hangUp();
    await expect.poll(() => service.listening, { timeout: 8000 }).toBe(1);
    service.record(lecture(3));
    await expect.poll(() => shownStep(page)).toBe(6);
  });
});
