import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { probe } from "../../src/cli/probe.ts";
import { parseGtidSet } from "../../src/binlog/gtid-set.ts";
import { comparePositions } from "../../src/binlog/position.ts";
import { connect, type Connection } from "../../src/mysql/connection.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { startServer, type Server, type ServerOptions } from "../support/servers/index.ts";
import { gtidsOf } from "../support/servers/replication.ts";
import { runInProcess, side, taskOf, type RunningTask } from "../support/tidemark/task-in-process.ts";
import { waitFor } from "../support/wait-for.ts";

/** A source that never gives up waiting: what is answered was acknowledged. */
const SOURCE: Readonly<Record<Flavour, ServerOptions>> = {
  mysql: {
    "plugin-load-add": "semisync_source.so",
    "loose-rpl-semi-sync-source-enabled": 1,
    "loose-rpl-semi-sync-source-timeout": 3_600_000,
  },
  mariadb: { "rpl-semi-sync-master-enabled": 1, "rpl-semi-sync-master-timeout": 3_600_000 },
};
const SIDE = { mysql: "source", mariadb: "master" } as const;

const KINDS = [
  { flavour: "mysql", by: "GTID", options: {} },
  { flavour: "mysql", by: "file and offset", options: { "gtid-mode": "OFF", "enforce-gtid-consistency": "OFF" } },
  { flavour: "mariadb", by: "GTID", options: {} },
] as const;

