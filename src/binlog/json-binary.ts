import { byteAt, int32, uint16, uint32, wordsOf } from "./byte-order.ts";
import { invalidJson } from "./decode-error.ts";
import {
  beginJson,
  endJson,
  writeAscii,
  writeByte,
  writeDouble,
  writeInteger,
  writePair,
  writeQuoted,
} from "./json-writer.ts";
import { memberLeg } from "./json-tree.ts";
import { jsonOpaque } from "./json-scalar.ts";
import { doubleAt } from "./read-integer.ts";
import { JsonDocument, type JsonOpaque } from "./value.ts";

/**
 * MySQL's binary JSON format (the comment at the top of the server's `sql-common/json_binary.h`): a type
 * byte, then the value. Objects and arrays come small (2-byte numbers) and large (4-byte numbers):
 *
 * | part          | object                                 | array  |
 * | ------------- | -------------------------------------- | ------ |
 * | 2 or 4 bytes  | number of elements                     | same   |
 * | 2 or 4 bytes  | size of the whole value in bytes       | same   |
 * | per element   | key's offset (2 or 4), its length (2)  | –      |
 * | per element   | type (1), offset or the value itself (2 or 4) | same |
 * | rest          | keys, values                           | values |
 *
 * Offsets count from the value's first byte. The value stands in the entry itself when it fits: literals and
 * 16-bit integers always, 32-bit integers in large ones.
 */
export const JsonType = {
  SMALL_OBJECT: 0,
  LARGE_OBJECT: 1,
  SMALL_ARRAY: 2,
  LARGE_ARRAY: 3,
  LITERAL: 4,
  INT16: 5,
  UINT16: 6,
  INT32: 7,
  UINT32: 8,
  INT64: 9,
  UINT64: 10,
  DOUBLE: 11,
  STRING: 12,
  OPAQUE: 15,
} as const;

const LITERALS = ["null", "true", "false"] as const;
/** The server's own limit (`JSON_DOCUMENT_MAX_DEPTH`). */
const DEPTH_MAX = 100;

let source: Buffer = Buffer.alloc(0);
let words: DataView = wordsOf(source);
/**
 * Bytes that may still be read: offsets that point twice at one value would blow a document up, with every level of
 * nesting anew. Twice its size, because a value that stands in its container's entry is counted with both.
 */
let budget = 0;
let opaques: JsonOpaque[] = [];
/** The way to the value being printed: per level the element's index, and for keys where the key stands. */
const pathIndex = new Int32Array(DEPTH_MAX + 1);
const pathKeyStart = new Int32Array(DEPTH_MAX + 1);
const pathKeyEnd = new Int32Array(DEPTH_MAX + 1);

/**
 * The document `bytes[start, end)` as the server prints it. No bytes at all are the JSON `null`: that is
 * what non-strict servers store for NULL in a NOT NULL column, and how they read it.
 *
 * @throws `json_invalid`, `column_value_invalid`
 */
export function decodeJson(bytes: Buffer, start: number, end: number): string | JsonDocument {
  if (start === end) return "null";
  source = bytes;
  words = wordsOf(bytes);
  budget = 2 * (end - start);
  opaques = [];
  beginJson();
  const text = endJson(writeValue(0, byteAt(bytes, start), start + 1, end, 0));
  return opaques.length === 0 ? text : new JsonDocument(text, opaques);
}

/** Prints, at the place `to`, the value of a type whose bytes start at `at`, and must not go on behind `end`; gives the place behind it. */
function writeValue(to: number, type: number, at: number, end: number, depth: number): number {
  switch (type) {
    case JsonType.SMALL_OBJECT:
      return writeContainer(to, at, end, depth, 2, true);
    case JsonType.LARGE_OBJECT:
      return writeContainer(to, at, end, depth, 4, true);
    case JsonType.SMALL_ARRAY:
      return writeContainer(to, at, end, depth, 2, false);
    case JsonType.LARGE_ARRAY:
      return writeContainer(to, at, end, depth, 4, false);
    case JsonType.STRING: {
      const length = varLength(at, end);
      const textAt = at + varBytes(length);
      spend(textAt, length, end);
      return writeQuoted(to, source, words, textAt, textAt + length);
    }
    case JsonType.OPAQUE:
      return writeOpaque(to, at, end, depth);
    case JsonType.LITERAL:
      spend(at, 1, end);
      return writeLiteral(to, byteAt(source, at));
    case JsonType.INT16:
      spend(at, 2, end);
      return writeInteger(to, (uint16(source, at) << 16) >> 16);
    case JsonType.UINT16:
      spend(at, 2, end);
      return writeInteger(to, uint16(source, at));
    case JsonType.INT32:
      spend(at, 4, end);
      return writeInteger(to, int32(source, at));
    case JsonType.UINT32:
      spend(at, 4, end);
      return writeInteger(to, uint32(source, at));
    case JsonType.INT64:
      spend(at, 8, end);
      return writeAscii(to, String(source.readBigInt64LE(at)));
    case JsonType.UINT64:
      spend(at, 8, end);
      return writeAscii(to, String(source.readBigUInt64LE(at)));
    case JsonType.DOUBLE:
      spend(at, 8, end);
      return writeDouble(to, doubleAt(source, at));
    default:
      throw invalidJson(`a value of the unknown type ${type}`);
  }
}

