/**
 * An upstream behind a network that loses packets, five inserts a second, and two readers of its log side by side: the task, and the
 * same kind of server as a replica. Then the loss ends, and both sides must be equal.
 */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { compareDatabases, type Difference } from "../../support/compare.ts";
import { makeLossyLink, type LossyLink } from "../../support/network/lossy-link.ts";
import { findSource, startServer, type Server } from "../../support/servers/index.ts";
import { startLocalServer } from "../../support/servers/local-server.ts";
import { startTidemark, waitForStatus, type SyncerProcess } from "../../support/tidemark/syncer-process.ts";
import type { Status } from "../../support/tidemark/status-contract.ts";
import { writeTaskFile, type TaskFile } from "../../support/tidemark/task-file.ts";
import { logEnd, reached } from "../../support/tidemark/upstream-end.ts";
import { waitFor } from "../../support/wait-for.ts";
import { countReaders, type ReaderCounts } from "./server-counts.ts";

export interface LossOptions {
  readonly flavour: Flavour;
  readonly seconds: number;
  /** Probability with which a packet of the upstream gets lost. */
  readonly loss: number;
  /** Told what happens, a line at a time. */
  readonly tell: (line: string) => void;
}

export interface LossReport {
  readonly rows: number;
  /** Of the task: connections lost or not made, and those counted by stage and reason. */
  readonly reconnects: number;
  readonly counts: readonly { readonly step: string; readonly reason: string; readonly count: number }[];
  /** From its log: attempts in any one second, at most. */
  readonly attemptsPerSecond: number;
  readonly tidemark: ReaderCounts;
  readonly native: ReaderCounts;
  /** Of the rows that were written while packets got lost: those that had arrived when the loss ended. */
  readonly arrived: { readonly tidemark: number; readonly native: number };
  readonly differences: readonly Difference[];
  /** From the end of the loss until all that was written is applied, seconds. */
  readonly caughtUpSeconds: number;
  /** Share of one processor that the syncer used while packets got lost. */
  readonly cpu: number;
}

const DATA = "loss";
const PER_SECOND = 5;

/** Starts everything, does it all, and takes everything away. Throws when the task fails or ends. */
export async function runLoss(options: LossOptions): Promise<LossReport> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-loss-"));
  const link = await makeLossyLink();
  const servers: Server[] = [];
  try {
    const upstream = await startBehind(link, options.flavour, folder);
    servers.push(upstream);
    const [downstream, replica] = await Promise.all([
      startServer({ flavour: options.flavour }),
      startServer({ flavour: options.flavour, options: { "slave-net-timeout": 2, "skip-log-bin": true } }),
    ]);
    servers.push(downstream, replica);
    return await new Run(options, link, { upstream, downstream, replica }, folder).run();
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    link.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A server at the far end of the link; we talk to it over the part that loses nothing. */
export async function startBehind(link: LossyLink, flavour: Flavour, folder: string): Promise<Server> {
  const source = await findSource(flavour);
  if (source.origin === "docker") throw new Error("a server in a container can't be put behind the link");
  return startLocalServer(
    source,
    { flavour, options: { "general-log": 1, "general-log-file": join(folder, "general.log"), "log-output": "FILE" } },
    { prefix: link.prefix, bind: "0.0.0.0", host: link.clean },
  );
}

interface Servers {
  readonly upstream: Server;
  readonly downstream: Server;
  readonly replica: Server;
}

class Run {
  readonly #options: LossOptions;
  readonly #link: LossyLink;
  readonly #servers: Servers;
  readonly #folder: string;

  constructor(options: LossOptions, link: LossyLink, servers: Servers, folder: string) {
    this.#options = options;
    this.#link = link;
    this.#servers = servers;
    this.#folder = folder;
  }

  async run(): Promise<LossReport> {
    const { upstream, downstream, replica } = this.#servers;
    const { seconds, loss, tell } = this.#options;
    const table = `CREATE DATABASE ${DATA}; CREATE TABLE ${DATA}.keyless (n INT, pad VARCHAR(250)); CREATE TABLE ${DATA}.keyed (n INT PRIMARY KEY, pad VARCHAR(250))`;
    for (const server of [downstream, replica, upstream]) await server.exec(table);
    await this.#startReplica();
    const task = await this.#taskFile();
    const syncer = startTidemark(["run", task.path]);
    try {
      await waitForStatus(
        syncer,
        task,
        "the task reads",
        ({ upstream: { connectedSince } }) => connectedSince !== null,
      );
      const before = await this.#counts();
      const cpuBefore = await cpuSeconds(syncer.pid);
      const startedAt = performance.now();
      await this.#link.lose(loss);
      tell(`${upstream.describe()}: ${loss * 100} % of its packets get lost for ${seconds} s`);
      const rows = await this.#write(seconds, syncer, task);
      const cpu = (await cpuSeconds(syncer.pid)) - cpuBefore;
      const took = (performance.now() - startedAt) / 1000;
      const arrived = { tidemark: await rowsOf(downstream), native: await rowsOf(replica) };
      const during = await this.#counts();
      await this.#link.heal();
      const healedAt = performance.now();
      const end = await logEnd(upstream);
      const status = await waitForStatus(syncer, task, "it has caught up", ({ applied }) => reached(applied, end));
      const caughtUpSeconds = (performance.now() - healedAt) / 1000;
      return {
        rows,
        ...reconnectsOf(status),
        attemptsPerSecond: attemptsPerSecond(syncer),
        tidemark: minus(during["syncer"], before["syncer"]),
        native: minus(during["native"], before["native"]),
        arrived,
        differences: await compareDatabases(upstream, downstream, [DATA]),
        caughtUpSeconds,
        cpu: cpu / took,
      };
    } finally {
      await syncer.stop();
    }
  }

  /** Rows while packets get lost, two tables in turn. Fails as soon as the task does. */
  async #write(seconds: number, syncer: SyncerProcess, task: TaskFile): Promise<number> {
    const { upstream } = this.#servers;
    const pad = "x".repeat(180);
    const endsAt = performance.now() + seconds * 1000;
    let rows = 0;
    for (; performance.now() < endsAt; rows += 1) {
      await upstream.query(`INSERT INTO ${DATA}.${rows % 2 === 0 ? "keyless" : "keyed"} VALUES (${rows}, '${pad}')`);
      if (rows % 50 === 0) await waitForStatus(syncer, task, "it runs on", ({ state }) => state !== "failed");
      await delay(1000 / PER_SECOND);
    }
    return rows;
  }

  async #startReplica(): Promise<void> {
    const { upstream, replica } = this.#servers;
    for (const user of ["syncer", "native"])
      await upstream.exec(`CREATE USER ${user} IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO ${user}`);
    const { file, offset } = await logEnd(upstream);
    // The same timeouts as the task's: 2 s without a sign of life, one every second, and a new attempt after a second.
    await replica.exec(
      replica.flavour === "mysql"
        ? `CHANGE REPLICATION SOURCE TO SOURCE_HOST='${this.#link.lossy}', SOURCE_PORT=${upstream.port}, SOURCE_USER='native', SOURCE_PASSWORD='secret',
             SOURCE_LOG_FILE='${file}', SOURCE_LOG_POS=${offset}, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1, SOURCE_HEARTBEAT_PERIOD=1; START REPLICA`
        : `CHANGE MASTER TO MASTER_HOST='${this.#link.lossy}', MASTER_PORT=${upstream.port}, MASTER_USER='native', MASTER_PASSWORD='secret',
             MASTER_LOG_FILE='${file}', MASTER_LOG_POS=${offset}, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1; START SLAVE`,
    );
    await waitFor(async () => ((await this.#counts())["native"]?.dumps === 1 ? true : undefined), {
      what: "the replica to read",
    });
  }

  async #taskFile(): Promise<TaskFile> {
    const { upstream, downstream } = this.#servers;
    return writeTaskFile(this.#folder, {
      name: "loss",
      upstream: { host: this.#link.lossy, port: upstream.port, user: "syncer", password: "secret" },
      upstreamMore: { netTimeout: "2s", connectTimeout: "2s", tls: "disabled" },
      downstream,
      start: await logEnd(upstream),
      include: [`${DATA}.*`],
      checkpoint: { interval: "100ms" },
      more: { retry: { base: "1s", cap: "2s" } },
    });
  }

  #counts(): Promise<Record<string, ReaderCounts>> {
    return countReaders(join(this.#folder, "general.log"), ["syncer", "native"]);
  }
}

