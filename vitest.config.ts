import { defineConfig } from "vitest/config";

/** No server, only simulated ones. */
const SIMULATED = ["test/chaos/simulate.test.ts", "test/chaos/every-fault.test.ts"];

/**
 * `vitest run --project unit` takes seconds; `simulation` plays seeds, on no server; `integration` runs real servers,
 * file after file.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "simulation",
          include: SIMULATED,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/chaos/**/*.test.ts"],
          exclude: SIMULATED,
          globalSetup: ["test/support/servers/global-setup.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
