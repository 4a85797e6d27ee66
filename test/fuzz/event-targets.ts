/** Events of recorded logs, one of them damaged, among the whole ones of their transaction: so that damage meets every state. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { createAssembler, type Assembler } from "../../src/binlog/assembler.ts";
import { inflateMariadb } from "../../src/binlog/mariadb-compression.ts";
import { eventsOfFile } from "../../src/binlog/binlog-file.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { withChecksum } from "../support/binlog-builder.ts";
import { plainHandle } from "../support/binlog-values.ts";
import { check, type Target } from "./target.ts";

const FIXTURES = join(import.meta.dirname, "../unit/binlog/fixtures");
const HEADER = 19;
const LENGTH_AT = 9;
const TYPE_AT = 4;
const PAYLOAD = 40;
/** Query_compressed and the compressed rows events. */
const COMPRESSED = { from: 165, to: 171 };
const ZSTD = Buffer.from("28b52ffd", "hex");
const BYTES_MAX = 1 << 24;

/** The events from one boundary between transactions to the next, and the format description that they need. */
interface Segment {
  readonly flavour: Flavour;
  readonly checksums: boolean;
  readonly format: Buffer;
  readonly events: readonly Buffer[];
}

export const LOG_FILES: readonly Buffer[] = readdirSync(FIXTURES)
  .filter((file) => file.endsWith(".binlog"))
  .map((file) => readFileSync(join(FIXTURES, file)))
  .filter((bytes) => bytes.length < 20_000);

const SEGMENTS: readonly Segment[] = LOG_FILES.flatMap(segmentsOf);

function assemblerFor(flavour: Flavour, verifyChecksum: boolean): Assembler {
  return createAssembler({
    flavour,
    resolve: plainHandle,
    verifyChecksum,
    file: "binlog.000001",
    offset: 4,
    transactionBytesMax: BYTES_MAX,
    dropStatement: () => true,
    survivesRollback: () => true,
  });
}

function segmentsOf(file: Buffer): Segment[] {
  const flavour = /mariadb/i.test(file.toString("latin1", 0, 100)) ? "mariadb" : "mysql";
  const [format, ...events] = [...eventsOfFile(file)].map((event) => Buffer.from(event));
  if (format === undefined) return [];
  const assembler = assemblerFor(flavour, true);
  assembler.push(format);
  const checksums = assembler.format?.checksums === true;
  const segments: Segment[] = [];
  let gathered: Buffer[] = [];
  for (const event of events) {
    gathered.push(event);
    assembler.push(event);
    if (assembler.inTransaction) continue;
    segments.push({ flavour, checksums, format, events: gathered });
    gathered = [];
  }
  return segments;
}

/** A seed: which segment and which event of it, in two bytes each; then the event without its checksum. */
function eventSeeds(): Buffer[] {
  return SEGMENTS.flatMap((segment, index) =>
    segment.events.map((event, place) =>
      Buffer.concat([placeOf(index, place), segment.checksums ? event.subarray(0, -4) : event]),
    ),
  );
}

/** The same, with the inflated events of a payload in the place of the event. */
function payloadSeeds(): Buffer[] {
  return SEGMENTS.flatMap((segment, index) =>
    segment.events.flatMap((event, place) => {
      const frame = event.indexOf(ZSTD);
      if (event.readUInt8(TYPE_AT) !== PAYLOAD || frame < 0) return [];
      return [Buffer.concat([placeOf(index, place), zstdDecompressSync(event.subarray(frame))])];
    }),
  );
}

/** The same, with what a MariaDB event holds compressed in the place of the event; in front of it stands where that began. */
function compressedSeeds(): Buffer[] {
  return SEGMENTS.flatMap((segment, index) =>
    segment.events.flatMap((event, place) => {
      const type = event.readUInt8(TYPE_AT);
      const end = segment.checksums ? event.length - 4 : event.length;
      if (type < COMPRESSED.from || type > COMPRESSED.to) return [];
      for (let at = HEADER; at < end; at += 1) {
        const inner = inflated(event, at, end);
        if (inner !== null) return [Buffer.concat([placeOf(index, place), Buffer.of(at), inner])];
      }
      throw new Error("a compressed event without anything compressed");
    }),
  );
}

