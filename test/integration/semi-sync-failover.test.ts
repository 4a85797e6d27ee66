import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "../../src/mysql/connection.ts";
import type { TableHandle } from "../../src/binlog/transaction.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { realDoors } from "../../src/syncer/doors.ts";
import { openReader, type Reader } from "../../src/upstream/reader.ts";
import { startServer, type Server, type ServerOptions } from "../support/servers/index.ts";
import { caughtUp, GROUP_OPTIONS, promote, replicate } from "../support/servers/replication.ts";
import { runInProcess, side, taskOf, type RunningTask } from "../support/tidemark/task-in-process.ts";
import { waitFor } from "../support/wait-for.ts";

/** Sources that never give up waiting: what is answered was acknowledged. MariaDB's GTIDs as strict as they can be. */
const SOURCE: Readonly<Record<Flavour, ServerOptions>> = {
  mysql: {
    "plugin-load-add": "semisync_source.so",
    "loose-rpl-semi-sync-source-enabled": 1,
    "loose-rpl-semi-sync-source-timeout": 3_600_000,
  },
  mariadb: {
    "rpl-semi-sync-master-enabled": 1,
    "rpl-semi-sync-master-timeout": 3_600_000,
    "gtid-strict-mode": 1,
  },
};

describe.each(["mysql", "mariadb"] as const)("R17, R24: semi-synchronous sources that die, %s", (flavour: Flavour) => {
  let a: Server;
  let b: Server;
  let downstream: Server;
  let task: RunningTask | null = null;

  beforeEach(async () => {
    const start = (): Promise<Server> => startServer({ flavour, options: { ...GROUP_OPTIONS, ...SOURCE[flavour] } });
    [a, b, downstream] = await Promise.all([start(), start(), startServer({ flavour })]);
    await Promise.all([a, b].map((server) => turn(server, "OFF")));
    await replicate(b, a);
    const script = "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)";
    await Promise.all([a.exec(script), downstream.exec(script)]);
    await caughtUp(b, a);
    await turn(a, "ON");
  });
  afterEach(async () => {
    await task?.stop();
    task = null;
    await Promise.all([a, b, downstream].map((server) => server.stop()));
  });

  const turn = (server: Server, state: "ON" | "OFF"): Promise<unknown> =>
    server.query(`SET GLOBAL rpl_semi_sync_${flavour === "mysql" ? "source" : "master"}_enabled = ${state}`);
  const follow = async (doors = realDoors): Promise<RunningTask> => {
    task = runInProcess(
      taskOf(`
name: semi-sync-failover
upstream: { ${side(a)}, hosts: [{ host: "${b.host}", port: ${b.port} }], failoverAfter: 1s, netTimeout: 2s, connectTimeout: 1s, semiSync: on }
downstream: { ${side(downstream)} }
tables: { include: ["shop.*"] }
checkpoint: { interval: 1h }
retry: { base: 100ms, cap: 500ms }
status: { listen: "127.0.0.1:8261" }`),
      { doors },
    );
    await task.until("the task reads", ({ upstream }) => upstream.semiSync?.source === "on");
    return task;
  };
  const isThere = async (id: number): Promise<boolean> =>
    (await downstream.query(`SELECT id FROM shop.t WHERE id = ${id}`)).length === 1;
  /** Commits one row after the other until the server is gone; those that were answered. */
  const writeUntilGone = async (server: Server, first: number, answered: number[]): Promise<void> => {
    const session = await connect(server.address);
    try {
      for (let id = first; ; id += 1) {
        await session.run(`INSERT INTO shop.t VALUES (${id})`);
        answered.push(id);
      }
    } catch {
      session.destroy();
    }
  };

  test("each COMMIT that a source has answered before it was killed is downstream", async () => {
    await follow();
    const answered: number[] = [];
    const writers = [1, 2, 3, 4].map((writer) => writeUntilGone(a, writer * 10_000, answered));
    await waitFor(() => (answered.length > 60 ? true : undefined), { what: "some commits" });
    await a.kill();
    await Promise.all(writers);
    // At once: nothing has to arrive any more.
    const rows = await downstream.query("SELECT id FROM shop.t");
    const there = new Set(rows.map((row) => Number(row["id"])));
    expect(answered.filter((id) => !there.has(id))).toEqual([]);
    expect(answered.length).toBeGreaterThan(60);
  });

  test("the next one's clients wait for us as the last one's did", async () => {
    const current = await follow();
    const session = await connect(a.address);
    for (let id = 1; id <= 20; id += 1) await session.run(`INSERT INTO shop.t VALUES (${id})`);
    session.destroy();
    await caughtUp(b, a);
    await a.kill();
    await promote(b);
    await turn(b, "ON");
    const next = await connect(b.address);
    try {
      // Nobody but us acknowledges: the first is answered when we have come over.
      for (let id = 21; id <= 40; id += 1) {
        await next.run(`INSERT INTO shop.t VALUES (${id})`);
        expect(await isThere(id)).toBe(true);
      }
    } finally {
      next.destroy();
    }
    const { upstream } = current.status();
    expect(upstream).toMatchObject({ host: `${b.host}:${b.port}`, semiSync: { source: "on" } });
    expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(40);
  });

  test("a task that was killed between its checkpoint and the acknowledgement goes on from there, and the client that waits is answered", async () => {
    // As if it died each time before the acknowledgement has left.
    const current = await follow({ ...realDoors, openReader: (options) => withoutAcknowledging(openReader(options)) });
    const session = await connect(a.address);
    let isAnswered = false;
    const commit = session.run("INSERT INTO shop.t VALUES (1)").then(() => {
      isAnswered = true;
    });
    await current.until(
      "the checkpoint",
      ({ checkpoint, received, transactions }) =>
        transactions.applied > 0 && checkpoint !== null && checkpoint.offset === received?.offset,
    );
    current.controls.stop({ force: true });
    await current.ended;
    expect(await isThere(1)).toBe(true);
    expect(isAnswered).toBe(false);
    // The source has logged it and not committed it: a checkpoint that holds it is not ahead of the source (V12).
    await follow();
    await commit;
    session.destroy();
  });
});

function withoutAcknowledging<H extends TableHandle>(reader: Reader<H>): Reader<H> {
  return {
    chunks: (stop) => reader.chunks(stop),
    progress: () => undefined,
    isAwaited: (place) => reader.isAwaited(place),
    forgetTables: () => reader.forgetTables(),
    state: reader.state,
    close: () => reader.close(),
  };
}
