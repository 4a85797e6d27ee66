import { byteAt } from "./byte-order.ts";
import { malformed, truncated } from "./decode-error.ts";

declare global {
  // Methods of Node's Buffer that its types leave out: `toString` without the look-up of the encoding.
  interface Buffer {
    latin1Slice(start: number, end: number): string;
    utf8Slice(start: number, end: number): string;
  }
}

/**
 * Where decoding stands: one for the whole process, because decoding is synchronous and a row's
 * columns are read by a list of functions that would otherwise hand the offset on by objects.
 *
 * The rule of every reader: bytes in front of `end` may be read, `offset` is moved behind what was
 * read. Readers of a fixed width may read up to 65 bytes over `end` without looking (JavaScript gives
 * undefined, never foreign memory) and leave `offset` behind `end`: whoever loops over values checks
 * `offset <= end` after each row and throws what was read away. Readers of a length that the bytes
 * themselves say check before they read.
 */
export interface Cursor {
  bytes: Buffer;
  offset: number;
  end: number;
  /** Some value could not be told, and was left out of its row. Whoever wants to know sets it to false before. */
  leftOut: boolean;
  /** `bytes[pieceStart, pieceEnd)` as Latin-1 text, for `read-text.ts`; of no length where there is none. It goes on behind `end`. */
  piece: string;
  pieceStart: number;
  pieceEnd: number;
}

/** The one cursor. Hot path: a plain mutable record, on purpose. */
export const cursor: Cursor = {
  bytes: Buffer.alloc(0),
  offset: 0,
  end: 0,
  leftOut: false,
  piece: "",
  pieceStart: 0,
  pieceEnd: 0,
};

/** Points the cursor at `bytes[start, end)`. */
export function openCursor(bytes: Buffer, start: number, end: number): void {
  if (start < 0 || start > end || end > bytes.length) throw truncated("its header");
  if (bytes !== cursor.bytes) {
    cursor.bytes = bytes;
    cursor.pieceEnd = 0;
  }
  cursor.offset = start;
  cursor.end = end;
  cursor.leftOut = false;
}

/** Moves over `length` bytes and gives the offset where they start; throws `event_truncated` when they aren't there. */
export function take(length: number, what: string): number {
  const at = cursor.offset;
  if (length > cursor.end - at) throw truncated(what);
  cursor.offset = at + length;
  return at;
}

export function takeByte(what: string): number {
  return byteAt(cursor.bytes, take(1, what));
}

/**
 * A length-encoded integer: below 251 the byte itself; 252, 253, 254 announce 2, 3, 8 bytes, least
 * significant first (MySQL source documentation, "Protocol::LengthEncodedInteger").
 */
export function takeLength(what: string): number {
  const first = takeByte(what);
  if (first < 251) return first;
  if (first === 252) return cursor.bytes.readUIntLE(take(2, what), 2);
  if (first === 253) return cursor.bytes.readUIntLE(take(3, what), 3);
  if (first !== 254) throw malformed(`${what} has a length that starts with ${first}`);
  const at = take(8, what);
  const high = cursor.bytes.readUInt32LE(at + 4);
  if (high > 0) throw truncated(what);
  return cursor.bytes.readUInt32LE(at);
}

/** `length` bytes as a copy: events' buffers belong to the socket and are used again. */
export function takeCopy(length: number, what: string): Buffer {
  const at = take(length, what);
  return Buffer.from(cursor.bytes.subarray(at, at + length));
}

/** `length` bytes of UTF-8 (names of databases, tables, columns). */
export function takeText(length: number, what: string): string {
  const at = take(length, what);
  return cursor.bytes.utf8Slice(at, at + length);
}