describe.each(KINDS)("a semi-synchronous source: $flavour, read by $by", (kind) => {
  const { flavour, by, options } = kind;
  let upstream: Server;
  let downstream: Server;
  let task: RunningTask | null = null;
  let number = 0;
  const clients: Connection[] = [];

  beforeAll(async () => {
    [upstream, downstream] = await Promise.all([
      startServer({ flavour, options: { ...SOURCE[flavour], ...options } }),
      startServer({ flavour }),
    ]);
  });
  afterAll(() => Promise.all([upstream.stop(), downstream.stop()]));
  beforeEach(async () => {
    number += 1;
    // Nobody acknowledges this.
    await setSource("OFF");
    for (const server of [upstream, downstream]) {
      const script = "DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)";
      await server.exec(`${script}; CREATE DATABASE IF NOT EXISTS other; CREATE TABLE IF NOT EXISTS other.t (id INT)`);
    }
    await setSource("ON");
  });
  afterEach(async () => {
    await setSource("OFF");
    await downstream.query("UNLOCK TABLES");
    for (const client of clients.splice(0)) client.destroy();
    await task?.stop();
    task = null;
  });

  const setSource = (state: "ON" | "OFF"): Promise<unknown> =>
    upstream.query(`SET GLOBAL rpl_semi_sync_${SIDE[flavour]}_enabled = ${state}`);

  /** A checkpoint that nobody waits for is saved once an hour. */
  const file = (): string => `
name: semi-sync-${number}
upstream: { ${side(upstream)}, netTimeout: 5s, semiSync: on }
downstream: { ${side(downstream)} }
tables: { include: ["shop.*"] }
checkpoint: { interval: 1h }
retry: { base: 50ms, cap: 200ms }
status: { listen: off }`;
  const follow = async (): Promise<RunningTask> => {
    task = runInProcess(taskOf(file()));
    await task.until("the task reads", ({ upstream: { connectedSince } }) => connectedSince !== null);
    return task;
  };
  /** What `check` says. */
  const findings = async (): Promise<Map<string, string>> =>
    new Map((await probe(taskOf(file()))).map(({ id, level }) => [id, level]));
  const client = async (): Promise<Connection> => {
    const made = await connect(upstream.address);
    clients.push(made);
    return made;
  };
  const waiting = async (): Promise<number> => {
    const [row] = await upstream.query(`SHOW STATUS LIKE 'Rpl_semi_sync_${SIDE[flavour]}_wait_sessions'`);
    return Number(row?.["Value"]);
  };
  /** A commit under way: has it been answered? */
  const committing = async (sql: string): Promise<{ readonly answer: Promise<unknown>; isAnswered: boolean }> => {
    const state = { isAnswered: false };
    const answer = (await client()).run(sql).then(() => {
      state.isAnswered = true;
    });
    return Object.assign(state, { answer });
  };
  const stored = async (): Promise<{ file: string; offset: number; gtids: string }> => {
    const [row] = await downstream.query(
      `SELECT file, file_offset, gtids FROM tidemark.checkpoint WHERE task = 'semi-sync-${number}'`,
    );
    return { file: String(row?.["file"]), offset: Number(row?.["file_offset"]), gtids: String(row?.["gtids"]) };
  };
  /** By file and offset there are no GTIDs to look at. */
  const isStored = async (wanted: string): Promise<boolean> => {
    if (by !== "GTID") return true;
    const { gtids } = await stored();
    return parseGtidSet(flavour, wanted).subtract(parseGtidSet(flavour, gtids)).isEmpty;
  };

  test("R24, G1: no COMMIT is answered before a checkpoint that covers it is saved", async () => {
    const current = await follow();
    expect(current.status().upstream.semiSync).toMatchObject({ source: "on" });
    await downstream.query("LOCK TABLES shop.t READ");
    const held = await committing("INSERT INTO shop.t VALUES (1000)");
    await current.until("the source waits for us", ({ upstream: { semiSync } }) => semiSync?.waiting === 1);
    expect(await waiting()).toBe(1);
    expect(held.isAnswered).toBe(false);
    await downstream.query("UNLOCK TABLES");
    await held.answer;
    const sessions = await Promise.all(Array.from({ length: 4 }, () => client()));
    let early = 0;
    await Promise.all(
      sessions.map(async (session, worker) => {
        for (let n = 0; n < 25; n += 1) {
          const id = worker * 25 + n;
          await session.run(`INSERT INTO shop.t VALUES (${id})`);
          const [found] = await downstream.query(`SELECT COUNT(*) AS n FROM shop.t WHERE id = ${id}`);
          if (Number(found?.["n"]) !== 1) early += 1;
        }
      }),
    );
    expect(early).toBe(0);
    expect(await isStored(await gtidsOf(upstream))).toBe(true);
    // Saves are shared: that many clients don't wait for each other's.
    const { acknowledged } = current.status().upstream.semiSync ?? { acknowledged: 0 };
    expect(acknowledged).toBeGreaterThan(0);
    expect(acknowledged).toBeLessThanOrEqual(103);
  });

  test("R24: transactions of unwanted tables, empty ones and DDL are acknowledged when the checkpoint has passed them", async () => {
    await follow();
    const session = await client();
    await session.run("INSERT INTO other.t VALUES (1)");
    await session.run("CREATE TABLE other.u (id INT)");
    await session.run("DROP TABLE other.u");
    await session.run("CREATE TABLE shop.u (id INT PRIMARY KEY)");
    expect(await downstream.query("SHOW TABLES FROM shop LIKE 'u'")).toHaveLength(1);
    await session.run("INSERT INTO shop.u VALUES (1)");
    expect(await downstream.query("SELECT id FROM shop.u")).toHaveLength(1);
  });

  test("R24: to ask for the log again is to acknowledge what is before: a reader that was cut off waits until it is durable", async () => {
    const current = await follow();
    await downstream.query("LOCK TABLES shop.t READ");
    const held = await committing("INSERT INTO shop.t VALUES (1)");
    await current.until("the source waits for us", ({ upstream: { semiSync } }) => semiSync?.waiting === 1);
    const [dump] = await upstream.query(
      "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
    );
    await upstream.query(`KILL ${String(dump?.["ID"])}`);
    await current.until("the cut", ({ upstream: { reconnects } }) => reconnects > 0);
    // The watch goes on looking at the upstream meanwhile: what is asked of it now is answered behind any dump that was asked for.
    await current.until("no connection", ({ upstream: { connectedSince } }) => connectedSince === null);
    expect(await waiting()).toBe(1);
    expect(held.isAnswered).toBe(false);
    expect(
      await upstream.query("SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'"),
    ).toEqual([]);
    await downstream.query("UNLOCK TABLES");
    await held.answer;
    expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(1);
    // And the stream goes on, with its numbering and its acknowledgements.
    await (await client()).run("INSERT INTO shop.t VALUES (2)");
    expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(2);
  });

  test("G5: a source that has it off is read as ever, and says so; switched on under way, its clients wait", async () => {
    expect((await findings()).get("semi_sync")).toBe("ok");
    await setSource("OFF");
    expect((await findings()).get("semi_sync_off")).toBe("warn");
    const current = await follow();
    expect(current.status().upstream.semiSync).toEqual({ source: "off", acknowledged: 0, waiting: 0 });
    await upstream.exec("INSERT INTO shop.t VALUES (1), (2); DELETE FROM shop.t WHERE id = 1");
    await waitFor(async () => ((await downstream.query("SELECT id FROM shop.t")).length === 1 ? true : undefined), {
      what: "the row",
    });
    expect(current.status().upstream.semiSync?.acknowledged).toBe(0);
    await setSource("ON");
    await (await client()).run("INSERT INTO shop.t VALUES (3)");
    expect(current.status().upstream).toMatchObject({ reconnects: 0, semiSync: { source: "on" } });
  });

  test("G4: clients that commit side by side share saves and acknowledgements; the place has 64 bits of offset", async () => {
    const current = await follow();
    const sessions = await Promise.all(Array.from({ length: 16 }, () => client()));
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(sessions.map((session, n) => session.run(`INSERT INTO shop.t VALUES (${round * 16 + n})`)));
    }
    expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(64);
    expect(current.status().upstream.semiSync?.acknowledged).toBeLessThan(64);
    const end = current.status().received;
    expect(end === null ? -1 : comparePositions(await stored(), end)).toBe(0);
  });
});
