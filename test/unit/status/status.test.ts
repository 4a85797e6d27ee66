import { describe, expect, test } from "vitest";
import { PHASES, STATES } from "../../../src/status/source.ts";
import { readStatus } from "../../../src/status/status.ts";
import { exposition, TASK_METRICS } from "../../../src/status/task-metrics.ts";
import { fakeTask, NOTHING_YET, RUNNING } from "../../support/fake-source.ts";
import { manualClock } from "../../support/manual-clock.ts";

/** What there is nothing to say of. */
const QUIET = { streaming: null, splitting: null, throttle: null, error: null, reloadError: null };

test("the status of a running task has the contract's fields", () => {
  const { read, close } = readStatus(fakeTask(), manualClock());
  close();
  const place = { file: "binlog.000007", offset: 1234, gtids: "0-1-5" };
  expect(read()).toEqual({
    task: "orders",
    asOf: "2026-01-01T00:00:00.000Z",
    state: "running",
    since: "2026-11-20T10:00:00.000Z",
    phase: "syncing",
    upstream: {
      host: "10.0.0.5:3306",
      server: "MySQL 9.7.4",
      uuid: "3e11fa47-71ca-11e1-9e33-c80aa9429562",
      end: place,
      connectedSince: "2026-11-20T10:00:00.000Z",
      disconnectedSince: null,
      reconnects: 3,
      reconnectCounts: [
        { step: "connect", reason: "server_unreachable", count: 1 },
        { step: "stream", reason: "read_timeout", count: 2 },
      ],
      recentReconnects: [
        {
          at: "2026-11-20T09:00:00.000Z",
          step: "stream",
          host: "10.0.0.5:3306",
          reason: "read_timeout",
          message: "the upstream was silent for 60000 ms",
          position: "binlog.000007:4",
          attempt: 1,
          delaySeconds: 0,
          connectedSeconds: 1.5,
        },
      ],
      headRoom: {
        oldestFile: "binlog.000003",
        retentionSeconds: 86_400,
        files: 4,
        bytes: 4096,
        seconds: 43_200,
        purgedAt: "2026-11-21T00:00:00.000Z",
      },
      semiSync: { source: "off", acknowledged: 7, waiting: 0 },
    },
    received: place,
    applied: place,
    checkpoint: { ...place, savedAt: "2026-01-01T00:00:00.000Z", ageSeconds: 0 },
    lag: {
      contactSeconds: 0,
      receiveSeconds: 0,
      applySeconds: 0.1,
      behindBytes: 0,
      behindTransactions: 0,
      caughtUp: true,
    },
    rows: { inserted: 10, updated: 20, deleted: 30, perSecond: null },
    transactions: { applied: 5, perSecond: null },
    statements: { executed: 2, ignored: 1 },
    batchRetries: 4,
    missingRows: [{ table: "shop.orders", count: 7 }],
    workers: [
      { state: "idle", batchRows: 0 },
      { state: "applying", batchRows: 12 },
    ],
    ...QUIET,
  });
});

test("S12: a large transaction under way is told with what there is of it, and whether readers may see a part of it", () => {
  const large = { gtid: "0-1-6", file: "binlog.000007", offset: 1234, rows: 5000, bytes: 700_000, sinceMs: 0 };
  const told = { gtid: "0-1-6", file: "binlog.000007", offset: 1234, rows: 5000, bytes: 700_000 };
  const task = fakeTask();
  const { read, close } = readStatus(task, manualClock());
  close();
  task.now = { ...RUNNING, large: { ...large, splits: false } };
  expect(read()).toMatchObject({ streaming: { ...told, since: "1970-01-01T00:00:00.000Z" }, splitting: null });
  task.now = { ...RUNNING, large: { ...large, splits: true } };
  expect(read()).toMatchObject({ streaming: null, splitting: told });
});

