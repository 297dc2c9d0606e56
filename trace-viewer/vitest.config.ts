import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
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
    ],
  },
});
