// Opens the dashboard in Chromium: node dashboard.mjs URL KEY CHROMIUM PLAYWRIGHT; prints JSON.
import { createRequire } from "node:module";

const [url, key, executablePath, playwright] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwright);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
const faults = [];
const foreign = [];
page.on("pageerror", (error) => faults.push(String(error)));
page.on("request", (request) => { if (!request.url().startsWith(url)) foreign.push(request.url()); });
await page.goto(url);
await page.fill("#key", "wrong");
await page.click("text=Show");
await page.waitForFunction(() => document.querySelector("#error").textContent !== "");
const refused = await page.textContent("#error");
await page.fill("#key", key);
await page.keyboard.press("Enter");
await page.waitForSelector("tbody tr");
const found = {
  refused,
  budget: await page.textContent("#budget"),
  rows: await page.$$eval("tbody tr", (rows) => rows.map((row) => row.textContent)),
  dots: await page.$$eval("circle.run", (dots) => dots.length),
  scrollsSideways: await page.evaluate(() => document.documentElement.scrollWidth > innerWidth),
  address: page.url(),
};
await page.reload();
await page.waitForSelector("tbody tr"); // the key is remembered for this tab
await browser.close();
console.log(JSON.stringify({ ...found, faults, foreign }));