function minus(now: ReaderCounts | undefined, before: ReaderCounts | undefined): ReaderCounts {
  return {
    connects: (now?.connects ?? 0) - (before?.connects ?? 0),
    dumps: (now?.dumps ?? 0) - (before?.dumps ?? 0),
  };
}

function reconnectsOf({ upstream }: Status): Pick<LossReport, "reconnects" | "counts"> {
  const counts: unknown = upstream["reconnectCounts"];
  const known = Array.isArray(counts) ? counts : [];
  return {
    reconnects: upstream.reconnects,
    counts: known.map(({ step, reason, count }: Record<string, unknown>) => ({
      step: String(step),
      reason: String(reason),
      count: Number(count),
    })),
  };
}

/** The most attempts in any second, by the times of the log's lines: each failure is one line. */
function attemptsPerSecond(syncer: SyncerProcess): number {
  const times = [...syncer.stderr().matchAll(/"atMs":(\d+)/g)].map((match) => Number(match[1]));
  return Math.max(0, ...times.map((from) => times.filter((time) => time >= from && time < from + 1000).length));
}

async function rowsOf(server: Server): Promise<number> {
  const [row] = await server.query(
    `SELECT (SELECT COUNT(*) FROM ${DATA}.keyless) + (SELECT COUNT(*) FROM ${DATA}.keyed) AS n`,
  );
  return Number(row?.["n"]);
}

/** Processor time of a process so far, user and system, seconds (fields 14 and 15 of /proc/PID/stat, in hundredths). */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** One line for people. */
export function describeLoss(report: LossReport): string {
  const share = ({ dumps, connects }: ReaderCounts): string => `${dumps} dumps of ${connects} connects`;
  const counts = report.counts.map(({ step, reason, count }) => `${count} ${reason} (${step})`).join(", ");
  return [
    `${report.rows} rows`,
    `${report.reconnects} reconnects: ${counts}`,
    `at most ${report.attemptsPerSecond} in a second`,
    `tidemark ${share(report.tidemark)}, ${report.arrived.tidemark} rows in time`,
    `the server's own thread ${share(report.native)}, ${report.arrived.native} rows in time`,
    `caught up after ${report.caughtUpSeconds.toFixed(1)} s`,
    `${report.differences.length} differences`,
    `${(report.cpu * 100).toFixed(1)} % CPU`,
  ].join("; ");
}
