import { afterEach, describe, expect, test } from "vitest";
import { withChecksum } from "../../support/binlog-builder.ts";
import {
  builderOf,
  endOf,
  followScripted,
  insertion,
  logFrom,
  ORDERS,
  type Followed,
} from "../../support/scripted-log.ts";
import { TEXTS } from "../../support/dump-error-texts.ts";
import { startReading } from "../../support/read-upstream.ts";
import { startProxy } from "../../support/tcp-proxy.ts";

let followed: Followed | null = null;

afterEach(async () => {
  await followed?.stop();
  followed = null;
});

const follow = async (...given: Parameters<typeof followScripted>): Promise<Followed> => {
  followed = await followScripted(...given);
  return followed;
};

const HEARTBEAT_V2 = 41;
const FOUR_GIB = 2 ** 32;

/** Fields of type, length, value; the position is a length-encoded integer of 9 bytes. */
function heartbeatV2(file: string, offset: number): Buffer {
  const position = Buffer.alloc(9, 0xfe);
  position.writeBigUInt64LE(BigInt(offset), 1);
  const name = Buffer.from(file);
  const body = Buffer.concat([Buffer.of(1, name.length), name, Buffer.of(2, 9), position, Buffer.of(0)]);
  return builderOf("mysql").event(HEARTBEAT_V2, body, { artificial: true });
}

describe("bytes that come as they like", () => {
  test("R4, R15, R16: a connection that is cut after any number of bytes costs no row and brings none twice", async () => {
    const rows = [1, 2, 3];
    const scripted = await follow({ events: (_, { offset }) => logFrom(rows, offset), endAfterEvents: true });
    await scripted.now.stop();
    const proxy = await startProxy(scripted.server);
    try {
      // Handshake, housekeeping and dump are some 1,500 bytes; every place of them is met by steps of a prime.
      for (let bytes = 1; bytes < 1600; bytes += 13) {
        proxy.cutAfter("to-client", bytes, bytes % 2 === 0 ? "close" : "reset");
        const now = startReading({
          upstream: {
            host: proxy.host,
            port: proxy.port,
            user: "repl",
            password: "secret",
            tls: { mode: "disabled" },
            netTimeoutMs: 10_000,
            connectTimeoutMs: 10_000,
            serverId: 4711,
          },
          flavour: "mysql",
          start: { file: "binlog.000001", offset: 4, gtids: "" },
          gtidsComplete: false,
          database: "shop",
          backoff: { baseMs: 1, capMs: 1 },
        });
        await now.until("a cut or all rows", () => now.reader.state.reconnects > 0 || now.inserted.length === 3);
        await proxy.heal();
        await now.until("all rows", () => now.inserted.length >= 3);
        expect(now.inserted).toEqual(rows);
        await now.stop();
      }
    } finally {
      await proxy.close();
    }
  }, 60_000);

  test("R4: a log that comes byte by byte is read", async () => {
    const { now } = await follow({
      events: (_, { offset }) => logFrom([1, 2], offset),
      trickle: { bytes: 1, everyMs: 0 },
    });
    await now.until("the rows", () => now.inserted.length === 2);
    expect(now.reader.state.reconnects).toBe(0);
  });
});

describe("an upstream that says what isn't so", () => {
  test("a fake Rotate moves nothing that is resumed from: the next connection asks for the last transaction's end", async () => {
    const { now, server } = await follow({
      events: (connection, { offset }) => {
        const events = logFrom([1], offset);
        return connection === 1 ? [...events, builderOf("mysql").fakeRotate("binlog.000042", 4)] : events;
      },
      endAfterEvents: true,
    });
    await now.until("another connection", () => (server.connections[1]?.dump ?? null) !== null);
    expect(server.connections[1]?.dump).toMatchObject({ file: "binlog.000001", offset: endOf(1) });
    expect(now.inserted).toEqual([1]);
  });

  test("R13, R16: a fake Rotate of another file in front of a transaction that breaks off is forgotten with it", async () => {
    const { now, server } = await follow({
      events: (connection, { offset }) => {
        const builder = builderOf("mysql");
        const [rotate, ...rest] = logFrom([1, 2], offset);
        const lie = builder.fakeRotate("binlog.000007", 4);
        return connection === 1 ? [lie, ...rest.slice(0, 3)] : [rotate ?? lie, ...rest];
      },
      endAfterEvents: true,
    });
    await now.until("both rows", () => now.inserted.length === 2);
    expect(now.inserted).toEqual([1, 2]);
    for (const { dump } of server.connections.slice(0, 2))
      expect(dump).toMatchObject({ file: "binlog.000001", offset: 4 });
  });

  test("R7: a heartbeat of another file, or of a place before ours, is a reconnect and not an error", async () => {
    const { now } = await follow({
      events: (connection, { offset }) => [
        ...logFrom([1], offset),
        heartbeatV2(connection === 1 ? "binlog.000009" : "binlog.000001", connection === 2 ? 5 : endOf(1)),
      ],
    });
    await now.until("two reconnects", () => now.reader.state.reconnects === 2);
    await now.until("the third stream", () => now.reader.state.heartbeats > 0);
    expect(now.reader.state.reconnectCounts).toEqual([{ step: "stream", reason: "heartbeat_mismatch", count: 2 }]);
    expect(now.inserted).toEqual([1]);
  });
});