function inflated(event: Buffer, at: number, end: number): Buffer | null {
  try {
    return inflateMariadb(event, at, end);
  } catch {
    return null;
  }
}

function placeOf(index: number, place: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(index, 0);
  bytes.writeUInt16LE(place, 2);
  return bytes;
}

function runEvent(bytes: Buffer, pick: (limit: number) => number): void {
  const { segment, place } = chosen(bytes);
  push(segment, place, whole(bytes.subarray(4), segment.checksums, pick(50) > 0), pick);
}

/** Fields as MySQL 9.7 writes them: 2 the compression, 3 the inflated size, 1 the size, 0 the end. */
function runPayload(bytes: Buffer, pick: (limit: number) => number): void {
  const { segment, place } = chosen(bytes);
  const inner = bytes.subarray(4);
  const packed = zstdCompressSync(inner);
  const field = (type: number, value: number): Buffer => Buffer.of(type, 3, 252, value & 255, value >> 8);
  const fields = [Buffer.of(2, 1, 0), field(3, inner.length), field(1, packed.length), Buffer.of(0)];
  const header = Buffer.from(segment.events[place]?.subarray(0, HEADER) ?? []);
  push(segment, place, whole(Buffer.concat([header, ...fields, packed]), segment.checksums, true), pick);
}

function runCompressed(bytes: Buffer, pick: (limit: number) => number): void {
  const { segment, place } = chosen(bytes);
  const inner = bytes.subarray(5);
  const length = Buffer.alloc(5, 0x84);
  length.writeUInt32BE(inner.length, 1);
  const plain = segment.events[place]?.subarray(0, bytes.readUInt8(4)) ?? Buffer.alloc(0);
  push(segment, place, whole(Buffer.concat([plain, length, deflateSync(inner)]), segment.checksums, true), pick);
}

function chosen(bytes: Buffer): { readonly segment: Segment; readonly place: number } {
  const segment = SEGMENTS[bytes.readUInt16LE(0)];
  if (segment === undefined) throw new Error("a seed without a segment");
  return { segment, place: bytes.readUInt16LE(2) };
}

/** The length set right (or not), and a checksum that fits behind it. */
function whole(event: Buffer, checksums: boolean, fits: boolean): Buffer {
  const copy = Buffer.from(event);
  if (fits && copy.length >= HEADER) copy.writeUInt32LE(copy.length + (checksums ? 4 : 0), LENGTH_AT);
  return checksums ? withChecksum([copy]) : copy;
}

/** Pushes the segment with one event exchanged, each in a buffer of its own or amid other bytes. */
function push(segment: Segment, place: number, damaged: Buffer, pick: (limit: number) => number): void {
  const assembler = assemblerFor(segment.flavour, true);
  const around = pick(2) === 0 ? null : Buffer.alloc(64, pick(256));
  assembler.push(segment.format);
  segment.events.forEach((event, index) => {
    const taken = index === place ? damaged : event;
    const transaction =
      around === null
        ? assembler.push(taken)
        : assembler.push(Buffer.concat([around, taken, around]), around.length, around.length + taken.length);
    const rows = transaction?.changes.flatMap((change) => change.rows).length ?? 0;
    check(rows <= BYTES_MAX / 8 && assembler.bufferedBytes <= BYTES_MAX, `${rows} rows`);
  });
}

export const EVENT_TARGETS: readonly Target[] = [
  { name: "an event among others", seeds: eventSeeds(), keep: () => 4, cost: 2, run: runEvent },
  { name: "compressed events", seeds: compressedSeeds(), keep: () => 5, cost: 4, run: runCompressed },
  { name: "events in a payload", seeds: payloadSeeds(), keep: () => 4, cost: 4, run: runPayload },
];
