/**
 * What a batch does to a table, as one net change per row.
 *
 * Why the order may be given up (K4): executed are first all deletes, then the updates that touch no unique
 * key's value, then all inserts. Rows of the end state don't collide with each other, rows that are neither
 * deleted nor inserted keep their unique values, and everything that gives a value up is gone before the first
 * insert. An update that changes a unique key's value counts as a delete and an insert for that reason: so
 * swaps and chains of unique values work.
 */
import type { RowsChange } from "../binlog/transaction.ts";
import { JsonDocument, JsonPathUpdate, type Row, type Value } from "../binlog/value.ts";
import type { TargetTable } from "./target.ts";

/** The net change of one row; never both null. */
interface NetChange {
  /** The row as it was before the batch; null: it wasn't there. */
  readonly before: Row | null;
  /** The row as the batch leaves it; null: it is gone. */
  readonly after: Row | null;
  /** It was deleted (or lost a unique value) in between, so it goes as a delete and an insert. */
  readonly recreated: boolean;
}

export interface NetChanges {
  readonly deletes: readonly Row[];
  /** before and after in turn. */
  readonly updates: readonly Row[];
  readonly inserts: readonly Row[];
}

/**
 * Nets the changes of one table. Null when that can't be done: row images that leave columns out, or a history that
 * contradicts itself (a second insert of one key); the changes are then executed as they came.
 */
export function netChanges(table: TargetTable, changes: readonly RowsChange<TargetTable>[]): NetChanges | null {
  const [only] = changes;
  if (changes.length === 1 && only !== undefined && only.full && only.kind === "insert") {
    return { deletes: [], updates: [], inserts: only.rows };
  }
  const rows = new Map<string | number | bigint, NetChange>();
  for (const change of changes) {
    if (!change.full || !foldChange(table, change, rows)) return null;
  }
  const deletes: Row[] = [];
  const updates: Row[] = [];
  const inserts: Row[] = [];
  for (const { before, after, recreated } of rows.values()) {
    // A row that is written whole over itself needs no delete where no other unique value could be in its way.
    if (before !== null && after !== null && (!recreated || table.upsert)) {
      // Ended as it began: nothing to write, and a write would count as if the row had been missing.
      if (!sameRow(before, after)) updates.push(before, after);
    } else {
      if (before !== null) deletes.push(before);
      if (after !== null) inserts.push(after);
    }
  }
  return { deletes, updates, inserts };
}

function foldChange(
  table: TargetTable,
  change: RowsChange<TargetTable>,
  net: Map<string | number | bigint, NetChange>,
): boolean {
  const { rows } = change;
  switch (change.kind) {
    case "insert":
      for (const row of rows) if (!foldInsert(net, keyOf(table, row), row)) return false;
      return true;
    case "delete":
      for (const row of rows) if (!foldDelete(net, keyOf(table, row), row)) return false;
      return true;
    case "update":
      for (let i = 0; i + 1 < rows.length; i += 2) {
        const before = rows[i];
        const after = rows[i + 1];
        if (before === undefined || after === undefined || !foldUpdate(table, net, before, after)) return false;
      }
      return true;
    default:
      return change.kind satisfies never;
  }
}

type Net = Map<string | number | bigint, NetChange>;

function foldInsert(net: Net, key: string | number | bigint, row: Row): boolean {
  const earlier = net.get(key);
  if (earlier === undefined) net.set(key, { before: null, after: row, recreated: false });
  else if (earlier.after === null) net.set(key, { before: earlier.before, after: row, recreated: true });
  else return false;
  return true;
}

function foldDelete(net: Net, key: string | number | bigint, row: Row): boolean {
  const earlier = net.get(key);
  if (earlier === undefined) net.set(key, { before: row, after: null, recreated: false });
  else if (earlier.after === null) return false;
  else if (earlier.before === null) net.delete(key);
  else net.set(key, { before: earlier.before, after: null, recreated: false });
  return true;
}

function foldUpdate(table: TargetTable, net: Net, before: Row, after: Row): boolean {
  const key = keyOf(table, before);
  const moved = table.uniqueSources.some((source) => !sameValue(before[source], after[source]));
  const newKey = moved ? keyOf(table, after) : key;
  if (newKey !== key) return foldDelete(net, key, before) && foldInsert(net, newKey, after);
  const earlier = net.get(key);
  if (earlier === undefined) net.set(key, { before, after, recreated: moved });
  else if (earlier.after === null) return false;
  else net.set(key, { before: earlier.before, after, recreated: earlier.recreated || moved });
  return true;
}

/** A row's key as a map's key: the value itself for the usual one-column key. */
function keyOf(table: TargetTable, row: Row): string | number | bigint {
  const key = table.rowKey ?? [];
  const [first] = key;
  const value = first === undefined ? null : row[first.source];
  if (key.length === 1 && (typeof value === "number" || typeof value === "bigint")) return value;
  let text = "";
  for (const column of key) text += valueText(row[column.source]);
  return text;
}

/** A text that differs for different values: type, length and content. */
function valueText(value: Value | undefined): string {
  if (value === null || value === undefined) return "n;";
  if (value instanceof JsonPathUpdate) return "p;"; // not netted at all: its before image is not whole
  if (value instanceof JsonDocument) return `j${value.text.length}:${value.text}`;
  if (typeof value === "object") return `b${value.length}:${value.toString("latin1")}`;
  if (typeof value === "string") return `s${value.length}:${value}`;
  return `i${value};`;
}

function sameRow(before: Row, after: Row): boolean {
  return before.length === after.length && before.every((value, i) => sameValue(value, after[i]));
}

/** True when two values are the same to the bit; documents with opaque scalars never count as the same. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (Object.is(a, b)) return true;
  return Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.equals(b);
}
