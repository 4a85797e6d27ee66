import { byteAt, int32, uint16, uint24, uint32 } from "./byte-order.ts";
import { cursor } from "./cursor.ts";
import type { ReadValue } from "./read-value.ts";

/**
 * Integers and floating-point numbers: little-endian, two's complement, IEEE 754. YEAR is one byte that
 * counts from 1900, and 0 is the year 0000.
 */

export const readTinySigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 1;
  return (byteAt(bytes, at) << 24) >> 24;
};

export const readTinyUnsigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 1;
  return byteAt(bytes, at);
};

export const readShortSigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 2;
  return (uint16(bytes, at) << 16) >> 16;
};

export const readShortUnsigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 2;
  return uint16(bytes, at);
};

export const readMediumSigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 3;
  return (uint24(bytes, at) << 8) >> 8;
};

export const readMediumUnsigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 3;
  return uint24(bytes, at);
};

export const readIntSigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 4;
  return int32(bytes, at);
};

export const readIntUnsigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 4;
  return uint32(bytes, at);
};

/** A `number` when it is a safe integer, else a `bigint`: the high half must fit 21 bits, and -2^53 itself is not safe. */
export const readBigSigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 8;
  const low = uint32(bytes, at);
  const high = int32(bytes, at + 4);
  if (high < 0x20_0000 && (high > -0x20_0000 || (high === -0x20_0000 && low > 0))) return high * 0x1_0000_0000 + low;
  return (BigInt(high) << 32n) | BigInt(low);
};

export const readBigUnsigned: ReadValue = (bytes, at) => {
  cursor.offset = at + 8;
  const low = uint32(bytes, at);
  const high = uint32(bytes, at + 4);
  if (high < 0x20_0000) return high * 0x1_0000_0000 + low;
  return (BigInt(high) << 32n) | BigInt(low);
};

export const readYear: ReadValue = (bytes, at) => {
  cursor.offset = at + 1;
  const year = byteAt(bytes, at);
  return year === 0 ? 0 : 1900 + year;
};

// One number in memory, seen as integers and as a float: much faster than a DataView per event.
const words = new Int32Array(2);
const floats = new Float32Array(words.buffer);
const doubles = new Float64Array(words.buffer);
/** Typed arrays have the machine's byte order: which of the two words is the low one. */
const LOW = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** The single-precision value, as the double that equals it. */
export const readFloat: ReadValue = (bytes, at) => {
  cursor.offset = at + 4;
  words[0] = int32(bytes, at);
  return floats[0] ?? 0;
};

export const readDouble: ReadValue = (bytes, at) => {
  cursor.offset = at + 8;
  return doubleAt(bytes, at);
};

export function doubleAt(bytes: Buffer, at: number): number {
  words[LOW] = int32(bytes, at);
  words[1 - LOW] = int32(bytes, at + 4);
  return doubles[0] ?? 0;
}
