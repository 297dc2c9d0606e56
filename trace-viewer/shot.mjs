import { chromium } from "playwright-core";
const [,, out, w, h, scheme, ...steps] = process.argv;
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const c = await b.newContext({ viewport: { width: +w, height: +h }, colorScheme: scheme });
const p = await c.newPage();
for (const s of steps) {
  await p.goto(`http://localhost:5216/?trace=lecture_16&step=${s}`);
  await p.waitForTimeout(2500);
  await p.screenshot({ path: `${out}_${s}.png` });
}
await b.close();
