/**
 * Bodies of events that come again and again, byte for byte: the `BEGIN` of each transaction of a connection, the
 * table map of each statement. Hot path: where the bytes are those of the last time, nothing of them is decoded.
 */
import { byteAt, wordsOf } from "./byte-order.ts";

export interface RepeatedBody {
  readonly length: number;
  /** Its bytes four by four, little-endian; the last word filled up with zeros. */
  readonly words: Int32Array;
}

/** A copy of the body `event[start, end)`, to be compared with later ones. */
export function repeatedBody(event: Buffer, start: number, end: number): RepeatedBody {
  const length = end - start;
  const words = Int32Array.from({ length: (length + 3) >> 2 }, (_, word) => wordAt(event, start + 4 * word, end));
  return { length, words };
}

/** For the few dozen bytes of such a body cheaper than a call into native code. `event[start, end)` must be there. */
export function isSameBody(known: RepeatedBody, event: Buffer, start: number, end: number): boolean {
  const { length, words } = known;
  if (length !== end - start) return false;
  const there = wordsOf(event);
  const whole = length >> 2;
  for (let word = 0; word < whole; word += 1) if (words[word] !== there.getInt32(start + 4 * word, true)) return false;
  return whole === words.length || words[whole] === wordAt(event, start + 4 * whole, end);
}

/** Four bytes, or as many as there are before `end`. */
function wordAt(event: Buffer, at: number, end: number): number {
  let word = 0;
  for (let byte = 0; byte < 4 && at + byte < end; byte += 1) word |= byteAt(event, at + byte) << (8 * byte);
  return word;
}
