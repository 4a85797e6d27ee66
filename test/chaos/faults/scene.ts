/** Two servers of their own, a proxy before the downstream, a task between them, and the verdict in the end: equal, and each transaction once. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { compareDatabases, describeDifferences } from "../../support/compare.ts";
import { judgeExactlyOnce } from "../../support/exactly-once/judge.ts";
import { makeLoadTables, startLoad, type Load } from "../../support/load.ts";
import { startServer, type Server } from "../../support/servers/index.ts";
import { startProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import type { Status } from "../../support/tidemark/status-contract.ts";
import { readStatus, startTidemark, waitForStatus, type SyncerProcess } from "../../support/tidemark/syncer-process.ts";
import { writeTaskFile, type TaskFile, type TaskOptions } from "../../support/tidemark/task-file.ts";
import { logEnd, reached, type LogEnd } from "../../support/tidemark/upstream-end.ts";
import { waitFor } from "../../support/wait-for.ts";

export const DATA = "faults";
/** An account without special rights, as an operator would make it (docs/privileges.md): read_only holds for it. */
export const ACCOUNT = { user: "syncer", password: "Secret-0815" };
/** {@link FaultScene.verdict} when all is well. */
export const EXACTLY_ONCE = "both sides are equal, each transaction was applied exactly once";

export interface SceneOptions {
  readonly upstream: Flavour;
  readonly downstream: Flavour;
  /** How the downstream is started, where that is not as usual. */
  readonly startDownstream?: (flavour: Flavour) => Promise<Server>;
  /** Called when the database is made downstream, and has no tables yet. */
  readonly onDatabaseMade?: () => Promise<void>;
}

/** What a test may set in its task file. */
export type TaskSettings = Pick<TaskOptions, "apply" | "downstreamMore">;

export class FaultScene {
  readonly upstream: Server;
  readonly downstream: Server;
  /** Between the task and the downstream; plain packets. */
  readonly proxy: TcpProxy;
  readonly #folder: string;
  readonly #onDatabaseMade: (() => Promise<void>) | undefined;
  readonly #syncers: SyncerProcess[] = [];
  readonly #loads: Load[] = [];
  readonly #faults: (() => Promise<unknown>)[] = [];
  #task: TaskFile | undefined;
  #from: { readonly upstream: LogEnd; readonly downstream: LogEnd } | undefined;
  #number = 0;

  private constructor(
    parts: Pick<FaultScene, "upstream" | "downstream" | "proxy">,
    folder: string,
    onDatabaseMade: (() => Promise<void>) | undefined,
  ) {
    this.upstream = parts.upstream;
    this.downstream = parts.downstream;
    this.proxy = parts.proxy;
    this.#folder = folder;
    this.#onDatabaseMade = onDatabaseMade;
  }

