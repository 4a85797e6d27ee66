import { expect, test } from "vitest";
import { runSeed } from "./simulation/run-seed.ts";
import { runSeeds } from "./simulation/run-seeds.ts";

// More of them: npm run simulate -- --seeds 20000. One with its trace: npm run simulate -- --seed S.
const SEEDS = Number(process.env["TIDEMARK_SEEDS"] ?? 2000);

test(
  `S1–S7, S9–S11, S13, D1, D2, K2–K4: ${SEEDS} simulated runs end equal, each transaction applied once, through faults everywhere`,
  { timeout: 600_000 },
  async () => {
    const failed: string[] = [];
    const results = await runSeeds({
      first: 1,
      count: SEEDS,
      threads: 2,
      stopAtFailure: false,
      onResult: ({ seed, failure }) => {
        if (failure !== null) failed.push(`seed ${seed} (npm run simulate -- --seed ${seed}): ${failure}`);
      },
    });
    expect(failed).toEqual([]);
    expect(results).toHaveLength(SEEDS);
    // A simulation in which nothing goes wrong proves nothing.
    expect(results.reduce((sum, { faults }) => sum + faults, 0)).toBeGreaterThan(SEEDS);
  },
);

test("a seed plays the same run every time", async () => {
  const [once, again] = [await runSeed(7), await runSeed(7)];
  expect(again).toEqual(once);
  expect(once.trace.length).toBeGreaterThan(10);
});
