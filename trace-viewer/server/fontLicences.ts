/** Vite lists the licences of bundled programs; those of the fonts, which come by CSS, are added. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** The file in the built page that holds every licence. */
export const LICENCES = "licences.txt";

const FONTS = "@fontsource";
const ROOT = new URL("../", import.meta.url);

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, ROOT)), "utf8");
}

interface Package {
  version: string;
  license: string;
  dependencies?: Record<string, string>;
}

export function fontLicences(): Plugin {
  return {
    name: "font-licences",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const file = bundle[LICENCES];
        if (file?.type !== "asset") this.error(`${LICENCES} was not written before the fonts'`);
        const { dependencies = {} } = JSON.parse(read("package.json")) as Package;
        const texts = Object.keys(dependencies)
          .filter((name) => name.startsWith(FONTS))
          .map((name) => {
            const about = JSON.parse(read(`node_modules/${name}/package.json`)) as Package;
            const text = read(`node_modules/${name}/LICENSE`);
            return `## ${name} - ${about.version} (${about.license})\n\n${text.trim()}\n`;
          });
        file.source = `${String(file.source).trim()}\n\n${texts.join("\n")}`;
      },
    },
  };
}
