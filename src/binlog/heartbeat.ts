/**
 * Heartbeats: the dump thread sends one when nothing else was sent for the period that was asked for, and
 * after transactions that the GTID set asked for made it skip. They say how far the upstream's log
 * was read, at a transaction boundary.
 *
 * - Heartbeat (27): the header's next-offset field is the position, modulo 2^32; the body is the file's name.
 *   MariaDB, beyond 4 GiB: that field is 0 and 8 bytes of position stand before the name (`HB_SUB_HEADER_LEN`).
 * - Heartbeat_v2 (41, MySQL 8.0.26+, when the dump asks for it): fields of type, length, value, each
 *   length-encoded; type 0 ends them, 1 is the file's name, 2 the position, itself length-encoded.
 *   (libs/mysql/binlog/event/codecs, `Heartbeat_event_v2`.)
 */
import type { Flavour } from "../mysql/flavour.ts";
import { cursor, openCursor, take, takeLength } from "./cursor.ts";
import { malformed } from "./decode-error.ts";
import { NEXT_OFFSET_AT } from "./event-header.ts";

export interface Heartbeat {
  readonly file: string;
  readonly offset: number;
  /** False: `offset` is known modulo 2^32 only. */
  readonly exact: boolean;
}

/** Version 1: the whole event's buffer, its body at `[start, end)`. */
export function decodeHeartbeat(event: Buffer, start: number, end: number, flavour: Flavour): Heartbeat {
  const position = event.readUInt32LE(NEXT_OFFSET_AT);
  if (flavour === "mysql" || position > 0 || start + 8 >= end)
    return { file: event.toString("utf8", start, end), offset: position, exact: false };
  const offset = event.readUInt32LE(start) + event.readUInt32LE(start + 4) * 0x1_0000_0000;
  return { file: event.toString("utf8", start + 8, end), offset, exact: true };
}

/** Version 2: the body `event[start, end)`. */
export function decodeHeartbeatV2(event: Buffer, start: number, end: number): Heartbeat {
  openCursor(event, start, end);
  let file = "";
  let offset = -1;
  for (;;) {
    if (cursor.offset === end) break;
    const type = takeLength("a heartbeat's field type");
    if (type === 0) break;
    const length = takeLength("a heartbeat's field length");
    const at = take(length, "a heartbeat's field");
    if (type === 1) file = event.toString("utf8", at, at + length);
    else if (type === 2) offset = lengthEncoded(event, at, length);
    else throw malformed(`a heartbeat with the unknown field ${type}`);
  }
  if (file === "" || offset < 0) throw malformed("a heartbeat without file or position");
  return { file, offset, exact: true };
}

/** A length-encoded integer that takes exactly `length` bytes; up to 2^53-1. */
function lengthEncoded(event: Buffer, at: number, length: number): number {
  const first = length === 0 ? 251 : event.readUInt8(at);
  const expected = first < 251 ? 1 : first === 252 ? 3 : first === 253 ? 4 : first === 254 ? 9 : 0;
  if (expected !== length) throw malformed("a heartbeat's position of a wrong length");
  if (length === 1) return first;
  if (length < 9) return event.readUIntLE(at + 1, length - 1);
  const number = event.readUInt32LE(at + 1) + event.readUInt32LE(at + 5) * 0x1_0000_0000;
  if (!Number.isSafeInteger(number)) throw malformed("a heartbeat's position beyond every file");
  return number;
}
