import { isUtf8 } from "node:buffer";
import { byteAt, wordsOf } from "./byte-order.ts";
import { cursor } from "./cursor.ts";
import { truncated } from "./decode-error.ts";
import type { ReadValue } from "./read-value.ts";
import type { Value } from "./value.ts";

/**
 * Strings: a length in 1–4 bytes, little-endian, then the bytes. Which length a column uses is in its
 * metadata: CHAR and VARCHAR take two bytes when their longest value is over 255 bytes, BLOBs and TEXTs
 * say it themselves.
 */

/** What becomes of the bytes `[start, end)` of a string. */
export type Finish = (bytes: Buffer, start: number, end: number) => Value | undefined;

/** A string whose length prefix takes `prefix` bytes; `finish` gets its bytes. */
export function readCounted(prefix: number, finish: Finish): ReadValue {
  if (prefix === 1) {
    return (bytes, at) => {
      const start = at + 1;
      const end = start + byteAt(bytes, at);
      if (end > cursor.end) throw truncated("a string");
      cursor.offset = end;
      return finish(bytes, start, end);
    };
  }
  return (bytes, at) => {
    const start = at + prefix;
    if (start > cursor.end) throw truncated("a string");
    const end = start + bytes.readUIntLE(at, prefix);
    if (end > cursor.end) throw truncated("a string");
    cursor.offset = end;
    return finish(bytes, start, end);
  };
}

/** CHAR and VARCHAR: the length prefix of a column whose longest value takes `longest` bytes. */
export function lengthPrefix(longest: number): number {
  return longest > 255 ? 2 : 1;
}

/**
 * Bytes: small ones as a copy, because a view would keep the whole chunk that the socket brought (64 KiB, or an event
 * that was larger) in memory for their sake; large ones as a view, so that at most four times their size is kept.
 */
export const finishBytes: Finish = (bytes, start, end) =>
  end - start < VIEW_MIN ? copied(bytes, start, end) : bytes.subarray(start, end);

const VIEW_MIN = 16 * 1024;

function copied(bytes: Buffer, start: number, end: number): Buffer {
  return Buffer.from(bytes.subarray(start, end));
}

/** BINARY(n): the log leaves out zero bytes at the end, the column has them. */
export function padded(bytes: Buffer, start: number, end: number, width: number): Buffer {
  const value = Buffer.alloc(Math.max(width, end - start));
  bytes.copy(value, 0, start, end);
  return value;
}

/**
 * Text in UTF-8 (or ASCII): a JavaScript string, or the bytes when they aren't valid UTF-8. A decoder
 * replaces what is invalid by U+FFFD, so only a string that has one needs a second look.
 */
export function utf8Text(bytes: Buffer, start: number, end: number): string | Buffer {
  const text = bytes.utf8Slice(start, end);
  if (text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) return copied(bytes, start, end);
  return text;
}

/** The same for text that stands in the event itself. */
export const finishUtf8: Finish = (bytes, start, end) =>
  end - start <= SHORT_MAX && isAscii(bytes, start, end) ? asciiText(bytes, start, end) : utf8Text(bytes, start, end);

/** From this length on one call into native code is cheaper than what follows here. */
const SHORT_MAX = 256;

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  const words = wordsOf(bytes);
  let seen = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) seen |= words.getInt32(at, true);
  for (; at < end; at += 1) seen |= byteAt(bytes, at);
  return (seen & 0x8080_8080) === 0;
}

/**
 * Hot path. A call into native code costs as much as copying a few hundred bytes, so a whole piece of the buffer, which
 * goes on with the next small events, is turned into one string and the short ones are cut out of it. V8 keeps the piece as
 * long as one of them is used: not more than {@link PIECE} bytes for a row, and mostly shared with its neighbours.
 */
const PIECE = 4096;

function asciiText(bytes: Buffer, start: number, end: number): string {
  if (start < cursor.pieceStart || end > cursor.pieceEnd) {
    const pieceEnd = Math.min(start + PIECE, bytes.length);
    cursor.piece = bytes.latin1Slice(start, pieceEnd);
    cursor.pieceStart = start;
    cursor.pieceEnd = pieceEnd;
  }
  return cursor.piece.substring(start - cursor.pieceStart, end - cursor.pieceStart);
}
