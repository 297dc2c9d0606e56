/** What a reader downloads before the first line can be read. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { MISSING, openTrace, useSite } from "./site";

const DIST = resolve(import.meta.dirname, "../dist/assets");
/** Kilobytes, gzip. Markdown is 26 of them, the library that draws the page 13. */
const MOST = 110;

describe.skipIf(MISSING)("the first view", () => {
  const site = useSite();

  it(`of a lecture needs at most ${MOST} kB of JavaScript`, async () => {
    const page = await site.newPage();
    const asked = new Set<string>();
    page.on("request", (request) => {
      const name = /\/assets\/([^/]+\.js)$/.exec(new URL(request.url()).pathname)?.[1];
      if (name) asked.add(name);
    });
    await openTrace(page, site, "?trace=walk");
    // Formulas are fetched beside it: nobody waits for them.
    const first = [...asked].filter((name) => !/^(typeset|vegaPlot|graphLayout)/.test(name));
    const size = first.reduce(
      (sum, name) => sum + gzipSync(readFileSync(join(DIST, name))).length,
      0,
    );
    expect(size / 1000, first.join(", ")).toBeLessThanOrEqual(MOST);
    // Nothing that is shown on request is among it.
    expect(first.join()).not.toMatch(
      /Search|Tools|Presenter|Handout|Question|Ranks|Tensor|oldFormats/,
    );
    await page.context().close();
  });
});
