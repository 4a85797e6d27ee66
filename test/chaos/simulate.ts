/**
 * `npm run simulate [-- --seeds N | --seed S]`: plays seeds, or one of them with its trace. Ends with one line of counts,
 * and non-zero if any failed.
 */
import { parseArgs } from "node:util";
import { runSeed } from "./simulation/run-seed.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string" },
    first: { type: "string", default: "1" },
  },
});
const first = Number(values.seed ?? values.first);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const failed: number[] = [];
let transactions = 0;
let sessions = 0;
let faults = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const report = await runSeed(seed);
  transactions += report.transactions;
  sessions += report.sessions;
  faults += report.faults;
  if (values.seed !== undefined) console.log(report.trace.join("\n"));
  if (report.failure === null) continue;
  failed.push(seed);
  console.log(`seed ${seed}: ${report.failure}\n  play it again: npm run simulate -- --seed ${seed}`);
}
console.log(
  `${count - failed.length} seeds passed, ${failed.length} failed; ${transactions} transactions, ${sessions} sessions, ${faults} faults`,
);
process.exit(failed.length === 0 ? 0 : 1);
