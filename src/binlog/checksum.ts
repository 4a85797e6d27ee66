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
 * Node's crc32 wants a view of its own, which costs as much as summing some three hundred bytes here. A
 * transaction of one row is five events smaller than that: hot path, measured.
 */
const SMALL = 300;
const TABLE_COUNT = 8;
const tables = crcTables();

/** Throws `checksum_mismatch` unless the checksum behind `event[start, end)` is theirs. (Resumable: what was damaged on its way is whole when it is read again.) */
export function verifyChecksum(event: Buffer, start: number, end: number): void {
  verifyCrc(event, end, checksumOf(event, start, end));
}

/** True when the last four bytes are the CRC-32 of the bytes before them. */
export function hasChecksum(event: Buffer): boolean {
  const end = event.length - CHECKSUM_LENGTH;
  return end >= 0 && checksumOf(event, 0, end) === int32(event, end);
}

/** Throws `checksum_mismatch` unless `crc` (as 32 bits of either sign) is what stands at `event[end]`. */
export function verifyCrc(event: Buffer, end: number, crc: number): void {
  if ((crc | 0) !== int32(event, end)) throw checksumMismatch();
}

/**
 * The same for a format description: the flag IN_USE is set in the file after the sum was taken, and
 * does not count (Log_event_footer::event_checksum_test). Whoever sums what stands there is right too.
 */
export function verifyFormatDescriptionChecksum(event: Buffer): void {
  if (hasChecksum(event)) return;
  const closed = Buffer.from(event);
  closed.writeUInt16LE(closed.readUInt16LE(FLAGS_AT) & ~FLAG_IN_USE, FLAGS_AT);
  if (!hasChecksum(closed)) throw checksumMismatch();
}

/** CRC-32 of `event[start, end)`, as a signed number. */
function checksumOf(event: Buffer, start: number, end: number): number {
  return end - start > SMALL ? crc32(event.subarray(start, end)) | 0 : ~updateCrc(-1, event, start, end);
}

/**
 * A CRC register after `event[start, end)`, eight bytes at a time ("slicing by 8", Kounavis and Berry 2005): a table per
 * distance from the end of the eight, looked up by each byte, the first four XORed with the register.
 */
export function updateCrc(register: number, event: Buffer, start: number, end: number): number {
  let crc = register;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc =
      entry(7, (crc ^ byteAt(event, at)) & 0xff) ^
      entry(6, ((crc >>> 8) ^ byteAt(event, at + 1)) & 0xff) ^
      entry(5, ((crc >>> 16) ^ byteAt(event, at + 2)) & 0xff) ^
      entry(4, (crc >>> 24) ^ byteAt(event, at + 3)) ^
      entry(3, byteAt(event, at + 4)) ^
      entry(2, byteAt(event, at + 5)) ^
      entry(1, byteAt(event, at + 6)) ^
      entry(0, byteAt(event, at + 7));
  }
  if (at + 4 <= end) {
    crc =
      entry(3, (crc ^ byteAt(event, at)) & 0xff) ^
      entry(2, ((crc >>> 8) ^ byteAt(event, at + 1)) & 0xff) ^
      entry(1, ((crc >>> 16) ^ byteAt(event, at + 2)) & 0xff) ^
      entry(0, (crc >>> 24) ^ byteAt(event, at + 3));
    at += 4;
  }
  for (; at < end; at += 1) crc = (crc >>> 8) ^ entry(0, (crc ^ byteAt(event, at)) & 0xff);
  return crc;
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

/** The tables behind one another, reflected polynomial 0xEDB88320; the n-th is for a byte that n bytes follow. */
function crcTables(): Int32Array {
  const made = new Int32Array(TABLE_COUNT * 256);
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
