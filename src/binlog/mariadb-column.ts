import { inflateRawSync, inflateSync } from "node:zlib";
import { byteAt } from "./byte-order.ts";
import { invalidValue } from "./decode-error.ts";

/**
 * What only MariaDB stores: its address and UUID types, which the log shows as BINARY, and COMPRESSED columns.
 */

/** INET4: four bytes, as usual. */
export function inet4Text(bytes: Buffer): string {
  return bytes.join(".");
}

/**
 * INET6: sixteen bytes, printed as `Inet6_null::to_string` of MariaDB's `sql_type_inet.cc` does: the longest run of
 * zero groups, be it one (the first of equals) as `::`, addresses mapped or compatible to IPv4 with dots.
 */
export function inet6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index));
  const gap = longestZeroRun(groups);
  const hasIpv4 = gap.start === 0 && (gap.length === 6 || (gap.length === 5 && groups[5] === 0xffff));
  const printed = groups.slice(0, hasIpv4 ? 6 : 8).map((group) => group.toString(16));
  if (hasIpv4) printed.push(inet4Text(bytes.subarray(12, 16)));
  if (gap.length === 0) return printed.join(":");
  const before = printed.slice(0, gap.start).join(":");
  const after = printed.slice(gap.start + gap.length).join(":");
  return `${before}::${after}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  });
  return best;
}

/**
 * UUID: sixteen bytes in the order of the text. In its own files MariaDB stores time-based UUIDs with their
 * parts the other way round, but the log has them as they are printed (`UUID::pack` in
 * `plugin/type_uuid/sql_type_uuid.h`).
 */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A column's content must not take more than a LONGTEXT can hold, whatever its header says. */
const CONTENT_MAX = 0xffff_ffff;

/**
 * The content of a COMPRESSED column (MariaDB's `sql/field_comp.cc`); no bytes at all are the empty string.
 *
 * | bytes | content                                                                                   |
 * | ----- | ----------------------------------------------------------------------------------------- |
 * | 1     | 0x00: the content follows as it is; 0x80 + n (+ 8: without zlib's header): compressed     |
 * | n     | compressed only: length of the content, big-endian                                        |
 * | rest  | the content                                                                               |
 *
 * @throws `column_value_invalid`
 */
export function uncompressColumn(bytes: Buffer, start: number, end: number): Buffer {
  if (start === end) return Buffer.alloc(0);
  const header = byteAt(bytes, start);
  if (header === 0) return Buffer.from(bytes.subarray(start + 1, end));
  const lengthBytes = header & 7;
  const contentAt = start + 1 + lengthBytes;
  if (header >> 4 !== 8 || lengthBytes < 1 || lengthBytes > 4 || contentAt > end) {
    throw invalidValue(`a compressed column with the header ${header}`);
  }
  const length = bytes.readUIntBE(start + 1, lengthBytes);
  const content = inflateAtMost(bytes.subarray(contentAt, end), length, (header & 8) !== 0);
  if (content?.length !== length) throw invalidValue(`a compressed column of ${length} bytes`);
  return content;
}

/** undefined when the stream is broken, or longer than it says (nothing beyond that is inflated). */
function inflateAtMost(stream: Buffer, length: number, raw: boolean): Buffer | undefined {
  const options = { maxOutputLength: Math.min(Math.max(length, 1), CONTENT_MAX) };
  try {
    return raw ? inflateRawSync(stream, options) : inflateSync(stream, options);
  } catch {
    return undefined; // told by the caller, as a named error
  }
}
