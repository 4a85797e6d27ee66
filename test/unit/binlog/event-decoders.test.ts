/** The small decoders of single events: what their tables say, on bytes made here. */
import { deflateSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { hasChecksum, verifyChecksum, verifyFormatDescriptionChecksum } from "../../../src/binlog/checksum.ts";
import { eventsOfFile } from "../../../src/binlog/binlog-file.ts";
import { eventType, eventTypeName, eventTypes } from "../../../src/binlog/event-type.ts";
import { decodeFormatDescription } from "../../../src/binlog/format-description.ts";
import { decodeGtidEvent } from "../../../src/binlog/gtid-event.ts";
import { decodeTaggedGtid } from "../../../src/binlog/gtid-tagged.ts";
import { decodeHeartbeat } from "../../../src/binlog/heartbeat.ts";
import { LogCursor } from "../../../src/binlog/log-cursor.ts";
import { inflateMariadb, inflateRows } from "../../../src/binlog/mariadb-compression.ts";
import { decodeMariadbGtid } from "../../../src/binlog/mariadb-gtid-event.ts";
import { decodeRotate } from "../../../src/binlog/rotate.ts";
import { inflatePayload, readPayload } from "../../../src/binlog/transaction-payload.ts";
import { decodeXaPrepare } from "../../../src/binlog/xa.ts";
import { BinlogBuilder, int } from "../../support/binlog-builder.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const named = (name: string): unknown => expect.objectContaining({ name });

describe("event types", () => {
  it("have one row each", () => {
    expect(new Set(eventTypes.map(({ code }) => code)).size).toBe(eventTypes.length);
    expect([eventType(16)?.name, eventTypeName(162), eventTypeName(100)]).toEqual([
      "Xid",
      "Gtid (MariaDB)",
      "type 100",
    ]);
  });
});

describe("checksums", () => {
  it("are CRC-32, the same for small and large events", () => {
    for (const size of [0, 1, 7, 8, 9, 63, 150, 280, 281, 282, 1000]) {
      const event = new BinlogBuilder().event(29, Buffer.alloc(size, 0xa5));
      expect(hasChecksum(event)).toBe(true);
      for (const at of [0, 18, event.length - 5, event.length - 1]) {
        const damaged = Buffer.from(event);
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
        expect(() => verifyChecksum(damaged, 0, damaged.length - 4)).toThrow(named("checksum_mismatch"));
      }
    }
  });

  it("a format description's does not count the flag that the file is in use", () => {
    const event = new BinlogBuilder().formatDescription();
    event.writeUInt16LE(1, 17);
    expect(hasChecksum(event)).toBe(false);
    expect(() => verifyFormatDescriptionChecksum(event)).not.toThrow();
  });
});

describe("format descriptions", () => {
  it.each([
    ["5.5.27-log", false, false],
    ["5.6.35-log", false, false],
    ["8.4.3", true, true],
    ["10.11.14-MariaDB-log", true, true],
    ["11.8.2-MariaDB", false, false],
  ])("%s with checksums %s", (serverVersion, checksums, expected) => {
    const event = new BinlogBuilder({ serverVersion, checksums }).formatDescription({ created: 77 });
    expect(decodeFormatDescription(event, true)).toEqual({ serverVersion, created: 77, checksums: expected });
  });

  it("other formats of the log are refused", () => {
    const version3 = new BinlogBuilder({ checksums: false }).formatDescription();
    version3.writeUInt16LE(3, 19);
    expect(() => decodeFormatDescription(version3, true)).toThrow(named("binlog_format_unsupported"));
    const unknownSum = new BinlogBuilder({ checksums: false }).formatDescription();
    unknownSum[unknownSum.length - 5] = 7;
    expect(() => decodeFormatDescription(unknownSum, true)).toThrow(named("binlog_format_unsupported"));
  });
});

describe("GTID events", () => {
  it("MySQL's commit time has 55 bits, with and without the original one behind it", () => {
    const body = Buffer.concat([Buffer.alloc(42), hex("c147811678a085")]);
    expect(decodeGtidEvent(body, 0, body.length, true)).toEqual({
      gtid: null,
      committedAtUs: 1_583_812_517_644_225,
      length: 0,
    });
  });

  it("MySQL's length of a transaction is told where it is 64 KiB or more, behind one commit time or two", () => {
    const [one, two] = [hex("c147811678a005"), hex("c147811678a085c147811678a005")];
    const lengthOf = (times: Buffer, length: string): number => {
      const body = Buffer.concat([Buffer.alloc(42), times, hex(length)]);
      return decodeGtidEvent(body, 0, body.length, true).length;
    };
    for (const times of [one, two]) {
      const lengths = ["fa", "fcffff", "fd000001", "fe0000000002000000", "fd00", ""];
      expect(lengths.map((length) => lengthOf(times, length))).toEqual([0, 0, 65_536, 2 ** 33, 0, 0]);
    }
  });

  it("a number above 2^53-1 is refused, not rounded", () => {
    const body = Buffer.alloc(42);
    body.writeBigUInt64LE(2n ** 53n, 17);
    expect(() => decodeGtidEvent(body, 0, body.length, false)).toThrow(named("gtid_number_too_large"));
  });

  it("tagged: fields by number, each of variable length", () => {
    const uuid = hex("020406080a0c0e10121416181a1c1e20");
    const fields = Buffer.concat([
      hex("00 02 02"),
      uuid,
      hex("04 1902 06 06"),
      Buffer.from("tag"),
      hex("08 02 0a 04 0c 7faf7a0a5a4b6401 10 fd01"),
    ]);
    const body = Buffer.concat([hex("02"), Buffer.of((fields.length + 3) << 1), hex("0a"), fields]);
    const { gtid } = decodeTaggedGtid(body, 0, body.length);
    expect(gtid).toEqual({ flavour: "mysql", source: "01020304-0506-0708-090a-0b0c0d0e0f10", tag: "tag", number: 67 });
    expect(() => decodeTaggedGtid(body, 0, body.length - 1)).toThrow(named("event_malformed"));
    const cutAt = (end: number): unknown => {
      const short = Buffer.from(body.subarray(0, end));
      short[1] = end << 1;
      try {
        return decodeTaggedGtid(short, 0, end).gtid?.number;
      } catch (thrown) {
        return thrown instanceof Error ? thrown.name : thrown;
      }
    };
    // Behind number and tag, fields may be missing; in front of them the GTID is, or is cut.
    const found = Array.from({ length: body.length - 3 }, (_, index) => cutAt(3 + index));
    expect(new Set(found)).toEqual(new Set(["event_malformed", "event_truncated", 67]));
  });

  it("MariaDB's flags tell standalone, XA and the phases of ALTER", () => {
    const builder = new BinlogBuilder({ serverVersion: "10.11.14-MariaDB", checksums: false });
    const of = (flags: number, rest = ""): ReturnType<typeof decodeMariadbGtid> => {
      const event = Buffer.concat([
        builder.mariadbGtid("3-9-4294967297", flags).subarray(0, 19 + 13),
        hex(rest.padEnd(12, "0")),
      ]);
      event.writeUInt32LE(9, 5);
      return decodeMariadbGtid(event, 19, event.length);
    };
    expect(of(1)).toEqual({
      gtid: { flavour: "mariadb", domain: 3, server: 9, sequence: 4294967297 },
      standalone: true,
      preparesXa: false,
      unfinishedAlter: false,
    });
    expect(of(64, "01000000 03 00 6f6e65")).toMatchObject({
      standalone: false,
      preparesXa: true,
      unfinishedAlter: false,
    });
    expect(of(1 | 2, "1111111111111111 02")).toMatchObject({ unfinishedAlter: true });
    expect(of(1, "08 0100000000000000")).toMatchObject({ unfinishedAlter: true });
    expect(of(1, "04 0100000000000000")).toMatchObject({ unfinishedAlter: false });
    expect(() => of(64, "01000000 ff ff 6f6e65")).toThrow(named("event_truncated"));
  });
});

describe("heartbeats", () => {
  it("R7: a position of 0 in the header stands for 8 bytes in front of the name in MariaDB only", () => {
    const event = Buffer.concat([Buffer.alloc(19), Buffer.from("binlog.000001")]);
    expect(decodeHeartbeat(event, 19, event.length, "mysql")).toEqual({
      file: "binlog.000001",
      offset: 0,
      exact: false,
    });
    expect(decodeHeartbeat(event, 19, event.length, "mariadb")).toMatchObject({ file: "00001", exact: true });
  });
});

describe("Rotate and XA_prepare", () => {
  it("Rotate: offset of 64 bits and the name", () => {
    expect(decodeRotate(Buffer.concat([hex("0000000001000000"), Buffer.from("binlog.1000000")]), 0, 22)).toEqual({
      file: "binlog.1000000",
      offset: 4_294_967_296,
    });
    expect(() => decodeRotate(hex("0400000000000000"), 0, 8)).toThrow(named("event_truncated"));
  });

  it("XA_prepare: the XID as statements spell it", () => {
    const body = Buffer.concat([hex("00 07000000 03000000 01000000"), Buffer.from("twob")]);
    expect(decodeXaPrepare(body, 0, body.length)).toEqual({ xid: "X'74776f',X'62',7", onePhase: false });
    expect(decodeXaPrepare(hex("01 ffffffff 00000000 00000000"), 0, 13)).toEqual({ xid: "X'',X'',-1", onePhase: true });
    expect(() => decodeXaPrepare(body, 0, body.length - 1)).toThrow(named("event_truncated"));
  });
});

describe("MariaDB's compression", () => {
  const compressed = (content: Buffer, head?: Buffer): Buffer =>
    Buffer.concat([head ?? Buffer.of(0x81, content.length), deflateSync(content)]);

  it("a length of one to four bytes, most significant first, and a zlib stream", () => {
    const content = Buffer.from("some text some text some text");
    const bytes = compressed(content);
    expect(inflateMariadb(bytes, 0, bytes.length)).toEqual(content);
    const long = compressed(content, hex("84 0000001d"));
    expect(inflateMariadb(long, 0, long.length)).toEqual(content);
  });

  it("T6: what it can't be is refused, and a bomb inflates to no more than it said", () => {
    const bomb = compressed(Buffer.alloc(10_000_000), Buffer.of(0x81, 100));
    for (const bytes of [
      bomb,
      hex(""),
      hex("01"),
      hex("8110"),
      hex("9105ff"),
      hex("85ffffffffff00"),
      hex("84ffffffff00"),
      compressed(Buffer.from("abc"), Buffer.of(0x81, 4)),
    ]) {
      expect(() => inflateMariadb(bytes, 0, bytes.length)).toThrow(named("bad_compression"));
    }
  });

  it("T6: a bomb is not inflated beyond what it said", () => {
    const bomb = compressed(Buffer.alloc(10_000_000), Buffer.of(0x81, 100));
    expect(() => inflateMariadb(bomb, 0, bomb.length)).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code: "ERR_BUFFER_TOO_LARGE" }) }),
    );
  });

  it("compressed rows become plain ones of their kind", () => {
    const head = hex("070000000000 0100 01 ff ff");
    const rows = hex("00 01000000 00 02000000");
    const event = Buffer.concat([head, compressed(rows)]);
    expect(inflateRows(event, 167, 0, event.length)).toEqual({ type: 24, body: Buffer.concat([head, rows]) });
    const v2 = Buffer.concat([hex("070000000000 0100 0200 01 ff"), compressed(rows)]);
    expect(inflateRows(v2, 171, 0, v2.length)).toEqual({
      type: 32,
      body: Buffer.concat([hex("070000000000 0100 0200 01 ff"), rows]),
    });
  });
});