describe("R20: error 1236 instead of the next event", () => {
  const fail = (message: string) => (connection: number, what: string, event: number) =>
    connection === 1 && what === "event" && event === 7 ? { how: "error" as const, code: 1236, message } : null;

  test.each(TEXTS.filter(([, , kind]) => kind === "fatal"))(
    "%s: the end, at the first attempt",
    async (message, name) => {
      const { now, server } = await follow({ events: (_, { offset }) => logFrom([1, 2], offset), fail: fail(message) });
      expect(await now.ended).toMatchObject({ name, kind: "fatal", message });
      expect(now.inserted).toEqual([1]);
      expect(server.connections).toHaveLength(1);
    },
  );

  test.each(TEXTS.filter(([, , kind]) => kind !== "fatal"))(
    "%s: read on at the next attempt",
    async (message, name) => {
      const { now } = await follow({ events: (_, { offset }) => logFrom([1, 2], offset), fail: fail(message) });
      await now.until("both rows", () => now.inserted.length >= 2);
      expect(now.inserted).toEqual([1, 2]);
      expect(now.reader.state.reconnectCounts).toEqual([{ step: "stream", reason: name, count: 1 }]);
    },
  );

  test("what may be broken on the upstream's disk is tried a few times and not for ever", async () => {
    const { now, server } = await follow({
      events: (_, { offset }) => logFrom([1], offset),
      fail: (_, what, event) =>
        what === "event" && event === 2 ? { how: "error", code: 1236, message: "bogus data in log event" } : null,
    });
    expect(await now.ended).toMatchObject({ name: "source_corrupt", kind: "fatal" });
    expect(server.connections).toHaveLength(4);
  });
});

describe("R7: beyond 4 GiB", () => {
  test("a new heartbeat's position is right, and so are those of the transactions behind it", async () => {
    const far = 5 * 2 ** 30;
    const builder = builderOf("mysql");
    const head = [builder.fakeRotate(), builder.formatDescription()];
    builder.offset = far;
    const events = [...head, heartbeatV2("binlog.000001", far), ...insertion(builder, 1)];
    const { now } = await follow({ events: () => events });
    await now.until("the row", () => now.inserted.length === 1);
    expect(now.reader.state.received).toMatchObject({ file: "binlog.000001", offset: builder.offset });
    expect(builder.offset).toBeGreaterThan(FOUR_GIB);
  });

  test("an old heartbeat, which has 32 bits, neither kills the stream nor moves it", async () => {
    const builder = builderOf("mysql");
    const head = [builder.fakeRotate(), builder.formatDescription()];
    builder.offset = FOUR_GIB - 100;
    const far = heartbeatV2("binlog.000001", builder.offset);
    const events = [...head, far, ...insertion(builder, 1)];
    const end = builder.offset;
    events.push(builder.heartbeat("binlog.000001", end), ...insertion(builder, 2));
    const { now } = await follow({ events: () => events });
    await now.until("both rows", () => now.inserted.length === 2);
    expect(end).toBeGreaterThan(FOUR_GIB);
    expect(now.reader.state.received.offset).toBe(builder.offset);
    expect(now.reader.state.reconnects).toBe(0);
  });

  test("a place that the protocol can't ask for is said, and not asked for modulo something", async () => {
    const { now } = await follow(
      { events: () => [] },
      {},
      { start: { file: "binlog.000001", offset: FOUR_GIB + 4, gtids: "" } },
    );
    expect(await now.ended).toMatchObject({ name: "position_too_far", kind: "fatal" });
  });
});

