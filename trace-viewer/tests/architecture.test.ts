/** Imports go one way: components → state → trace; services know no components. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = resolve(import.meta.dirname, "../src");
const ALLOWED: Record<string, string[]> = {
  trace: ["trace"],
  state: ["state", "trace"],
  services: ["services", "state", "trace"],
  components: ["components", "services", "state", "trace"],
  gallery: ["components", "gallery", "services", "trace"],
};

function imports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].flatMap(([, to]) => to ?? []);
}

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
  (path) => /\.tsx?$/.test(path) && path.includes("/") && !path.includes(".test."),
);

describe("imports", () => {
  it.each(files)("%s", (path) => {
    const folder = path.split("/")[0] ?? "";
    for (const to of imports(join(SOURCE, path)).filter((name) => name.startsWith("."))) {
      const target = relative(SOURCE, resolve(dirname(join(SOURCE, path)), to)).split("/")[0] ?? "";
      expect(ALLOWED[folder], `${path} imports ${to}`).toContain(target);
    }
  });

  it("of React stay out of the pure parts", () => {
    const pure = files.filter((path) => /^(trace|state)\//.test(path));
    for (const path of pure) {
      expect(imports(join(SOURCE, path)).filter((name) => name.startsWith("react"))).toEqual([]);
    }
  });
});
