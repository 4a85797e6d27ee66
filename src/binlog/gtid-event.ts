/**
 * MySQL's GTID events: Gtid (33), Anonymous_Gtid (34) and, when the GTID has a tag, Gtid_tagged (42, MySQL 8.3+,
 * in `gtid-tagged.ts`).
 *
 * | offset | bytes | what                                                                               |
 * | ------ | ----- | ---------------------------------------------------------------------------------- |
 * | 0      | 1     | flags: 1 may have statement-format changes                                         |
 * | 1      | 16    | source UUID (zeros when anonymous)                                                 |
 * | 17     | 8     | number                                                                             |
 * | 25     | 1     | 2: logical timestamps follow (5.7+)                                                |
 * | 26     | 16    | last committed, sequence number                                                    |
 * | 42     | 7     | when committed here, microseconds since 1970; bit 55: the next field is there (8.0+) |
 * |        | (7)   | when committed on the server where it came up first                                |
 * |        | 1–9   | length of the transaction, length-encoded                                          |
 * |        | 4…    | server versions, commit group ticket: of no use here                               |
 *
 * (libs/mysql/binlog/event/control_events.h, `Gtid_event`.)
 */
import type { MysqlGtid } from "./gtid.ts";
import { safeNumber } from "./gtid.ts";
import { byteAt, int32, uint24, uint32 } from "./byte-order.ts";
import { truncated } from "./decode-error.ts";

/** What a GTID event says of its transaction. */
export interface GtidEvent {
  /** null: anonymous. */
  readonly gtid: MysqlGtid | null;
  /** Microseconds since 1970 on the server that the log is read from; null before MySQL 8.0. */
  readonly committedAtUs: number | null;
  /** Bytes that the transaction takes in the log, where it says so and they are 64 KiB or more; else 0. */
  readonly length: number;
}

const GTID_END = 25;
const COMMITTED_AT = 42;
const TWO_32 = 0x1_0000_0000;

/** Decodes a Gtid or Anonymous_Gtid body `event[start, end)`; hot path. */
export function decodeGtidEvent(event: Buffer, start: number, end: number, anonymous: boolean): GtidEvent {
  if (end - start < GTID_END) throw truncated("a GTID event");
  const gtid: MysqlGtid | null = anonymous
    ? null
    : {
        flavour: "mysql",
        source: uuidAt(event, start + 1),
        tag: "",
        number: safeNumber(uint32(event, start + 17), uint32(event, start + 21)),
      };
  const at = start + COMMITTED_AT;
  return { gtid, committedAtUs: committedAt(event, at, end), length: lengthAt(event, at, end) };
}

/** What is below 64 KiB is of no interest, and told by one byte: this is for every transaction. */
function lengthAt(event: Buffer, committed: number, end: number): number {
  if (committed + 7 > end) return 0;
  const at = committed + ((byteAt(event, committed + 6) & 0x80) === 0 ? 7 : 14);
  if (at >= end) return 0;
  const first = byteAt(event, at);
  if (first === 0xfd && at + 4 <= end) return uint24(event, at + 1);
  return first === 0xfe && at + 9 <= end ? uint32(event, at + 5) * TWO_32 + uint32(event, at + 1) : 0;
}

function committedAt(event: Buffer, at: number, end: number): number | null {
  if (at + 7 > end) return null;
  return (uint24(event, at + 4) & 0x7fffff) * TWO_32 + uint32(event, at);
}

let lastUuid = "";
const lastUuidBytes = Buffer.alloc(16);

/** 16 bytes as `3e11fa47-71ca-11e1-9e33-c80aa9429562`. A log has few sources: the last one's text is kept. */
export function uuidAt(bytes: Buffer, at: number): string {
  const known =
    lastUuid !== "" &&
    int32(bytes, at) === int32(lastUuidBytes, 0) &&
    int32(bytes, at + 4) === int32(lastUuidBytes, 4) &&
    int32(bytes, at + 8) === int32(lastUuidBytes, 8) &&
    int32(bytes, at + 12) === int32(lastUuidBytes, 12);
  if (known) return lastUuid;
  bytes.copy(lastUuidBytes, 0, at, at + 16);
  const hex = lastUuidBytes.toString("hex");
  lastUuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return lastUuid;
}
