import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { schemaTwo } from "../tests/schemaTwo";
import { MISSING, openTrace, shownStep, useSite } from "./site";

const fixture = (name: string) =>
  readFileSync(new URL(`../tests/fixtures/${name}`, import.meta.url), "utf8");

async function drop(page: Page, name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([name, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name, { type: "application/json" }));
      return transfer;
    },
    [name, text] as const,
  );
  await page.dispatchEvent("body", "dragover", { dataTransfer: data });
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
}

describe.skipIf(MISSING)("windows and files", () => {
  const site = useSite({ schema_two: JSON.stringify(schemaTwo()) });

  const presenterOf = async (page: Page): Promise<Page> => {
    const [presenter] = await Promise.all([
      page.context().waitForEvent("page"),
      page.keyboard.press("n"),
    ]);
    await presenter.getByRole("region", { name: "Notes" }).waitFor();
    return presenter;
  };

  /** A page to which the file was dropped, one step on. */
  const atFirstStepOfDropped = async (): Promise<Page> => {
    const page = await site.newPage();
    await page.goto(site.url(""));
    await page.getByText("Choose a file").waitFor();
    await drop(page, "mailed.json", fixture("walk.json"));
    await page.locator(".source-lecture [data-index]").first().waitFor();
    await page.keyboard.press("l");
    return page;
  };

  it("keeps the presenter's window and the projected one in step", async () => {
    const page = await site.newPage();
    await openTrace(page, site, "?trace=walk&step=21");
    const presenter = await presenterOf(page);
    await expect.poll(() => shownStep(presenter)).toBe(21);
    await presenter.getByText("Draw the tree.").waitFor();
    await presenter.getByRole("timer").waitFor();
    await presenter.keyboard.press("l");
    await expect.poll(() => shownStep(page)).toBe(22);
    await page.keyboard.press("j");
    await expect.poll(() => shownStep(presenter)).toBe(37);
    await presenter.getByRole("region", { name: "Next step" }).getByText("Another file").waitFor();
    await page.context().close();
  });

  it("leaves plain tabs of one lecture alone, also beside a speaker's window", async () => {
    const one = await site.newPage();
    await openTrace(one, site, "?trace=walk&step=3");
    const other = await one.context().newPage();
    await openTrace(other, site, "?trace=walk&step=3");
    await one.keyboard.press("l");
    expect(await shownStep(one)).toBe(4);
    const presenter = await presenterOf(one);
    await presenter.keyboard.press("l");
    await expect.poll(() => shownStep(one)).toBe(5);
    await other.waitForTimeout(300);
    expect(await shownStep(other)).toBe(3);
    // Loaded again, both windows find each other: the name of a window outlives its page.
    await one.reload();
    await one.locator(".source-lecture [data-index]").first().waitFor();
    await presenter.keyboard.press("l");
    await expect.poll(() => shownStep(one)).toBe(6);
    await one.context().close();
  });

  it("obeys a presentation remote in both windows, and is the browser's in a reader's", async () => {
    const page = await site.newPage();
    await openTrace(page, site, "?trace=walk&step=5");
    // A reader: pages step, the rest is the browser's.
    await page.keyboard.press("PageDown");
    expect(await shownStep(page)).toBe(6);
    await page.keyboard.press("PageUp");
    await page.keyboard.press("Space");
    await page.keyboard.press("b");
    expect(await shownStep(page)).toBe(5);
    expect(await page.locator(".blank-screen").count()).toBe(0);
    const presenter = await presenterOf(page);
    await expect.poll(() => shownStep(presenter)).toBe(5);
    await presenter.keyboard.press("PageDown");
    await presenter.keyboard.press("Space");
    await expect.poll(() => shownStep(page)).toBe(7);
    await page.keyboard.press("PageUp");
    await expect.poll(() => shownStep(presenter)).toBe(6);
    // Blank, from either window; the first press after it only brings the picture back.
    await presenter.keyboard.press("b");
    await page.locator(".blank-screen").waitFor();
    await presenter.getByRole("button", { name: "The screen is blank" }).waitFor();
    await presenter.keyboard.press("PageDown");
    await page.locator(".blank-screen").waitFor({ state: "detached" });
    expect(await shownStep(presenter)).toBe(6);
    await page.keyboard.press(".");
    await page.locator(".blank-screen").waitFor();
    await page.keyboard.press(".");
    await page.locator(".blank-screen").waitFor({ state: "detached" });
    // F5 starts the show in slide programs: it must not load the page again.
    await page.evaluate(() => Object.assign(window, { sameAsBefore: true }));
    await page.keyboard.press("F5");
    await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
    expect(await page.evaluate(() => "sameAsBefore" in window)).toBe(true);
    await page.keyboard.press("End");
    await expect.poll(() => shownStep(presenter)).toBe(66);
    await page.keyboard.press("Home");
    await expect.poll(() => shownStep(presenter)).toBe(0);
    // Without its speaker the window is a reader's again.
    await presenter.close();
    await page.keyboard.press("b");
    expect(await page.locator(".blank-screen").count()).toBe(0);
    await page.context().close();
  });

  it("shows the speaker the next visible thing, the notes ahead and the pace", async () => {
    const page = await site.newPage();
    await openTrace(page, site, "?trace=schema_two&step=3");
    const presenter = await presenterOf(page);
    const next = presenter.getByRole("region", { name: "Next step" });
    await next.getByText("merges = train(").waitFor();
    expect(await next.textContent()).not.toContain("@inspect");
    await presenter.getByRole("region", { name: "Timer" }).getByText("planned 20").waitFor();
    await page.context().close();
    const reader = await site.newPage();
    await openTrace(reader, site, "?trace=walk&step=3");
    const other = await presenterOf(reader);
    await other.getByText("Draw the tree.").waitFor();
    await other.getByRole("heading", { name: "Ahead Recursion" }).waitFor();
    // In the audience's window no note leaves a trace.
    expect(await reader.getByText("Speaker’s note").count()).toBe(0);
    await reader.context().close();
  });

  it("opens a dropped file, and shows it to the presenter's window too", async () => {
    const page = await atFirstStepOfDropped();
    expect(await shownStep(page)).toBe(3);
    const presenter = await presenterOf(page);
    await expect.poll(() => shownStep(presenter)).toBe(3);
    await presenter.keyboard.press("l");
    await expect.poll(() => shownStep(page)).toBe(4);
    await page.context().close();
  });

  it("has a file from the disk again after a reload, until it is forgotten", async () => {
    const page = await atFirstStepOfDropped();
    await expect.poll(() => page.url()).toContain("?file=mailed.json&step=3");
    await page.reload();
    await page.locator(".source-lecture [data-index]").first().waitFor();
    expect(await shownStep(page)).toBe(3);

    // Dropped again, perhaps in a newer version: the reader stays where he was.
    await drop(page, "mailed.json", fixture("walk.json").replace("A walk", "A newer walk"));
    await page.getByRole("heading", { name: "A newer walk" }).first().waitFor();
    expect(await shownStep(page)).toBe(3);

    await page.goto(site.url(""));
    await page.getByRole("link", { name: "mailed.json" }).click();
    await page.getByRole("heading", { name: "A newer walk" }).first().waitFor();
    await page.keyboard.press("s");
    await page.getByRole("button", { name: "Close and forget it" }).click();
    await page.getByText("Choose a file").waitFor();
    await page.getByRole("link", { name: /A walk/ }).waitFor();
    expect(await page.getByText("mailed.json").count()).toBe(0);
    await page.context().close();
  });

  it("asks for the file that a link names where it is not kept, and goes on from the link", async () => {
    const page = await site.newPage();
    await page.goto(site.url("?file=mailed.json&step=9&variable=total"));
    await page
      .getByRole("alert")
      .getByRole("heading", { name: "mailed.json is not here" })
      .waitFor();
    await page.getByLabel("Trace file").setInputFiles({
      name: "mailed.json",
      mimeType: "application/json",
      buffer: Buffer.from(fixture("walk.json")),
    });
    await page.locator(".variable[data-marked]", { hasText: "total" }).waitFor();
    expect(await shownStep(page)).toBe(9);
    await page.context().close();
  });

  it("keeps no file that is not a trace", async () => {
    const page = await site.newPage();
    await page.goto(site.url(""));
    await page.getByText("Choose a file").waitFor();
    await drop(page, "notes.json", "[1, 2]");
    await page.getByRole("alert").getByText("notes.json").waitFor();
    await page.goto(site.url("?file=notes.json"));
    await page.getByRole("heading", { name: "notes.json is not here" }).waitFor();
    await page.context().close();
  });

  it("opens a chosen file", async () => {
    const page = await site.newPage();
    await page.goto(site.url(""));
    await page.getByLabel("Trace file").setInputFiles({
      name: "walk.json",
      mimeType: "application/json",
      buffer: Buffer.from(fixture("walk.json")),
    });
    await page.locator(".source-lecture [data-index]").first().waitFor();
    expect(await page.title()).toBe("A walk");
    await page.context().close();
  });

  it("says what is wrong with a dropped file, and stays usable", async () => {
    const page = await site.newPage();
    await openTrace(page, site, "?trace=walk&step=3");
    await drop(page, "notes.json", '{"schema": 1, "lecture": "x"}');
    await page.getByRole("alert").getByText("notes.json").waitFor();
    await drop(page, "walk.json", fixture("walk.json"));
    await page.locator(".source-lecture [data-index]").first().waitFor();
    await page.context().close();
  });

  it("opens traces of edtrace", async () => {
    const page = await site.newPage();
    await openTrace(page, site, "?trace=edtrace&step=6");
    await page.getByRole("heading", { name: "An older lecture" }).last().waitFor();
    await page.locator(".variable-name", { hasText: "x" }).waitFor();
    await page.keyboard.press("j");
    expect(await shownStep(page)).toBe(7);
    await page.keyboard.press("j");
    expect(await shownStep(page)).toBe(10);
    await page.context().close();
    // The picture that it refers to is not in this checkout.
    site.errors.splice(0);
  });

  it("opens traces of spring 2025", async () => {
    const page = await site.newPage();
    await openTrace(page, site, "?trace=spring2025");
    await page.getByRole("heading", { name: "Old" }).last().waitFor();
    await page.keyboard.press("l");
    await page.locator(".panel-output").getByText("hello").waitFor();
    await page.context().close();
  });
});
