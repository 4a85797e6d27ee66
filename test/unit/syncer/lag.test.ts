import { describe, expect, test } from "vitest";
import type { Position } from "../../../src/binlog/position.ts";
import { lagOf, type LagSources } from "../../../src/syncer/lag.ts";
import { LogMarks } from "../../../src/syncer/log-marks.ts";
import type { LogFacts } from "../../../src/upstream/log-watch.ts";
import type { ReaderState } from "../../../src/upstream/reader.ts";
import { manualClock, type ManualClock } from "../../support/manual-clock.ts";

const UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const SERVER = { flavour: "mysql", version: "9.7.0", versionText: "9.7.0", uuid: UUID, serverId: 1 } as const;
const place = (offset: number, file = "binlog.000001", gtids = ""): Position => ({ file, offset, gtids });

/** An upstream whose clock is `skewMs` ahead of ours, and what a task knows of it. */
class Scene {
  readonly clock: ManualClock = manualClock();
  readonly ends = new LogMarks();
  readonly skewMs: number;
  reader: ReaderState | null;
  applied: Position | null = place(1000);
  appliedTimestamp: number | null = null;
  inHand: number | null = 0;
  gtidsComplete = false;
  facts: LogFacts | null = null;

  constructor(skewMs = 0) {
    this.skewMs = skewMs;
    this.reader = {
      step: "stream",
      mode: "file",
      server: SERVER,
      successor: null,
      connectedSinceMs: this.clock.now(),
      disconnectedSinceMs: null,
      reconnects: 0,
      reconnectCounts: [],
      recentReconnects: [],
      received: place(1000),
      lastContactMs: 0,
      handedOut: 0,
      lastTimestamp: null,
      clockOffsetMs: skewMs,
      heartbeats: 0,
      queuedBytes: 0,
      semiSync: null,
    };
  }

  /** The upstream's clock now, seconds since 1970. */
  get upstreamNow(): number {
    return (this.clock.monotonic() + manualClock().now() + this.skewMs) / 1000;
  }

  /** The upstream is asked where its log ends. */
  look(end: Position, files: LogFacts["files"] = [{ file: end.file, bytes: end.offset }]): void {
    const askedMs = this.clock.monotonic();
    this.facts = {
      server: SERVER,
      askedMs,
      end,
      upstreamClockMs: this.upstreamNow * 1000 - askedMs,
      files,
      retentionSeconds: null,
    };
    this.ends.observe(end, askedMs);
  }

  read(change: Partial<ReaderState>): void {
    if (this.reader !== null) this.reader = { ...this.reader, ...change };
  }

  /** Bytes have just come. */
  contact(): void {
    this.read({ lastContactMs: this.clock.monotonic() });
  }

  get lag(): ReturnType<typeof lagOf> {
    return lagOf({ ...this.sources, heartbeatMs: 30_000 });
  }

  private get sources(): Omit<LagSources, "heartbeatMs"> {
    const { reader, applied, appliedTimestamp, inHand, gtidsComplete, facts, ends, clock } = this;
    return { reader, applied, appliedTimestamp, inHand, gtidsComplete, facts, ends, clock };
  }
}

describe.each([0, 3_600_000, -3_600_000])("R12: with an upstream's clock that is %i ms ahead", (skewMs) => {
  test("a backlog's lag is the age of what is not there yet, not the difference between the clocks", async () => {
    const scene = new Scene(skewMs);
    scene.look(place(5000));
    const old = scene.upstreamNow - 600;
    scene.read({ lastTimestamp: old, received: place(2000) });
    scene.appliedTimestamp = old;
    await scene.clock.advance(10_000);
    expect(scene.lag.receiveSeconds).toBeCloseTo(610, 1);
    expect(scene.lag.applySeconds).toBeCloseTo(610, 1);
    expect(scene.lag.behindBytes).toBe(4000);
  });

  test("R10: an upstream that was idle for a year is not a year behind when it is written to again", async () => {
    const scene = new Scene(skewMs);
    const longAgo = scene.upstreamNow - 31_536_000;
    scene.read({ lastTimestamp: longAgo });
    scene.appliedTimestamp = longAgo;
    scene.look(place(1000));
    expect(scene.lag).toMatchObject({ receiveSeconds: 0, applySeconds: 0, behindBytes: 0, behindTransactions: 0 });
    await scene.clock.advance(2000);
    scene.look(place(1000));
    await scene.clock.advance(2000);
    scene.look(place(3000));
    expect(scene.lag).toMatchObject({ receiveSeconds: 2, applySeconds: 2, behindBytes: 2000 });
    scene.contact();
    scene.read({ received: place(3000), lastTimestamp: scene.upstreamNow - 1 });
    expect(scene.lag).toMatchObject({ receiveSeconds: 0, applySeconds: 2 });
  });

  test("a wall clock of ours that jumps changes nothing", async () => {
    const scene = new Scene(skewMs);
    scene.look(place(5000));
    scene.read({ lastTimestamp: scene.upstreamNow - 60 });
    scene.clock.jumpWallClock(7_200_000);
    await scene.clock.advance(1000);
    expect(scene.lag.receiveSeconds).toBeCloseTo(61, 1);
  });
});

