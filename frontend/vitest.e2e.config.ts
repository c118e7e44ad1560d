import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests of the pages in a real browser, against the real server: one file after the other, on two cores. */
export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  test: {
    include: ["e2e/**/*.e2e.ts"],
    globalSetup: ["e2e/support/setup.ts"],
    environment: "node",
    fileParallelism: false,
    // a browser on a machine that does much else is late now and then; vitest says which tests it ran twice
    retry: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 20_000, interval: 40 } },
    slowTestThreshold: 10_000,
    reporters: ["default"],
  },
});
