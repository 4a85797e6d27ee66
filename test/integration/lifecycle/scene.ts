/** Two servers of their own, a task between them, and what the life cycle's tests do with them. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { compareDatabases, describeDifferences } from "../../support/compare.ts";
import { makeLoadTables, startLoad, type Load } from "../../support/load.ts";
import { startServer, type Server } from "../../support/servers/index.ts";
import type { Status } from "../../support/tidemark/status-contract.ts";
import { startTidemark, waitForStatus, type SyncerProcess } from "../../support/tidemark/syncer-process.ts";
import { writeTaskFile, type TaskFile } from "../../support/tidemark/task-file.ts";
import { logEnd, reached, type LogEnd } from "../../support/tidemark/upstream-end.ts";

export const DATA = "lifecycle";
/** An account without special rights, as an operator would make it (docs/privileges.md). */
export const ACCOUNT = { user: "lifecycle", password: "Secret-0815" };

export class Scene {
  readonly upstream: Server;
  readonly downstream: Server;
  readonly #folder: string;
  readonly #syncers: SyncerProcess[] = [];
  #load: Load | undefined;
  #task: TaskFile | undefined;
  #number = 0;

  constructor(upstream: Server, downstream: Server, folder: string) {
    this.upstream = upstream;
    this.downstream = downstream;
    this.#folder = folder;
  }

  static async open(): Promise<Scene> {
    const [upstream, downstream] = await Promise.all([
      startServer({ flavour: "mysql" }),
      startServer({ flavour: "mysql", options: { "performance-schema": "ON" } }),
    ]);
    await downstream.exec(`CREATE USER ${ACCOUNT.user} IDENTIFIED BY '${ACCOUNT.password}';
      GRANT ALL ON tidemark.* TO ${ACCOUNT.user}; GRANT ALL ON ${DATA}.* TO ${ACCOUNT.user}`);
    return new Scene(upstream, downstream, await mkdtemp(join(tmpdir(), "tidemark-lifecycle-")));
  }

  async close(): Promise<void> {
    await Promise.all([this.upstream.stop(), this.downstream.stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Before each test: the same rows on both sides, and a task that has not run. */
  async begin(): Promise<void> {
    for (const server of [this.upstream, this.downstream]) await makeLoadTables(server, DATA);
    this.#number += 1;
    this.#task = await this.taskFile(`lifecycle-${this.#number}`, await logEnd(this.upstream));
  }

  /** After each test: what it left running. */
  async end(): Promise<void> {
    await this.#load?.stop();
    this.#load = undefined;
    await Promise.all(this.#syncers.splice(0).map((syncer) => syncer.stop()));
  }

  get task(): TaskFile {
    if (this.#task === undefined) throw new Error("begin() was not called");
    return this.#task;
  }

  /** A task file in a folder of its own. */
  async taskFile(name: string, start: LogEnd): Promise<TaskFile> {
    return writeTaskFile(await mkdtemp(join(this.#folder, "task-")), {
      name,
      upstream: this.upstream,
      downstream: { host: this.downstream.host, port: this.downstream.port, ...ACCOUNT },
      start,
      include: [`${DATA}.*`],
      checkpoint: { interval: "100ms" },
      more: { retry: { base: "200ms", cap: "1s" } },
    });
  }

  /** `tidemark run`, ended with the test at the latest. */
  follow(task: TaskFile = this.task): SyncerProcess {
    const syncer = startTidemark(["run", task.path]);
    this.#syncers.push(syncer);
    return syncer;
  }

  /** The write load, ended with the test at the latest. */
  async writing(): Promise<Load> {
    this.#load = await startLoad(this.upstream, { database: DATA, seed: this.#number, transactionsPerSecond: 200 });
    return this.#load;
  }

  /** Waits until the task runs and has applied something. */
  async following(syncer: SyncerProcess): Promise<Status> {
    return waitForStatus(
      syncer,
      this.task,
      "the task follows",
      ({ state, transactions }) => state === "running" && transactions.applied > 0,
    );
  }

  /** Waits until the task has applied all that the upstream has now, and compares: `no differences`, or which. */
  async caughtUp(syncer: SyncerProcess): Promise<string> {
    const end = await logEnd(this.upstream);
    await waitForStatus(syncer, this.task, `the task has applied ${end.file}:${end.offset}`, ({ applied }) =>
      reached(applied, end),
    );
    return this.differences();
  }

  async differences(): Promise<string> {
    return describeDifferences(await compareDatabases(this.upstream, this.downstream, [DATA]));
  }

  /** A transaction of one row, upstream; gives its end. */
  async insert(n: number): Promise<LogEnd> {
    await this.upstream.exec(`INSERT INTO journal VALUES (77, ${n}, 'here', NULL)`, DATA);
    return logEnd(this.upstream);
  }

  /** Which rows of {@link insert} are there downstream. */
  async inserted(): Promise<number[]> {
    const rows = await this.downstream.query(`SELECT n FROM ${DATA}.journal WHERE writer = 77 ORDER BY n`);
    return rows.map((row) => Number(row["n"]));
  }
}

/** For a file of tests: one scene for all of them, begun afresh for each. `take` is told it before the first. */
export function useScene(take: (scene: Scene) => void): void {
  let scene: Scene | null = null;
  beforeAll(async () => {
    scene = await Scene.open();
    take(scene);
  });
  afterAll(() => scene?.close());
  beforeEach(() => scene?.begin());
  afterEach(() => scene?.end());
}
