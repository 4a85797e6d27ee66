/**
 * Transaction_payload (40, MySQL 8.0.20+ with binlog_transaction_compression): the events of a whole
 * transaction behind its GTID event, compressed. The body is fields of type, length, value, each a
 * length-encoded integer; type 0 ends them, and the payload follows.
 *
 * | field | what                                                    |
 * | ----- | ------------------------------------------------------- |
 * | 1     | size of the payload as it stands here                   |
 * | 2     | compression: 0 zstd, 255 none                           |
 * | 3     | size when inflated                                      |
 *
 * Events inside have headers but no checksums, and their positions mean nothing: the payload's own end is
 * the position. (libs/mysql/binlog/event/control_events.h, `Transaction_payload_event`.)
 */
import { zstdDecompressSync } from "node:zlib";
import { cursor, openCursor, take, takeLength } from "./cursor.ts";
import { malformed } from "./decode-error.ts";
import { badCompression, tooLarge } from "./event-error.ts";

const WHAT = "a transaction payload";
const ZSTD = 0;
const NONE = 255;

/** The inflated events of the body `event[start, end)`, one behind the other. @throws `bad_compression`, `transaction_too_large` */
export function inflatePayload(event: Buffer, start: number, end: number, bytesMax: number): Buffer {
  openCursor(event, start, end);
  let size = -1;
  let compression = -1;
  let inflatedSize = -1;
  for (let type = takeLength(WHAT); type !== 0; type = takeLength(WHAT)) {
    const length = takeLength(WHAT);
    const fieldEnd = take(length, WHAT) + length;
    cursor.offset = fieldEnd - length;
    const value = takeLength(WHAT);
    if (cursor.offset > fieldEnd) throw malformed(`${WHAT} with a field of a wrong length`);
    cursor.offset = fieldEnd;
    if (type === 1) size = value;
    else if (type === 2) compression = value;
    else if (type === 3) inflatedSize = value;
    // A later server's field: may be skipped, as its own decoder does.
  }
  if (size !== end - cursor.offset) throw malformed(`${WHAT} of ${size} bytes where there are ${end - cursor.offset}`);
  const payload = event.subarray(cursor.offset, end);
  if (compression === NONE) return Buffer.from(payload);
  if (compression !== ZSTD) throw badCompression(`${WHAT} with the unknown compression ${compression}`);
  if (inflatedSize > bytesMax) throw tooLarge("A compressed transaction", inflatedSize, bytesMax);
  const inflated = inflate(payload, inflatedSize < 0 ? bytesMax : inflatedSize);
  if (inflatedSize >= 0 && inflated.length !== inflatedSize)
    throw badCompression(`${inflated.length} bytes instead of ${inflatedSize}`);
  return inflated;
}

function inflate(payload: Buffer, sizeMax: number): Buffer {
  try {
    return zstdDecompressSync(payload, { maxOutputLength: Math.max(sizeMax, 1) });
  } catch (thrown) {
    throw badCompression("the zstd frame is damaged or larger than it says", thrown);
  }
}
