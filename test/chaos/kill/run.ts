/** `kill -9` of the syncer at random moments under load, again and again; then both sides must be equal. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { compareDatabases, type Difference } from "../../support/compare.ts";
import { judgeExactlyOnce, type Judgement } from "../../support/exactly-once/judge.ts";
import { startDdl } from "../../support/load/ddl.ts";
import { balanceSum, EXPECTED_SUM, makeLoadTables, startLoad } from "../../support/load.ts";
import { seededRandom, type Random } from "../../support/load/random.ts";
import { startServer, type Server } from "../../support/servers/index.ts";
import {
  readStatus,
  runTidemark,
  startTidemark,
  tail,
  type SyncerProcess,
} from "../../support/tidemark/syncer-process.ts";
import { writeTaskFile, type TaskFile } from "../../support/tidemark/task-file.ts";
import { logEnd } from "../../support/tidemark/upstream-end.ts";
import { waitFor } from "../../support/wait-for.ts";

const DATABASE = "chaos";

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly upstream: Flavour;
  readonly downstream: Flavour;
  readonly transactionsPerSecond: number;
  /** DDL beside the rows. */
  readonly ddl: boolean;
  /** Told what happens, a line at a time. */
  readonly tell: (line: string) => void;
}

/** What the run found. All but the first four must be 0, empty, or without a fault. */
export interface KillReport {
  readonly kills: number;
  /** Transactions that the load committed upstream. */
  readonly transactions: number;
  /** DDL that the upstream executed meanwhile. */
  readonly statements: number;
  /** Times that a reader downstream added up all accounts while the syncer was at work. */
  readonly sumsRead: number;
  /** Sums that were not what they are in every state of the upstream (S13). */
  readonly sumsBroken: number;
  readonly differences: readonly Difference[];
  /** What the two servers' binary logs say: each transaction once, or not. */
  readonly judgement: Judgement;
  /** REPLACE statements that the downstream's server counted. */
  readonly replaces: number;
  /** Duplicate-key errors that the downstream's server counted; null where it doesn't count errors (MariaDB). */
  readonly duplicateKeyErrors: number | null;
  /** Times that the syncer ended by itself. */
  readonly deaths: readonly string[];
}

/** True when nothing was lost, doubled or broken. */
export function passed(report: KillReport): boolean {
  const { differences, sumsBroken, judgement, replaces, duplicateKeyErrors, deaths } = report;
  return (
    differences.length === 0 &&
    sumsBroken === 0 &&
    judgement.faults.length === 0 &&
    replaces === 0 &&
    (duplicateKeyErrors ?? 0) === 0 &&
    deaths.length === 0
  );
}

