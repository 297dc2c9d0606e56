import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { checkoutFiles } from "./server/checkoutFiles.ts";
import { FIRST_VIEW } from "./server/firstView.ts";
import { REACT } from "./server/react.ts";
import { earlyStart } from "./server/earlyStart.ts";
import { LICENCES, fontLicences } from "./server/fontLicences.ts";
import { paperFonts } from "./server/paperFonts.ts";

const CHECKOUT = process.env["LECTURE_ROOT"] ?? fileURLToPath(new URL("..", import.meta.url));

/** No script but our own, no other host, nothing embedded; `connect` differs for the fetch page. */
function policy(connect: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** The policy is put into the built pages only: the dev server needs inline scripts to reload. */
function contentSecurityPolicy(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml(html, { filename }) {
      const foreign = filename.endsWith("foreign.html");
      const content = policy(foreign ? "'self' http: https:" : "'self'");
      return html.replace(
        "<head>",
        `<head>\n    <meta http-equiv="Content-Security-Policy" content="${content}" />`,
      );
    },
  };
}

function checkout(): Plugin {
  return {
    name: "checkout-files",
    configureServer: (server) => void server.middlewares.use(checkoutFiles(CHECKOUT)),
    configurePreviewServer: (server) => void server.middlewares.use(checkoutFiles(CHECKOUT)),
  };
}

export default defineConfig({
  base: "./",
  resolve: { alias: REACT },
  plugins: [earlyStart(), contentSecurityPolicy(), fontLicences(), paperFonts(), checkout()],
  server: { port: 5173, strictPort: true, host: "localhost" },
  preview: { port: 5173, strictPort: true, host: "localhost" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    license: { fileName: LICENCES },
    rollupOptions: {
      input: {
        index: fileURLToPath(new URL("index.html", import.meta.url)),
        early: fileURLToPath(new URL("src/early.ts", import.meta.url)),
        foreign: fileURLToPath(new URL("foreign.html", import.meta.url)),
      },
      output: { codeSplitting: FIRST_VIEW },
    },
  },
});
