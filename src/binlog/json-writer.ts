import { isUtf8 } from "node:buffer";
import { invalidJson } from "./decode-error.ts";
import { jsonDouble } from "./json-scalar.ts";

/**
 * Where the text of a JSON document is put together: as bytes, because its strings and keys are bytes
 * in UTF-8 already and one conversion at the end is cheaper than thousands of small strings.
 * Module state on purpose: decoding is synchronous, and one document is written at a time.
 *
 * Each function writes at the place `to` and gives the place behind what it wrote. (Hot path: a place that is
 * handed on stays in a register; in a variable of the module it would be loaded and stored for every byte.)
 */

const KEEP_MAX = 1 << 20;
const SIZE = 1 << 16;
let out: Buffer = Buffer.alloc(SIZE);
let words: DataView = wordsOf(out);
let ascii = true;

function wordsOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Starts a new document: its first character goes to 0. */
export function beginJson(): void {
  ascii = true;
}

/** The document, which ends at `to`, as a string. */
export function endJson(to: number): string {
  const text = ascii ? out.latin1Slice(0, to) : out.utf8Slice(0, to);
  const broken = !ascii && text.includes("\ufffd") && !isUtf8(out.subarray(0, to));
  if (out.length > KEEP_MAX) replace(Buffer.alloc(SIZE)); // one giant must not keep its memory for ever
  if (broken) throw invalidJson("a string is not UTF-8");
  return text;
}

function replace(by: Buffer): void {
  out = by;
  words = wordsOf(by);
}

/** Makes room for `more` bytes behind `to`. */
function reserve(to: number, more: number): void {
  if (to + more <= out.length) return;
  const larger = Buffer.allocUnsafe(Math.max(out.length * 2, to + more));
  out.copy(larger, 0, 0, to);
  replace(larger);
}

/** One ASCII character. */
export function writeByte(to: number, byte: number): number {
  if (to === out.length) reserve(to, 1);
  out[to] = byte;
  return to + 1;
}

/** Two ASCII characters. */
export function writePair(to: number, first: number, second: number): number {
  if (to + 2 > out.length) reserve(to, 2);
  out[to] = first;
  out[to + 1] = second;
  return to + 2;
}

/** A safe integer. Digits one by one: cheaper than a string that is copied and thrown away. */
export function writeInteger(to: number, value: number): number {
  reserve(to, 17);
  if (value >= 0) return writeDigits(to, value);
  out[to] = 0x2d;
  return writeDigits(to + 1, -value);
}

/** There is room. */
function writeDigits(to: number, value: number): number {
  let size = 1;
  for (let power = 10; power <= value; power *= 10) size += 1;
  let rest = value;
  let at = to + size - 1;
  // Beyond 2^31 the remainder isn't a small integer, and dividing takes longer.
  for (; rest > 0x7fff_ffff; at -= 1) {
    const quotient = Math.floor(rest / 10);
    out[at] = 0x30 + rest - quotient * 10;
    rest = quotient;
  }
  for (; at >= to; at -= 1) {
    const quotient = (rest / 10) | 0;
    out[at] = 0x30 + rest - quotient * 10;
    rest = quotient;
  }
  return to + size;
}

const MILLION = 1_000_000;

/**
 * A double. Hot path: numbers with up to six decimals, as prices and places have them, by their digits. That is the
 * shortest text that reads back the same, which the server prints too: a decimal number of at most fifteen
 * digits is the only one of so few that its double stands for.
 */
