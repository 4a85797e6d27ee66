import type { Answer, LiveFacts, StatusSource, TaskControls } from "../../src/status/source.ts";

/** Facts of a task that has just started and knows nothing yet. */
export const NOTHING_YET: LiveFacts = {
  task: "orders",
  state: "starting",
  sinceMs: Date.UTC(2026, 10, 20, 10),
  phase: "connecting",
  upstream: {
    host: "10.0.0.5:3306",
    server: null,
    uuid: null,
    end: null,
    connectedSinceMs: null,
    disconnectedSinceMs: null,
    reconnects: 0,
    reconnectCounts: [],
    recentReconnects: [],
    headRoom: null,
    semiSync: null,
    heartbeatMs: 30_000,
  },
  received: null,
  applied: null,
  checkpoint: null,
  lag: { lastContactMs: null, receiveSeconds: null, applySeconds: null, behindBytes: null, behindTransactions: null },
  rows: { inserted: 0, updated: 0, deleted: 0 },
  transactionsApplied: 0,
  statements: { executed: 0, ignored: 0 },
  batchRetries: 0,
  missingRows: [],
  workers: [],
  throttle: null,
  large: null,
  error: null,
  reloadError: null,
};

const place = { file: "binlog.000007", offset: 1234, gtids: "0-1-5" };

/** Facts of a task that runs, has caught up, and heard from the upstream at `monotonic()` 0. */
export const RUNNING: LiveFacts = {
  ...NOTHING_YET,
  state: "running",
  phase: "syncing",
  upstream: {
    host: "10.0.0.5:3306",
    server: "MySQL 9.7.4",
    uuid: "3e11fa47-71ca-11e1-9e33-c80aa9429562",
    end: place,
    connectedSinceMs: Date.UTC(2026, 10, 20, 10),
    disconnectedSinceMs: null,
    reconnects: 3,
    reconnectCounts: [
      { step: "connect", reason: "server_unreachable", count: 1 },
      { step: "stream", reason: "read_timeout", count: 2 },
    ],
    recentReconnects: [
      {
        atMs: Date.UTC(2026, 10, 20, 9),
        step: "stream",
        host: "10.0.0.5:3306",
        reason: "read_timeout",
        message: "the upstream was silent for 60000 ms",
        position: "binlog.000007:4",
        attempt: 1,
        delayMs: 0,
        connectedMs: 1500,
      },
    ],
    headRoom: {
      oldestFile: "binlog.000003",
      retentionSeconds: 86_400,
      files: 4,
      bytes: 4096,
      seconds: 43_200,
      purgedAtMs: Date.UTC(2026, 10, 21),
    },
    semiSync: { source: "off", acknowledged: 7, waiting: 0 },
    heartbeatMs: 30_000,
  },
  received: place,
  applied: place,
  checkpoint: { ...place, savedAtMs: Date.UTC(2026, 0, 1) },
  lag: { lastContactMs: 0, receiveSeconds: 0, applySeconds: 0.1, behindBytes: 0, behindTransactions: 0 },
  rows: { inserted: 10, updated: 20, deleted: 30 },
  transactionsApplied: 5,
  statements: { executed: 2, ignored: 1 },
  batchRetries: 4,
  missingRows: [{ table: "shop.orders", count: 7 }],
  workers: [
    { state: "idle", batchRows: 0 },
    { state: "applying", batchRows: 12 },
  ],
};

/** A source and controls that a test holds in its hands. */
export interface FakeTask extends StatusSource, TaskControls {
  now: LiveFacts;
  answer: Answer;
  readonly orders: string[];
}

export function fakeTask(now: LiveFacts = RUNNING): FakeTask {
  const obey = (order: string): Answer => {
    fake.orders.push(order);
    return fake.answer;
  };
  const fake: FakeTask = {
    now,
    answer: { accepted: true, message: "as you wish" },
    orders: [],
    facts: () => fake.now,
    pause: () => obey("pause"),
    resume: () => obey("resume"),
    stop: ({ force }) => obey(force ? "stop by force" : "stop"),
    reload: () => obey("reload"),
  };
  return fake;
}
