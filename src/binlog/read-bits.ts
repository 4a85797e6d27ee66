import { byteAt, uintBig } from "./byte-order.ts";
import { cursor } from "./cursor.ts";
import {
  readBigUnsigned,
  readIntUnsigned,
  readMediumUnsigned,
  readShortUnsigned,
  readTinyUnsigned,
} from "./read-integer.ts";
import type { ReadValue } from "./read-value.ts";

/** BIT(n): big-endian, in as few bytes as hold n bits. */
export function readBit(bits: number): ReadValue {
  const size = (bits + 7) >> 3;
  return (bytes, at) => {
    cursor.offset = at + size;
    if (size <= 6) return uintBig(bytes, at, size);
    let number = 0n;
    for (let index = 0; index < size; index += 1) number = (number << 8n) | BigInt(byteAt(bytes, at + index));
    return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : number;
  };
}

/** ENUM: its index, from 1; 0 is the empty value that stands for an invalid one. */
export function readEnum(size: number): ReadValue {
  return size === 1 ? readTinyUnsigned : readShortUnsigned;
}

/** SET: a bit per member, the first member lowest; little-endian in 1, 2, 3, 4 or 8 bytes. */
export function readSet(size: number): ReadValue {
  if (size === 1) return readTinyUnsigned;
  if (size === 2) return readShortUnsigned;
  if (size === 3) return readMediumUnsigned;
  if (size === 4) return readIntUnsigned;
  return readBigUnsigned;
}
