/**
 * MariaDB's compressed events (log_bin_compress=ON, sql/log_event.cc `binlog_buf_compress`):
 *
 * | bytes | what                                                                        |
 * | ----- | --------------------------------------------------------------------------- |
 * | 1     | 0x80 | algorithm << 4 (0: zlib) | n: how many bytes the length takes (1–4)  |
 * | n     | length when inflated, most significant byte first                           |
 * | rest  | zlib stream                                                                 |
 *
 * In a Query_compressed event the statement is stored so, in a compressed rows event the rows (all
 * behind the bitmaps of columns).
 */
import { inflateSync } from "node:zlib";
import { takeLength, cursor, openCursor, take } from "./cursor.ts";
import { badCompression } from "./event-error.ts";
import {
  DELETE_ROWS_COMPRESSED_V1,
  WRITE_ROWS_COMPRESSED,
  WRITE_ROWS_COMPRESSED_V1,
  WRITE_ROWS,
  WRITE_ROWS_V1,
} from "./event-type.ts";

/** A rows event can't be larger than max_allowed_packet's limit, 1 GiB. */
const INFLATED_MAX = 1 << 30;

/** The inflated bytes of `buffer[start, end)`. @throws `bad_compression` */
export function inflateMariadb(buffer: Buffer, start: number, end: number): Buffer {
  if (start >= end) throw badCompression("there are none");
  const first = buffer.readUInt8(start);
  const lengthBytes = first & 0x07;
  if ((first & 0x80) === 0 || (first & 0x70) !== 0) throw badCompression(`algorithm byte ${first}`);
  if (lengthBytes < 1 || lengthBytes > 4 || start + 1 + lengthBytes > end)
    throw badCompression(`a length of ${lengthBytes} bytes`);
  const length = buffer.readUIntBE(start + 1, lengthBytes);
  if (length > INFLATED_MAX) throw badCompression(`${length} bytes when inflated`);
  let inflated: Buffer;
  try {
    inflated = inflateSync(buffer.subarray(start + 1 + lengthBytes, end), { maxOutputLength: Math.max(length, 1) });
  } catch (thrown) {
    throw badCompression("the zlib stream is damaged", thrown);
  }
  if (inflated.length !== length) throw badCompression(`${inflated.length} bytes instead of ${length}`);
  return inflated;
}

/** A rows event as if it had not been compressed: type and bytes, from behind the event header on. */
export interface PlainRows {
  readonly type: number;
  readonly body: Buffer;
}

/** Inflates a compressed rows event's body `event[start, end)` of type 166–171. */
export function inflateRows(event: Buffer, type: number, start: number, end: number): PlainRows {
  const v1 = type <= DELETE_ROWS_COMPRESSED_V1;
  const plain = v1 ? type - WRITE_ROWS_COMPRESSED_V1 + WRITE_ROWS_V1 : type - WRITE_ROWS_COMPRESSED + WRITE_ROWS;
  openCursor(event, start, end);
  take(8, "the table id and flags of a rows event");
  if (!v1) take(event.readUInt16LE(take(2, "the extra data of a rows event")) - 2, "the extra data of a rows event");
  const bitmap = (takeLength("the number of columns") + 7) >> 3;
  const update = plain === WRITE_ROWS_V1 + 1 || plain === WRITE_ROWS + 1;
  take(update ? 2 * bitmap : bitmap, "the bitmaps of columns");
  const rowsAt = cursor.offset;
  return { type: plain, body: Buffer.concat([event.subarray(start, rowsAt), inflateMariadb(event, rowsAt, end)]) };
}
