/**
 * `npm run bench:site`: a written site as a web host serves it, compressed, at the root of a host and
 * below a path. SITE is its folder (default: ../site). Prints a table and writes it to bench/site.md.
 */
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { cpus, loadavg } from "node:os";
import { extname, join, relative, resolve } from "node:path";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { describe, it } from "vitest";
import { CHROMIUM } from "../e2e/site";
import * as measure from "./measure";

const HERE = import.meta.dirname;
const SITE = resolve(process.env["SITE"] ?? join(HERE, "../../site"));
const OPENINGS = 7;
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".xml": "application/xml",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
  ".png": "image/png",
};
/** What hosts compress; pictures and fonts are compressed by themselves. */
const COMPRESSED = new Set([".html", ".js", ".css", ".svg", ".json", ".xml", ".txt", ".md"]);
const PATHS = ["/", "/sub/course/"];

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** What leaves the host for a file; a `.gz` that lies beside a file stands for that file. */
function servedBytes(path: string): number {
  const content = readFileSync(path);
  return COMPRESSED.has(extname(path)) ? gzipSync(content).length : content.length;
}

function sizeRows(): [string, string][] {
  const files = filesBelow(SITE).filter((path) => ![".gz", ".pdf"].includes(extname(path)));
  const byFolder = new Map<string, number>();
  let served = 0;
  let raw = 0;
  for (const path of files) {
    const name = relative(SITE, path).split("/");
    const folder = name.length > 1 ? name.slice(0, -1).slice(0, 2).join("/") : "the root";
    const bytes = servedBytes(path);
    byFolder.set(folder, (byFolder.get(folder) ?? 0) + bytes);
    served += bytes;
    raw += statSync(path).size;
  }
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const largest = [...byFolder].sort(([, one], [, other]) => other - one).slice(0, 6);
  return [
    ["files, without PDFs", `${files.length}, ${megabytes(raw)}`],
    ["as served (gzip)", megabytes(served)],
    ["of these", largest.map(([name, bytes]) => `${name} ${megabytes(bytes)}`).join(", ")],
  ];
}

/** The site at every path of `PATHS`. Compressed once: a host keeps what it compressed. */
function serve(): Promise<Server> {
  const kept = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const prefix = PATHS.toReversed().find((path) => pathname.startsWith(path)) ?? "/";
    const path = join(SITE, decodeURIComponent(pathname.slice(prefix.length)) || "index.html");
    if (!path.startsWith(SITE) || !existsSync(path) || !statSync(path).isFile()) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
    if (COMPRESSED.has(extname(path))) response.setHeader("Content-Encoding", "gzip");
    const body = kept.get(path) ?? readFileSync(path);
    if (!kept.has(path)) kept.set(path, COMPRESSED.has(extname(path)) ? gzipSync(body) : body);
    response.end(kept.get(path));
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

async function openingRows(): Promise<[string, string][]> {
  const server = await serve();
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? "",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const lecture = readdirSync(join(SITE, "var/traces"))
    .filter((name) => name.endsWith(".json") && name !== "index.json")
    .sort()[0];
  const name = lecture?.replace(/\.json$/, "") ?? "";
  const rows: [string, string][] = [];
  try {
    for (const path of PATHS) {
      const openings: measure.Opening[] = [];
      for (let run = 0; run < OPENINGS; run++) {
        const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
        const address = `http://127.0.0.1:${port}${path}?trace=${name}`;
        openings.push(await measure.openOnce(context, address));
        await context.close();
      }
      const ms = (of: "first" | "settled") => {
        const { median, p95 } = measure.spread(openings.map((opening) => opening[of]));
        return `${median.toFixed(0)} / ${p95.toFixed(0)} ms`;
      };
      const what = `${name} at ${path}: open to first readable line; settled`;
      rows.push([what, `${ms("first")}; ${ms("settled")}`]);
    }
  } finally {
    await browser.close();
    server.close();
  }
  return rows;
}

describe.skipIf(!CHROMIUM || !existsSync(join(SITE, "index.html")))("site", () => {
  it("measures", { timeout: 300_000 }, async () => {
    const rows = [...sizeRows(), ...(await openingRows())];
    const cores = cpus();
    const text = [
      "# Measured by `npm run bench:site`",
      "",
      `${cores.length} × ${cores[0]?.model ?? "?"}, ${new Date().toISOString().slice(0, 10)}, load average ${loadavg()[0]?.toFixed(1) ?? "?"}. Medians and 95th percentiles of ${OPENINGS} openings, nothing kept from one to the next.`,
      "",
      "| what | measured |",
      "|---|---|",
      ...rows.map(([what, measured]) => `| ${what} | ${measured} |`),
      "",
    ].join("\n");
    writeFileSync(join(HERE, "site.md"), text);
    process.stdout.write(`\n${text}\n`);
  });
});