test("M10: what isn't known yet is null, never 0, and the phase is already the new one", () => {
  const { read, close } = readStatus(fakeTask(NOTHING_YET), manualClock());
  close();
  const status = read();
  expect(status.phase).toBe("connecting");
  expect(status).toMatchObject({ received: null, applied: null, checkpoint: null });
  expect(status.lag).toEqual({
    contactSeconds: null,
    receiveSeconds: null,
    applySeconds: null,
    behindBytes: null,
    behindTransactions: null,
    caughtUp: false,
  });
  expect([status.rows.perSecond, status.transactions.perSecond]).toEqual([null, null]);
});

test("M7: the phase in the status is the one that the task is in at that moment", () => {
  const task = fakeTask();
  const { read, close } = readStatus(task, manualClock());
  close();
  for (const phase of PHASES) {
    task.now = { ...RUNNING, phase };
    expect(read().phase).toBe(phase);
  }
});

test("an error is told with its times, and without those that it hasn't", () => {
  const error = {
    name: "binlog_purged",
    stage: "upstream",
    kind: "fatal",
    message: "gone",
    hint: "do",
    position: "binlog.000001:4",
    sinceMs: Date.UTC(2026, 0, 2),
    attempt: 2,
    retryAtMs: null,
  } as const;
  const { read, close } = readStatus(fakeTask({ ...RUNNING, state: "failed", error }), manualClock());
  close();
  const { sinceMs: _, retryAtMs: __, ...same } = error;
  expect(read().error).toEqual({ ...same, since: "2026-01-02T00:00:00.000Z", retryAt: null });

  // One that is over is told until it shows that it is: by what is saved, or by there being nothing left to save.
  const task = fakeTask({ ...RUNNING, error, lag: { ...RUNNING.lag, lastContactMs: null } });
  const after = readStatus(task, manualClock());
  after.close();
  expect(after.read()).toMatchObject({ state: "running", lag: { caughtUp: false }, error: { name: "binlog_purged" } });
  task.now = { ...RUNNING, error };
  expect(after.read()).toMatchObject({ lag: { caughtUp: true }, error: null });
});

describe("rates", () => {
  test("are null until two readings are a second apart, then follow the last ten seconds", async () => {
    const clock = manualClock();
    const task = fakeTask();
    const { read, close } = readStatus(task, clock);
    const add = (rows: number): void => {
      task.now = {
        ...task.now,
        rows: { ...task.now.rows, inserted: task.now.rows.inserted + rows },
        transactionsApplied: task.now.transactionsApplied + 1,
      };
    };
    await clock.advance(900);
    expect(read().rows.perSecond).toBeNull();
    for (let step = 0; step < 200; step++) {
      add(10);
      await clock.advance(100);
    }
    expect(read().rows.perSecond).toBeCloseTo(100, 0);
    expect(read().transactions.perSecond).toBeCloseTo(10, 0);
    await clock.advance(30_000);
    expect(read().rows.perSecond).toBe(0);
    close();
    expect(clock.waiting).toBe(0);
  });

  test("are not known after a total fell, and never negative", async () => {
    const clock = manualClock();
    const task = fakeTask();
    const { read, close } = readStatus(task, clock);
    await clock.advance(5000);
    expect(read().rows.perSecond).toBe(0);
    task.now = { ...RUNNING, rows: { inserted: 0, updated: 0, deleted: 0 } };
    await clock.advance(10);
    expect(read().rows.perSecond).toBeNull();
    close();
  });
});

