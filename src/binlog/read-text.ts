import { isUtf8 } from "node:buffer";
import { byteAt } from "./byte-order.ts";
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
export type Finish = (bytes: Buffer, start: number, end: number) => Value;

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

/** Bytes as a copy: the event's buffer belongs to the socket and is used again. */
export const finishBytes: Finish = (bytes, start, end) => Buffer.from(bytes.subarray(start, end));

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
export const finishUtf8: Finish = (bytes, start, end) => {
  const text = bytes.utf8Slice(start, end);
  if (text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) return finishBytes(bytes, start, end);
  return text;
};
