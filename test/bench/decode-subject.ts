/**
 * A process that decodes a binlog file again and again, and prints what the fastest pass took (what is slower shares the
 * machine with others, or is still being compiled): `node decode-subject.ts tidemark|zongji FILE`. One process per subject and turn, so that neither runs code that the other
 * has shaped. The file is in memory before the clock starts; columns are in `FILE.columns.json`.
 *
 * With a third argument `allocation` it is asked what is allocated instead: started with a young generation that is large enough
 * (see ALLOCATION_FLAGS), no garbage is collected in between, and the heap grows by what is allocated.
 */
import { readFileSync } from "node:fs";
import { createAssembler } from "../../src/binlog/assembler.ts";
import type { ColumnHint } from "../../src/binlog/transaction.ts";
import { openZongji } from "./zongji.ts";

/** A row of information_schema.COLUMNS. */
export interface ColumnRow {
  readonly COLUMN_NAME: string;
  readonly COLLATION_NAME: string | null;
  readonly CHARACTER_SET_NAME: string | null;
  readonly COLUMN_COMMENT: string;
  readonly COLUMN_TYPE: string;
}

export interface DecodeResult {
  readonly rows: number;
  /** Of the fastest pass. */
  readonly seconds: number;
}

export interface AllocationResult {
  readonly rows: number;
  /** On the heap and in buffers beside it. */
  readonly bytes: number;
}

/** For the process that is asked for allocations. */
export const ALLOCATION_FLAGS: readonly string[] = [
  "--expose-gc",
  "--min-semi-space-size=256",
  "--max-semi-space-size=256",
];

const HEADER = 19;
/** Where a file's first event starts. */
const FIRST = 4;
export const PASSES = 6;
/** Less than the young generation holds, and much more than anything else that changes meanwhile. */
const ALLOCATED_MAX = 100_000_000;
const ALLOCATION_STEP = 100_000;
/** What is still freed of earlier garbage. */
const NOISE = 10_000_000;

/** Takes the event `bytes[start, end)`; gives the number of row changes that are whole with it. */
type TakeEvent = (start: number, end: number) => number;

/** Whole transactions, checksums verified, every row decoded. */
function tidemark(bytes: Buffer, columns: readonly ColumnRow[]): TakeEvent {
  const hints = columns.map(({ COLUMN_NAME: name, COLUMN_TYPE: type, CHARACTER_SET_NAME: charset }): ColumnHint => ({
    name,
    unsigned: type.includes("unsigned"),
    charset,
    special: null,
  }));
  const assembler = createAssembler({
    flavour: "mysql",
    resolve: () => ({ columns: hints }),
    file: "binlog.000001",
    offset: 4,
  });
  return (start, end) => assembler.push(bytes, start, end)?.rowCount ?? 0;
}

/** Every row decoded; it verifies no checksums and makes no transactions. */
function zongji(bytes: Buffer, columns: readonly ColumnRow[]): TakeEvent {
  const reader = openZongji(() => columns);
  return (start, end) => reader.read(bytes, start, start + HEADER, end).length;
}

/** Decodes the events that start in `bytes[start, limit)`; says how many row changes, and where the next event starts. */
function decode(take: TakeEvent, bytes: Buffer, start: number, limit: number): { rows: number; next: number } {
  let rows = 0;
  let at = start;
  while (at < limit) {
    const end = at + bytes.readUInt32LE(at + 9);
    rows += take(at, end);
    at = end;
  }
  return { rows, next: at };
}

function measureSeconds(open: () => TakeEvent, bytes: Buffer): DecodeResult {
  let fastest: DecodeResult = { rows: 0, seconds: Number.POSITIVE_INFINITY };
  for (let pass = 0; pass < PASSES; pass += 1) {
    const take = open();
    const start = performance.now();
    const { rows } = decode(take, bytes, FIRST, bytes.length);
    const seconds = (performance.now() - start) / 1000;
    if (seconds < fastest.seconds) fastest = { rows, seconds };
  }
  return fastest;
}

function measureAllocation(open: () => TakeEvent, bytes: Buffer): AllocationResult {
  decode(open(), bytes, FIRST, bytes.length); // compiled code allocates less
  const take = open();
  const used = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  globalThis.gc?.();
  const before = used();
  let result: AllocationResult = { rows: 0, bytes: 0 };
  for (let at = FIRST; at < bytes.length && result.bytes < ALLOCATED_MAX;) {
    const { rows, next } = decode(take, bytes, at, Math.min(at + ALLOCATION_STEP, bytes.length));
    const allocated = used() - before;
    // Garbage was collected after all: what was known before counts.
    if (allocated < result.bytes - NOISE) break;
    result = { rows: result.rows + rows, bytes: allocated };
    at = next;
  }
  return result;
}

if (import.meta.main) {
  const [, , subject = "", file = "", question = ""] = process.argv;
  const bytes = readFileSync(file);
  const columns: readonly ColumnRow[] = JSON.parse(readFileSync(`${file}.columns.json`, "utf8"));
  const open = (): TakeEvent => (subject === "zongji" ? zongji : tidemark)(bytes, columns);
  const result = question === "allocation" ? measureAllocation(open, bytes) : measureSeconds(open, bytes);
  console.log(JSON.stringify(result));
}
