import { crc32 } from "node:zlib";
import { fatal } from "../errors.ts";
import { byteAt, int32 } from "./byte-order.ts";
import { FLAGS_AT, FLAG_IN_USE } from "./event-header.ts";

/**
 * Checksums of events (MySQL 5.6+, MariaDB 5.3+): with binlog_checksum=CRC32 each event ends in the
 * CRC-32 (as in zlib) of all that comes before it, little-endian. The events inside a
 * Transaction_payload have none.
 */
export const CHECKSUM_LENGTH = 4;

/** binlog_checksum's algorithms, as a format description names them: 0 off, 1 CRC32. */
export const ALGORITHM_OFF = 0;
export const ALGORITHM_CRC32 = 1;

/**
 * Node's crc32 wants a view of its own, which costs as much as summing some two hundred bytes here. A
 * transaction of one row is five such small events: hot path, measured.
 */
const SMALL_EVENT = 200;
const tables = crcTables();

/** True when the last four bytes are the CRC-32 of the bytes before them. */
export function hasChecksum(event: Buffer): boolean {
  const end = event.length - CHECKSUM_LENGTH;
  if (end < 0) return false;
  return checksumOf(event, end) === event.readUInt32LE(end);
}

/** Throws `checksum_mismatch` (resumable: what was damaged on its way is whole when it is read again). */
export function verifyChecksum(event: Buffer): void {
  if (!hasChecksum(event)) throw checksumMismatch();
}

/**
 * The same for a format description: the flag IN_USE is set in the file after the sum was taken, and
 * does not count (Log_event_footer::event_checksum_test). Whoever sums what stands there is right too.
 */
export function verifyFormatDescriptionChecksum(event: Buffer): void {
  if (hasChecksum(event)) return;
  const closed = Buffer.from(event);
  closed.writeUInt16LE(closed.readUInt16LE(FLAGS_AT) & ~FLAG_IN_USE, FLAGS_AT);
  verifyChecksum(closed);
}

/** CRC-32 of `event[0, end)`; small ones eight bytes at a time ("slicing by 8", Kounavis and Berry 2005). */
function checksumOf(event: Buffer, end: number): number {
  if (end > SMALL_EVENT) return crc32(event.subarray(0, end));
  let sum = -1;
  let at = 0;
  for (; at + 8 <= end; at += 8) {
    const low = sum ^ int32(event, at);
    const high = int32(event, at + 4);
    sum =
      entry(7, low & 0xff) ^
      entry(6, (low >>> 8) & 0xff) ^
      entry(5, (low >>> 16) & 0xff) ^
      entry(4, low >>> 24) ^
      entry(3, high & 0xff) ^
      entry(2, (high >>> 8) & 0xff) ^
      entry(1, (high >>> 16) & 0xff) ^
      entry(0, high >>> 24);
  }
  for (; at < end; at += 1) sum = (sum >>> 8) ^ entry(0, (sum ^ byteAt(event, at)) & 0xff);
  return ~sum >>> 0;
}

function entry(table: number, byte: number): number {
  return tables[256 * table + byte] ?? 0;
}

function checksumMismatch(): Error {
  return fatal("checksum_mismatch", "an event's checksum does not match its bytes", {
    stage: "decode",
    kind: "resumable",
    hint: "Check the network and the upstream's disk; `mysqlbinlog --verify-binlog-checksum` on the upstream tells whether its file is damaged.",
  });
}

/** Eight tables behind one another, reflected polynomial 0xEDB88320; the n-th is for a byte that n bytes follow. */
function crcTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    made[byte] = value;
  }
  for (let at = 256; at < made.length; at += 1) {
    const before = made[at - 256] ?? 0;
    made[at] = (before >>> 8) ^ (made[before & 0xff] ?? 0);
  }
  return made;
}
