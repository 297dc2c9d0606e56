/** The whole lecture for paper (`?print=1`), and the viewer as one file from a disk. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFixture } from "../tests/fixtures";
import { MISSING, openTrace, shownStep, useSite } from "./site";

const SINGLE = resolve(import.meta.dirname, "../dist-single/index.html");

async function settled(page: Page): Promise<void> {
  await page.locator('html[data-ready="true"]').waitFor({ timeout: 25_000 });
}

/** The one file, whole: a build in the meantime writes it anew, and a part of it breaks its policy. */
async function readSingle(): Promise<string> {
  let html = "";
  const whole = () => {
    html = existsSync(SINGLE) ? readFileSync(SINGLE, "utf8").trimEnd() : "";
    return html.endsWith("</html>");
  };
  await expect.poll(whole, { timeout: 20_000 }).toBe(true);
  return html;
}

/** Says which style or script was refused: the browser's own message does not. */
function reportViolations(): void {
  addEventListener("securitypolicyviolation", (event) => {
    const place = `${event.sourceFile}:${event.lineNumber}:${event.columnNumber}`;
    const element = event.target instanceof Element ? event.target.outerHTML.slice(0, 200) : "";
    console.error(`refused: ${event.effectiveDirective}, ${place}, ${event.sample} ${element}`);
  });
}