/** Starts two servers, does it all, and stops them. */
export async function runKills(options: KillOptions): Promise<KillReport> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-chaos-"));
  const servers: Server[] = [];
  try {
    const start = (flavour: Flavour): Promise<Server> =>
      startServer({ flavour, options: { "performance-schema": "ON" } });
    const [upstream, downstream] = await Promise.all([start(options.upstream), start(options.downstream)]);
    servers.push(upstream, downstream);
    options.tell(`${upstream.describe()} → ${downstream.describe()}, seed ${options.seed}`);
    const task = await writeTaskFile(folder, {
      name: "chaos",
      upstream,
      downstream,
      start: "now",
      include: [`${DATABASE}.*`],
      checkpoint: { interval: "200ms" },
    });
    for (const server of servers) await makeLoadTables(server, DATABASE);
    return await killUnderLoad(options, upstream, downstream, task);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function killUnderLoad(
  options: KillOptions,
  upstream: Server,
  downstream: Server,
  task: TaskFile,
): Promise<KillReport> {
  const before = await counters(downstream);
  const from = { upstream: await logEnd(upstream), downstream: await logEnd(downstream) };
  // The first checkpoint is where the load begins: `start: now` must not come after its first transaction.
  await untilNow(task);
  const load = await startLoad(upstream, {
    database: DATABASE,
    seed: options.seed,
    transactionsPerSecond: options.transactionsPerSecond,
  });
  const ddl = options.ddl ? startDdl(upstream, { database: DATABASE, seed: options.seed, everyMs: 600 }) : null;
  const sums = watchSums(downstream);
  const random = seededRandom(options.seed);
  const deaths: string[] = [];
  try {
    for (let kill = 1; kill <= options.kills; kill += 1) {
      const syncer = startTidemark(["run", task.path]);
      const how = await liveAWhile(syncer, task, random);
      if (syncer.running()) syncer.signal("SIGKILL");
      else deaths.push(tail((await syncer.ended).stderr, 5));
      await syncer.ended;
      options.tell(
        `kill ${kill} of ${options.kills}: ${how}; ${load.committed} transactions and ${ddl?.statements ?? 0} DDL upstream`,
      );
    }
  } finally {
    await load.stop();
    await ddl?.stop();
    await sums.stop();
  }
  await untilNow(task);
  const differences = await compareDatabases(upstream, downstream, [DATABASE]);
  const after = await counters(downstream);
  return {
    kills: options.kills,
    transactions: load.committed,
    statements: ddl?.statements ?? 0,
    sumsRead: sums.read,
    sumsBroken: sums.broken,
    differences,
    judgement: await judgeExactlyOnce({
      upstream,
      downstream,
      from,
      database: DATABASE,
      task: task.name,
      // MariaDB's log has no rows that a foreign key removed, MySQL's has.
      ignore: upstream.flavour === "mariadb" && downstream.flavour === "mysql" ? ["order_lines"] : [],
    }),
    replaces: after.replaces - before.replaces,
    duplicateKeyErrors:
      after.duplicateKeyErrors === null || before.duplicateKeyErrors === null
        ? null
        : after.duplicateKeyErrors - before.duplicateKeyErrors,
    deaths,
  };
}

/**
 * Lets the syncer live for a random while. Two of three times the while begins when it has applied something, so that kills meet
 * it at work and there is progress between them; else when it was started, so that kills meet its start as well.
 */
async function liveAWhile(syncer: SyncerProcess, task: TaskFile, random: Random): Promise<string> {
  const fromStart = random.below(3) === 0;
  if (!fromStart) {
    const first = await readApplied(syncer, task);
    if (first !== null) await waitForChange(syncer, task, first);
  }
  const ms = random.below(fromStart ? 1500 : 800);
  await Promise.race([delay(ms), syncer.ended]);
  return fromStart ? `${ms} ms after its start` : `${ms} ms after it began to apply`;
}

async function readApplied(syncer: SyncerProcess, task: TaskFile): Promise<number | null> {
  return waitFor(
    async () => {
      if (!syncer.running()) return null;
      return (await readStatus(task))?.transactions.applied;
    },
    { what: "the syncer answers", explain: () => tail(syncer.stderr()) },
  );
}

async function waitForChange(syncer: SyncerProcess, task: TaskFile, from: number): Promise<void> {
  await waitFor(
    async () => {
      if (!syncer.running()) return true;
      const status = await readStatus(task);
      return status !== undefined && status.transactions.applied > from ? true : undefined;
    },
    { what: "the syncer applies something", everyMs: 20, explain: () => tail(syncer.stderr()) },
  );
}

/** Adds up the accounts downstream all the time. */
function watchSums(downstream: Server): { readonly read: number; readonly broken: number; stop(): Promise<void> } {
  const state = { read: 0, broken: 0, stopped: false };
  const watching = (async () => {
    while (!state.stopped) {
      const sum = await balanceSum(downstream, DATABASE);
      state.read += 1;
      if (sum !== EXPECTED_SUM) state.broken += 1;
      await delay(20);
    }
  })();
  const settled = Promise.allSettled([watching]);
  return {
    get read() {
      return state.read;
    },
    get broken() {
      return state.broken;
    },
    async stop() {
      state.stopped = true;
      for (const result of await settled) if (result.status === "rejected") throw result.reason;
    },
  };
}

async function untilNow(task: TaskFile): Promise<void> {
  const ended = await runTidemark(["run", task.path, "--until", "now"], { timeoutMs: 120_000 });
  if (ended.code !== 0)
    throw new Error(`run --until now ended with ${ended.code ?? ended.signal}:\n${tail(ended.stderr)}`);
}

async function counters(
  server: Server,
): Promise<{ readonly replaces: number; readonly duplicateKeyErrors: number | null }> {
  const rows = await server.query("SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_replace', 'Com_replace_select')");
  const replaces = rows.reduce((sum, row) => sum + Number(row["Value"]), 0);
  if (server.flavour === "mariadb") return { replaces, duplicateKeyErrors: null };
  const [errors] = await server.query(
    "SELECT CAST(SUM(SUM_ERROR_RAISED) AS SIGNED) AS n FROM performance_schema.events_errors_summary_global_by_error WHERE ERROR_NUMBER IN (1022, 1062, 1586)",
  );
  return { replaces, duplicateKeyErrors: Number(errors?.["n"]) };
}
