/** `npm run build:single` → dist-single/index.html: the viewer as one file, for one trace. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { paperFonts } from "./server/paperFonts.ts";
import { REACT } from "./server/react.ts";
import { singleFile } from "./server/singleFile.ts";

export default defineConfig({
  base: "./",
  resolve: { alias: REACT },
  publicDir: false,
  plugins: [paperFonts({ none: true }), singleFile()],
  build: {
    target: "es2022",
    outDir: "dist-single",
    modulePreload: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: fileURLToPath(new URL("index.html", import.meta.url)),
      output: { codeSplitting: false },
    },
  },
});
