import { describe, expect, test } from "vitest";
import type { Position } from "../../../src/binlog/position.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { silentLog, type Log } from "../../../src/log.ts";
import { UpstreamWatch } from "../../../src/syncer/upstream-watch.ts";
import type { ServerInfo } from "../../../src/mysql/flavour.ts";
import type { LogFacts } from "../../../src/upstream/log-watch.ts";
import { manualClock } from "../../support/manual-clock.ts";

const server = (uuid: string): ServerInfo => ({
  flavour: "mysql",
  version: "9.7.0",
  versionText: "9.7.0",
  uuid,
  serverId: 1,
});
const UPSTREAM = {
  host: "a",
  port: 1,
  user: "u",
  password: "p",
  tls: { mode: "disabled" },
  netTimeoutMs: 1000,
  serverId: 2,
} as const;
const place = (offset: number, file = "binlog.000002"): Position => ({ file, offset, gtids: "" });
const HOUR_S = 3600;

/** A watch whose session is at `at`, with the lines that it warns with. */
function scene() {
  const clock = manualClock();
  const warnings: unknown[] = [];
  const log: Log = Object.create(silentLog, { warn: { value: (facts: unknown) => warnings.push(facts) } });
  const view = {
    server: server("one"),
    reader: { step: "stream" },
    checkpoint: { ...place(500, "binlog.000001"), savedAtMs: 0 },
    applied: place(500, "binlog.000001"),
    appliedTimestamp: clock.now() / 1000,
  };
  const connects: string[] = [];
  const watch = new UpstreamWatch({
    upstream: () => UPSTREAM,
    view: () => view,
    connect: ({ host }) => {
      connects.push(host);
      throw new TidemarkError("server_unreachable", "gone", { stage: "upstream", kind: "resumable", hint: "wait" });
    },
    clock,
    log,
  });
  const facts = (change: Partial<LogFacts> = {}): LogFacts => ({
    server: server("one"),
    askedMs: clock.monotonic(),
    end: place(900),
    upstreamClockMs: clock.now() - clock.monotonic(),
    files: [
      { file: "binlog.000001", bytes: 1000 },
      { file: "binlog.000002", bytes: 900 },
    ],
    retentionSeconds: HOUR_S,
    ...change,
  });
  return { clock, warnings, view, watch, facts, connects };
}

describe("head-room", () => {
  test("a person is warned when a quarter of the retention is left, and again only after a while", async () => {
    const { clock, warnings, watch, facts } = scene();
    watch.take(facts());
    expect(watch.headRoom).toMatchObject({ oldestFile: "binlog.000001", seconds: HOUR_S, bytes: 500, files: 0 });
    expect(warnings).toEqual([]);
    await clock.advance(0.76 * HOUR_S * 1000);
    watch.take(facts());
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ headRoom: { seconds: Math.round(0.24 * HOUR_S) } });
    await clock.advance(60_000);
    watch.take(facts());
    expect(warnings).toHaveLength(1);
    await clock.advance(600_000);
    watch.take(facts());
    expect(warnings).toHaveLength(2);
  });

  test("a checkpoint that is behind what is applied has the time of its own place", async () => {
    const { clock, watch, facts, view } = scene();
    watch.take(facts());
    await clock.advance(600_000);
    // Much more is applied meanwhile; a prepared XA transaction holds the checkpoint.
    view.applied = place(800);
    view.appliedTimestamp = clock.now() / 1000;
    watch.take(facts());
    expect(watch.headRoom?.seconds).toBe(HOUR_S - 600);
  });
});

test("what is known of another server than the one that is read is not told, and forgotten", () => {
  const { watch, facts, view } = scene();
  watch.take(facts());
  expect(watch.facts?.end).toEqual(place(900));
  expect(watch.ends.upTo(place(950))).not.toBeNull();
  view.server = server("two");
  expect([watch.facts, watch.headRoom]).toEqual([null, null]);
  watch.take(facts({ server: server("two"), end: place(5, "binlog.000009") }));
  expect(watch.facts?.end.file).toBe("binlog.000009");
  expect(watch.ends.upTo(place(950))).toBeNull();
});

test("looks every two seconds while the log is read, not at all while the reader connects, every ten when nobody does", async () => {
  const { clock, watch, view, connects } = scene();
  const ended = new AbortController();
  const running = watch.run(ended.signal);
  const looks = async (seconds: number): Promise<number> => {
    const before = connects.length;
    await clock.advance(seconds * 1000);
    return connects.length - before;
  };
  expect(await looks(20)).toBeGreaterThanOrEqual(10);
  view.reader.step = "wait";
  await clock.advance(2000);
  expect(await looks(60)).toBe(0);
  view.reader.step = "closed";
  await clock.advance(2000);
  expect(await looks(60)).toBe(6);
  ended.abort();
  await running;
  expect(clock.waiting).toBe(0);
});
