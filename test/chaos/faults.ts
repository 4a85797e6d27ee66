/**
 * `npm run chaos -- cuts | sessions | storm [--times N] [--seed S] [--pair mysql-mysql]`: faults of one kind on real servers, for longer than the
 * tests do it: connections cut at their COMMIT; KILL of the task's sessions; everything at random. One line at the end; exit 0 only if both sides are
 * equal and each transaction was applied exactly once.
 */

import { parseArgs } from "node:util";
import { seededRandom } from "../support/load/random.ts";
import { parsePair } from "../support/pair.ts";
import { cutCommits } from "./faults/cut-commits.ts";
import { killSessions } from "./faults/kill-sessions.ts";
import { EXACTLY_ONCE, FaultScene } from "./faults/scene.ts";
import { storm } from "./faults/storm.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: "string", default: "100" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    pair: { type: "string", default: "mysql-mysql" },
  },
});
const times = Number(values.times);
const seed = Number(values.seed);
if (!Number.isSafeInteger(times) || !Number.isSafeInteger(seed))
  throw new Error("--times and --seed must be whole numbers");
const random = seededRandom(seed);
const pair = parsePair(values.pair);
// What a foreign key removes is in MySQL's log and not in MariaDB's: the logs of a mixed pair can't be told against each other.
if (pair.upstream !== pair.downstream) throw new Error("--pair: both sides must be of one flavour");

/** Each gives what it did, and what came of it. */
const CHAOS: Readonly<Record<string, (scene: FaultScene) => Promise<readonly [did: string, verdict: string]>>> = {
  async cuts(scene) {
    await scene.begin();
    await scene.writing(300);
    const strike = cutCommits(scene, times, random);
    const syncer = scene.follow();
    await scene.following(syncer);
    strike.begin();
    await strike.done();
    return [JSON.stringify(strike.cuts), await scene.verdict(syncer)];
  },
  async sessions(scene) {
    await scene.begin();
    await scene.writing(300);
    const syncer = scene.follow();
    await scene.following(syncer);
    const kills = await killSessions(scene, times, random, syncer);
    return [JSON.stringify(kills), await scene.verdict(syncer)];
  },
  async storm(scene) {
    const { verdict, deaths, ...counts } = await storm(scene, times, random, (line) => console.log(line));
    return [JSON.stringify(counts), deaths.length === 0 ? verdict : [verdict, ...deaths].join("\n")];
  },
};

const name = positionals[0] ?? "";
const run = CHAOS[name];
if (run === undefined) throw new Error(`there is no chaos called ${name}: ${Object.keys(CHAOS).join(", ")}`);
const scene = await FaultScene.open(pair);
try {
  const [did, verdict] = await run(scene);
  console.log(`chaos ${name}, ${values.pair}, seed ${seed}: ${did}: ${verdict}`);
  process.exitCode = verdict === EXACTLY_ONCE ? 0 : 1;
} finally {
  await scene.end();
  await scene.close();
}
