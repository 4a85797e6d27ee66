/**
 * Which values of a row two transactions may not touch side by side, and how such a value becomes a number.
 *
 * Two values that the server takes for equal must give the same number; two that it takes for different may
 * give the same number too (the batches then merely run one after the other): coarser where we can't be exact,
 * never finer (K1, K2).
 */
import { JsonDocument, JsonPathUpdate, type Row, type Value } from "../binlog/value.ts";
import type { Column, TableStructure, UniqueKey } from "../schema/structure.ts";

/**
 * How a column's values are compared:
 * - `exact`: by value; `padded`: bytes without trailing spaces;
 * - `folded`: printable ASCII without regard to case, anything else is {@link WILD}.
 */
type Comparison = "exact" | "padded" | "folded";

export interface ConflictKey {
  /** Starts the hash, so that equal values of different keys differ. */
  readonly seed: number;
  readonly parts: readonly { readonly source: number; readonly comparison: Comparison }[];
}

/** Not a hash: this row's key may equal any other of its key, so it conflicts with all of them. */
export const WILD = -1;
/** Not a hash: this row conflicts with nothing on this key (it holds a NULL). */
export const NOTHING = -2;

/**
 * The unique keys of both sides as conflict keys; null when the table's changes must be applied one batch at a
 * time: no key that finds a row, or a key that we can't compare (prefix, expression, floating point, periods that may
 * not overlap, collations with rules of a language, different column types or charsets on the two sides).
 */
export function conflictKeys(
  tableId: number,
  sources: readonly Column[],
  upstream: TableStructure,
  downstream: TableStructure,
  hasRowKey: boolean,
): readonly ConflictKey[] | null {
  if (!hasRowKey) return null;
  const keys = new Map<string, ConflictKey>();
  for (const side of [downstream, upstream]) {
    for (const key of side.uniqueKeys) {
      const parts = keyParts(key, sources, side);
      if (parts === null) return null;
      const identity = parts.map((part) => `${part.source}:${part.comparison}`).join(",");
      if (!keys.has(identity)) keys.set(identity, { seed: mix(mix(0x2545f491, tableId), keys.size), parts });
    }
  }
  return [...keys.values()];
}

function keyParts(key: UniqueKey, sources: readonly Column[], side: TableStructure): ConflictKey["parts"] | null {
  if (key.withoutOverlaps === true) return null;
  const parts: { source: number; comparison: Comparison }[] = [];
  for (const part of key.parts) {
    if (part.column === "" || part.prefix !== null) return null;
    const name = part.column.toLowerCase();
    const source = sources.findIndex((column) => column.name.toLowerCase() === name);
    const from = sources[source];
    const to = side.columns.find((column) => column.name.toLowerCase() === name);
    if (from === undefined || to === undefined) return null;
    const comparison = comparisonOf(from, to);
    if (comparison === null) return null;
    parts.push({ source, comparison });
  }
  return parts;
}

const INTEGERS = new Set(["tinyint", "smallint", "mediumint", "int", "bigint"]);
const TEXTS = new Set(["char", "varchar", "tinytext", "text", "mediumtext", "longtext"]);
const BYTES = new Set(["binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"]);
const SAME_TYPE = new Set([
  "decimal",
  "date",
  "datetime",
  "timestamp",
  "time",
  "year",
  "bit",
  "enum",
  "set",
  "inet4",
  "inet6",
  "uuid",
]);

function comparisonOf(from: Column, to: Column): Comparison | null {
  if (INTEGERS.has(from.dataType) && INTEGERS.has(to.dataType)) return "exact";
  if (BYTES.has(from.dataType) && BYTES.has(to.dataType)) {
    // BINARY(n) compares padded with zero bytes: only the same length on both sides keeps equal values equal.
    return from.dataType === to.dataType && from.length === to.length ? "exact" : null;
  }
  if (TEXTS.has(from.dataType) && TEXTS.has(to.dataType))
    return keepsDifferent(from.charset, to.charset) ? collationRule(to.collation, to.charset) : null;
  if (SAME_TYPE.has(from.dataType) && from.dataType === to.dataType && from.columnType === to.columnType)
    return "exact";
  return null;
}

