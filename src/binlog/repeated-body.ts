/**
 * Bodies of events that come again and again, byte for byte: the `BEGIN` of each transaction of a connection, the
 * table map of each statement. Hot path: where the bytes are those of the last time, nothing of them is
 * decoded, and their share of the event's checksum is known.
 *
 * CRC-32 is linear (but for its start and end values): the register after header and body is what the header leaves,
 * moved over as many zero bytes as the body has, XOR what the body leaves in a register that starts at zero. Moving
 * over n zero bytes is four look-ups in tables made once for n. Comparing the body and summing the header
 * proves as much as summing all of it.
 */
import { byteAt, int32 } from "./byte-order.ts";
import { updateCrc, verifyCrc } from "./checksum.ts";

/** Longer ones are summed in native code, which is faster by then. */
const LENGTH_MAX = 1024;

export interface RepeatedBody {
  readonly length: number;
  /** Its bytes four by four, little-endian; the last word filled up with zeros. */
  readonly words: Int32Array;
  /** What the body leaves in a CRC register that starts at zero. */
  readonly sum: number;
}

/** A copy of the body `event[start, end)`, to be compared with later ones. */
export function repeatedBody(event: Buffer, start: number, end: number): RepeatedBody {
  const length = end - start;
  const words = Int32Array.from({ length: (length + 3) >> 2 }, (_, word) => wordAt(event, start + 4 * word, end));
  return { length, words, sum: updateCrc(0, event, start, end) };
}

/** For the few dozen bytes of such a body cheaper than a call into native code. */
export function isSameBody(known: RepeatedBody, event: Buffer, start: number, end: number): boolean {
  const { length, words } = known;
  if (length !== end - start) return false;
  const whole = length >> 2;
  for (let word = 0; word < whole; word += 1) if (words[word] !== int32(event, start + 4 * word)) return false;
  return whole === words.length || words[whole] === wordAt(event, start + 4 * whole, end);
}

/** Four bytes, or as many as there are before `end`. */
function wordAt(event: Buffer, at: number, end: number): number {
  let word = 0;
  for (let byte = 0; byte < 4 && at + byte < end; byte += 1) word |= byteAt(event, at + byte) << (8 * byte);
  return word;
}

/**
 * Verifies the checksum behind `event[start, end)`, whose bytes from `bodyAt` on are those of `known`.
 * @throws `checksum_mismatch`
 */
export function verifyRepeated(event: Buffer, start: number, bodyAt: number, end: number, known: RepeatedBody): void {
  const length = end - bodyAt;
  const crc =
    length > LENGTH_MAX
      ? updateCrc(-1, event, start, end)
      : moved(updateCrc(-1, event, start, bodyAt), overZeros(length)) ^ known.sum;
  verifyCrc(event, end, ~crc);
}

/** Per length: what moving a register over as many zero bytes makes of each value of each of its four bytes. */
const tables: (Int32Array | undefined)[] = Array.from({ length: LENGTH_MAX + 1 }, () => undefined);
const ZEROS = Buffer.alloc(LENGTH_MAX);

function moved(register: number, table: Int32Array): number {
  return (
    (table[register & 0xff] ?? 0) ^
    (table[256 + ((register >>> 8) & 0xff)] ?? 0) ^
    (table[512 + ((register >>> 16) & 0xff)] ?? 0) ^
    (table[768 + (register >>> 24)] ?? 0)
  );
}

function overZeros(length: number): Int32Array {
  const known = tables[length];
  if (known !== undefined) return known;
  const made = new Int32Array(4 * 256);
  for (let byte = 0; byte < 4; byte += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const value = 1 << bit;
      const one = updateCrc(1 << (8 * byte + bit), ZEROS, 0, length);
      // Linear: each value with this bit as its highest is this bit's share XOR that of the rest.
      for (let rest = 0; rest < value; rest += 1)
        made[256 * byte + value + rest] = one ^ (made[256 * byte + rest] ?? 0);
    }
  }
  tables[length] = made;
  return made;
}
