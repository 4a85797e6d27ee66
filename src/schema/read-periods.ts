import { quoteTable } from "../mysql/quote.ts";
import type { Queryable } from "./read-structures.ts";
import type { Column, UniqueKey } from "./structure.ts";

interface Keyed {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly uniqueKeys: UniqueKey[];
}

const TEMPORAL = new Set(["date", "datetime", "timestamp"]);
const KEY = /^ *(?:PRIMARY KEY|UNIQUE KEY `((?:[^`]|``)*)`) \(.* WITHOUT OVERLAPS\)/gm;

/**
 * Marks the unique keys that allow no overlapping periods: `UNIQUE (room, stay WITHOUT OVERLAPS)` (MariaDB 10.5+).
 * information_schema shows them as if they were of the room, the period's end and its start; only SHOW CREATE TABLE tells. It
 * is asked of tables that have a key which ends like that: few.
 */
export async function markPeriodKeys(connection: Queryable, tables: Iterable<Keyed>): Promise<void> {
  for (const table of tables) {
    if (!table.uniqueKeys.some((key) => endsInPeriod(key, table.columns))) continue;
    const [row] = await connection.query<{ "Create Table": string }>(
      `SHOW CREATE TABLE ${quoteTable(table.database, table.table)}`,
    );
    const names = periodKeys(row?.["Create Table"] ?? "");
    table.uniqueKeys.forEach((key, index) => {
      if (names.has(key.name)) table.uniqueKeys[index] = { ...key, withoutOverlaps: true };
    });
  }
}

function endsInPeriod(key: UniqueKey, columns: readonly Column[]): boolean {
  const [end, start] = key.parts.slice(-2).map((part) => columns.find(({ name }) => name === part.column));
  return end !== undefined && end.dataType === start?.dataType && TEMPORAL.has(end.dataType) && !end.nullable;
}

/** Names of the keys with WITHOUT OVERLAPS in the answer of SHOW CREATE TABLE. */
export function periodKeys(createTable: string): ReadonlySet<string> {
  return new Set([...createTable.matchAll(KEY)].map(([, name]) => name?.replaceAll("``", "`") ?? "PRIMARY"));
}