/** Collations whose treatment of printable ASCII is known: letters by case, nothing contracted or ignored. */
const PLAIN_COLLATIONS =
  /^(utf8|utf8mb3|utf8mb4|latin1|ascii|cp1252)_(general_ci|general_mysql500_ci|general_nopad_ci|unicode_ci|unicode_nopad_ci|unicode_520_ci|unicode_520_nopad_ci|0900_(ai_ci|as_ci|as_cs)|uca1400_(nopad_)?(ai_ci|as_ci|as_cs)|swedish_ci|swedish_nopad_ci)$/;
/** Characters that differ in one charset may be the same in the other (cp932 has several twice, latin1 has `?` for most). */
function keepsDifferent(from: string | null, to: string | null): boolean {
  return from === to || (UNICODE.has(from ?? "") && UNICODE.has(to ?? ""));
}

const UNICODE = new Set(["ascii", "utf8", "utf8mb3", "utf8mb4"]);
const WIDE_CHARSETS = new Set(["ucs2", "utf16", "utf16le", "utf32"]);

function collationRule(collation: string | null, charset: string | null): Comparison | null {
  if (collation === null || charset === null || WIDE_CHARSETS.has(charset)) return null;
  if (collation.endsWith("_bin") || collation.endsWith("_nopad_bin") || collation === "binary") return "padded";
  // Also MariaDB's collations that name no charset (`uca1400_ai_ci`).
  if (PLAIN_COLLATIONS.test(collation) || /^uca1400_(nopad_)?(ai_ci|as_ci|as_cs)$/.test(collation)) return "folded";
  return null;
}

/** The number of a row's key value (30 bits, so that it stays a small integer), or {@link WILD}, or {@link NOTHING}. */
export function hashKey(key: ConflictKey, row: Row): number {
  let hash = key.seed;
  for (const part of key.parts) {
    const value = row[part.source];
    if (value === null) return NOTHING;
    if (value === undefined) return WILD;
    const next = hashValue(hash, value, part.comparison);
    if (next === WILD) return WILD;
    hash = next;
  }
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) & 0x3fffffff;
}

/** Any 32-bit number but {@link WILD}. */
function hashValue(seed: number, value: Exclude<Value, null>, comparison: Comparison): number {
  switch (typeof value) {
    case "number":
      return notWild(mix(mix(seed, value | 0), (value / 4294967296) | 0));
    case "bigint":
      return notWild(mix(mix(seed, Number(BigInt.asIntN(32, value))), Number(BigInt.asIntN(32, value >> 32n))));
    case "string":
      return comparison === "exact" ? hashText(seed, value) : hashCollated(seed, value, comparison);
    case "object":
      if (value instanceof JsonDocument || value instanceof JsonPathUpdate) return WILD;
      return comparison === "folded" ? WILD : hashBytes(seed, value, comparison);
    default:
      return value satisfies never;
  }
}

function hashText(seed: number, text: string): number {
  let hash = seed;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return notWild(mix(hash, text.length));
}

/** FNV-1a over the bytes. */
function hashBytes(seed: number, bytes: Buffer, comparison: Comparison): number {
  let end = bytes.length;
  if (comparison === "padded") while (end > 0 && bytes[end - 1] === 0x20) end -= 1;
  let hash = seed;
  for (let i = 0; i < end; i += 1) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return notWild(mix(hash, end));
}

/** Text as most collations compare it; letters without regard to case. */
function hashCollated(seed: number, text: string, comparison: Comparison): number {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end -= 1;
  if (comparison === "padded") {
    // The same bytes as a Buffer (a value that isn't valid UTF-8) are never equal to valid text.
    let hash = seed;
    for (let i = 0; i < end; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return notWild(mix(hash, end));
  }
  let hash = seed;
  for (let i = 0; i < end; i += 1) {
    let code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return WILD;
    if (code >= 0x61 && code <= 0x7a) code -= 0x20;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return notWild(mix(hash, end));
}

/** One round of murmur3's mixing (A. Appleby, public domain). */
function mix(hash: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function notWild(hash: number): number {
  return hash === WILD ? 1 : hash;
}
