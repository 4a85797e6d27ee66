/** One fault after the other, of every kind, at random, while rows and DDL are written; the syncer is started again whenever it has ended. */

import { setTimeout as delay } from "node:timers/promises";
import { startDdl } from "../../support/load/ddl.ts";
import type { Random } from "../../support/load/random.ts";
import { cutAround, type CutMoment } from "../../support/mysql-packets.ts";
import { namedError } from "../../support/tidemark/named-error.ts";
import type { SyncerProcess } from "../../support/tidemark/syncer-process.ts";
import { killSessions } from "./kill-sessions.ts";
import { DATA, type FaultScene } from "./scene.ts";

type Fault = (scene: FaultScene, random: Random, syncer: SyncerProcess) => Promise<unknown>;
type Named = readonly [name: string, strike: Fault];

const cut =
  (when: CutMoment): Fault =>
  async (scene, random) => {
    scene.proxy.setHook(cutAround(/\bcommit$/i, when, 1 + random.below(3)).hook);
    // Connections that are there already don't meet a new hook.
    scene.proxy.reset();
  };

const FAULTS: readonly [Named, ...Named[]] = [
  ["kill -9 of the syncer", async (_scene, _random, syncer) => syncer.signal("SIGKILL")],
  [
    "kill -9 of the downstream",
    async (scene, random) => {
      await scene.downstream.kill();
      await delay(random.below(500));
      await scene.downstream.restart();
    },
  ],
  ["COMMITs cut before", cut("before")],
  ["COMMITs cut after", cut("after")],
  ["COMMITs cut in the answer", cut("half")],
  ["connections reset", async (scene) => scene.proxy.reset()],
  ["connections abandoned", async (scene) => scene.proxy.abandon()],
  ["KILL", (scene, random, syncer) => killSessions(scene, 3, random, syncer)],
  [
    "read_only",
    async (scene, random) => {
      await scene.downstream.query("SET GLOBAL read_only = 1");
      await delay(random.below(800));
      await scene.downstream.query("SET GLOBAL read_only = 0");
    },
  ],
];

/** Errors with which a process may end, and a supervisor starts it again: what never worked in a process ends it. */
const ENDS = new Set([
  "connection_lost",
  "server_unreachable",
  "server_shutdown",
  "query_interrupted",
  "read_only",
  "task_running_elsewhere",
]);

export interface StormReport {
  readonly verdict: string;
  readonly transactions: number;
  readonly statements: number;
  readonly starts: number;
  /** Errors that ended a process and may not. */
  readonly deaths: readonly string[];
}

/** `times` faults; then peace, and the verdict. */
export async function storm(
  scene: FaultScene,
  times: number,
  random: Random,
  tell: (line: string) => void,
): Promise<StormReport> {
  await scene.begin();
  await scene.started();
  const load = await scene.writing(200);
  const ddl = startDdl(scene.upstream, { database: DATA, seed: random.below(2 ** 31), everyMs: 1_000 });
  const deaths: string[] = [];
  let syncer = scene.follow();
  let starts = 1;
  for (let n = 1; n <= times; n += 1) {
    await delay(random.below(1_500));
    if (!syncer.running()) {
      const ended = await syncer.ended;
      const name = ended.signal === null ? namedError(ended).name : null;
      if (name !== null && !ENDS.has(name)) deaths.push(`${name}: ${ended.stderr.slice(-2_000)}`);
      syncer = scene.follow();
      starts += 1;
      continue;
    }
    const [name, strike] = random.pick(FAULTS);
    tell(`${n} of ${times}: ${name}; ${load.committed} transactions and ${ddl.statements} DDL upstream`);
    await strike(scene, random, syncer);
  }
  await ddl.stop();
  await scene.proxy.heal();
  syncer.signal("SIGKILL");
  await syncer.ended;
  const verdict = await scene.verdict(scene.follow());
  return { verdict, transactions: load.committed, statements: ddl.statements, starts, deaths };
}
