/**
 * Seeded mutation of whole events, of the events inside transaction payloads, and of GTID sets: each must
 * give a value or a named error. The same seed gives the same mutations.
 */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { decodeGtidList } from "../../src/binlog/gtid-set-mariadb.ts";
import { decodeMysqlGtidSet } from "../../src/binlog/gtid-set-mysql.ts";
import { parseGtidSet } from "../../src/binlog/gtid-set.ts";
import { asTidemarkError } from "../../src/errors.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { newAssembler } from "./assemble.ts";
import { withChecksum } from "./binlog-builder.ts";

const PAYLOAD = 40;

export interface FuzzCounts {
  /** Mutations tried, and what they gave. */
  mutations: number;
  values: number;
  /** By the error's name. */
  readonly errors: Map<string, number>;
}

/** mulberry32: 32 bits of state, numbers from 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Pushes `file`'s events again and again, one or more of them mutated each time, until `mutations` were tried. */
export function fuzzEvents(file: readonly Buffer[], flavour: Flavour, seed: number, mutations: number): FuzzCounts {
  const random = seeded(seed);
  const counts: FuzzCounts = { mutations: 0, values: 0, errors: new Map() };
  const summed = newAssembler({ flavour });
  summed.push(file[0] ?? Buffer.alloc(0));
  const checksums = summed.format?.checksums === true;
  while (counts.mutations < mutations) {
    const assembler = newAssembler({
      flavour,
      verifyChecksum: false,
      dropStatement: () => true,
      survivesRollback: () => true,
    });
    assembler.push(file[0] ?? Buffer.alloc(0));
    for (const event of file.slice(1)) {
      const mutate = random() < 0.2;
      if (mutate) counts.mutations += 1;
      const ended = attempt(counts, mutate, () => assembler.push(mutate ? mutated(event, random, checksums) : event));
      if (!ended) break;
    }
  }
  return counts;
}

/** Mutates texts and encodings of GTID sets. */
export function fuzzGtidSets(
  texts: readonly string[],
  encodings: readonly Buffer[],
  seed: number,
  mutations: number,
): FuzzCounts {
  const random = seeded(seed);
  const counts: FuzzCounts = { mutations: 0, values: 0, errors: new Map() };
  while (counts.mutations < mutations) {
    counts.mutations += 1;
    const text = flip(Buffer.from(texts[Math.floor(random() * texts.length)] ?? ""), random, 0).toString("latin1");
    attempt(counts, true, () => parseGtidSet(random() < 0.5 ? "mysql" : "mariadb", text).toString());
    const bytes = flip(encodings[Math.floor(random() * encodings.length)] ?? Buffer.alloc(0), random, 0);
    attempt(counts, true, () =>
      (random() < 0.5 ? decodeMysqlGtidSet : decodeGtidList)(bytes, 0, bytes.length).toString(),
    );
  }
  return counts;
}

/** False when it threw: an assembler is of no use then. Throws what has no name, which is the defect looked for. */
function attempt(counts: FuzzCounts, counted: boolean, call: () => unknown): boolean {
  try {
    call();
    if (counted) counts.values += 1;
    return true;
  } catch (thrown) {
    // A decoder called by itself leaves reads outside the buffer to Buffer; the assembler has names for those too.
    const name = thrown instanceof RangeError ? "RangeError" : asTidemarkError(thrown, "decode").name;
    if (name === "unexpected") throw thrown;
    counts.errors.set(name, (counts.errors.get(name) ?? 0) + 1);
    return false;
  }
}

function mutated(event: Buffer, random: () => number, checksums: boolean): Buffer {
  const body = checksums ? event.subarray(0, -4) : event;
  const changed =
    event[4] === PAYLOAD && random() < 0.9 ? mutatedPayload(body, random) : flip(body, random, random() < 0.1 ? 0 : 19);
  const length = changed.length + (checksums ? 4 : 0);
  if (changed.length >= 19 && random() < 0.98) changed.writeUInt32LE(length, 9);
  return checksums ? withChecksum([changed]) : changed;
}

/** The events inside, mutated and compressed again (as server 9.7 writes the fields: 2, 3, 1, 0). */
function mutatedPayload(event: Buffer, random: () => number): Buffer {
  const frame = event.indexOf(Buffer.from("28b52ffd", "hex"));
  const inner = flip(zstdDecompressSync(event.subarray(frame)), random, 0);
  const packed = zstdCompressSync(inner);
  const size = (type: number, value: number): Buffer => Buffer.of(type, 3, 252, value & 255, value >> 8);
  return Buffer.concat([
    event.subarray(0, 19),
    Buffer.of(2, 1, 0),
    size(3, inner.length),
    size(1, packed.length),
    Buffer.of(0),
    packed,
  ]);
}

/** Changes some bytes from `from` on; now and then cuts off the end or puts bytes in. */
function flip(bytes: Buffer, random: () => number, from: number): Buffer {
  let changed = Buffer.from(bytes);
  const kind = random();
  if (kind < 0.1) changed = changed.subarray(0, Math.floor(from + random() * Math.max(0, changed.length - from)));
  else if (kind < 0.2) {
    const at = from + Math.floor(random() * Math.max(0, changed.length - from));
    changed = Buffer.concat([
      changed.subarray(0, at),
      Buffer.from([random() * 256, random() * 256]),
      changed.subarray(at),
    ]);
  }
  const times = 1 + Math.floor(random() * 3);
  for (let time = 0; time < times && changed.length > from; time += 1) {
    const at = from + Math.floor(random() * (changed.length - from));
    const extreme = [0, 1, 0x7f, 0x80, 0xfb, 0xfc, 0xfe, 0xff][Math.floor(random() * 8)] ?? 0;
    changed[at] = random() < 0.5 ? extreme : (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return Buffer.from(changed);
}