describe("R22: events that are no transactions", () => {
  const STOP = 3;
  const INCIDENT = 26;
  const PREVIOUS_GTIDS = 35;
  const UNKNOWN = 201;
  const IGNORABLE = 0x80;

  test("STOP, PREVIOUS_GTIDS and unknown events that may be ignored are passed over; what comes behind them is read", async () => {
    const builder = builderOf("mysql");
    const events = [
      builder.fakeRotate(),
      builder.formatDescription(),
      builder.event(PREVIOUS_GTIDS, Buffer.alloc(8)),
      ...insertion(builder, 1),
      builder.event(UNKNOWN, Buffer.from("whatever"), { flags: IGNORABLE }),
      ...insertion(builder, 2),
    ];
    const before = builder.offset;
    events.push(builder.event(STOP, Buffer.alloc(0)));
    const { now } = await follow({ events: () => events });
    await now.until("both rows", () => now.inserted.length === 2);
    expect(now.reader.state.received.offset).toBe(before);
  });

  test.each([
    ["an unknown event that may not be ignored", UNKNOWN, Buffer.from("whatever"), /^(?!unexpected$)/],
    [
      "INCIDENT: the upstream has lost something",
      INCIDENT,
      Buffer.from([1, 0, 4, ...Buffer.from("lost")]),
      /^incident$/,
    ],
  ])("%s stops the reader, at its place", async (_, type, body, name) => {
    const builder = builderOf("mysql");
    const events = [builder.fakeRotate(), builder.formatDescription(), ...insertion(builder, 1)];
    const at = builder.offset;
    events.push(builder.event(type, body), ...insertion(builder, 2));
    const { now, server } = await follow({ events: () => events });
    const error = await now.ended;
    expect(error).toMatchObject({ name, kind: "fatal", position: `binlog.000001:${at}` });
    expect(now.inserted).toEqual([1]);
    expect(server.connections).toHaveLength(1);
  });

  test("MariaDB's ANNOTATE, GTID_LIST and BINLOG_CHECKPOINT are passed over", async () => {
    const builder = builderOf("mariadb");
    const list = Buffer.alloc(4);
    const checkpoint = Buffer.concat([Buffer.from([13, 0, 0, 0]), Buffer.from("binlog.000001")]);
    const events = [
      builder.fakeRotate(),
      builder.formatDescription(),
      builder.event(163, list),
      builder.event(161, checkpoint),
      builder.mariadbGtid("0-1-1"),
      builder.event(160, Buffer.from("INSERT INTO orders VALUES (1)")),
      builder.tableMap(ORDERS),
      builder.writeRows(ORDERS, [[1]]),
      builder.xid(),
    ];
    const { now } = await follow({ events: () => events }, {}, { flavour: "mariadb" });
    await now.until("the row", () => now.inserted.length === 1);
    expect(now.reader.state.received.offset).toBe(builder.offset);
  });
});

test("G15, R15: half a transaction is never handed out, also when its first rows were good", async () => {
  const { now } = await follow({
    events: (connection, { offset }) => {
      const builder = builderOf("mysql");
      const description = builder.formatDescription();
      const many = [
        builder.query("BEGIN"),
        builder.tableMap(ORDERS),
        builder.writeRows(ORDERS, [[1], [2]], false),
        builder.writeRows(ORDERS, [[3]]),
        builder.xid(),
      ];
      const damaged = Buffer.from(many[3] ?? Buffer.alloc(0));
      // Within the rows, so that the first ones could still be read; with a checksum that is right.
      damaged.writeUInt8(0xff, damaged.length - 9);
      if (connection === 1) many[3] = withChecksum([damaged.subarray(0, -5)]);
      return [builder.fakeRotate("binlog.000001", offset), description, ...many];
    },
  });
  const ended = await Promise.race([
    now.ended,
    now.until("a decision", () => now.reader.state.reconnects > 0 || now.inserted.length > 0),
  ]);
  expect(ended).toMatchObject({ kind: "fatal", stage: "decode" });
  expect(now.inserted).toEqual([]);
  expect(now.reader.state.received.offset).toBeLessThan(200);
});
