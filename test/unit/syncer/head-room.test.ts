import { expect, test } from "vitest";
import { HeadRoomTrend, isTight } from "../../../src/syncer/head-room.ts";
import type { LogFacts } from "../../../src/upstream/log-watch.ts";

const SERVER = { flavour: "mysql", version: "9.7.0", versionText: "9.7.0", uuid: "u", serverId: 1 } as const;
const DAY_S = 86_400;
/** The upstream's clock at `monotonic()` 0. */
const START_MS = Date.UTC(2026, 0, 1);

const FILES = ["000003", "000004", "000005"].map((number) => ({ file: `binlog.${number}`, bytes: 1000 }));

function facts(askedMs: number, change: Partial<LogFacts> = {}): LogFacts {
  return {
    server: SERVER,
    askedMs,
    end: { file: "binlog.000005", offset: 900, gtids: "" },
    upstreamClockMs: START_MS,
    files: FILES,
    retentionSeconds: DAY_S,
    ...change,
  };
}

test("tells the oldest file, the log before the checkpoint, and how long the retention keeps what is behind it", () => {
  const trend = new HeadRoomTrend();
  expect(trend.at(0, START_MS)).toBeNull();
  const place = { file: "binlog.000004", offset: 300 };
  trend.observe({ facts: facts(0), place, placeTimeMs: START_MS - 3_600_000 });
  const room = trend.at(60_000, START_MS + 60_000);
  expect(room).toEqual({
    oldestFile: "binlog.000003",
    retentionSeconds: DAY_S,
    files: 1,
    bytes: 1300,
    seconds: DAY_S - 3600 - 60,
    purgedAtMs: null,
  });
});

test("the file that is written to is kept for the whole retention, however old its last transaction is", () => {
  const trend = new HeadRoomTrend();
  const place = { file: "binlog.000005", offset: 900 };
  for (let at = 0; at < 100_000; at += 10_000) {
    trend.observe({ facts: facts(at), place, placeTimeMs: START_MS - 10 * DAY_S * 1000 });
  }
  expect(trend.at(100_000, 0)).toMatchObject({ seconds: DAY_S, purgedAtMs: null });
});

test("a task that stands still is purged when the retention is over; one that falls behind slowly, later; one that gains, never", () => {
  const purged = (speed: number): number | null => {
    const trend = new HeadRoomTrend();
    const place = { file: "binlog.000003", offset: 300 };
    const behindMs = 80_000_000;
    for (let at = 0; at <= 100_000; at += 10_000)
      trend.observe({ facts: facts(at), place, placeTimeMs: START_MS - behindMs + at * speed });
    return trend.at(100_000, 0)?.purgedAtMs ?? null;
  };
  const leftMs = DAY_S * 1000 - 80_000_000;
  expect(purged(0)).toBeCloseTo(leftMs - 100_000, -2);
  expect(purged(0.5)).toBeCloseTo((leftMs - 50_000) * 2, -2);
  expect(purged(1)).toBeNull();
  expect(purged(20)).toBeNull();
});

test("files that go by other ways than their age are seen in how the oldest one moves", () => {
  const trend = new HeadRoomTrend();
  const names = Array.from({ length: 100 }, (_, index) => `binlog.${String(index + 1).padStart(6, "0")}`);
  const place = { file: "binlog.000080", offset: 0 };
  for (let second = 0; second <= 100; second += 10) {
    const files = names.slice(second / 10).map((file) => ({ file, bytes: 1000 }));
    trend.observe({ facts: facts(second * 1000, { files, retentionSeconds: null }), place, placeTimeMs: null });
  }
  // A file of 1000 bytes every ten seconds, and 69 of them are left before ours.
  expect(trend.at(100_000, 0)).toMatchObject({ retentionSeconds: null, seconds: null, bytes: 69_000 });
  expect(trend.at(100_000, 0)?.purgedAtMs).toBeCloseTo(690_000, -1);
});

test("a checkpoint whose file is gone has no head-room", () => {
  const trend = new HeadRoomTrend();
  trend.observe({ facts: facts(0), place: { file: "binlog.000002", offset: 4 }, placeTimeMs: START_MS });
  expect(trend.at(0, 0)).toMatchObject({ files: null, bytes: null, seconds: 0 });
});

test("is tight within an hour of being purged, or when a quarter of the retention is left", () => {
  const room = {
    oldestFile: "binlog.000001",
    retentionSeconds: DAY_S,
    files: 1,
    bytes: 1,
    seconds: DAY_S,
    purgedAtMs: null,
  };
  expect(isTight(room, 0)).toBe(false);
  expect(isTight({ ...room, purgedAtMs: 3_700_000 }, 0)).toBe(false);
  expect(isTight({ ...room, purgedAtMs: 3_500_000 }, 0)).toBe(true);
  expect(isTight({ ...room, seconds: DAY_S / 4 - 1 }, 0)).toBe(true);
  expect(isTight({ ...room, seconds: null, retentionSeconds: null }, 0)).toBe(false);
});
