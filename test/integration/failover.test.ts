import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { probe } from "../../src/cli/probe.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { startServer, type Server, type ServerOptions } from "../support/servers/index.ts";
import { caughtUp, GROUP_OPTIONS, gtidsOf, halt, promote, replicate } from "../support/servers/replication.ts";
import type { Status } from "../../src/status/status.ts";
import { runInProcess, side, taskOf, type RunningTask } from "../support/tidemark/task-in-process.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { waitFor } from "../support/wait-for.ts";

describe.each(["mysql", "mariadb"] as const)("R17: a group of three servers, %s", (flavour: Flavour) => {
  let a: Server;
  let b: Server;
  let c: Server;
  let downstream: Server;
  let task: RunningTask | null = null;
  let next = 0;

  const start = (options: ServerOptions = {}): Promise<Server> =>
    startServer({ flavour, options: { ...GROUP_OPTIONS, ...options } });

  beforeEach(async () => {
    [a, b, c, downstream] = await Promise.all([start(), start(), start(), startServer({ flavour })]);
    await Promise.all([replicate(b, a), replicate(c, a)]);
    const script = "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v VARCHAR(99))";
    await Promise.all([a.exec(script), downstream.exec(script)]);
    // A replica's log differs in its places from its source's, which is what a failover must not mind.
    await b.exec("FLUSH BINARY LOGS; FLUSH BINARY LOGS");
    next = 0;
  });
  afterEach(async () => {
    await task?.stop();
    task = null;
    await Promise.all([a, b, c, downstream].map((server) => server.stop()));
  });

  const text = (failoverAfter = "1s", hosts: readonly Server[] = [b, c]): string => `
name: failover
upstream: { ${side(a)}, hosts: [${hosts.map(({ host, port }) => `{ host: "${host}", port: ${port} }`).join(", ")}], failoverAfter: ${failoverAfter}, netTimeout: 2s, connectTimeout: 1s }
downstream: { ${side(downstream)} }
tables: { include: ["shop.*"] }
checkpoint: { interval: 100ms }
retry: { base: 100ms, cap: 500ms }
status: { listen: "127.0.0.1:8261" }`;

  const follow = async (failoverAfter?: string, hosts?: readonly Server[]): Promise<RunningTask> => {
    task = runInProcess(taskOf(text(failoverAfter, hosts)));
    await task.until("the task reads", ({ upstream }) => upstream.connectedSince !== null);
    return task;
  };

  /** So many rows of one transaction each. */
  const write = async (server: Server, count: number, before = ""): Promise<void> => {
    const rows = Array.from({ length: count }, () => {
      next += 1;
      return `INSERT INTO shop.t VALUES (${next}, 'row ${next}'); UPDATE shop.t SET v = CONCAT(v, '!') WHERE id = ${next}`;
    });
    await server.exec(`${before}; ${rows.join("; ")}`.replace(/^; /, ""));
  };
  const ids = async (server: Server): Promise<string[]> =>
    (await server.query("SELECT id, v FROM shop.t ORDER BY id")).map(
      (row) => `${String(row["id"])} ${String(row["v"])}`,
    );
  const allWritten = (): string[] => Array.from({ length: next }, (_, n) => `${n + 1} row ${n + 1}!`);
  const applied = (): Promise<unknown> =>
    waitFor(async () => ((await ids(downstream)).length === next ? true : undefined), {
      what: `${next} rows downstream`,
      explain: () => JSON.stringify(task?.status()),
    });
  const saved = (current: RunningTask): Promise<Status> =>
    current.until(
      "a checkpoint",
      ({ checkpoint, applied: low }) => checkpoint !== null && checkpoint.gtids === low?.gtids,
    );
  const at = ({ host, port }: Server): string => `${host}:${port}`;
  const stored = async (): Promise<unknown> => {
    const [row] = await downstream.query(
      "SELECT upstream_uuid, upstream_server_id, file, gtids FROM tidemark.checkpoint",
    );
    return row;
  };
  const uuid = async (server: Server): Promise<string | null> => {
    if (flavour === "mariadb") return null;
    const [row] = await server.query("SELECT @@server_uuid AS uuid");
    return String(row?.["uuid"]);
  };

  test("the one that is read dies: the next is read once its time to come back is over, and every row is applied once", async () => {
    const current = await follow();
    await write(a, 20);
    await applied();
    await Promise.all([caughtUp(b, a), caughtUp(c, a)]);
    const before = performance.now();
    await a.kill();
    await promote(b);
    await write(b, 20);
    await applied();
    expect(performance.now() - before).toBeGreaterThan(1000);
    expect(await ids(downstream)).toEqual(allWritten());
    const status = await saved(current);
    expect(status.upstream).toMatchObject({ host: at(b), uuid: await uuid(b) });
    expect(status.upstream.recentReconnects.every(({ host }) => host === at(a))).toBe(true);
    await current.until("nothing behind on the new one", ({ lag }) => lag.caughtUp && lag.behindTransactions === 0);
    // The checkpoint is of the server whose places it holds.
    expect(await stored()).toMatchObject({ upstream_uuid: await uuid(b), upstream_server_id: b.serverId });
    // And a new process that is told the same list finds its way there, and back to nobody.
    await current.stop();
    await write(b, 3);
    task = runInProcess(taskOf(text()));
    // At its start a preferred one that is out of reach has no time to come back.
    await applied();
    expect(task.status().upstream.host).toBe(at(b));
    expect(await ids(downstream)).toEqual(allWritten());
  });

  test("one that lacks what we have is refused with the exact difference, and the one behind it is read", async () => {
    const current = await follow();
    await write(a, 5);
    await Promise.all([caughtUp(b, a), caughtUp(c, a)]);
    await halt(b);
    const lacked = await gtidsOf(b);
    await write(a, 5);
    await applied();
    await caughtUp(c, a);
    await a.kill();
    await promote(c);
    await write(c, 5);
    await applied();
    expect(await ids(downstream)).toEqual(allWritten());
    const { upstream } = await saved(current);
    expect(upstream.host).toBe(at(c));
    const refusal = upstream.recentReconnects.find(({ host }) => host === at(b));
    expect(refusal).toMatchObject({ step: "check", reason: "diverged" });
    // 5 rows of two transactions each.
    expect(refusal?.message).toMatch(flavour === "mysql" ? /:\d+-\d+\.$/ : /0-\d+-\d+\.$/);
    expect(refusal?.message).not.toContain(lacked);
  });

  test("one that doesn't log what it replicates is refused: its log has holes; `check` says so before", async () => {
    await b.restart({ options: { "log-slave-updates": "OFF" } });
    const found = await probe(taskOf(text()));
    const ofHosts = found.filter(({ message }) => message.includes("take over"));
    expect(ofHosts.map(({ id, level }) => [id, level])).toEqual([
      ["replica_updates_not_logged", "warn"],
      ["host_fit", "ok"],
    ]);
    const current = await follow();
    await write(a, 5);
    await applied();
    await caughtUp(c, a);
    await a.kill();
    await promote(c);
    await write(c, 5);
    await applied();
    const { upstream } = await saved(current);
    expect(upstream.host).toBe(at(c));
    // MySQL counts what is not in the log as purged; MariaDB's log never had it.
    const reasons = upstream.recentReconnects.filter(({ host }) => host === at(b)).map(({ reason }) => reason);
    expect(["binlog_purged", "diverged", "replica_updates_not_logged"]).toContain(reasons[0]);
  });

  test("R18: another server behind the same address is read on by GTID; one that was made anew is not", async () => {
    let proxy = await startProxy(a);
    const { port } = proxy;
    try {
      task = runInProcess(taskOf(text("1h", []).replace(`port: ${a.port}`, `port: ${port}`)));
      await task.until("the task reads", ({ upstream }) => upstream.connectedSince !== null);
      await write(a, 5);
      await applied();
      await caughtUp(b, a);
      await promote(b);
      await proxy.close();
      proxy = await startProxy(b, port);
      await write(b, 5);
      await applied();
      expect(await ids(downstream)).toEqual(allWritten());
      const { upstream } = await saved(task);
      expect(upstream).toMatchObject({ host: `127.0.0.1:${port}`, uuid: await uuid(b) });
      // The same server, renumbered: it holds nothing of what we have.
      await proxy.close();
      await b.exec(flavour === "mysql" ? "RESET BINARY LOGS AND GTIDS" : "RESET MASTER");
      await b.exec("INSERT INTO shop.t VALUES (1000, 'new numbers')");
      proxy = await startProxy(b, port);
      const { error } = await waitFor(
        () => {
          const status = task?.status();
          return status?.state === "failed" ? status : undefined;
        },
        { what: "the failure", explain: () => JSON.stringify(task?.status()) },
      );
      expect(error).toMatchObject({ name: "diverged", kind: "fatal" });
      expect(await ids(downstream)).toEqual(allWritten());
    } finally {
      await proxy.close();
    }
  });

  test("V20: the one that is read has purged what we need: the next one is read at once", async () => {
    const current = await follow("1h");
    await write(a, 5);
    await applied();
    await saved(current);
    current.controls.pause();
    await current.until("paused", ({ state }) => state === "paused");
    await write(a, 5);
    await Promise.all([caughtUp(b, a), caughtUp(c, a)]);
    await purge(a);
    current.controls.resume();
    await applied();
    expect(await ids(downstream)).toEqual(allWritten());
    expect((await saved(current)).upstream.host).toBe(at(b));
  });

  test("V20: when all have purged what we need, the task fails at once, and says what each has answered", async () => {
    const current = await follow("1h", [b]);
    await write(a, 5);
    await applied();
    await saved(current);
    current.controls.pause();
    await current.until("paused", ({ state }) => state === "paused");
    await write(a, 5);
    await caughtUp(b, a);
    await halt(b);
    await Promise.all([purge(a), purge(b)]);
    current.controls.resume();
    const { error } = await waitFor(
      () => {
        const status = current.status();
        return status.state === "failed" ? status : undefined;
      },
      { what: "the failure" },
    );
    expect(error?.name).toBe("binlog_purged");
    expect(error?.message).toContain(`${at(a)}: binlog_purged`);
    expect(error?.message).toContain(`${at(b)}: binlog_purged`);
    expect(await ids(downstream)).toHaveLength(5);
  });

  /** All its log but the file that is written to. */
  async function purge(server: Server): Promise<void> {
    await waitFor(
      async () => {
        await server.exec("FLUSH BINARY LOGS");
        const logs = await server.query("SHOW BINARY LOGS");
        await server.exec(`PURGE BINARY LOGS TO '${String(logs.at(-1)?.["Log_name"])}'`);
        return (await server.query("SHOW BINARY LOGS")).length === 1 ? true : undefined;
      },
      { what: "the log to be purged", everyMs: 200 },
    );
  }

  test("two domains, or two sources: what was applied beyond the checkpoint is not applied again on the next server", async () => {
    const current = await follow();
    const second = flavour === "mariadb" ? "SET SESSION gtid_domain_id = 7" : "DO 0";
    await write(a, 5);
    await write(a, 5, second);
    await applied();
    await Promise.all([caughtUp(b, a), caughtUp(c, a)]);
    // The checkpoint can't be saved any more; what is applied from now on is only told by the batches' own rows.
    await downstream.exec(
      "CREATE TRIGGER tidemark.no_save BEFORE UPDATE ON tidemark.checkpoint FOR EACH ROW SIGNAL SQLSTATE '45000'",
    );
    await write(a, 5, second);
    await write(a, 5);
    await applied();
    await caughtUp(b, a);
    current.controls.stop({ force: true });
    await current.ended;
    await downstream.exec("DROP TRIGGER tidemark.no_save");
    const [batches] = await downstream.query("SELECT COUNT(*) AS n FROM tidemark.applied_batch");
    expect(Number(batches?.["n"])).toBeGreaterThan(0);
    await a.kill();
    await promote(b);
    await write(b, 5, second);
    await write(b, 5);
    task = runInProcess(taskOf(text()));
    await applied();
    expect(await ids(downstream)).toEqual(allWritten());
    const status = await saved(task);
    expect(status.upstream.host).toBe(at(b));
    expect(status.checkpoint?.gtids).toBe(await gtidsOf(b));
  });
});
