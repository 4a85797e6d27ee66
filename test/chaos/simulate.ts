/**
 * `npm run simulate [-- --seeds N | --seed S]`: plays seeds, or one of them with its trace. Ends with one line of counts,
 * and non-zero if any failed. Also `--first S` (where to begin), `--threads N`, and `--stop` (at the first failure).
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { runSeed } from "./simulation/run-seed.ts";
import { runSeeds } from "./simulation/run-seeds.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string" },
    first: { type: "string", default: "1" },
    stop: { type: "boolean", default: false },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});

async function playOne(seed: number): Promise<boolean> {
  const { scenario, trace, failure } = await runSeed(seed);
  console.log(JSON.stringify(scenario, null, 1));
  console.log(trace.join("\n"));
  console.log(failure === null ? `seed ${seed} passed` : `seed ${seed} failed: ${failure}`);
  return failure === null;
}

async function playMany(first: number, count: number, threads: number): Promise<boolean> {
  const results = await runSeeds({
    first,
    count,
    threads,
    stopAtFailure: values.stop,
    onResult: ({ seed, failure }) => {
      if (failure !== null)
        console.log(`seed ${seed}: ${failure}\n  play it again: npm run simulate -- --seed ${seed}`);
    },
  });
  const failed = results.filter(({ failure }) => failure !== null).length;
  const sum = (of: "transactions" | "sessions" | "faults"): number =>
    results.reduce((total, result) => total + result[of], 0);
  console.log(
    `${results.length - failed} seeds passed, ${failed} failed; ${sum("transactions")} transactions, ${sum("sessions")} sessions, ${sum("faults")} faults`,
  );
  return failed === 0;
}

const passed =
  values.seed === undefined
    ? await playMany(Number(values.first), Number(values.seeds), Number(values.threads))
    : await playOne(Number(values.seed));
process.exitCode = passed ? 0 : 1;
