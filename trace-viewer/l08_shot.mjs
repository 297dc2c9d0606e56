import { chromium } from "playwright-core";
const [,, out, w, h, scheme, ...steps] = process.argv;
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args:["--no-sandbox"] });
const p = await b.newPage({ viewport: { width: +w, height: +h }, colorScheme: scheme });
for (const s of steps) {
  await p.goto(`http://127.0.0.1:5908/?trace=lecture_08&step=${s}`);
  await p.waitForTimeout(2500);
  await p.screenshot({ path: `${out}_${s}.png` });
}
await b.close();