describe.skipIf(MISSING)("the lecture elsewhere", () => {
  const site = useSite();
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lecture-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("prints the whole lecture as a handout", async () => {
    const page = await site.newPage();
    await openTrace(page, site, "?trace=walk&step=0&animate=hide");
    await page.emulateMedia({ media: "print" });
    await expect.poll(() => page.getByText("Third.", { exact: true }).isVisible()).toBe(true);
    await page.getByText("total is 14").first().waitFor();
    expect(await page.locator(".toolbar").isVisible()).toBe(false);
    expect(
      await page
        .locator(".variable")
        .first()
        .isVisible()
        .catch(() => false),
    ).toBe(false);
    const pdf = await page.pdf({ path: join(folder, "handout.pdf") });
    expect(pdf.length).toBeGreaterThan(10_000);
    await page.context().close();
  });

  it("is ready to print when everything is in its place", async () => {
    const page = await site.newPage();
    await page.goto(site.url("?trace=sample&print=1"));
    await settled(page);
    for (const drawn of [".katex", ".plot-place svg", ".graph-paper", ".benchmark table", "img"]) {
      expect(await page.locator(drawn).count(), drawn).toBeGreaterThan(0);
    }
    expect(await page.locator("[data-pending]").count()).toBe(0);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    expect(pdf).toContain("/URI (https://arxiv.org/abs/1706.03762)");
    await page.context().close();
  });

  it("is whole on paper: every line that has run, whatever its place", async () => {
    const page = await site.newPage();
    await page.goto(site.url("?trace=walk&print=1"));
    await settled(page);
    const rows = await page.locator(".source-lecture [data-index]").count();
    const last = page.locator(".source-lecture [data-index]").last();
    expect(Number(await last.getAttribute("data-index"))).toBe(rows - 1);
    await page.context().close();
  });

  it("opens by the button, settles, and only then is printed", async () => {
    const page = await site.newPage();
    await page.context().addInitScript(() => {
      window.print = () => {
        const pending = document.querySelectorAll("[data-pending]").length;
        document.documentElement.dataset["printed"] = String(pending);
      };
    });
    await openTrace(page, site, "?trace=sample&step=2");
    const [paper] = await Promise.all([
      page.context().waitForEvent("page"),
      page.getByRole("button", { name: "Print a handout" }).click(),
    ]);
    await paper.locator('html[data-printed="0"]').waitFor({ timeout: 25_000 });
    expect(await paper.locator(".plot-place svg").count()).toBeGreaterThan(0);
    // The page that was read stays as it was.
    expect(await page.evaluate(() => "printed" in document.documentElement.dataset)).toBe(false);
    await page.context().close();
  });

  it("has one title, the values that lines gave, and code that its cards lead to", async () => {
    const page = await site.newPage();
    await page.goto(site.url("?trace=walk&print=1"));
    await settled(page);
    expect(await page.getByRole("heading", { level: 1 }).allTextContents()).toEqual(["A walk"]);
    const line = page.locator(".code-row", { hasText: "result = n * factorial" });
    await line.getByText("result = 6").waitFor();
    const target = await page.getByRole("link", { name: /depth/ }).getAttribute("href");
    const listing = page.locator(target ?? "#none");
    await listing.getByText("def depth(tree):").waitFor();
    const back = await listing.getByRole("link", { name: "back to" }).getAttribute("href");
    expect(await page.locator(back ?? "#none").getAttribute("href")).toBe(target);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    expect(pdf).toContain("/Dest");
    await page.context().close();
  });

  it("has the speaker's notes where they are asked for, and nowhere else", async () => {
    const page = await site.newPage();
    for (const [query, notes] of [
      ["", []],
      ["&notes=1", ["Say hello.", "Draw the tree."]],
    ] as const) {
      await page.goto(site.url(`?trace=walk&print=1${query}`));
      await settled(page);
      expect(await page.locator(".note").allInnerTexts()).toEqual(notes);
    }
    await page.context().close();
  });

  it("is printed in fonts of one weight each, and leads from questions to answers", async () => {
    const page = await site.newPage();
    await page.goto(site.url("?trace=sample&print=1"));
    await settled(page);
    const used = await page.evaluate(() =>
      [...document.fonts].filter((font) => font.status === "loaded").map((font) => font.family),
    );
    expect(used).toContain("Source Serif 4");
    for (const id of ["question-1", "answer-1"]) {
      expect(await page.locator(`#${id}`).count(), id).toBe(1);
      expect(await page.locator(`a[href="#${id}"]`).count(), id).toBeGreaterThan(0);
    }
    await page.context().close();
  });

  it("ends no page with the first line of a function, and leaves no page half empty", async () => {
    const page = await site.newPage({ viewport: { width: 674, height: 971 } });
    await page.goto(site.url("?trace=walk&print=1"));
    await settled(page);
    await page.emulateMedia({ media: "print" });
    const kept = await page
      .locator(".source-rows > :has(> .code-row[data-opens])")
      .evaluateAll((rows) => rows.map((row) => getComputedStyle(row).breakAfter));
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.every((value) => value === "avoid")).toBe(true);
    const texts = await page
      .locator(".output[data-kind='text']")
      .evaluateAll((rows) => rows.map((row) => getComputedStyle(row).breakInside));
    expect(texts.every((value) => value === "auto")).toBe(true);
    await page.context().close();
  });

  it.skipIf(!existsSync(SINGLE))(
    "opens from a disk as one file, with all that it shows",
    async () => {
      const picture = `data:image/svg+xml;base64,${btoa('<svg xmlns="http://www.w3.org/2000/svg"/>')}`;
      const embedded = JSON.stringify({
        name: "sample",
        trace: JSON.parse(readFixture("sample.json")) as unknown,
        assets: { "images/sample.svg": picture },
      }).replaceAll("<", "\\u003c");
      const element = `<script type="application/json" id="embedded-trace">${embedded}</script>`;
      const file = join(folder, "lecture.html");
      const html = await readSingle();
      writeFileSync(
        file,
        html.replace("<!-- embedded-trace -->", () => element),
      );
      const page = await site.newPage();
      await page.addInitScript(reportViolations);
      await page.goto(`${pathToFileURL(file).href}?step=3`);
      expect(await shownStep(page)).toBe(3);
      await page.keyboard.press("l");
      await expect.poll(() => shownStep(page)).toBe(4);
      await expect.poll(() => page.url()).toContain("step=4");
      expect(await page.locator("img").first().getAttribute("src")).toBe(picture);
      await page.goto(`${pathToFileURL(file).href}?print=1`);
      await settled(page);
      expect(await page.locator(".katex, .plot-place svg").count()).toBeGreaterThan(1);
      await page.context().close();
    },
  );
});
