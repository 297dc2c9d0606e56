/** Imports go one way, and whatever a module gives to others says what it is. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = resolve(import.meta.dirname, "../src");
const ALLOWED: Record<string, string[]> = {
  trace: ["trace"],
  course: ["course", "trace"],
  state: ["state", "trace"],
  services: ["course", "services", "state", "trace"],
  hooks: ["course", "hooks", "services", "state", "trace"],
  components: ["components", "course", "hooks", "services", "state", "trace"],
  gallery: ["components", "gallery", "services", "trace"],
};

function imports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].flatMap(([, to]) => to ?? []);
}

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
  (path) => /\.tsx?$/.test(path) && path.includes("/") && !path.includes(".test."),
);

/** Where a module of `components` stands: its own folder, or the screens' beside the folders. */
const partOf = (path: string) => /^components\/(\w+)\//.exec(path)?.[1] ?? "screens";

describe("imports", () => {
  it.each(files)("%s", (path) => {
    const folder = path.split("/")[0] ?? "";
    for (const to of imports(join(SOURCE, path)).filter((name) => name.startsWith("."))) {
      const target = relative(SOURCE, resolve(dirname(join(SOURCE, path)), to)).split("/")[0] ?? "";
      expect(ALLOWED[folder], `${path} imports ${to}`).toContain(target);
    }
  });

  it("among components: shared widgets know no others, values no renderings and no screens", () => {
    const allowed: Record<string, string[]> = {
      shared: ["shared"],
      values: ["shared", "values"],
      renderings: ["shared", "values", "renderings"],
      course: ["shared", "renderings", "course"],
      screens: ["shared", "values", "renderings", "course", "screens"],
    };
    for (const path of files.filter((name) => name.startsWith("components/"))) {
      for (const to of imports(join(SOURCE, path)).filter((name) => name.startsWith("."))) {
        const target = relative(SOURCE, resolve(dirname(join(SOURCE, path)), to));
        if (!target.startsWith("components/")) continue;
        const folder = /\.\w+$/.test(target) ? target : `${target}/index`;
        const part = partOf(allowed[target.split("/")[1] ?? ""] ? folder : `${target}.ts`);
        expect(allowed[partOf(path)], `${path} imports ${to}`).toContain(part);
      }
    }
  });

  it("of React stay out of the pure parts", () => {
    const pure = files.filter((path) => /^(trace|state)\//.test(path));
    for (const path of pure) {
      expect(imports(join(SOURCE, path)).filter((name) => name.startsWith("react"))).toEqual([]);
    }
  });
});

const EXPORT =
  /^export (?:default )?(?:async )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/;

describe("what a module gives to others", () => {
  it.each(files.filter((path) => !path.includes("generated")))("is documented: %s", (path) => {
    const lines = readFileSync(join(SOURCE, path), "utf8").split("\n");
    const bare = lines.flatMap((line, at) => {
      const name = EXPORT.exec(line)?.[1];
      return name !== undefined && !lines[at - 1]?.trimEnd().endsWith("*/") ? [name] : [];
    });
    expect(bare).toEqual([]);
  });
});