  static async open(options: SceneOptions): Promise<FaultScene> {
    const { startDownstream = (flavour: Flavour): Promise<Server> => startServer({ flavour }) } = options;
    const [upstream, downstream] = await Promise.all([
      startServer({ flavour: options.upstream }),
      startDownstream(options.downstream),
    ]);
    await downstream.exec(`CREATE USER ${ACCOUNT.user} IDENTIFIED BY '${ACCOUNT.password}';
      GRANT ALL ON tidemark.* TO ${ACCOUNT.user}; GRANT ALL ON ${DATA}.* TO ${ACCOUNT.user}`);
    const proxy = await startProxy(downstream);
    const folder = await mkdtemp(join(tmpdir(), "tidemark-faults-"));
    return new FaultScene({ upstream, downstream, proxy }, folder, options.onDatabaseMade);
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await Promise.all([this.upstream.stop(), this.downstream.stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Before each test: the same rows on both sides, `tables` as well, and a task that has not run. */
  async begin(settings: TaskSettings = {}, tables = ""): Promise<void> {
    for (const server of [this.upstream, this.downstream]) {
      await makeLoadTables(server, DATA, server === this.downstream ? this.#onDatabaseMade : undefined);
      if (tables !== "") await server.exec(tables, DATA);
    }
    this.#number += 1;
    const from = { upstream: await logEnd(this.upstream), downstream: await logEnd(this.downstream) };
    this.#from = from;
    this.#task = await writeTaskFile(await mkdtemp(join(this.#folder, "task-")), {
      name: `faults-${this.#number}`,
      upstream: this.upstream,
      downstream: { host: this.proxy.host, port: this.proxy.port, ...ACCOUNT },
      start: from.upstream,
      include: [`${DATA}.*`],
      checkpoint: { interval: "100ms" },
      more: { retry: { base: "100ms", cap: "500ms" } },
      ...settings,
      // The proxy reads along.
      downstreamMore: { tls: "disabled", ...settings.downstreamMore },
    });
  }

  /** After each test: what it left running, and the faults that it left. */
  async end(): Promise<void> {
    for (const undo of this.#faults.splice(0).toReversed()) await undo();
    await this.proxy.heal();
    await Promise.all(this.#loads.splice(0).map((load) => load.stop().catch(() => {})));
    await Promise.all(this.#syncers.splice(0).map((syncer) => syncer.stop()));
  }

  get task(): TaskFile {
    if (this.#task === undefined) throw new Error("begin() was not called");
    return this.#task;
  }

  /** What takes a fault away again, should the test not come to that. */
  atEnd(undo: () => Promise<unknown>): void {
    this.#faults.push(undo);
  }

  /** `tidemark run`, ended with the test at the latest. */
  follow(): SyncerProcess {
    return this.#followed(startTidemark(["run", this.task.path]));
  }

  /** Lets the task take its first checkpoint: it learns the upstream's tables as they are before what comes then. */
  async started(): Promise<void> {
    const syncer = this.follow();
    await this.insert(-1);
    await this.following(syncer);
    await syncer.stop();
  }

  /** `tidemark run` with a fault at a named place of the process (`src/faults.ts`). */
  followFaulty(fault: string): SyncerProcess {
    return this.#followed(startTidemark(["run", this.task.path], { TIDEMARK_FAULT: fault }));
  }

  #followed(syncer: SyncerProcess): SyncerProcess {
    this.#syncers.push(syncer);
    return syncer;
  }

  /** The write load, ended with the test at the latest. */
  async writing(transactionsPerSecond = 200, seed = this.#number): Promise<Load> {
    const load = await startLoad(this.upstream, { database: DATA, seed, transactionsPerSecond });
    this.#loads.push(load);
    return load;
  }

  /** Waits until the task runs and has applied something since. */
  async following(syncer: SyncerProcess): Promise<Status> {
    const before = (await readStatus(this.task))?.transactions.applied ?? 0;
    return waitForStatus(
      syncer,
      this.task,
      "the task follows",
      ({ state, transactions }) => state === "running" && transactions.applied > before,
    );
  }

  /** Waits until the task tells an error of this name; it must not have failed. */
  async troubled(syncer: SyncerProcess, name: string): Promise<Status> {
    return waitForStatus(syncer, this.task, `the task tells ${name}`, ({ error }) => error?.name === name);
  }

  /** Waits until the task has failed, with its error. */
  async failed(syncer: SyncerProcess): Promise<Status> {
    return waitFor(
      async () => {
        const status = await readStatus(this.task);
        return status?.state === "failed" ? status : undefined;
      },
      { what: "the task fails", explain: () => syncer.stderr().slice(-3000) },
    );
  }

  /** Waits for as many more transactions of the upstream. */
  async written(load: Load, more: number): Promise<void> {
    const before = load.committed;
    await waitFor(() => (load.committed >= before + more ? true : undefined), {
      what: `${more} transactions upstream`,
    });
  }

  /** A transaction of one row, upstream. */
  async insert(n: number, what = "here"): Promise<LogEnd> {
    await this.upstream.exec(`INSERT INTO journal VALUES (77, ${n}, '${what}', NULL)`, DATA);
    return logEnd(this.upstream);
  }

  /** The checkpoint as it is stored downstream. */
  async storedCheckpoint(): Promise<LogEnd> {
    const [row] = await this.downstream.query(
      `SELECT file, file_offset FROM tidemark.checkpoint WHERE task = '${this.task.name}'`,
    );
    return { file: String(row?.["file"]), offset: Number(row?.["file_offset"]) };
  }

  /** The task's connections at the downstream, all or those of its workers. */
  async connections(): Promise<number[]> {
    const rows = await this.downstream.query(
      `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = '${ACCOUNT.user}'`,
    );
    return rows.map((row) => Number(row["id"]));
  }

  /**
   * Ends the load, waits until all that the upstream has is applied and saved and no error is told any more, ends the task (exit 0) and
   * compares both sides and their logs: {@link EXACTLY_ONCE}, or what is wrong.
   */
  async verdict(syncer: SyncerProcess): Promise<string> {
    // A load whose upstream was killed has told so when it was stopped.
    await Promise.allSettled(this.#loads.splice(0).map((load) => load.stop()));
    // An error is over with the next progress: there must be something to apply.
    const end = await this.insert(0, "last");
    await waitForStatus(
      syncer,
      this.task,
      `the task has applied and saved ${end.file}:${end.offset}, and tells no error`,
      ({ checkpoint, error, state }) => state === "running" && error === null && reached(checkpoint, end),
    );
    const { code, signal } = await syncer.stop();
    if (code !== 0) return `the task ended with ${code ?? signal}, not 0`;
    return this.judged();
  }

  /** Compares both sides and their logs; nothing may be under way. */
  async judged(): Promise<string> {
    if (this.#from === undefined) throw new Error("begin() was not called");
    const { upstream, downstream, task } = this;
    const differences = await compareDatabases(upstream, downstream, [DATA]);
    const { faults } = await judgeExactlyOnce({
      upstream,
      downstream,
      from: this.#from,
      database: DATA,
      task: task.name,
    });
    if (differences.length === 0 && faults.length === 0) return EXACTLY_ONCE;
    return [describeDifferences(differences), ...faults].join("\n");
  }
}
