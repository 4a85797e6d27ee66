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

/** A payload as it was sent. */
export interface Payload {
  readonly bytes: Buffer;
  readonly compressed: boolean;
  /** As the event says; -1: it doesn't. */
  readonly inflatedSize: number;
}

/** Reads the body `event[start, end)`; `bytes` is a view of it. @throws `bad_compression`, `malformed_event` */
export function readPayload(event: Buffer, start: number, end: number): Payload {
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
  if (compression !== ZSTD && compression !== NONE)
    throw badCompression(`${WHAT} with the unknown compression ${compression}`);
  return { bytes: event.subarray(cursor.offset, end), compressed: compression === ZSTD, inflatedSize };
}

/** The payload's events, one behind the other. @throws `bad_compression`, `transaction_too_large` */
export function inflatePayload({ bytes, compressed, inflatedSize }: Payload, bytesMax: number): Buffer {
  if (!compressed) return Buffer.from(bytes);
  if (inflatedSize > bytesMax) throw tooLarge("A compressed transaction", inflatedSize, bytesMax);
  const inflated = inflate(bytes, inflatedSize < 0 ? bytesMax : inflatedSize);
  demandSize(inflated.length, inflatedSize);
  return inflated;
}

/** Throws `bad_compression` when as much as the event says (-1: it doesn't) did not come out. */
export function demandSize(bytes: number, inflatedSize: number): void {
  if (inflatedSize >= 0 && bytes !== inflatedSize) throw badCompression(`${bytes} bytes instead of ${inflatedSize}`);
}

function inflate(payload: Buffer, sizeMax: number): Buffer {
  try {
    return zstdDecompressSync(payload, { maxOutputLength: Math.max(sizeMax, 1) });
  } catch (thrown) {
    throw badCompression("the zstd frame is damaged or larger than it says", thrown);
  }
}
