import { afterEach, describe, expect, test } from "vitest";
import type { UpstreamOptions } from "../../../src/upstream/session.ts";
import { BinlogBuilder, int, type BuiltTable } from "../../support/binlog-builder.ts";
import { startReading, type Reading } from "../../support/read-upstream.ts";
import { startScriptedServer, type Script, type ScriptedServer } from "../../support/scripted-mysql-server.ts";

const table: BuiltTable = { id: 7, database: "shop", table: "orders", columns: [int("id")] };
const IGNORABLE = 0x80;
const UNKNOWN_TYPE = 200;
const XA_PREPARE = 38;

let server: ScriptedServer | null = null;
let reading: Reading | null = null;

afterEach(async () => {
  await reading?.stop();
  await server?.close();
  reading = null;
  server = null;
});

async function follow(script: Script, upstream: Partial<UpstreamOptions> = {}): Promise<Reading> {
  server = await startScriptedServer(script);
  reading = startReading({
    upstream: {
      host: "127.0.0.1",
      port: server.port,
      user: "repl",
      password: "secret",
      tls: { mode: "disabled" },
      netTimeoutMs: 120,
      connectTimeoutMs: 1000,
      serverId: 4711,
      ...upstream,
    },
    flavour: "mysql",
    start: { file: "binlog.000001", offset: 4, gtids: "" },
    database: "shop",
    backoff: { baseMs: 5, capMs: 20 },
  });
  return reading;
}

/** An event whose packet payload (with the status byte in front) has this many bytes. */
function eventOfPayload(builder: BinlogBuilder, bytes: number): Buffer {
  return builder.event(UNKNOWN_TYPE, Buffer.alloc(bytes - 1 - 19 - 4, 0x5a), { flags: IGNORABLE });
}

const MIB_16 = 1 << 24;

describe("packets", () => {
  test.each([
    ["16 MiB - 2", MIB_16 - 2],
    ["16 MiB - 1", MIB_16 - 1],
    ["16 MiB", MIB_16],
    ["3 × 16 MiB + 5", 3 * MIB_16 + 5],
  ])("R23: an event of %s is put together again, and the next one is found", async (_, bytes) => {
    const builder = new BinlogBuilder();
    const events = [
      builder.fakeRotate(),
      builder.formatDescription(),
      eventOfPayload(builder, bytes),
      ...builder.transaction(null, table, [[1]]),
    ];
    const now = await follow({ events: () => events }, { netTimeoutMs: 5000 });
    await now.until("the row", () => now.inserted.length === 1);
    expect(now.reader.state.reconnects).toBe(0);
    expect(now.reader.state.received.offset).toBe(builder.offset);
  });

  test("R4: an event that trickles in, each byte far within the net timeout and all of them far beyond it, is read", async () => {
    const builder = new BinlogBuilder();
    const events = [builder.fakeRotate(), builder.formatDescription(), ...builder.transaction(null, table, [[1]])];
    const now = await follow({ events: () => events, trickle: { bytes: 12, everyMs: 15 } });
    const before = performance.now();
    await now.until("the row", () => now.inserted.length === 1);
    expect(performance.now() - before).toBeGreaterThan(360);
    expect(now.reader.state.reconnects).toBe(0);
  });

  test("R4: after the net timeout without a byte the connection is closed, not before and not much later", async () => {
    const builder = new BinlogBuilder();
    const now = await follow(
      { events: () => [builder.fakeRotate(), builder.formatDescription()] },
      { netTimeoutMs: 400 },
    );
    await now.until("the stream", () => now.reader.state.connectedSinceMs !== null);
    const before = performance.now();
    await now.until("the end", () => now.reader.state.reconnects === 1);
    const took = performance.now() - before;
    expect(took).toBeGreaterThan(380);
    expect(took).toBeLessThan(900);
    expect(now.reader.state.recentReconnects[0]?.reason).toBe("read_timeout");
  });

  test("G5: events behind a semi-sync header are read", async () => {
    const builder = new BinlogBuilder();
    const events = [builder.fakeRotate(), builder.formatDescription(), ...builder.transaction(null, table, [[1]])];
    const now = await follow({ events: () => events, semiSync: true });
    await now.until("the row", () => now.inserted.length === 1);
    expect(now.reader.state.reconnects).toBe(0);
  });
});

describe("damage", () => {
  test("R21, G18: an event that was damaged on its way is read again from the last boundary", async () => {
    const now = await follow({ events: (connection) => damaged(connection === 1) });
    await now.until("the row", () => now.inserted.length === 1);
    expect(now.reader.state.reconnectCounts).toEqual([{ step: "stream", reason: "checksum_mismatch", count: 1 }]);
  });

  test("R21: an event that comes damaged every time is the upstream's, and the end", async () => {
    const now = await follow({ events: () => damaged(true) });
    expect(await now.ended).toMatchObject({ name: "source_corrupt", kind: "fatal" });
    expect(now.inserted).toEqual([]);
    expect(now.reader.state.reconnects).toBe(3);
  });
});

describe("what tells nothing of a transaction", () => {
  test("R10, G22: format descriptions, rotates and heartbeats leave the last timestamp alone", async () => {
    const builder = new BinlogBuilder({ timestamp: 1_600_000_000 });
    const head = [builder.fakeRotate(), builder.formatDescription({ created: 1_500_000_000 }), builder.heartbeat()];
    const now = await follow({ events: () => head }, { netTimeoutMs: 5000 });
    await now.until("the heartbeat", () => now.reader.state.heartbeats === 1);
    expect(now.reader.state.lastTimestamp).toBeNull();
  });

  test("R8: a heartbeat moves the coordinates, in a transaction of its own without a GTID", async () => {
    const builder = new BinlogBuilder();
    const events = [builder.fakeRotate(), builder.formatDescription(), builder.heartbeat("binlog.000001", 100_000)];
    const now = await follow({ events: () => events }, { netTimeoutMs: 5000 });
    await now.until("the position", () => now.reader.state.received.offset === 100_000);
    expect(now.transactions).toEqual([]);
    expect(now.handedOut.at(-1)).toMatchObject({
      gtid: null,
      file: "binlog.000001",
      end: 100_000,
      changes: [],
      bytes: 0,
      heldFrom: null,
    });
  });

  // What broke: the log that went on without a transaction let the checkpoint past a prepared one, and a restart could not end it.
  test("T5, R8: while an XA transaction is prepared, a log that goes on without one still says from where a restart must read", async () => {
    const builder = new BinlogBuilder();
    const head = [builder.fakeRotate(), builder.formatDescription()];
    const start = builder.offset;
    const prepare = Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x67]);
    const prepared = [
      builder.query("XA START X'67',X'',1"),
      builder.query("XA END X'67',X'',1"),
      builder.event(XA_PREPARE, prepare),
    ];
    const events = [...head, ...prepared, builder.heartbeat("binlog.000001", 100_000)];
    const now = await follow({ events: () => events }, { netTimeoutMs: 5000 });
    await now.until("the position", () => now.reader.state.received.offset === 100_000);
    const heldFrom = { file: "binlog.000001", offset: start };
    expect(now.handedOut.slice(-2)).toMatchObject([
      { xa: { step: "prepared" }, heldFrom },
      { end: 100_000, heldFrom },
    ]);
  });
});

function damaged(really: boolean): Buffer[] {
  const builder = new BinlogBuilder();
  const events = [builder.fakeRotate(), builder.formatDescription(), ...builder.transaction(null, table, [[1]])];
  const rows = events[5];
  if (really && rows !== undefined) rows.writeUInt8(rows.readUInt8(25) ^ 0x40, 25);
  return events;
}
