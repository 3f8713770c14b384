import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Tests that start real processes carry their own bounds; this one is against hanging.
    testTimeout: 60_000,
    hookTimeout: 240_000,
    // Where CI shares its machine, a real part (Synapse, a pty, a browser) may be late once; by hand nothing is tried again.
    retry: process.env["CI"] === undefined ? 0 : 2,
    pool: "forks",
    maxWorkers: 2,
  },
});
