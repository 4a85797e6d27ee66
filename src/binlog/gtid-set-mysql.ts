/**
 * MySQL's GTID sets: `uuid:1-5:7,uuid:1-3:tag:1-2`. A tag (8.3+) holds for the intervals behind it, up to the
 * next tag or UUID. (MySQL manual, "GTID Format and Storage"; libs/mysql/gtids.)
 */
import { badGtidSet, otherFlavour } from "./gtid-set-error.ts";
import { uuidAt } from "./gtid-event.ts";
import { safeNumber, type Gtid, type GtidSet } from "./gtid.ts";
import { malformed, truncated } from "./decode-error.ts";
import { Intervals } from "./intervals.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;
const INTERVAL = /^(\d{1,19})(?:\s*-\s*(\d{1,19}))?$/;
const UUID_LENGTH = 36;
const TWO_32 = 0x1_0000_0000;

/** A MySQL GTID set. Keys are `uuid` or `uuid:tag`; no interval list is ever empty. */
export class MysqlGtidSet implements GtidSet {
  readonly flavour = "mysql" as const;
  readonly #sources: Map<string, Intervals>;

  constructor(sources = new Map<string, Intervals>()) {
    this.#sources = sources;
  }

  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  /** By key (`uuid` or `uuid:tag`), in the order in which the server prints and encodes them. */
  get sources(): readonly (readonly [key: string, intervals: Intervals])[] {
    return [...this.#sources].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  add(gtid: Gtid): void {
    if (gtid.flavour !== "mysql") throw otherFlavour("mysql");
    this.#of(keyOf(gtid.source, gtid.tag)).add(gtid.number);
  }

  /** Adds `first` … `last` of a source (and tag; "" for none). */
  addRange(source: string, tag: string, first: number, last: number): void {
    if (first <= last) this.#of(keyOf(source, tag)).addRange(first, last);
  }

  contains(gtid: Gtid): boolean {
    if (gtid.flavour !== "mysql") throw otherFlavour("mysql");
    return this.#sources.get(keyOf(gtid.source, gtid.tag))?.contains(gtid.number) ?? false;
  }

  includes(other: GtidSet): boolean {
    return [...same(other).#sources].every(([key, intervals]) => this.#sources.get(key)?.includes(intervals) ?? false);
  }

  union(other: GtidSet): MysqlGtidSet {
    const united = this.clone();
    for (const [key, { bounds }] of same(other).#sources) {
      const intervals = united.#of(key);
      for (let index = 0; index < bounds.length; index += 2)
        intervals.addRange(bounds[index] ?? 0, bounds[index + 1] ?? 0);
    }
    return united;
  }

  followedBy(run: GtidSet): MysqlGtidSet {
    return this.union(run);
  }

  subtract(other: GtidSet): MysqlGtidSet {
    const left = new Map<string, Intervals>();
    const theirs = same(other).#sources;
    for (const [key, intervals] of this.#sources) {
      const minus = theirs.get(key);
      const rest = minus === undefined ? intervals.clone() : intervals.subtract(minus);
      if (!rest.isEmpty) left.set(key, rest);
    }
    return new MysqlGtidSet(left);
  }

  equals(other: GtidSet): boolean {
    const theirs = same(other).#sources;
    return (
      theirs.size === this.#sources.size &&
      [...this.#sources].every(([key, intervals]) => theirs.get(key)?.equals(intervals) ?? false)
    );
  }

  clone(): MysqlGtidSet {
    return new MysqlGtidSet(new Map([...this.#sources].map(([key, intervals]) => [key, intervals.clone()])));
  }

  toString(): string {
    let text = "";
    let source = "";
    for (const [key, intervals] of this.sources) {
      const sameSource = key.startsWith(source) && source !== "";
      if (!sameSource) {
        source = key.slice(0, UUID_LENGTH);
        text += `${text === "" ? "" : ","}${source}`;
      }
      // Behind a source's untagged intervals each tag follows with its own.
      text += `${key.slice(UUID_LENGTH)}:${intervals.toString()}`;
    }
    return text;
  }

  #of(key: string): Intervals {
    let intervals = this.#sources.get(key);
    if (intervals === undefined) {
      intervals = new Intervals();
      this.#sources.set(key, intervals);
    }
    return intervals;
  }
}

function keyOf(source: string, tag: string): string {
  return tag === "" ? source : `${source}:${tag}`;
}

function same(other: GtidSet): MysqlGtidSet {
  if (other instanceof MysqlGtidSet) return other;
  throw otherFlavour("mysql");
}

/** Parses a set as the server does: any case, blanks between parts, intervals in any order, empty ones (8-7) dropped. @throws `bad_gtid_set` */
export function parseMysqlGtidSet(text: string): MysqlGtidSet {
  const set = new MysqlGtidSet();
  if (text.trim() === "") return set;
  for (const part of text.toLowerCase().split(",")) addSource(set, part, text);
  return set;
}

function addSource(set: MysqlGtidSet, part: string, text: string): void {
  const [source = "", ...rest] = part.split(":").map((piece) => piece.trim());
  if (!UUID.test(source)) throw badGtidSet(text, `"${source}" is not a UUID`);
  let tag = "";
  let wanted = true;
  for (const piece of rest) {
    const interval = INTERVAL.exec(piece);
    if (interval !== null) {
      const first = numberOf(interval[1] ?? "", text);
      set.addRange(source, tag, first, interval[2] === undefined ? first : numberOf(interval[2], text));
      wanted = false;
    } else if (TAG.test(piece) && (!wanted || tag === "")) {
      tag = piece;
      wanted = true;
    } else throw badGtidSet(text, `"${piece}" is neither an interval nor a tag`);
  }
  if (wanted) throw badGtidSet(text, `"${part.trim()}" has no interval`);
}

function numberOf(digits: string, text: string): number {
  const number = Number(digits);
  if (number < 1 || !Number.isSafeInteger(number)) throw badGtidSet(text, `${digits} is not a number from 1 to 2^53-1`);
  return number;
}

/**
 * A set as COM_BINLOG_DUMP_GTID takes it and Previous_gtids has it, numbers little-endian:
 *
 * | bytes | untagged                     | bytes | tagged (8.3+)                              |
 * | ----- | ---------------------------- | ----- | ------------------------------------------ |
 * | 8     | n: number of sources         | 1,6,1 | 1, n: number of sources with tag, 1        |
 * | 16    | UUID                         | 16    | UUID                                       |
 * |       |                              | 1 + t | tag: length << 1, text                     |
 * | 8     | m: number of intervals       | 8     | m                                          |
 * | m·16  | first, last + 1              | m·16  | first, last + 1                            |
 *
 * The tagged form is used only where there is a tag, as older servers don't know it.
 */
export function encodeMysqlGtidSet(set: GtidSet): Buffer {
  const { sources } = same(set);
  const tagged = sources.some(([key]) => key.length > UUID_LENGTH);
  const head = Buffer.alloc(8);
  head.writeUIntLE(sources.length, tagged ? 1 : 0, 6);
  if (tagged) {
    head[0] = 1;
    head[7] = 1;
  }
  return Buffer.concat([head, ...sources.flatMap(([key, intervals]) => encodeSource(key, intervals, tagged))]);
}

function encodeSource(key: string, { bounds }: Intervals, tagged: boolean): Buffer[] {
  const tag = Buffer.from(key.slice(UUID_LENGTH + 1), "latin1");
  const numbers = Buffer.alloc(8 + 8 * bounds.length);
  writeNumber(numbers, bounds.length / 2, 0);
  bounds.forEach((bound, index) => writeNumber(numbers, index % 2 === 0 ? bound : bound + 1, 8 + 8 * index));
  return [
    Buffer.from(key.slice(0, UUID_LENGTH).replaceAll("-", ""), "hex"),
    ...(tagged ? [Buffer.of(tag.length << 1), tag] : []),
    numbers,
  ];
}

function writeNumber(buffer: Buffer, number: number, at: number): void {
  buffer.writeUInt32LE(number % TWO_32, at);
  buffer.writeUInt32LE(Math.floor(number / TWO_32), at + 4);
}

/** Decodes a set in either form, the body `bytes[start, end)` of a Previous_gtids event. @throws `event_truncated`, `event_malformed` */
export function decodeMysqlGtidSet(bytes: Buffer, start: number, end: number): MysqlGtidSet {
  if (end - start < 8) throw truncated("a GTID set");
  const tagged = bytes.readUInt8(start + 7) === 1;
  const count = tagged
    ? bytes.readUIntLE(start + 1, 6)
    : safeNumber(bytes.readUInt32LE(start), bytes.readUInt32LE(start + 4));
  const set = new MysqlGtidSet();
  let at = start + 8;
  for (let source = 0; source < count; source += 1) at = decodeSource(set, bytes, at, end, tagged);
  if (at !== end) throw malformed("a GTID set goes on behind its last source");
  return set;
}

function decodeSource(set: MysqlGtidSet, bytes: Buffer, start: number, end: number, tagged: boolean): number {
  let at = start + 16;
  if (at >= end) throw truncated("a GTID set");
  const uuid = uuidAt(bytes, start);
  let tag = "";
  if (tagged) {
    const length = bytes.readUInt8(at) >> 1;
    tag = bytes.toString("latin1", at + 1, Math.min(at + 1 + length, end)).toLowerCase();
    at += 1 + length;
    if (tag !== "" && !TAG.test(tag)) throw malformed("a GTID set with a tag that is none");
  }
  if (at + 8 > end) throw truncated("a GTID set");
  const intervals = safeNumber(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));
  at += 8;
  if (intervals * 16 > end - at) throw truncated("a GTID set's intervals");
  for (let index = 0; index < intervals; index += 1, at += 16) {
    const first = safeNumber(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));
    const behind = safeNumber(bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12));
    if (first < 1 || behind <= first) throw malformed("a GTID set with an empty interval");
    set.addRange(uuid, tag, first, behind - 1);
  }
  return at;
}
