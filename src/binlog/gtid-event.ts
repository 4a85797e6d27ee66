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

/** What a GTID event says of its transaction. */
export interface GtidEvent {
  /** null: anonymous. */
  readonly gtid: MysqlGtid | null;
  /** Microseconds since 1970 on the server that the log is read from; null before MySQL 8.0. */
  readonly committedAtUs: number | null;
}

const COMMITTED_AT = 42;
const TWO_32 = 0x1_0000_0000;

/** Decodes a Gtid or Anonymous_Gtid body `event[start, end)`; hot path. */
export function decodeGtidEvent(event: Buffer, start: number, end: number, anonymous: boolean): GtidEvent {
  const gtid: MysqlGtid | null = anonymous
    ? null
    : {
        flavour: "mysql",
        source: uuidAt(event, start + 1),
        tag: "",
        number: safeNumber(event.readUInt32LE(start + 17), event.readUInt32LE(start + 21)),
      };
  return { gtid, committedAtUs: committedAt(event, start + COMMITTED_AT, end) };
}

function committedAt(event: Buffer, at: number, end: number): number | null {
  if (at + 7 > end) return null;
  return (event.readUIntLE(at + 4, 3) & 0x7fffff) * TWO_32 + event.readUInt32LE(at);
}

let lastUuid = "";
const lastUuidBytes = Buffer.alloc(16);

/** 16 bytes as `3e11fa47-71ca-11e1-9e33-c80aa9429562`. A log has few sources: the last one's text is kept. */
export function uuidAt(bytes: Buffer, at: number): string {
  const known =
    lastUuid !== "" &&
    bytes.readInt32LE(at) === lastUuidBytes.readInt32LE(0) &&
    bytes.readInt32LE(at + 4) === lastUuidBytes.readInt32LE(4) &&
    bytes.readInt32LE(at + 8) === lastUuidBytes.readInt32LE(8) &&
    bytes.readInt32LE(at + 12) === lastUuidBytes.readInt32LE(12);
  if (known) return lastUuid;
  bytes.copy(lastUuidBytes, 0, at, at + 16);
  const hex = lastUuidBytes.toString("hex");
  lastUuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return lastUuid;
}
