/** A transaction that is handed out while it is read. */
import { zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { isEnded } from "../../../src/binlog/transaction.ts";
import { BinlogBuilder, int, type BuiltTable } from "../../support/binlog-builder.ts";
import { startReading, type Reading } from "../../support/read-upstream.ts";
import { startScriptedServer, type ScriptedServer } from "../../support/scripted-mysql-server.ts";

const table: BuiltTable = { id: 7, database: "shop", table: "orders", columns: [int("id")] };
const ROWS = Array.from({ length: 200 }, (_, i) => i + 1);

let server: ScriptedServer | null = null;
let reading: Reading | null = null;

afterEach(async () => {
  await reading?.stop();
  await server?.close();
});

async function follow(builder: BinlogBuilder, events: readonly Buffer[]): Promise<Reading> {
  const head = [builder.fakeRotate("binlog.000001", 4), builder.formatDescription({ artificial: true })];
  server = await startScriptedServer({ events: () => [...head, ...events] });
  reading = startReading({
    upstream: {
      host: "127.0.0.1",
      port: server.port,
      user: "repl",
      password: "secret",
      tls: { mode: "disabled" },
      netTimeoutMs: 300,
      connectTimeoutMs: 1000,
      serverId: 4711,
    },
    flavour: "mysql",
    start: { file: "binlog.000001", offset: 4, gtids: "" },
    database: "shop",
    streamBytes: 500,
    backoff: { baseMs: 5, capMs: 20 },
  });
  return reading;
}

function rows(builder: BinlogBuilder): Buffer[] {
  return [builder.tableMap(table), ...ROWS.map((id) => builder.writeRows(table, [[id]], id === ROWS.length))];
}

describe("a large transaction", () => {
  test("G14: is handed out in parts; only its end moves what is received", async () => {
    const builder = new BinlogBuilder();
    const now = await follow(builder, [builder.query("BEGIN"), ...rows(builder), builder.xid()]);
    await now.until("the end", () => now.reader.state.received.offset === builder.offset);
    expect(now.inserted).toEqual(ROWS);
    expect(now.transactions.length).toBeGreaterThan(10);
    expect(now.transactions.filter(isEnded)).toEqual(now.transactions.slice(-1));
    expect(now.reader.state.handedOut).toBe(1);
  });

  test("R15: the reader gives up when the connection is lost in the middle of it, with the reason", async () => {
    const builder = new BinlogBuilder();
    const now = await follow(builder, [builder.query("BEGIN"), ...rows(builder)]);
    expect(await now.ended).toMatchObject({
      name: "transaction_interrupted",
      kind: "resumable",
      facts: { reason: "read_timeout" },
    });
    expect(now.reader.state).toMatchObject({ reconnects: 1, received: { offset: 4 }, handedOut: 0 });
  });

  test("T3: a compressed one is inflated as it is taken, and what stands behind it in the same packet comes after it", async () => {
    const builder = new BinlogBuilder();
    const inner = new BinlogBuilder({ checksums: false });
    const events = Buffer.concat([inner.query("BEGIN"), ...rows(inner), inner.xid()]);
    const packed = zstdCompressSync(events);
    const size = (type: number, value: number): Buffer => Buffer.of(type, 3, 0xfc, value & 255, value >> 8);
    const body = Buffer.concat([size(1, packed.length), size(2, 0), size(3, events.length), Buffer.of(0), packed]);
    const payload = builder.event(40, body);
    const now = await follow(builder, [payload, ...builder.transaction(null, table, [[201]])]);
    await now.until("the one behind", () => now.reader.state.received.offset === builder.offset);
    expect(now.inserted).toEqual([...ROWS, 201]);
    expect(now.transactions.filter(isEnded)).toHaveLength(2);
  });
});
