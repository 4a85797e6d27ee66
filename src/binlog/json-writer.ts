import { isUtf8 } from "node:buffer";
import { invalidJson } from "./decode-error.ts";
import { jsonDouble } from "./json-scalar.ts";

/**
 * Where the text of a JSON document is put together: as bytes, because its strings and keys are bytes
 * in UTF-8 already and one conversion at the end is cheaper than thousands of small strings.
 * Module state on purpose: decoding is synchronous, and one document is written at a time.
 */

const KEEP_MAX = 1 << 20;
let out = Buffer.alloc(1 << 16);
let length = 0;
let ascii = true;

/** Starts a new document. */
export function beginJson(): void {
  length = 0;
  ascii = true;
}

/** The document as a string. */
export function endJson(): string {
  const text = ascii ? out.latin1Slice(0, length) : out.utf8Slice(0, length);
  const broken = !ascii && text.includes("\ufffd") && !isUtf8(out.subarray(0, length));
  if (out.length > KEEP_MAX) out = Buffer.alloc(1 << 16); // one giant must not keep its memory for ever
  if (broken) throw invalidJson("a string is not UTF-8");
  return text;
}

function reserve(more: number): void {
  if (length + more <= out.length) return;
  const larger = Buffer.allocUnsafe(Math.max(out.length * 2, length + more));
  out.copy(larger, 0, 0, length);
  out = larger;
}

/** One ASCII character. */
export function writeByte(byte: number): void {
  if (length === out.length) reserve(1);
  out[length] = byte;
  length += 1;
}

/** Two ASCII characters. */
export function writePair(first: number, second: number): void {
  if (length + 2 > out.length) reserve(2);
  out[length] = first;
  out[length + 1] = second;
  length += 2;
}

/** A safe integer. Digits one by one: cheaper than a string that is copied and thrown away. */
export function writeInteger(value: number): void {
  reserve(16);
  let rest = value;
  if (value < 0) {
    out[length] = 0x2d;
    length += 1;
    rest = -value;
  }
  let size = 1;
  for (let power = 10; power <= rest; power *= 10) size += 1;
  for (let at = length + size - 1; at >= length; at -= 1) {
    const quotient = Math.floor(rest / 10);
    out[at] = 0x30 + rest - quotient * 10;
    rest = quotient;
  }
  length += size;
}

const MILLION = 1_000_000;

/**
 * A double. Hot path: numbers with up to six decimals, as prices and places have them, by their digits. That is the
 * shortest text that reads back the same, which the server prints too: a decimal number of at most fifteen
 * digits is the only one of so few that its double stands for.
 */
export function writeDouble(value: number): void {
  const millionths = Math.round(value * MILLION);
  if (millionths === 0 || millionths / MILLION !== value || millionths >= 1e15 || millionths <= -1e15) {
    writeAscii(jsonDouble(value));
    return;
  }
  if (millionths < 0) writeByte(0x2d);
  const absolute = Math.abs(millionths);
  const whole = Math.floor(absolute / MILLION);
  writeInteger(whole);
  writeByte(0x2e);
  let rest = absolute - whole * MILLION;
  let unit = MILLION;
  do {
    unit /= 10;
    const digit = Math.floor(rest / unit);
    writeByte(0x30 + digit);
    rest -= digit * unit;
  } while (rest > 0);
}

/** ASCII text. */
export function writeAscii(text: string): void {
  reserve(text.length);
  for (let index = 0; index < text.length; index += 1) out[length + index] = text.charCodeAt(index);
  length += text.length;
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

/** The UTF-8 text `bytes[start, end)` in quotes, escaped as the server escapes it. Hot path: most has nothing to escape. */
export function writeQuoted(bytes: Buffer, start: number, end: number): void {
  reserve((end - start) * 6 + 2);
  const target = out;
  let to = length;
  let seen = 0;
  target[to] = 0x22;
  to += 1;
  let at = start;
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) break;
    seen |= byte;
    target[to] = byte;
    to += 1;
  }
  if (at < end) {
    to = escaped(bytes, at, end, to);
    seen = 0x80; // not looked at: taken for more than ASCII, which is always right
  }
  target[to] = 0x22;
  length = to + 1;
  if (seen >= 0x80) ascii = false;
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
