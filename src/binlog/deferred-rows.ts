import { TABLE_MAP, WRITE_ROWS_COMPRESSED_V1 } from "./event-type.ts";
import { inflateRows } from "./mariadb-compression.ts";
import type { TableCache } from "./table-cache.ts";
import type { RowsChange, TableHandle, Transaction } from "./transaction.ts";

/** A table map or rows event that is kept for later: its body, copied. */
export interface DeferredEvent {
  readonly type: number;
  readonly body: Buffer;
}

/** Decodes the rows event whose body is `buffer[start, end)`; null when its table's rows aren't wanted. */
export function decodeRows<H extends TableHandle>(
  tables: TableCache<H>,
  buffer: Buffer,
  type: number,
  start: number,
  end: number,
): RowsChange<H> | null {
  const table = tables.of(buffer, start);
  const decoder = table === null ? null : table.decoder;
  if (decoder === null) return null;
  if (type < WRITE_ROWS_COMPRESSED_V1) return decoder.decode(buffer, start, end, type);
  const plain = inflateRows(buffer, type, start, end);
  return decoder.decode(plain.body, 0, plain.body.length, plain.type);
}

/**
 * CREATE TABLE … SELECT is one transaction, whose rows are of a table that only its statement makes: what they mean
 * is known when the statement was executed. So `changes` and `rowCount` are decoded when they are first
 * asked for, which must be before the next event is pushed.
 */
export function withDeferredRows<H extends TableHandle>(
  transaction: Transaction<H>,
  events: readonly DeferredEvent[],
  tables: TableCache<H>,
): Transaction<H> {
  let decoded: readonly RowsChange<H>[] | null = null;
  const changes = (): readonly RowsChange<H>[] => (decoded ??= decodeAll(events, tables));
  return {
    ...transaction,
    get changes() {
      return changes();
    },
    get rowCount() {
      return changes().reduce((sum, { kind, rows }) => sum + (kind === "update" ? rows.length / 2 : rows.length), 0);
    },
  };
}

function decodeAll<H extends TableHandle>(
  events: readonly DeferredEvent[],
  tables: TableCache<H>,
): readonly RowsChange<H>[] {
  const changes: RowsChange<H>[] = [];
  for (const { type, body } of events) {
    if (type === TABLE_MAP) tables.map(body, 0, body.length);
    else {
      const change = decodeRows(tables, body, type, 0, body.length);
      if (change !== null) changes.push(change);
    }
  }
  tables.endStatement();
  return changes;
}
