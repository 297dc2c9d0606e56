import { defineConfig } from "vitest/config";
import { REACT } from "./server/react.ts";

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: REACT },
        test: {
          name: "unit",
          // Takes React from where the alias says, as the page does.
          server: { deps: { inline: ["@tanstack/react-virtual", "@testing-library/preact"] } },
          include: ["tests/**/*.test.{ts,tsx}", "src/**/*.test.{ts,tsx}"],
          environment: "node",
          // Property tests take a while on a busy machine.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.e2e.ts"],
          environment: "node",
          fileParallelism: false,
          testTimeout: 60_000,
          // A browser on a busy machine can miss a moment: what fails twice counts.
          retry: 1,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "bench",
          include: ["bench/run.ts"],
          environment: "node",
          hookTimeout: 60_000,
        },
      },
      { test: { name: "site", include: ["bench/site.ts"], environment: "node" } },
      { test: { name: "search", include: ["bench/search.ts"], environment: "node" } },
    ],
  },
});