describe("transaction payloads", () => {
  const payload = (compression: number, content: Buffer, size: number, stored = content.length): Buffer =>
    Buffer.concat([
      hex("02 01"),
      Buffer.of(compression),
      hex("01 01"),
      Buffer.of(stored),
      hex("03 03 fc"),
      Buffer.of(size & 255, size >> 8),
      hex("00"),
      content,
    ]);
  const content = Buffer.alloc(400, "events ");

  it("are zstd, or not compressed at all", () => {
    const zstd = payload(0, zstdCompressSync(content), 400);
    expect(inflatePayload(readPayload(zstd, 0, zstd.length), 1000)).toEqual(content);
    const plain = Buffer.concat([hex("02 03 fcff00 01 03 fc9001 00"), content]);
    expect(inflatePayload(readPayload(plain, 0, plain.length), 1000)).toEqual(content);
  });

  it("T6: limits hold before anything is inflated; damage and lies are named errors", () => {
    const bomb = zstdCompressSync(Buffer.alloc(10_000_000));
    const cases: readonly (readonly [Buffer, string])[] = [
      [payload(0, zstdCompressSync(content), 2000), "transaction_too_large"],
      [payload(0, bomb.subarray(0, 200), 400), "bad_compression"],
      [payload(0, zstdCompressSync(content), 399), "bad_compression"],
      [payload(0, zstdCompressSync(content), 401), "bad_compression"],
      [payload(7, content.subarray(0, 100), 400), "bad_compression"],
      [payload(0, zstdCompressSync(content), 400, 3), "event_malformed"],
      [hex("02"), "event_truncated"],
      [hex("0201"), "event_truncated"],
    ];
    for (const [event, name] of cases)
      expect(() => inflatePayload(readPayload(event, 0, event.length), 1000)).toThrow(named(name));
  });
});

describe("the log cursor", () => {
  it("G14: the boundary only moves when it is told to", () => {
    const cursor = new LogCursor("binlog.000001", 4);
    cursor.advance(100, 104);
    expect([cursor.offset, cursor.boundary.offset]).toEqual([104, 4]);
    cursor.settle();
    expect(cursor.boundary).toEqual({ file: "binlog.000001", offset: 104 });
    cursor.advance(100, 0);
    expect(cursor.offset).toBe(104);
  });
});

describe("a binlog file", () => {
  it("is read event by event, and says when it ends in the middle of one", () => {
    const log = new BinlogBuilder();
    const table = { id: 1, database: "d", table: "t", columns: [int("a")] };
    const events = [log.formatDescription(), ...log.transaction(null, table, [[1]])];
    const file = Buffer.concat([hex("fe62696e"), ...events]);
    expect([...eventsOfFile(file)]).toEqual(events);
    expect(() => [...eventsOfFile(file.subarray(0, -1))]).toThrow(named("event_truncated"));
    expect(() => [...eventsOfFile(file.subarray(1))]).toThrow(named("event_malformed"));
  });
});
