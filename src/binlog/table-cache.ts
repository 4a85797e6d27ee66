import type { Flavour } from "../mysql/flavour.ts";
import { int32, uint16, uint32 } from "./byte-order.ts";
import { decodeTableMap } from "./decode-table-map.ts";
import { truncated } from "./decode-error.ts";
import { missingTableMap } from "./event-error.ts";
import { isSameBody, repeatedBody, type RepeatedBody } from "./repeated-body.ts";
import { rowsDecoder, type RowsDecoder } from "./rows-decoder.ts";
import type { TableHandle, TableResolver } from "./transaction.ts";

/** A table map as it was sent, and what came of it. */
export interface MappedTable<H extends TableHandle> {
  readonly tableId: number;
  readonly body: RepeatedBody;
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
 * the time before: then its bytes are compared, and nothing is decoded (hot path, see `repeated-body.ts`).
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
    const known = this.#repeated(event, start, end);
    if (known !== null) {
      known.statement = this.#statement;
      this.#last = known;
      return;
    }
    const map = decodeTableMap(event, start, end, this.#flavour);
    const handle = this.#resolve(map);
    const table: MappedTable<H> = {
      tableId: map.tableId,
      body: repeatedBody(event, start, end),
      decoder: handle === null ? null : rowsDecoder(map, handle),
      statement: this.#statement,
    };
    if (this.#tables.size >= TABLES_MAX) this.#forgetOthers();
    this.#tables.set(map.tableId, table);
    this.#last = table;
  }

  /** The table whose last table map was the same, table id included. */
  #repeated(event: Buffer, start: number, end: number): MappedTable<H> | null {
    const last = this.#last;
    if (last !== null && isSameBody(last.body, event, start, end)) return last;
    const known = this.#tables.get(tableIdAt(event, start));
    return known !== undefined && isSameBody(known.body, event, start, end) ? known : null;
  }

  /** The table of the rows event whose body starts at `start`; null for one without a table. */
  of(event: Buffer, start: number): MappedTable<H> | null {
    const last = this.#last;
    if (last !== null && last.statement === this.#statement && isTable(last, event, start)) return last;
    const tableId = tableIdAt(event, start);
    const table = this.#tables.get(tableId);
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

  /** All but those of the statement under way, whose rows are still to come. */
  #forgetOthers(): void {
    for (const [tableId, { statement }] of this.#tables)
      if (statement !== this.#statement) this.#tables.delete(tableId);
  }
}

/** Whether the rows event's body at `start` begins with the table id of `table`: compared as it stands, which is cheap. */
function isTable(table: MappedTable<TableHandle>, event: Buffer, start: number): boolean {
  const { words } = table.body;
  return words[0] === int32(event, start) && ((words[1] ?? 0) & 0xffff) === uint16(event, start + 4);
}

function tableIdAt(event: Buffer, start: number): number {
  return uint32(event, start) + uint16(event, start + 4) * 0x1_0000_0000;
}
