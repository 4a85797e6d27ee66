import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { comparePositions } from "../../src/binlog/position.ts";
import { systemClock, type Clock } from "../../src/clock.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { startServer, type Server } from "../support/servers/index.ts";
import { runInProcess, side, taskOf, type RunningTask } from "../support/tidemark/task-in-process.ts";
import { logEnd } from "../support/tidemark/upstream-end.ts";

describe.each(["mysql", "mariadb"] as const)("what a task says of its upstream, a %s", (flavour: Flavour) => {
  let upstream: Server;
  let downstream: Server;
  let running: RunningTask | null = null;
  let number = 0;

  beforeAll(async () => {
    [upstream, downstream] = await Promise.all([startServer({ flavour }), startServer({ flavour })]);
  });
  afterAll(() => Promise.all([upstream.stop(), downstream.stop()]));
  beforeEach(async () => {
    number += 1;
    for (const server of [upstream, downstream])
      await server.exec(
        "DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v LONGTEXT)",
      );
  });
  afterEach(async () => {
    await downstream.query("UNLOCK TABLES");
    await running?.stop();
    running = null;
  });

  const follow = async (clock: Clock = systemClock): Promise<RunningTask> => {
    running = runInProcess(
      taskOf(`
name: lag-${number}
upstream: { ${side(upstream)}, netTimeout: 2s }
downstream: { ${side(downstream)} }
tables: { include: ["shop.*"] }
checkpoint: { interval: 100ms }
retry: { base: 100ms, cap: 1s }
status: { listen: off }`),
      { clock },
    );
    await running.until(
      "the task runs",
      ({ state, upstream: { connectedSince } }) => state === "running" && connectedSince !== null,
    );
    return running;
  };

  const insert = (id: number, bytes = 1): Promise<void> =>
    upstream.exec(`INSERT INTO shop.t VALUES (${id}, REPEAT('x', ${bytes}))`);

  test("R11: the upstream's end is fresh and never behind what was received; an idle upstream is caught up", async () => {
    const task = await follow();
    for (let id = 1; id <= 300; id += 1) {
      await insert(id);
      if (id % 100 === 0) await upstream.exec("FLUSH BINARY LOGS");
      const status = task.status();
      const end = status.upstream.end ?? { file: "", offset: 0 };
      expect(comparePositions(end, status.received ?? end)).toBeGreaterThanOrEqual(0);
    }
    const end = await logEnd(upstream);
    const status = await task.until("caught up", ({ lag, applied }) => lag.caughtUp && applied?.offset === end.offset);
    expect(status.upstream.end).toMatchObject(end);
    expect(status.lag).toMatchObject({ receiveSeconds: 0, applySeconds: 0, behindBytes: 0, behindTransactions: 0 });
    // The log goes on without us hearing of it from the stream: traffic in a file that we have not asked for.
    task.controls.pause();
    await task.until("paused", ({ state }) => state === "paused");
    await upstream.exec("FLUSH BINARY LOGS");
    await insert(1001, 5000);
    const behind = await task.until("the paused task knows", ({ lag }) => (lag.behindBytes ?? 0) > 5000, 15_000);
    expect(behind.lag.behindTransactions).toBe(1);
    expect(behind.lag.applySeconds).toBeGreaterThan(0);
    expect(behind.lag.caughtUp).toBe(false);
  });

  test("a downstream that stands still: what is applied falls behind, what is received doesn't", async () => {
    const task = await follow();
    await insert(1);
    await task.until("caught up", ({ lag, transactions }) => lag.caughtUp && transactions.applied > 0);
    // From a connection of its own, which keeps the lock until it is asked for something else.
    await downstream.query("LOCK TABLES shop.t READ");
    const lockedAt = performance.now();
    for (let id = 2; id <= 11; id += 1) await insert(id, 1000);
    await upstream.exec("FLUSH BINARY LOGS");
    for (let id = 12; id <= 21; id += 1) await insert(id, 1000);
    const status = await task.until(
      "five seconds of lag",
      ({ lag }) => (lag.applySeconds ?? 0) >= 5 && lag.behindBytes !== null,
    );
    const lockedFor = (performance.now() - lockedAt) / 1000;
    expect(status.lag.applySeconds).toBeLessThan(lockedFor + 2.5);
    expect(status.lag.receiveSeconds).toBeLessThan(2.5);
    expect(status.lag.behindBytes).toBeGreaterThan(20_000);
    expect(status.lag.behindTransactions).toBe(20);
    await downstream.query("UNLOCK TABLES");
    await task.until("caught up again", ({ lag }) => lag.caughtUp && lag.behindBytes === 0);
  });

  test.each([3_600_000, -3_600_000])("R12: lag is right within a second when our clock is %i ms off", async (offMs) => {
    const task = await follow({ ...systemClock, now: () => Date.now() + offMs });
    await insert(1);
    await task.until("caught up", ({ lag, transactions }) => lag.caughtUp && transactions.applied > 0);
    await downstream.query("LOCK TABLES shop.t READ");
    await insert(2);
    const committedAt = performance.now();
    const status = await task.until("three seconds of lag", ({ lag }) => (lag.applySeconds ?? 0) >= 3);
    const real = (performance.now() - committedAt) / 1000;
    expect(Math.abs((status.lag.applySeconds ?? 0) - real)).toBeLessThan(flavour === "mysql" ? 1 : 2);
    await downstream.query("UNLOCK TABLES");
    await task.until("caught up again", ({ lag }) => lag.caughtUp);
  });

  test("R14, R9, V8: reconnects are counted by step and reason, across sessions; a dead upstream has no lag of zero", async () => {
    const task = await follow();
    await insert(1);
    await task.until("caught up", ({ lag, transactions }) => lag.caughtUp && transactions.applied > 0);
    await upstream.kill();
    const down = await task.until("two seconds of silence", ({ lag }) => (lag.receiveSeconds ?? 0) >= 2);
    expect(down.upstream.connectedSince).toBeNull();
    expect(down.upstream.disconnectedSince).not.toBeNull();
    expect(down.lag.caughtUp).toBe(false);
    await task.until("a stalled phase", ({ phase }) => phase === "stalled");
    await upstream.restart();
    await task.until("caught up", ({ lag, phase }) => lag.caughtUp && phase === "syncing");
    const before = task.status().upstream;
    expect(before.reconnectCounts).toContainEqual({ step: "stream", reason: "connection_lost", count: 1 });
    expect(before.reconnectCounts.reduce((sum, { count }) => sum + count, 0)).toBe(before.reconnects);
    task.controls.pause();
    await task.until("paused", ({ state }) => state === "paused");
    task.controls.resume();
    await task.until("caught up", ({ lag, state }) => state === "running" && lag.caughtUp);
    expect(task.status().upstream).toMatchObject({
      reconnects: before.reconnects,
      reconnectCounts: before.reconnectCounts,
    });
    expect(task.status().upstream.recentReconnects).toEqual(before.recentReconnects);
  });

  test("head-room: the oldest file, the retention, and how far the checkpoint is from both", async () => {
    const retention = flavour === "mysql" ? "binlog_expire_logs_seconds = 7200" : "expire_logs_days = 2";
    await upstream.exec(`SET GLOBAL ${retention}; FLUSH BINARY LOGS`);
    const task = await follow();
    await insert(1, 10_000);
    const status = await task.until(
      "the checkpoint",
      ({ checkpoint, applied, upstream: { headRoom } }) =>
        headRoom !== null && checkpoint?.offset === applied?.offset && (headRoom.bytes ?? 0) > 10_000,
    );
    const [first] = await upstream.query("SHOW BINARY LOGS");
    const seconds = flavour === "mysql" ? 7200 : 172_800;
    expect(status.upstream.headRoom).toMatchObject({
      oldestFile: first?.["Log_name"],
      retentionSeconds: seconds,
      seconds,
      purgedAt: null,
    });
    const files = await upstream.query("SHOW BINARY LOGS");
    expect(status.upstream.headRoom?.files).toBe(files.length - 1);
  });
});
