import { expect, test } from "vitest";
import { describeDifferences } from "../support/compare.ts";
import { runKills } from "./kill/run.ts";

// The seed of each run is printed; `npm run chaos -- --seed S` runs it again.
const seed = Number(process.env["TIDEMARK_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(
  "S8, V13, S13, D1: after 20 kills under load both sides are equal, no row came twice, and no reader saw half a transaction",
  { timeout: 300_000 },
  async () => {
    const report = await runKills({
      kills: 20,
      seed,
      upstream: "mysql",
      downstream: "mysql",
      transactionsPerSecond: 300,
      ddl: true,
      tell: () => {},
    });
    console.log(
      `[chaos] seed ${seed}: ${report.kills} kills, ${report.transactions} transactions, ${report.differences.length} differences`,
    );
    expect(report.deaths).toEqual([]);
    expect(describeDifferences(report.differences)).toBe("no differences");
    expect(report.judgement.faults).toEqual([]);
    expect(report.judgement.transactions).toBeGreaterThan(1000);
    expect(report.sumsBroken).toBe(0);
    expect(report.sumsRead).toBeGreaterThan(100);
    expect(report.replaces).toBe(0);
    expect(report.duplicateKeyErrors).toBe(0);
    expect(report.transactions).toBeGreaterThan(1000);
    expect(report.statements).toBeGreaterThan(10);
  },
);
