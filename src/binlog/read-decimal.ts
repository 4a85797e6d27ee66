import { byteAt } from "./byte-order.ts";
import { cursor } from "./cursor.ts";
import { invalidValue } from "./decode-error.ts";
import type { ReadValue } from "./read-value.ts";

/**
 * DECIMAL(p,s) as `decimal2bin` of the servers' `strings/decimal.c` writes it: groups of nine decimal
 * digits as four bytes, most significant first, aligned to the decimal point; the left-over digits at
 * both ends take fewer bytes. The first bit is inverted (so that bytes sort as numbers), and all bits of a
 * negative number are.
 *
 * | digits in the group | 0 | 1–2 | 3–4 | 5–6 | 7–9 |
 * | bytes               | 0 | 1   | 2   | 3   | 4   |
 */
function bytesOfDigits(digits: number): number {
  return digits > 6 ? 4 : (digits + 1) >> 1;
}

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000] as const;

/** "000" … "999": digits by table are several times faster than by arithmetic on text. */
const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, "0"));
/** ".00" … ".99", for the commonest scale. */
const CENTS: readonly string[] = Array.from({ length: 100 }, (_, number) => `.${String(number).padStart(2, "0")}`);

/** The longest whole part that a number holds exactly. */
const CENTS_WHOLE_MAX = 15;

/** How many bytes a DECIMAL(precision, scale) takes. */
export function decimalBytes(precision: number, scale: number): number {
  const whole = precision - scale;
  return Math.floor(whole / 9) * 4 + bytesOfDigits(whole % 9) + Math.floor(scale / 9) * 4 + bytesOfDigits(scale % 9);
}

/** Exact text, with all digits of the scale: `-10.50`, `0.000`, `7`. */
export function readDecimal(precision: number, scale: number): ReadValue {
  const whole = precision - scale;
  const width = decimalBytes(precision, scale);
  if (scale === 2 && whole <= CENTS_WHOLE_MAX) return readCents(whole, width);
  return (bytes, at) => {
    cursor.offset = at + width;
    return decimalText(bytes, at, whole, scale);
  };
}

/** Money: at most two groups in front of the point and two digits behind it. */
function readCents(whole: number, width: number): ReadValue {
  const firstDigits = whole % 9;
  const firstBytes = bytesOfDigits(firstDigits);
  const hasSecond = whole >= 9;
  return (bytes, at) => {
    cursor.offset = at + width;
    const negative = (byteAt(bytes, at) & 0x80) === 0;
    const mask = negative ? 0xff : 0;
    const flip = mask ^ 0x80;
    let number = 0;
    let next = at;
    if (firstBytes > 0) {
      number = group(bytes, at, firstBytes, mask, flip);
      next += firstBytes;
      if (number >= (POWERS[firstDigits] ?? 0)) throw tooLarge();
    }
    if (hasSecond) {
      const second = group(bytes, next, 4, mask, next === at ? flip : mask);
      if (second >= 1_000_000_000) throw tooLarge();
      number = number * 1_000_000_000 + second;
      next += 4;
    }
    const cents = CENTS[byteAt(bytes, next) ^ (next === at ? flip : mask)];
    if (cents === undefined) throw tooLarge();
    return (negative ? `-${number}` : String(number)) + cents;
  };
}

/** The general case; also for DECIMALs inside JSON. */
export function decimalText(bytes: Buffer, start: number, whole: number, scale: number): string {
  const negative = (byteAt(bytes, start) & 0x80) === 0;
  const mask = negative ? 0xff : 0;
  let flip = mask ^ 0x80; // of the first byte only
  let at = start;
  let text = "";
  for (let digits = whole % 9 || 9, left = whole; left > 0; left -= digits, digits = 9) {
    const size = bytesOfDigits(digits);
    const number = group(bytes, at, size, mask, flip);
    if (number >= (POWERS[digits] ?? 0)) throw tooLarge();
    flip = mask;
    at += size;
    if (text !== "") text += nineDigits(number);
    else if (number > 0) text = String(number);
  }
  if (text === "") text = "0";
  if (scale > 0) text += ".";
  for (let left = scale; left > 0; left -= 9) {
    const digits = left < 9 ? left : 9;
    const size = bytesOfDigits(digits);
    const number = group(bytes, at, size, mask, flip);
    if (number >= (POWERS[digits] ?? 0)) throw tooLarge();
    flip = mask;
    at += size;
    text += digits === 9 ? nineDigits(number) : String(number).padStart(digits, "0");
  }
  return negative ? `-${text}` : text;
}

/** A group of 1–4 bytes; `flip` is XORed to its first byte and `mask` to the others. */
function group(bytes: Buffer, at: number, size: number, mask: number, flip: number): number {
  let number = byteAt(bytes, at) ^ flip;
  for (let index = 1; index < size; index += 1) number = number * 256 + (byteAt(bytes, at + index) ^ mask);
  return number;
}

function nineDigits(number: number): string {
  const thousands = Math.floor(number / 1000);
  return threeDigits(Math.floor(thousands / 1000)) + threeDigits(thousands % 1000) + threeDigits(number % 1000);
}

function threeDigits(number: number): string {
  return THREE_DIGITS[number] ?? "";
}

function tooLarge(): Error {
  return invalidValue("a DECIMAL's group of digits is too large");
}
