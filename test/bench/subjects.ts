/** Who catches up: the server's own replica, and Tidemark. Both from the same position, to the same end, with four workers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import type { Server } from "../support/servers/index.ts";

export const WORKERS = 4;
const PATIENCE_SECONDS = 900;
const META_SCHEMA = "bench_tidemark";

/** A backlog in the upstream's log: what was there before it, and with it. GTID sets as the server writes them. */
export interface Backlog {
  readonly upstream: Server;
  readonly downstream: Server;
  readonly database: string;
  readonly from: string;
  readonly to: string;
}

/** What one catching up took. */
export interface Outcome {
  readonly seconds: number;
  /** The most memory that the process held, in bytes; null where it is the server's own. */
  readonly peakRss: number | null;
}

/** Catches up with the backlog once. The clock starts at the command that starts it, and nothing of it is left out. */
export type Subject = (backlog: Backlog) => Promise<Outcome>;

/** The GTIDs that the server has executed. */
export async function executedGtids(server: Server): Promise<string> {
  const variable = server.flavour === "mysql" ? "gtid_executed" : "gtid_binlog_pos";
  const [row] = await server.query<{ gtids: string }>(`SELECT @@GLOBAL.${variable} AS gtids`);
  return (row?.gtids ?? "").replaceAll(/\s/g, "");
}

/** From START REPLICA until the server says that it has executed the backlog's last transaction. */
export const native: Subject = async ({ upstream, downstream, from, to }) => {
  const statements = downstream.flavour === "mysql" ? mysqlReplica(upstream, from) : mariadbReplica(upstream, from);
  for (const statement of statements.prepare) await downstream.query(statement);
  const start = performance.now();
  await downstream.query(statements.start);
  await waitUntilExecuted(downstream, to, statements);
  const seconds = (performance.now() - start) / 1000;
  for (const statement of statements.end) await downstream.query(statement);
  return { seconds, peakRss: null };
};

interface ReplicaStatements {
  readonly prepare: readonly string[];
  readonly start: string;
  /** Waits some seconds; 0 when all of it is executed. */
  readonly wait: (gtids: string) => string;
  readonly status: string;
  readonly end: readonly string[];
}

type ReplicaStatus = Readonly<Record<"Last_IO_Error" | "Last_SQL_Error", string>>;

function mysqlReplica(upstream: Server, from: string): ReplicaStatements {
  return {
    prepare: [
      "RESET BINARY LOGS AND GTIDS",
      `SET GLOBAL gtid_purged = '${from}'`,
      `SET GLOBAL replica_parallel_workers = ${WORKERS}`,
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '${upstream.host}', SOURCE_PORT = ${upstream.port},
         SOURCE_USER = '${upstream.user}', SOURCE_PASSWORD = '${upstream.password}',
         SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1`,
    ],
    start: "START REPLICA",
    wait: (gtids) => `SELECT WAIT_FOR_EXECUTED_GTID_SET('${gtids}', 2) AS waited`,
    status: "SHOW REPLICA STATUS",
    end: ["STOP REPLICA", "RESET REPLICA ALL"],
  };
}

function mariadbReplica(upstream: Server, from: string): ReplicaStatements {
  return {
    prepare: [
      "RESET MASTER",
      `SET GLOBAL gtid_slave_pos = '${from}'`,
      `SET GLOBAL slave_parallel_threads = ${WORKERS}`,
      "SET GLOBAL slave_parallel_mode = 'optimistic'",
      `CHANGE MASTER TO MASTER_HOST = '${upstream.host}', MASTER_PORT = ${upstream.port},
         MASTER_USER = '${upstream.user}', MASTER_PASSWORD = '${upstream.password}', MASTER_USE_GTID = slave_pos`,
    ],
    start: "START SLAVE",
    wait: (gtids) => `SELECT MASTER_GTID_WAIT('${gtids}', 2) AS waited`,
    status: "SHOW SLAVE STATUS",
    end: ["STOP SLAVE", "RESET SLAVE ALL"],
  };
}

async function waitUntilExecuted(downstream: Server, to: string, statements: ReplicaStatements): Promise<void> {
  const deadline = performance.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const [row] = await downstream.query(statements.wait(to));
    if (Number(row?.["waited"]) === 0) return;
    const [status] = await downstream.query<ReplicaStatus>(statements.status);
    const error = [status?.Last_IO_Error, status?.Last_SQL_Error].find((text) => text !== undefined && text !== "");
    if (error !== undefined) throw new Error(`the native replica stopped: ${error}`);
    if (performance.now() > deadline) throw new Error("the native replica did not catch up in time");
  }
}

/** From starting the process until it has ended with code 0: all rows applied, and its last checkpoint saved. */
export const tidemark: Subject = (backlog) => catchUp(backlog, "transaction");

/** The same with commits in the upstream's order. */
export const tidemarkOrdered: Subject = (backlog) => catchUp(backlog, "ordered");

async function catchUp(backlog: Backlog, consistency: "transaction" | "ordered"): Promise<Outcome> {
  const { downstream } = backlog;
  const folder = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
  const [task, log] = [join(folder, "task.yaml"), join(folder, "log")];
  await downstream.exec(`DROP DATABASE IF EXISTS ${META_SCHEMA}; ${resetLogs(downstream)}`);
  await writeFile(task, stringify(taskOf(backlog, consistency)));
  const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
  const command = `exec "$0" "$@" 2>"${log}"`;
  const start = performance.now();
  const child = spawn("/bin/sh", ["-c", command, process.execPath, cli, "run", task, "--until", "now"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  let peakRss = 0;
  const ended = new AbortController();
  const watching = watchMemory(child.pid ?? 0, ended.signal, (bytes) => (peakRss = Math.max(peakRss, bytes)));
  const [code] = await exited;
  const seconds = (performance.now() - start) / 1000;
  ended.abort();
  await watching;
  if (code !== 0)
    throw new Error(`tidemark ended with ${String(code)}:\n${(await readFile(log, "utf8")).slice(-4000)}`);
  await rm(folder, { recursive: true });
  return { seconds, peakRss: peakRss === 0 ? null : peakRss };
}

function resetLogs(server: Server): string {
  return server.flavour === "mysql" ? "RESET BINARY LOGS AND GTIDS" : "RESET MASTER";
}

function taskOf({ upstream, downstream, database, from }: Backlog, consistency: string): object {
  return {
    name: "bench",
    upstream: { ...accountOf(upstream), start: from === "" ? "earliest" : { gtids: from } },
    downstream: { ...accountOf(downstream), metaSchema: META_SCHEMA },
    tables: { include: [`${database}.*`] },
    apply: { workers: WORKERS, consistency },
    status: { listen: "off" },
  };
}

function accountOf({ host, port, user, password }: Server): object {
  return { host, port, user, password, tls: "disabled" };
}

/** Linux tells the most that a process has held (VmHWM) as long as it lives; elsewhere nothing is told. */
async function watchMemory(pid: number, ended: AbortSignal, tell: (bytes: number) => void): Promise<void> {
  while (!ended.aborted) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kilobytes !== undefined) tell(Number(kilobytes) * 1024);
    await sleep(50, undefined, { signal: ended }).catch(() => {});
  }
}
