import type { Flavour } from "../mysql/flavour.ts";
import { decodeTableMap } from "./decode-table-map.ts";
import { truncated } from "./decode-error.ts";
import { missingTableMap } from "./event-error.ts";
import { rowsDecoder, type RowsDecoder } from "./rows-decoder.ts";
import type { TableHandle, TableResolver } from "./transaction.ts";

/** A table map as it was sent, and what came of it. */
export interface MappedTable<H extends TableHandle> {
  readonly tableId: number;
  readonly bytes: Buffer;
  /** null: the rows are not wanted. */
  readonly decoder: RowsDecoder<H> | null;
  /** The statement in which it was last sent: valid in that one only. */
  statement: number;
}

/** Table id of a rows event without rows that only ends its statement. */
const NO_TABLE = 0x00ffffff;
/** Upstreams with more tables than this ask the resolver again now and then; memory stays bounded. */
const TABLES_MAX = 10_000;

/**
 * Table maps by table id. A table map is sent again for each statement and is nearly always the same as
 * the time before: then its bytes are compared, and nothing is decoded (hot path).
 *
 * A table map holds until the rows event with STMT_END_F; rows that refer to one of an earlier
 * statement mean that the stream began in the middle (`missing_table_map`).
 */
export class TableCache<H extends TableHandle> {
  readonly #resolve: TableResolver<H>;
  readonly #flavour: Flavour;
  readonly #tables = new Map<number, MappedTable<H>>();
  #last: MappedTable<H> | null = null;
  #statement = 1;

  constructor(resolve: TableResolver<H>, flavour: Flavour) {
    this.#resolve = resolve;
    this.#flavour = flavour;
  }

  /** Takes the Table_map body `event[start, end)`. */
  map(event: Buffer, start: number, end: number): void {
    if (end - start < 8) throw truncated("a table map");
    const tableId = tableIdAt(event, start);
    const last = this.#last;
    const known = last !== null && last.tableId === tableId ? last : this.#tables.get(tableId);
    if (known !== undefined && sameBytes(known.bytes, event, start, end)) {
      known.statement = this.#statement;
      this.#last = known;
      return;
    }
    const map = decodeTableMap(event, start, end, this.#flavour);
    const handle = this.#resolve(map);
    const table: MappedTable<H> = {
      tableId,
      bytes: Buffer.from(event.subarray(start, end)),
      decoder: handle === null ? null : rowsDecoder(map, handle),
      statement: this.#statement,
    };
    if (this.#tables.size >= TABLES_MAX) this.forget();
    this.#tables.set(tableId, table);
    this.#last = table;
  }

  /** The table of the rows event whose body starts at `start`; null for one without a table. */
  of(event: Buffer, start: number): MappedTable<H> | null {
    const tableId = tableIdAt(event, start);
    const last = this.#last;
    const table = last !== null && last.tableId === tableId ? last : this.#tables.get(tableId);
    if (table !== undefined && table.statement === this.#statement) return table;
    if (tableId === NO_TABLE) return null;
    throw missingTableMap(tableId);
  }

  endStatement(): void {
    this.#statement += 1;
  }

  /** Every table is resolved anew. Table maps of the statement under way are lost: only between transactions. */
  forget(): void {
    this.#tables.clear();
    this.#last = null;
  }
}

function tableIdAt(event: Buffer, start: number): number {
  return event.readUInt32LE(start) + event.readUInt16LE(start + 4) * 0x1_0000_0000;
}

/** Four bytes at a time: for the few dozen bytes of a table map cheaper than a call into native code. */
function sameBytes(known: Buffer, event: Buffer, start: number, end: number): boolean {
  const length = known.length;
  if (length !== end - start) return false;
  let at = 0;
  for (; at + 4 <= length; at += 4) if (known.readInt32LE(at) !== event.readInt32LE(start + at)) return false;
  for (; at < length; at += 1) if (known[at] !== event[start + at]) return false;
  return true;
}
