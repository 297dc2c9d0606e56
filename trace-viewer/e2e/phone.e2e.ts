import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { traceOf } from "../tests/fixtures";
import { MISSING, openTrace, PICTURES, shownStep, useSite } from "./site";

describe.skipIf(MISSING)("screens of every size", () => {
  const site = useSite();
  beforeAll(() => {
    mkdirSync(PICTURES, { recursive: true });
  });

  it.each([
    ["light", 1400, 900],
    ["dark", 1400, 900],
    ["light", 390, 844],
    ["dark", 390, 844],
  ] as const)("fits a %s screen of %i × %i", async (colorScheme, width, height) => {
    const small = await site.newPage({
      colorScheme,
      viewport: { width, height },
      hasTouch: width < 800,
    });
    await openTrace(small, site, "?trace=walk&step=41");
    await small.locator(".source-code [data-index]").first().waitFor();
    await small.screenshot({ path: join(PICTURES, `${colorScheme}-${width}.png`) });
    const wider = await small.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider).toBeLessThanOrEqual(0);
    expect(await small.locator(".toolbar").isVisible()).toBe(true);
    const theme = await small.evaluate(() => document.documentElement.dataset["theme"]);
    expect(theme).toBe(colorScheme);
    await small.context().close();
  });

  it("steps by a swipe and shows variables in a sheet on a phone", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=walk&step=5");
    const fingers = await phone.context().newCDPSession(phone);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...xs: number[]) =>
      fingers.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: xs.map((x) => ({ x, y: 300 })),
      });
    // As the browser sees it: it must not take the swipe for a pan, or for Back.
    const swipe = async (from: number, to: number) => {
      await touch("touchStart", from);
      for (const part of [0.3, 0.6, 1]) await touch("touchMove", from + (to - from) * part);
      await touch("touchEnd");
    };
    await swipe(300, 90);
    await expect.poll(() => shownStep(phone)).toBe(6);
    await swipe(90, 300);
    await expect.poll(() => shownStep(phone)).toBe(5);
    await swipe(300, 90);
    await expect.poll(() => shownStep(phone)).toBe(6);
    await phone.getByRole("button", { name: "Variables", exact: true }).click();
    await phone.locator(".variable-name", { hasText: "total" }).waitFor();
    await phone.context().close();
  });

  it("wraps long code in the sheet of a phone, further in than it began", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=walk&step=41");
    for (let press = 0; press < 5; press++) await phone.keyboard.press("+");
    const sheet = phone.locator(".source-code");
    const line = sheet.locator(".code-row code", { hasText: "deepest = max(" });
    await line.waitFor();
    // The left edge of each line of text that the statement takes.
    const edges = await line.evaluate((code) => {
      const range = document.createRange();
      range.selectNodeContents(code);
      const text = code.textContent;
      const all = [...range.getClientRects()].filter((box) => box.width > 0);
      const rows = new Map<number, number>();
      for (const { top, left } of all) {
        const row = Math.round(top / 10);
        rows.set(row, Math.min(rows.get(row) ?? Infinity, left));
      }
      return text.startsWith("    ") ? [...rows.values()] : [];
    });
    expect(edges.length).toBeGreaterThan(1);
    // Indentation is part of the first line's text: the others begin to its right.
    for (const edge of edges.slice(1)) expect(edge).toBeGreaterThan(edges[0] ?? Infinity);
    const beyond = await sheet.evaluate((pane) => pane.scrollWidth - pane.clientWidth);
    expect(beyond).toBeLessThanOrEqual(0);
    await phone.context().close();
  });

  it("shows what a step changed without a tap, and code and variables together", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=walk&step=9");
    const strip = phone.getByRole("button", { name: /^Changed: total = 1/ });
    await strip.getByText("total = 1").waitFor();
    await openTrace(phone, site, "?trace=walk&step=41");
    await phone.locator(".change-strip").tap();
    await phone.locator(".variable-name", { hasText: "deepest" }).waitFor();
    expect(await phone.locator(".implementation").isVisible()).toBe(true);
    await phone.context().close();
  });

  it("has every tool within reach of a thumb", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=walk&step=3");
    const tools = phone.getByRole("button", { name: "Tools" });
    expect((await tools.boundingBox())?.y).toBeGreaterThan(600);
    await tools.tap();
    const dialog = phone.getByRole("dialog", { name: "Tools" });
    for (const button of await dialog.getByRole("button").all()) {
      const box = await button.boundingBox();
      if ((await button.getAttribute("aria-label")) === "Close") continue;
      expect(box?.height).toBeGreaterThanOrEqual(44);
      expect(box?.y).toBeGreaterThan(280);
    }
    await dialog.getByRole("button", { name: "Next section" }).tap();
    await expect.poll(() => shownStep(phone)).toBe(21);
    await phone.context().close();
  });

  it("fades the edge of what is wider than the screen, until its end is reached", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=sample&step=22");
    const wide = phone.locator(".scroll-box[data-more~='right']").first();
    await wide.waitFor();
    await wide.evaluate((box) => (box.scrollLeft = box.scrollWidth));
    await phone.locator(".scroll-box[data-more='left']").first().waitFor();
    await phone.context().close();
  });

  it.each([
    [390, 844],
    [768, 1024],
    [1280, 720],
  ])("never lays a value over the code that it belongs to, at %i × %i", async (width, height) => {
    const page = await site.newPage({ viewport: { width, height } });
    for (const step of [9, 19, 41, 47]) {
      await openTrace(page, site, `?trace=walk&step=${step}`);
      await page.waitForTimeout(150);
      const overlaps = await page.evaluate(() =>
        [...document.querySelectorAll(".inline-changes")].map((value) => {
          const code = value.parentElement?.querySelector(":scope > code");
          const range = document.createRange();
          if (!code) return false;
          range.selectNodeContents(code);
          const one = value.getBoundingClientRect();
          return [...range.getClientRects()].some(
            (other) =>
              other.width > 1 &&
              one.left < other.right - 1 &&
              other.left < one.right - 1 &&
              one.top < other.bottom - 3 &&
              other.top < one.bottom - 3,
          );
        }),
      );
      expect(overlaps.some(Boolean), `step ${step}`).toBe(false);
    }
    await page.context().close();
  });

  it("grows everything with the text size, and with a projector's width", async () => {
    const sizes = async (width: number, size: number) => {
      const page = await site.newPage({ viewport: { width, height: 1200 } });
      await page.goto(site.url(""));
      await page.evaluate(
        (size) => localStorage.setItem("trace-viewer", JSON.stringify({ size })),
        size,
      );
      await openTrace(page, site, "?trace=walk&step=9");
      const found = await page.evaluate(() =>
        [
          ".code-row > code",
          ".line-number",
          ".variable .value",
          ".step-counter",
          ".toolbar h1",
          ".stack-entry",
          ".markdown p, .markdown",
        ].map((name) =>
          parseFloat(getComputedStyle(document.querySelector(name) ?? document.body).fontSize),
        ),
      );
      await page.context().close();
      return found;
    };
    const normal = await sizes(1400, 100);
    const large = await sizes(1400, 200);
    const wide = await sizes(2560, 100);
    normal.forEach((size, at) => {
      expect((large[at] ?? 0) / size).toBeGreaterThan(1.8);
      expect((wide[at] ?? 0) / size).toBeGreaterThan(1.2);
    });
  });

  it("reads from right to left where a text does, lists and formulas included", async () => {
    const page = await site.newPage();
    const outputs = [
      { kind: "text" as const, text: "שלום עולם, $x^2$ כאן\n\n- אחת\n- שתיים" },
      { kind: "text" as const, text: "left to right" },
    ];
    const trace = traceOf("text()\n", [{ frame: 0, line: 1, outputs }]);
    await page.route("**/var/traces/rtl.json", (route) =>
      route.fulfill({ body: JSON.stringify(trace), contentType: "application/json" }),
    );
    await openTrace(page, site, "?trace=rtl");
    await page.locator(".katex").first().waitFor();
    const direction = (name: string) =>
      page
        .locator(name)
        .first()
        .evaluate((element) => getComputedStyle(element).direction);
    expect(await direction(".markdown p")).toBe("rtl");
    expect(await direction(".markdown li")).toBe("rtl");
    expect(await direction(".markdown .formula")).toBe("ltr");
    expect(
      await page
        .getByText("left to right")
        .evaluate((element) => getComputedStyle(element).direction),
    ).toBe("ltr");
    await page.context().close();
  });

  it("keeps the title of a plot within a phone's width", async () => {
    const phone = await site.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await openTrace(phone, site, "?trace=sample&step=20");
    const place = phone.locator(".plot-place").first();
    await place.locator("svg").waitFor();
    const titles = await place.evaluate((place) => {
      const edge = place.getBoundingClientRect();
      return [...place.querySelectorAll(".role-title-text text")].map((title) => {
        const { left, right } = title.getBoundingClientRect();
        return left >= edge.left - 1 && right <= edge.right + 1;
      });
    });
    expect(titles).toEqual([true]);
    await phone.context().close();
  });
});
