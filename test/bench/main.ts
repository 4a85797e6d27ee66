/**
 * `npm run bench [-- SUITE…] [--json FILE] [--quick] [--patience N]`: measures, and prints the figures as a table.
 *
 * There are no thresholds here: figures belong to a machine. docs/benchmarks.md says what is measured, how, and what
 * came out where.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { catchUpSuite, consistencySuite } from "./catch-up.ts";
import { decodeSuite } from "./decode.ts";
import { describeMachine, tableOf, type Figure, type Suite } from "./figure.ts";
import { memorySuite } from "./memory.ts";

const SUITES: Readonly<Record<string, Suite>> = {
  decode: decodeSuite,
  "catch-up": catchUpSuite,
  memory: memorySuite,
  consistency: consistencySuite,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    quick: { type: "boolean", default: false },
    patience: { type: "string", default: "0" },
  },
});
const unknown = positionals.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(", ")} (there are ${Object.keys(SUITES).join(", ")})`);
  process.exit(2);
}

const machine = describeMachine();
const figures: Figure[] = [];
for (const [name, suite] of Object.entries(SUITES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const say = (line: string): void => console.error(`${name}: ${line}`);
  figures.push(...(await suite({ quick: values.quick, patience: Number(values.patience), say })));
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, figures }, null, 2)}\n`);
const { cpu, cores, memoryGiB, system, node, fdatasyncMs, date } = machine;
console.log(
  `\n${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, fdatasync ${fdatasyncMs} ms, ${date}\n`,
);
console.log(tableOf(figures));
