import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { hostileTrace } from "./hostileTrace";
import { MISSING, openSite, openTrace, shownStep, type Site } from "./site";

declare global {
  interface Window {
    pwned?: number;
  }
}

describe.skipIf(MISSING)("a hostile trace", () => {
  let site: Site;
  let page: Page;
  const dialogs: string[] = [];
  beforeAll(async () => {
    site = await openSite();
    page = await site.newPage();
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  });
  afterAll(() => site.close());

  const untouched = async () => {
    expect(await page.evaluate(() => window.pwned ?? 0)).toBe(0);
    expect(dialogs).toEqual([]);
    expect(site.outside).toEqual([]);
    expect(new URL(page.url()).searchParams.get("trace")).toBe("hostile");
  };

  it("runs nothing and reaches nobody at any step", async () => {
    await openTrace(page, site, "?trace=hostile&step=0");
    const { steps } = hostileTrace();
    for (let step = 0; step < steps.length; step++) {
      await page.keyboard.press("l");
      if (step % 8 === 0) await page.waitForTimeout(30);
    }
    await page.waitForTimeout(600);
    await untouched();
  });

  it("draws no element of its own", async () => {
    const found = page.locator(
      "iframe, object, embed, form:not(.vega-bindings), base, script:not([src]), link[href*='evil'], #root style",
    );
    expect(await found.evaluateAll((all) => all.map((one) => one.outerHTML))).toEqual([]);
    const attributes = await page.evaluate(() =>
      [...document.querySelectorAll("*")].flatMap((element) =>
        [...element.attributes]
          .map((attribute) => attribute.name)
          .filter((name) => /^on/.test(name)),
      ),
    );
    expect(attributes).toEqual([]);
  });

  it("has only links of allowed schemes, which lead away from this page", async () => {
    await page.keyboard.press("Home");
    const seen: string[] = [];
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press("l");
      seen.push(
        ...(await page
          .locator("a[href], area[href]")
          .evaluateAll((links) =>
            links.map(
              (link) => (link as HTMLAnchorElement).protocol || link.getAttribute("href") || "",
            ),
          )),
      );
    }
    expect(new Set(seen)).toEqual(new Set(["https:"]));
    const pictures = await page
      .locator("img, video, source")
      .evaluateAll((elements) =>
        elements.map((element) => new URL((element as HTMLImageElement).src || "x:").protocol),
      );
    for (const protocol of pictures) expect(["http:", "data:", "blob:"]).toContain(protocol);
    await untouched();
  });

  it("survives every press in its variables, its error and the presenter's window", async () => {
    await page.keyboard.press("End");
    await page
      .locator(".side button[aria-expanded='false'], .side summary")
      .evaluateAll((buttons) => buttons.forEach((button) => (button as HTMLElement).click()));
    await page.waitForTimeout(200);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search" }).fill("pwned");
    await page.waitForTimeout(200);
    await page.keyboard.press("Escape");
    await untouched();
  });

  it("meets a policy that allows no inline script and no other host", async () => {
    const policy = await page
      .locator("meta[http-equiv='Content-Security-Policy']")
      .getAttribute("content");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const blocked = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.pwned = 1";
      document.body.append(script);
      const elsewhere = await fetch("https://evil.example/").then(
        () => "reached",
        () => "stopped",
      );
      return [window.pwned ?? 0, elsewhere];
    });
    expect(blocked).toEqual([0, "stopped"]);
    expect(site.outside).toEqual([]);
  });
});

describe.skipIf(MISSING)("a trace of another origin", () => {
  let site: Site;
  let elsewhere: Server;
  let address: string;
  let asked = 0;
  beforeAll(async () => {
    site = await openSite();
    const trace = readFileSync(new URL("../tests/fixtures/walk.json", import.meta.url));
    elsewhere = createServer((_, response) => {
      asked += 1;
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.end(trace);
    });
    await new Promise<void>((done) => elsewhere.listen(0, "127.0.0.1", done));
    address = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/walk.json`;
  });
  afterAll(async () => {
    await site.close();
    elsewhere.close();
  });

  it("is fetched only after the reader agrees", async () => {
    // This context may reach the other origin: the page itself has to hold back.
    const context = await site.browser.newContext();
    const page = await context.newPage();
    await page.goto(site.url(`?trace=${encodeURIComponent(address)}`));
    await page.getByRole("heading", { name: /Open a trace from 127/ }).waitFor();
    expect(asked).toBe(0);
    await page.getByRole("button", { name: "Open it" }).click();
    await page.locator(".source-lecture [data-index]").first().waitFor();
    expect(asked).toBe(1);
    expect(await shownStep(page)).toBe(0);
    await context.close();
  });

  it("is not fetched when the reader declines", async () => {
    asked = 0;
    const context = await site.browser.newContext();
    const page = await context.newPage();
    await page.goto(site.url(`?trace=${encodeURIComponent(address)}`));
    await page.getByRole("link", { name: "Do not open it" }).click();
    await page.locator(".picker h1").waitFor();
    expect(asked).toBe(0);
    await context.close();
  });
});
