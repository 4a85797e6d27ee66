/**
 * Transactions that are applied while they are read, on real servers. A row that somebody holds downstream keeps the applier in the
 * middle of one for as long as a test wants.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { compareDatabases, describeDifferences } from "../support/compare.ts";
import { startServer, type Server } from "../support/servers/index.ts";
import { readStatus, startTidemark, waitForStatus, type SyncerProcess } from "../support/tidemark/syncer-process.ts";
import { writeTaskFile, type TaskFile } from "../support/tidemark/task-file.ts";
import { logEnd, reached } from "../support/tidemark/upstream-end.ts";
import { waitFor } from "../support/wait-for.ts";

const DATA = "large";

/** Two servers of one flavour, and a task between them. */
class Scene {
  readonly upstream: Server;
  readonly downstream: Server;
  readonly #folder: string;
  #syncer: SyncerProcess | null = null;
  #task: TaskFile | null = null;
  #number = 0;

  constructor(upstream: Server, downstream: Server, folder: string) {
    this.upstream = upstream;
    this.downstream = downstream;
    this.#folder = folder;
  }

  static async open(flavour: Flavour): Promise<Scene> {
    const options = { "innodb-buffer-pool-size": "256M" };
    const [upstream, downstream] = await Promise.all([
      startServer({ flavour, options }),
      startServer({ flavour, options }),
    ]);
    return new Scene(upstream, downstream, await mkdtemp(join(tmpdir(), "tidemark-large-")));
  }

