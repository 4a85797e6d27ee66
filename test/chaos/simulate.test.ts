import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { manualClock, seededRandom } from "../support/manual-clock.ts";
import { Session } from "./simulation/database/session.ts";
import { Dice } from "./simulation/dice.ts";
import { INTENT_TABLE } from "./simulation/meta-tables.ts";
import { Outsiders } from "./simulation/outsiders.ts";
import { runSeed } from "./simulation/run-seed.ts";
import { runSeeds, type SeedResult } from "./simulation/run-seeds.ts";
import { makeScenario } from "./simulation/scenario.ts";
import { makeWorld } from "./simulation/world.ts";

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

test("time passes while an operator waits for a row that somebody else holds", async () => {
  const random = seededRandom(1);
  const scenario = makeScenario(random);
  const clock = manualClock();
  const world = makeWorld(scenario, random, clock, new Dice(random, scenario), () => true);
  const { database } = world;
  const row = { task: "sim", statement: "/* ddl 1 */ RENAME" };
  const intent = { kind: "insert", table: INTENT_TABLE, rows: [row], lookUp: null, update: null } as const;
  await database.run(new Session("before/"), intent);
  const holder = new Session("holder/");
  await database.run(holder, { kind: "begin" });
  const touch = { kind: "update", table: INTENT_TABLE, set: new Map(), where: () => true, limit: 1 } as const;
  await database.run(holder, touch);
  clock.timer(20_000, () => database.rollback(holder));

  await new Outsiders(world, random, () => true).putRight("ddl_uncertain");

  expect(database.rows(INTENT_TABLE)).toEqual([]);
  expect(clock.monotonic()).toBeGreaterThanOrEqual(20_000);
});

test("a run that waits while nothing is left to happen has failed, and says so", async () => {
  const module = new URL("simulation/run-seed.ts", import.meta.url).href;
  const script = `import { orStuck } from "${module}"; console.log(await orStuck(new Promise(() => {})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  expect(stdout).toContain("the run never settles");
});

test("a seed at which a thread dies has failed, and the failure says how many behind it are not played", async () => {
  const play = (how: string, first: number, count: number): Promise<readonly SeedResult[]> => {
    const script = `
      import { parentPort, workerData } from "node:worker_threads";
      const { first, step, end } = workerData;
      const report = (seed) => parentPort.postMessage({ seed, failure: null, transactions: 1, sessions: 1, faults: 0 });
      for (let seed = first; seed < end; seed += step) {
        if (seed === 7) ${how};
        report(seed);
      }`;
    const module = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
    return runSeeds({ first, count, threads: 2, stopAtFailure: false, onResult: () => undefined, module });
  };
  const failed = (results: readonly SeedResult[]): unknown =>
    results.filter(({ failure }) => failure !== null).map(({ seed, failure }) => [seed, failure?.split("\n", 1)[0]]);

  const silent = await play("process.exit(13)", 1, 12);
  expect(failed(silent)).toEqual([[7, "no result, its thread died; 2 more are not played (up to 11): exit code 13"]]);
  expect(silent.map(({ seed }) => seed).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 12]);
  const thrown = await play('throw new Error("gone")', 1, 8);
  expect(failed(thrown)).toEqual([[7, "no result, its thread died: exit code 1: Error: gone"]]);
  // Even with no result at all.
  expect(failed(await play("process.exit(0)", 7, 1))).toEqual([[7, "no result, its thread died: exit code 0"]]);
});