/** `width` is that of counts and offsets: 2 in small containers, 4 in large ones. */
function writeContainer(
  start: number,
  at: number,
  limit: number,
  depth: number,
  width: number,
  isObject: boolean,
): number {
  if (depth >= DEPTH_MAX) throw invalidJson(`nested more than ${DEPTH_MAX} deep`);
  if (at + 2 * width > limit) throw invalidJson("an object or array without its size");
  const count = unsigned(at, width);
  const size = unsigned(at + width, width);
  // Every offset is checked, so a size that is too large does no harm; a value that needs it is refused below.
  const end = Math.min(at + size, limit);
  const keysAt = at + 2 * width;
  const keyEntry = isObject ? width + 2 : 0;
  const valuesAt = keysAt + count * keyEntry;
  const entry = width + 1;
  if (valuesAt + count * entry > end) throw invalidJson(`${count} elements in ${size} bytes`);
  spend(at, valuesAt + count * entry - at, end);
  let to = writeByte(start, isObject ? 0x7b : 0x5b);
  for (let index = 0; index < count; index += 1) {
    if (index > 0) to = writePair(to, 0x2c, 0x20);
    pathIndex[depth] = index;
    pathKeyStart[depth] = -1;
    if (isObject) to = writeKey(to, at, end, keysAt + index * keyEntry, width, depth);
    const entryAt = valuesAt + index * entry;
    const type = byteAt(source, entryAt);
    to = isInlined(type, width)
      ? writeValue(to, type, entryAt + 1, entryAt + entry, depth + 1)
      : writeValue(to, type, pointed(at, end, entryAt + 1, width), end, depth + 1);
  }
  return writeByte(to, isObject ? 0x7d : 0x5d);
}

function writeKey(to: number, at: number, end: number, entryAt: number, width: number, depth: number): number {
  const keyAt = at + unsigned(entryAt, width);
  const length = uint16(source, entryAt + width);
  spend(keyAt, length, end);
  pathKeyStart[depth] = keyAt;
  pathKeyEnd[depth] = keyAt + length;
  return writePair(writeQuoted(to, source, words, keyAt, keyAt + length), 0x3a, 0x20);
}

function isInlined(type: number, width: number): boolean {
  return type >= JsonType.LITERAL && type <= (width === 4 ? JsonType.UINT32 : JsonType.UINT16);
}

/** The place that an entry's offset points to. */
function pointed(at: number, end: number, entryAt: number, width: number): number {
  const valueAt = at + unsigned(entryAt, width);
  if (valueAt >= end) throw invalidJson("an offset behind the end");
  return valueAt;
}

function writeLiteral(to: number, literal: number): number {
  const text = LITERALS[literal];
  if (text === undefined) throw invalidJson(`the unknown literal ${literal}`);
  return writeAscii(to, text);
}

/** One byte column type, a length, the bytes. */
function writeOpaque(to: number, at: number, end: number, depth: number): number {
  if (at >= end) throw invalidJson("an opaque value without a type");
  const type = byteAt(source, at);
  const length = varLength(at + 1, end);
  const valueAt = at + 1 + varBytes(length);
  spend(valueAt, length, end);
  const { printed, value } = jsonOpaque(type, source, valueAt, valueAt + length);
  opaques.push({ path: path(depth), type, value });
  return writeAscii(to, printed);
}

/** `$."a b"[3].c`: keys that are ECMAScript names stand without quotes. */
function path(depth: number): string {
  let text = "$";
  for (let level = 0; level < depth; level += 1) {
    const keyStart = pathKeyStart[level] ?? -1;
    if (keyStart < 0) {
      text += `[${pathIndex[level]}]`;
      continue;
    }
    const key = source.utf8Slice(keyStart, pathKeyEnd[level] ?? keyStart);
    text += memberLeg(key);
  }
  return text;
}

/** Checks that `length` bytes at `at` are there, and that a document's bytes aren't printed over and over. */
function spend(at: number, length: number, end: number): void {
  if (at + length > end) throw invalidJson("a value goes on behind the end");
  budget -= length;
  if (budget < 0) throw invalidJson("several values share the same bytes");
}

/** A length in 1–5 bytes of seven bits, least significant first; the top bit says that another follows. */
function varLength(at: number, end: number): number {
  const first = byteAt(source, at);
  if (first < 0x80 && at < end) return first;
  let length = 0;
  for (let index = 0; index < 5 && at + index < end; index += 1) {
    const byte = byteAt(source, at + index);
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw invalidJson("a length without an end");
}

/** How many bytes the server takes for a length. */
function varBytes(length: number): number {
  let size = 1;
  for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

function unsigned(at: number, width: number): number {
  return width === 2 ? uint16(source, at) : uint32(source, at);
}