  async close(): Promise<void> {
    await Promise.all([this.upstream.stop(), this.downstream.stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The same tables on both sides, with a row to hold, and a task that has not run. */
  async begin(apply: Readonly<Record<string, unknown>>): Promise<void> {
    for (const server of [this.upstream, this.downstream]) {
      await server.exec(`DROP DATABASE IF EXISTS ${DATA}; CREATE DATABASE ${DATA}; USE ${DATA};
        CREATE TABLE many (id INT PRIMARY KEY, u INT UNIQUE, body VARCHAR(300));
        CREATE TABLE keyless (n INT, body VARCHAR(300));
        CREATE TABLE untransacted (id INT PRIMARY KEY, n INT) ENGINE=MyISAM;
        CREATE TABLE held (id INT PRIMARY KEY, n INT); INSERT INTO held VALUES (1, 0), (2, 0)`);
    }
    this.#number += 1;
    this.#task = await writeTaskFile(await mkdtemp(join(this.#folder, "task-")), {
      name: `large-${this.#number}`,
      upstream: this.upstream,
      downstream: this.downstream,
      start: await logEnd(this.upstream),
      include: [`${DATA}.*`],
      apply,
      checkpoint: { interval: "100ms" },
      more: { retry: { base: "200ms", cap: "1s" } },
    });
  }

  async end(): Promise<void> {
    await this.downstream.disconnect();
    await this.#syncer?.stop();
    this.#syncer = null;
  }

  get task(): TaskFile {
    if (this.#task === null) throw new Error("begin() was not called");
    return this.#task;
  }

  follow(): SyncerProcess {
    return (this.#syncer = startTidemark(["run", this.task.path]));
  }

  /** One transaction: `held` first, then 2^`doublings` rows twice over, changed and partly deleted, then `held` again. */
  async commitLarge(doublings: number, before = ""): Promise<void> {
    const doubled = Array.from(
      { length: doublings },
      (_, i) =>
        `INSERT INTO many SELECT id + ${2 ** i}, u + ${2 ** i}, body FROM many; INSERT INTO keyless SELECT n + ${2 ** i}, body FROM keyless;`,
    );
    await this.upstream.exec(
      `${before} BEGIN; UPDATE held SET n = n + 1 WHERE id = 1;
       INSERT INTO many VALUES (0, 1000000, REPEAT('x', 100)); INSERT INTO keyless VALUES (0, REPEAT('y', 100)); ${doubled.join("")}
       UPDATE many SET u = -u WHERE id % 3 = 0; DELETE FROM many WHERE id % 7 = 0; UPDATE many SET u = u - 1 ORDER BY u;
       UPDATE held SET n = n + 1 WHERE id = 2; COMMIT`,
      DATA,
    );
  }

  /** Somebody downstream holds a row of `held`, until `release`. */
  async hold(id: number): Promise<void> {
    await this.downstream.query("BEGIN");
    await this.downstream.query(`SELECT * FROM ${DATA}.held WHERE id = ${id} FOR UPDATE`);
  }

  async release(): Promise<void> {
    await this.downstream.query("ROLLBACK");
  }

  /** Waits until the task is in the middle of a large transaction. */
  async inside(syncer: SyncerProcess, rows: number): Promise<void> {
    await waitFor(
      async () => {
        if (!syncer.running()) throw new Error(`the syncer ended\n${syncer.stderr().slice(-2000)}`);
        const status: unknown = await readStatus(this.task);
        return rowsOf(status) >= rows ? true : undefined;
      },
      { what: "the middle of a large transaction", timeoutMs: 60_000 },
    );
  }

  /** How many of a table's rows a reader downstream sees. */
  async visible(table: string): Promise<number> {
    const [row] = await this.downstream.query(`SELECT COUNT(*) AS n FROM ${DATA}.${table}`);
    return Number(row?.["n"]);
  }

  async caughtUp(syncer: SyncerProcess): Promise<string> {
    const end = await logEnd(this.upstream);
    const there = (): Promise<unknown> =>
      waitForStatus(syncer, this.task, "everything is applied", ({ applied }) => reached(applied, end), 100_000);
    await there();
    return describeDifferences(await compareDatabases(this.upstream, this.downstream, [DATA]));
  }
}

/** `streaming.rows` (or `splitting.rows`) of a status; -1: there is none. */
function rowsOf(status: unknown): number {
  for (const key of ["streaming", "splitting"]) {
    const large: unknown = Reflect.get(Object(status), key);
    if (typeof large === "object" && large !== null) return Number(Reflect.get(large, "rows"));
  }
  return -1;
}

const STREAMING = { streamTransactionsOver: "256KiB" };

describe.each<Flavour>(["mysql", "mariadb"])("large transactions, %s", (flavour) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open(flavour);
  });
  afterAll(() => scene.close());
  beforeEach(() => scene.begin(STREAMING));
  afterEach(() => scene.end());

  test("S13, S11: one is applied while it is read, and nothing of it is visible before all of it", async () => {
    const syncer = scene.follow();
    await scene.hold(2);
    await scene.commitLarge(14);
    await scene.inside(syncer, 30_000);
    expect([await scene.visible("many"), await scene.visible("keyless")]).toEqual([0, 0]);
    await scene.release();
    expect(await scene.caughtUp(syncer)).toBe("no differences");
    expect(rowsOf(await readStatus(scene.task))).toBe(-1);
  });

  test("S5, S8: kill -9 in the middle of one leaves nothing of it, and it is applied once, keyless tables included", async () => {
    await scene.hold(2);
    await scene.commitLarge(14);
    const killed = scene.follow();
    await scene.inside(killed, 30_000);
    killed.signal("SIGKILL");
    await killed.ended;
    expect(await scene.visible("many")).toBe(0);
    await scene.release();
    expect(await scene.caughtUp(scene.follow())).toBe("no differences");
  });

  test("S6: the downstream is killed in the middle of one: it is applied once when it is back", async () => {
    const syncer = scene.follow();
    await scene.hold(2);
    await scene.commitLarge(14);
    await scene.inside(syncer, 30_000);
    await scene.downstream.kill();
    await scene.downstream.disconnect();
    await scene.downstream.restart();
    expect(await scene.caughtUp(syncer)).toBe("no differences");
  });

  test("M15: a stop in the middle of one ends at once; nothing of it is applied, and the next run does it", async () => {
    const stopped = scene.follow();
    await scene.hold(1);
    await scene.commitLarge(14);
    await scene.inside(stopped, 1);
    const before = performance.now();
    stopped.signal("SIGTERM");
    await scene.release();
    expect((await stopped.ended).code).toBe(0);
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(await scene.caughtUp(scene.follow())).toBe("no differences");
  });

  test("S12: one that may be cut is said to be, goes on behind its last piece after kill -9, and is applied once", async () => {
    await scene.begin({ ...STREAMING, splitTransactionsOver: "512KiB" });
    await scene.hold(2);
    await scene.commitLarge(14);
    const killed = scene.follow();
    await scene.inside(killed, 30_000);
    expect(await scene.visible("keyless")).toBeGreaterThan(0);
    killed.signal("SIGKILL");
    await killed.ended;
    expect(killed.stderr()).toContain("larger transactions are cut");
    await scene.release();
    expect(await scene.caughtUp(scene.follow())).toBe("no differences");
    const [pieces] = await scene.downstream.query(
      "SELECT COUNT(*) AS n FROM tidemark.applied_batch WHERE rows_through IS NOT NULL",
    );
    expect(Number(pieces?.["n"])).toBe(0);
  });
});

describe("a large transaction of MySQL", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open("mysql");
  });
  afterAll(() => scene.close());
  beforeEach(() => scene.begin({}));
  afterEach(() => scene.end());

  test("T3: of 120 MB, compressed, is applied in bounded memory", async () => {
    const syncer = scene.follow();
    await scene.commitLarge(18, "SET SESSION binlog_transaction_compression = ON;");
    expect(await scene.caughtUp(syncer)).toBe("no differences");
    // Held whole it takes more than 800.
    expect(await peakMiB(syncer)).toBeLessThan(400);
  });

  test("R15: whose upstream restarts in the middle of it is read again", async () => {
    const syncer = scene.follow();
    await scene.hold(1);
    await scene.commitLarge(17);
    await scene.inside(syncer, 1);
    // What had been received isn't all of it; the reader hears of the end when it has room for more.
    await scene.upstream.restart();
    await scene.release();
    expect(await scene.caughtUp(syncer)).toBe("no differences");
    expect(syncer.stderr()).toContain("transaction_interrupted");
  });
});

/** The most memory that the process has held, MiB. */
async function peakMiB(syncer: SyncerProcess): Promise<number> {
  const status = await readFile(`/proc/${syncer.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