test("R11, R9: zero progress is never a lag of zero: it grows with the silence, connected or not", async () => {
  const scene = new Scene();
  scene.look(place(1000));
  await scene.clock.advance(30_000);
  expect(scene.lag).toMatchObject({ receiveSeconds: 0, applySeconds: 0 });
  await scene.clock.advance(5000);
  expect(scene.lag).toMatchObject({ receiveSeconds: 35, applySeconds: 35 });
  scene.contact();
  expect(scene.lag).toMatchObject({ receiveSeconds: 0, applySeconds: 0 });
  scene.read({ connectedSinceMs: null, disconnectedSinceMs: 0 });
  await scene.clock.advance(4000);
  expect(scene.lag).toMatchObject({ receiveSeconds: 4, applySeconds: 4 });
});

test("a downstream that stands still shows in what is applied, and in the amounts", async () => {
  const scene = new Scene();
  scene.look(place(1000));
  for (let second = 2; second <= 60; second += 2) {
    await scene.clock.advance(2000);
    scene.contact();
    scene.look(place(1000 + second * 100));
    scene.read({ received: place(1000 + second * 100) });
    scene.inHand = second;
  }
  expect(scene.lag).toMatchObject({
    receiveSeconds: 0,
    applySeconds: 60,
    behindBytes: 6000,
    behindTransactions: 60,
  });
});

test("filtered traffic moves what is applied, and is no lag", async () => {
  const scene = new Scene();
  for (let each = 1; each < 5; each++) {
    await scene.clock.advance(2000);
    scene.contact();
    scene.look(place(1000 * each));
    scene.read({ received: place(1000 * each) });
    scene.applied = place(1000 * each);
  }
  expect(scene.lag).toMatchObject({ receiveSeconds: 0, applySeconds: 0, behindBytes: 0, behindTransactions: 0 });
});

test("what waits in memory is not received, and its bytes are behind", () => {
  const scene = new Scene();
  scene.look(place(1500));
  scene.read({ queuedBytes: 700, lastTimestamp: scene.upstreamNow - 3 });
  expect(scene.lag.receiveSeconds).toBeCloseTo(3, 3);
  expect(scene.lag.behindBytes).toBe(700);
});

test("bytes and transactions are counted over files, by GTID where the set is whole", () => {
  const scene = new Scene();
  const files = [
    { file: "binlog.000001", bytes: 4000 },
    { file: "binlog.000002", bytes: 9000 },
    { file: "binlog.000003", bytes: 100 },
  ];
  scene.look(place(500, "binlog.000003", `${UUID}:1-30`), files);
  scene.applied = place(1000, "binlog.000001", `${UUID}:1-10`);
  expect(scene.lag).toMatchObject({ behindBytes: 3000 + 9000 + 500, behindTransactions: null });
  scene.gtidsComplete = true;
  expect(scene.lag.behindTransactions).toBe(20);
});

test("what isn't known is null, never 0", async () => {
  const scene = new Scene();
  scene.applied = null;
  expect(scene.lag).toEqual({
    lastContactMs: 0,
    receiveSeconds: null,
    applySeconds: null,
    behindBytes: null,
    behindTransactions: null,
  });
  scene.applied = place(1000);
  expect(scene.lag).toMatchObject({ behindBytes: null, behindTransactions: null });
  scene.read({ received: place(2000) });
  expect(scene.lag).toMatchObject({ receiveSeconds: 0, applySeconds: null });
  scene.look(place(2000));
  expect(scene.lag).toMatchObject({ behindBytes: 1000 });
  // Nobody has told the end for too long.
  await scene.clock.advance(60_000);
  scene.contact();
  expect(scene.lag).toMatchObject({ behindBytes: null, behindTransactions: null });
});

test("a task that is paused says how far behind it is all the same", async () => {
  const scene = new Scene();
  scene.look(place(1000));
  scene.reader = null;
  scene.inHand = null;
  expect(scene.lag).toMatchObject({ receiveSeconds: null, applySeconds: 0, behindBytes: 0 });
  await scene.clock.advance(30_000);
  scene.look(place(8000));
  expect(scene.lag).toMatchObject({ receiveSeconds: null, applySeconds: 30, behindBytes: 7000 });
});
