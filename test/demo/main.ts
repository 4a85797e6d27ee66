/**
 * `npm run demo [-- --pair mysql-mysql]`: two real servers, a live write load, a task that follows it, `kill -9` in the middle, its
 * resumption, and a comparison. Exit 0 only if both sides are equal.
 */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { makeLoadTables, startLoad, type Load } from "../support/load.ts";
import { parsePair } from "../support/pair.ts";
import { startServer, stopAll, type Server } from "../support/servers/index.ts";
import { tail, type SyncerProcess } from "../support/tidemark/syncer-process.ts";
import { writeTaskFile, type TaskFile } from "../support/tidemark/task-file.ts";
import { logEnd, reached } from "../support/tidemark/upstream-end.ts";
import { DemoFailure, keepLog, startFollowing, watch } from "./follow.ts";
import { judge } from "./judge.ts";
import { counted, createScreen, type Screen } from "./screen.ts";

const DATABASE = "shop";
const PER_SECOND = 300;

/** Everything that the end must end. */
interface Stage {
  readonly folder: string;
  readonly servers: Server[];
  load?: Load;
  syncer?: SyncerProcess;
}

async function demo(
  screen: Screen,
  pair: { readonly upstream: Flavour; readonly downstream: Flavour },
  stage: Stage,
): Promise<boolean> {
  screen.step("Two real servers are started");
  screen.say("(When this machine has none yet, they are fetched first: that can take a minute or two, once.)");
  for (const flavour of [pair.upstream, pair.downstream]) stage.servers.push(await startServer({ flavour }));
  const [upstream, downstream] = stage.servers;
  if (upstream === undefined || downstream === undefined) throw new DemoFailure("no servers");
  screen.say(`upstream    ${upstream.describe()} at ${upstream.host}:${upstream.port}`);
  screen.say(`downstream  ${downstream.describe()} at ${downstream.host}:${downstream.port}`);

  screen.step("Both get the same seven tables of a shop; from now on only the upstream is written to");
  for (const server of stage.servers) await makeLoadTables(server, DATABASE);
  const task = await writeTaskFile(stage.folder, {
    name: "demo",
    upstream,
    downstream,
    start: await logEnd(upstream),
    include: [`${DATABASE}.*`],
  });
  const load = await startLoad(upstream, { database: DATABASE, seed: 1, transactionsPerSecond: PER_SECOND });
  stage.load = load;
  screen.say(
    `Four clients write about ${PER_SECOND} transactions a second: transfers, orders, swaps of unique values, a table without a key.`,
  );

  await followAndKill(screen, task, load, stage);
  await delay(2000);
  const unseen = load.committed;
  screen.say(`Meanwhile the upstream was written to all the time: ${counted(unseen)} transactions so far.`);
  await resume(screen, task, load, stage, upstream);

  screen.step(
    "Both sides are compared: definitions, and every value of every row, by a reader that shares no code with the syncer",
  );
  return judge(screen, upstream, downstream, DATABASE);
}

async function followAndKill(screen: Screen, task: TaskFile, load: Load, stage: Stage): Promise<void> {
  screen.step(`A task follows the upstream:  tidemark run ${task.path}`);
  const hidden = (await readFile(task.path, "utf8")).replaceAll(/password: .+/g, "password: …");
  for (const line of hidden.trimEnd().split("\n")) screen.say(`│ ${line}`);
  screen.say(`Ask it yourself while it runs:  curl ${task.statusUrl}/status`);
  const syncer = startFollowing(task);
  stage.syncer = syncer;
  await watch(
    screen,
    syncer,
    task,
    load,
    (status, elapsedMs) => elapsedMs > 8000 && status.state === "running" && status.transactions.applied > 0,
  );

  screen.step(`kill -9 ${syncer.pid}: the syncer dies in the middle of its work`);
  syncer.signal("SIGKILL");
  const ended = await syncer.ended;
  const log = join(stage.folder, "syncer.log");
  await keepLog(log, ended);
  screen.say(
    `It is gone (${ended.signal ?? `exit ${ended.code}`}), and had no chance to save anything. What it said is in ${log}`,
  );
}

async function resume(screen: Screen, task: TaskFile, load: Load, stage: Stage, upstream: Server): Promise<void> {
  screen.step("The same command again: it goes on from the checkpoint that it kept in the downstream");
  const syncer = startFollowing(task);
  stage.syncer = syncer;
  await watch(screen, syncer, task, load, (status, elapsedMs) => elapsedMs > 6000 && status.lag.caughtUp === true);

  screen.step("The writers stop; the task takes what is left, and is ended by SIGTERM");
  await load.stop();
  const end = await logEnd(upstream);
  await watch(screen, syncer, task, load, ({ applied }) => reached(applied, end));
  const ended = await syncer.stop();
  await keepLog(join(stage.folder, "syncer.log"), ended);
  if (ended.code !== 0)
    throw new DemoFailure(`the syncer ended with ${ended.code ?? ended.signal}:\n${tail(ended.stderr, 15)}`);
  screen.say(
    `The upstream committed ${counted(load.committed)} transactions; its log ends at ${end.file}:${end.offset}. The syncer ended with exit code 0.`,
  );
}

const screen = createScreen(process.stdout);
const stage: Stage = { folder: await mkdtemp(join(tmpdir(), "tidemark-demo-")), servers: [] };
const started = performance.now();
// Ctrl-C ends the demo, not what it started: that is ended here.
process.once("SIGINT", () => {
  void cleanUp().finally(() => process.exit(130));
});
let equal: boolean | null = null;
try {
  const { values } = parseArgs({ options: { pair: { type: "string", default: "mysql-mysql" } } });
  screen.say("Tidemark's demo. Everything happens on this machine, in " + stage.folder);
  equal = await demo(screen, parsePair(values.pair), stage);
} catch (error) {
  screen.bad(
    `The demo failed: ${error instanceof DemoFailure ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
} finally {
  await cleanUp();
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
if (equal)
  screen.good(`Equal: nothing was lost, nothing was applied twice. (${seconds} s; servers and files are removed.)`);
else
  screen.bad(
    `${equal === null ? "Nothing was compared." : "Not equal."} (${seconds} s; servers and files are removed.)`,
  );
process.exitCode = equal === true ? 0 : 1;

async function cleanUp(): Promise<void> {
  stage.syncer?.signal("SIGKILL");
  await stage.load?.stop().catch(() => {});
  await stopAll();
  await rm(stage.folder, { recursive: true, force: true });
}
