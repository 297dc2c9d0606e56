/**
 * Turns a build into one HTML file that works from a disk: scripts, styles, fonts and the icon go
 * into it. Its policy allows exactly this script and this style, by their hashes, and no
 * connection at all. A trace is put in later, at `<!-- embedded-trace -->`.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Plugin, Rolldown } from "vite";

const MARKER = "<!-- embedded-trace -->";

/** Alphabets for which no font is taken along: the reader's own serves. */
const LEFT_OUT = /(cyrillic|vietnamese|greek-ext|hebrew|devanagari)/;

/** Only WOFF2, and only of alphabets that lectures are written in. */
export function keepFonts(css: string): string {
  const faces = css.replace(/(?:\/\*[^*]*\*\/\s*)?@font-face\s*\{[^}]*\}/g, (face) =>
    LEFT_OUT.test(face) ? "" : face,
  );
  return faces.replace(/,\s*url\([^)]*\)\s*format\(["'](?:woff|truetype)["']\)/g, "");
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function policy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "img-src data: blob:",
    "media-src data: blob:",
    "font-src data:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Text that ends no element: `</script>` within a string of the program would. */
function insideScript(code: string): string {
  return code.replace(/<(\/script|!--)/gi, "\\x3C$1");
}

async function iconAddress(): Promise<string> {
  const icon = await readFile(fileURLToPath(new URL("../public/favicon.svg", import.meta.url)));
  return `data:image/svg+xml;base64,${icon.toString("base64")}`;
}

/** The page of the build with everything in place of the links to it. */
export function inlinePage(html: string, script: string, style: string, icon: string): string {
  const code = insideScript(script);
  const head = [
    `<meta http-equiv="Content-Security-Policy" content="${policy(code, style)}" />`,
    `<link rel="icon" href="${icon}" />`,
  ].join("\n    ");
  // The charset stays first: a browser that guessed another one would see other hashes.
  // Functions: a `$&` in the program is no pattern.
  return html
    .replace(/\s*<script\b[^>]*\bsrc=[^>]*><\/script>/g, "")
    .replace(/\s*<link\b[^>]*\brel="(?:stylesheet|icon|modulepreload)"[^>]*>/g, "")
    .replace(/<meta charset="utf-8"[^>]*>/, (charset) => `${charset}\n    ${head}`)
    .replace("</head>", () => `  <style>${style}</style>\n  </head>`)
    .replace("</body>", () => `  ${MARKER}\n    <script type="module">${code}</script>\n  </body>`);
}

type Bundle = Record<string, Rolldown.OutputAsset | Rolldown.OutputChunk>;

async function inlineBundle(bundle: Bundle): Promise<void> {
  const outputs = Object.values(bundle);
  const chunks = outputs.filter((output) => output.type === "chunk");
  const styles = outputs.filter((output) => output.fileName.endsWith(".css"));
  const page = outputs.find((output) => output.fileName.endsWith(".html"));
  const [chunk, ...more] = chunks;
  if (!chunk || more.length > 0 || page?.type !== "asset") {
    throw new Error(`expected one script and one page, found ${chunks.length} scripts`);
  }
  const style = styles.map((output) => (output.type === "asset" ? String(output.source) : ""));
  const html = inlinePage(String(page.source), chunk.code, style.join("\n"), await iconAddress());
  for (const { fileName } of outputs) {
    if (fileName !== page.fileName) Reflect.deleteProperty(bundle, fileName);
  }
  page.source = html;
}

/** The build plug-ins that make one file: see the head of this file. */
export function singleFile(): Plugin[] {
  return [
    {
      name: "single-file-fonts",
      enforce: "pre",
      transform(code, id) {
        return /\.css$/.test(id) ? { code: keepFonts(code), map: null } : null;
      },
    },
    {
      name: "single-file",
      enforce: "post",
      generateBundle: {
        // After Vite's own steps, which still write into the script.
        order: "post",
        handler: (_options, bundle) => inlineBundle(bundle),
      },
    },
  ];
}