describe("R11: caughtUp is true only", () => {
  const caughtUp = async (change: object, afterMs = 0): Promise<boolean> => {
    const clock = manualClock();
    const { read, close } = readStatus(fakeTask({ ...RUNNING, ...change }), clock);
    close();
    await clock.advance(afterMs);
    return read().lag.caughtUp;
  };
  const later = { file: "binlog.000008", offset: 4, gtids: "" };

  test("with a sign of life within one heartbeat period", async () => {
    expect(await caughtUp({}, 30_000)).toBe(true);
    expect(await caughtUp({}, 30_001)).toBe(false);
    expect(await caughtUp({ upstream: { ...RUNNING.upstream, connectedSinceMs: null } })).toBe(false);
  });
  test("when everything that was received is applied, and everything there is was received", async () => {
    expect(await caughtUp({ received: later })).toBe(false);
    expect(await caughtUp({ upstream: { ...RUNNING.upstream, end: later } })).toBe(false);
    expect(await caughtUp({ applied: null })).toBe(false);
  });
  test("while the task runs", async () => {
    expect(await caughtUp({ state: "paused" })).toBe(false);
  });
  test("and the age of the last contact grows as long as nothing comes (R9)", async () => {
    const clock = manualClock();
    const { read, close } = readStatus(fakeTask(), clock);
    close();
    await clock.advance(61_500);
    expect(read().lag.contactSeconds).toBe(61.5);
  });
});

describe("metrics", () => {
  const scrape = async (task = fakeTask()): Promise<readonly string[]> => {
    const { read, close } = readStatus(task, manualClock());
    close();
    const { text } = await exposition(read());
    return text.split("\n");
  };

  test("V25: exactly one phase and one state is 1 at any scrape", async () => {
    for (const phase of PHASES) {
      for (const state of STATES) {
        const lines = await scrape(fakeTask({ ...RUNNING, phase, state }));
        expect(lines.filter((line) => /^tidemark_phase\{.* 1$/.test(line))).toEqual([
          `tidemark_phase{task="orders",phase="${phase}"} 1`,
        ]);
        expect(lines.filter((line) => /^tidemark_state\{.* 1$/.test(line))).toEqual([
          `tidemark_state{task="orders",state="${state}"} 1`,
        ]);
        expect(lines.filter((line) => line.startsWith("tidemark_phase{"))).toHaveLength(PHASES.length);
      }
    }
  });

  test("tell what the status tells", async () => {
    const lines = await scrape();
    for (const line of [
      'tidemark_rows_applied_total{task="orders",operation="insert"} 10',
      'tidemark_rows_applied_total{task="orders",operation="delete"} 30',
      'tidemark_statements_total{task="orders",action="ignored"} 1',
      'tidemark_batch_retries_total{task="orders"} 4',
      'tidemark_missing_rows_total{task="orders",table="shop.orders"} 7',
      'tidemark_upstream_reconnects_total{task="orders"} 3',
      'tidemark_upstream_failures_total{task="orders",step="stream",reason="read_timeout"} 2',
      'tidemark_head_room_seconds{task="orders"} 43200',
      'tidemark_head_room_bytes{task="orders"} 4096',
      'tidemark_head_room_purge_timestamp_seconds{task="orders"} 1795219200',
      'tidemark_upstream_retention_seconds{task="orders"} 86400',
      'tidemark_position_file{task="orders",position="applied"} 7',
      'tidemark_position_offset_bytes{task="orders",position="checkpoint"} 1234',
      'tidemark_workers{task="orders",state="applying"} 1',
      'tidemark_workers{task="orders",state="retrying"} 0',
      'tidemark_caught_up{task="orders"} 1',
      'tidemark_checkpoint_age_seconds{task="orders"} 0',
      'tidemark_apply_lag_seconds{task="orders"} 0.1',
    ]) {
      expect(lines).toContain(line);
    }
  });

  test("have no sample for what isn't known", async () => {
    const lines = await scrape(fakeTask(NOTHING_YET));
    for (const name of [
      "contact_age_seconds",
      "behind_bytes",
      "rows_per_second",
      "checkpoint_age_seconds",
      "position_file",
      "error",
    ]) {
      expect(lines.filter((line) => line.startsWith(`tidemark_${name}{`))).toEqual([]);
    }
    expect(lines.join("\n")).not.toMatch(/NaN|Infinity|null|undefined/);
  });

  test("are all called tidemark_…, have a help text, and counters end in _total", () => {
    for (const { name, help, type } of TASK_METRICS) {
      expect(name).toMatch(/^tidemark_[a-z_]+$/);
      expect(help).toMatch(/\.$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
    }
  });
});