export function writeDouble(start: number, value: number): number {
  const millionths = Math.round(value * MILLION);
  if (millionths === 0 || millionths / MILLION !== value || millionths >= 1e15 || millionths <= -1e15)
    return writeAscii(start, jsonDouble(value));
  reserve(start, 24);
  let to = start;
  if (millionths < 0) {
    out[to] = 0x2d;
    to += 1;
  }
  const absolute = Math.abs(millionths);
  const whole = Math.floor(absolute / MILLION);
  to = writeDigits(to, whole);
  out[to] = 0x2e;
  // Six digits, without the zeros at their end.
  let rest = absolute - whole * MILLION;
  let end = to + 2;
  for (let at = to + 6; at > to; at -= 1) {
    const quotient = (rest / 10) | 0;
    const digit = rest - quotient * 10;
    out[at] = 0x30 + digit;
    rest = quotient;
    if (digit > 0 && at >= end) end = at + 1;
  }
  return end;
}

/** ASCII text. */
export function writeAscii(to: number, text: string): number {
  reserve(to, text.length);
  for (let index = 0; index < text.length; index += 1) out[to + index] = text.charCodeAt(index);
  return to + text.length;
}

const HEX = Buffer.from("0123456789abcdef", "latin1");
/** The letter behind the backslash: `double_quote` of the server's `json_dom.cc`. 0: none, `u`: as \u00xx. */
const ESCAPES = escapeTable();

function escapeTable(): Uint8Array {
  const table = new Uint8Array(256);
  table.fill(0x75, 0, 0x20);
  for (const [character, letter] of [
    ["\b", "b"],
    ["\t", "t"],
    ["\n", "n"],
    ["\f", "f"],
    ["\r", "r"],
    ['"', '"'],
    ["\\", "\\"],
  ] as const) {
    table[character.charCodeAt(0)] = letter.charCodeAt(0);
  }
  return table;
}

/**
 * The UTF-8 text `bytes[start, end)` in quotes, escaped as the server escapes it; `source` is a view of `bytes`. Hot path: most has
 * nothing to escape, and four bytes are looked at and written at a time.
 */
export function writeQuoted(start: number, bytes: Buffer, source: DataView, from: number, end: number): number {
  reserve(start, (end - from) * 6 + 2);
  const target = out;
  const targetWords = words;
  let to = start + 1;
  target[start] = 0x22;
  let at = from;
  let seen = 0;
  for (; at + 4 <= end; at += 4, to += 4) {
    const word = source.getInt32(at, true);
    if (hasSpecial(word)) break;
    seen |= word;
    targetWords.setInt32(to, word, true);
  }
  seen &= EIGHTH_BITS;
  for (; at < end; at += 1, to += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) break;
    seen |= byte & 0x80;
    target[to] = byte;
  }
  if (at < end) {
    to = escaped(bytes, at, end, to);
    seen = 0x80; // not looked at: taken for more than ASCII, which is always right
  }
  target[to] = 0x22;
  if (seen !== 0) ascii = false;
  return to + 1;
}

const EIGHTH_BITS = 0x8080_8080 | 0;
const ONES = 0x0101_0101;

/**
 * Whether one of a word's four bytes is a control character, a quote or a backslash: below 0x20, or nothing left of it when
 * the character is taken out by XOR (S. E. Anderson, "Bit Twiddling Hacks", hasless and haszero).
 */
function hasSpecial(word: number): boolean {
  const quote = word ^ 0x2222_2222;
  const backslash = word ^ 0x5c5c_5c5c;
  const control = (word - 0x2020_2020) & ~word;
  return ((control | ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash)) & EIGHTH_BITS) !== 0;
}

/** Writes `bytes[start, end)` with escapes from `out[place]` on; there is room. Gives the place behind. */
function escaped(bytes: Buffer, start: number, end: number, place: number): number {
  const target = out;
  let to = place;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    const escape = ESCAPES[byte] ?? 0;
    if (escape === 0) {
      target[to] = byte;
      to += 1;
      continue;
    }
    target[to] = 0x5c;
    target[to + 1] = escape;
    to += 2;
    if (escape === 0x75) {
      target[to] = 0x30;
      target[to + 1] = 0x30;
      target[to + 2] = HEX[byte >> 4] ?? 0;
      target[to + 3] = HEX[byte & 15] ?? 0;
      to += 4;
    }
  }
  return to;
}
