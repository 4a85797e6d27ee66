/** Which rows a foreign key ties together. The actions are InnoDB's. */
import type { ForeignKey } from "../../../../src/schema/structure.ts";
import type { Condition, SqlRow } from "../sql/statement.ts";
import type { Table, Tables } from "./tables.ts";

/** A key that points at a parent, and where its rows are. */
export interface Reference {
  readonly key: ForeignKey;
  readonly name: string;
  readonly table: Table;
}

/** The foreign keys that point at a table. */
export function referencesTo(tables: Tables, parent: string): Reference[] {
  return [...tables].flatMap((table) =>
    table.structure.foreignKeys
      .filter((key) => `${key.parentDatabase}.${key.parentTable}` === parent)
      .map((key) => ({ key, table, name: `${table.structure.database}.${table.structure.table}` })),
  );
}

/** Holds for the parent of a child row; null: the row points at none. */
export function parentOf(key: ForeignKey, child: SqlRow): Condition | null {
  const values = key.columns.map((name) => child[name] ?? null);
  if (values.includes(null)) return null;
  return (parent) => key.parentColumns.every((name, i) => parent[name] === values[i]);
}

/** Holds for the children of a parent row. */
export function childrenOf(key: ForeignKey, parent: SqlRow): Condition {
  return (child) => key.columns.every((name, i) => child[name] === parent[key.parentColumns[i] ?? ""]);
}

/** Whether an update of a row changes what the columns hold. */
export function changes(columns: readonly string[], before: SqlRow, after: SqlRow): boolean {
  return columns.some((name) => (before[name] ?? null) !== (after[name] ?? null));
}
