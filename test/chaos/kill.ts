/**
 * `npm run chaos [-- --kills N] [--seed S] [--pair mysql-mysql] [--no-ddl]`: real servers, a write load, and `kill -9` of the syncer at random
 * moments. One line of counts at the end; exit 0 only if both sides are equal and nothing was applied twice.
 */

import { parseArgs } from "node:util";
import { describeDifferences } from "../support/compare.ts";
import { parsePair } from "../support/pair.ts";
import { passed, runKills } from "./kill/run.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    pair: { type: "string", default: "mysql-mysql" },
    "no-ddl": { type: "boolean", default: false },
    rate: { type: "string", default: "400" },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
const transactionsPerSecond = Number(values.rate);
for (const [name, value] of Object.entries({ kills, seed, rate: transactionsPerSecond })) {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} must be a whole number`);
}

const report = await runKills({
  kills,
  seed,
  transactionsPerSecond,
  ddl: !values["no-ddl"],
  ...parsePair(values.pair),
  tell: (line) => console.log(line),
});
if (report.differences.length > 0) console.log(describeDifferences(report.differences));
for (const fault of report.judgement.faults) console.log(fault);
for (const death of report.deaths) console.log(`the syncer ended by itself:\n${death}`);
console.log(
  [
    `chaos: seed ${seed}`,
    `${report.kills} kills`,
    `${report.transactions} transactions`,
    `${report.statements} DDL`,
    `${report.differences.length} differences`,
    `${report.judgement.transactions} transactions with rows in ${report.judgement.batches} batches, ${report.judgement.faults.length} not exactly once`,
    `${report.sumsBroken} of ${report.sumsRead} sums broken`,
    `${report.replaces} REPLACE`,
    `${report.duplicateKeyErrors ?? "uncounted"} duplicate-key errors`,
    `${report.deaths.length} deaths`,
    passed(report) ? "passed" : "FAILED",
  ].join(", "),
);
process.exitCode = passed(report) ? 0 : 1;
