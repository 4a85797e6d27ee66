/** Tables and row changes for unit tests, made from a few words. */
import { bindTable, type TargetTable } from "../../src/applier/target.ts";
import { NO_METADATA } from "../../src/binlog/table-map.ts";
import type { RowsChange, RowsKind, StatementContext, Transaction } from "../../src/binlog/transaction.ts";
import type { Row } from "../../src/binlog/value.ts";
import type { Column, TableStructure, UniqueKey } from "../../src/schema/structure.ts";

/** `id int`, `name varchar`, `name varchar null`: a column of a test table. */
export function column(text: string): Column {
  const [name = "", dataType = "int", nullable] = text.split(" ");
  const isText = dataType === "varchar" || dataType === "char" || dataType === "text";
  return {
    name,
    dataType,
    columnType: dataType,
    unsigned: false,
    charset: isText ? "utf8mb4" : null,
    collation: isText ? "utf8mb4_0900_ai_ci" : null,
    nullable: nullable === "null",
    generated: "no",
    invisible: false,
    labels: null,
    length: null,
    compressed: false,
  };
}

/** A key over whole columns; the one called PRIMARY is the primary key. */
export function key(name: string, ...columns: string[]): UniqueKey {
  return { name, primary: name === "PRIMARY", parts: columns.map((part) => ({ column: part, prefix: null })) };
}

export function structure(table: string, columns: readonly string[], uniqueKeys: readonly UniqueKey[]): TableStructure {
  return {
    database: "db",
    table,
    engine: "InnoDB",
    kind: "table",
    columns: columns.map(column),
    uniqueKeys,
    foreignKeys: [],
    hasTriggers: false,
  };
}

/** A table that is the same on both sides, bound. */
export function target(
  of: TableStructure,
  downstream: TableStructure = of,
  component: string | null = null,
): TargetTable {
  const hints = of.columns.map(({ name, unsigned, charset }) => ({ name, unsigned, charset, special: null }));
  return bindTable(hints, of, downstream, { id: idOf(of), flavour: "mysql", component, cascades: component !== null });
}

function idOf({ table }: TableStructure): number {
  return Buffer.from(table).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7);
}

/** Rows of an update: before and after in turn. */
export function change(handle: TargetTable, kind: RowsKind, ...rows: Row[]): RowsChange<TargetTable> {
  return {
    kind,
    handle,
    map: NO_MAP,
    rows,
    full: !rows.some((row) => row.includes(undefined)),
    foreignKeyChecksOff: false,
  };
}

/** The applier looks at handles only. */
const NO_MAP: RowsChange["map"] = {
  tableId: 1,
  database: "db",
  table: "t",
  types: new Uint8Array(),
  metadata: new Uint16Array(),
  nullable: [],
  optional: NO_METADATA,
};

/** A transaction of the file `binlog.000001` that ends at `end`. */
export function transaction(end: number, ...changes: RowsChange<TargetTable>[]): Transaction<TargetTable> {
  const rows = changes.map((c) => (c.kind === "update" ? c.rows.length / 2 : c.rows.length));
  return {
    gtid: null,
    file: "binlog.000001",
    start: end - 100,
    end,
    timestamp: 1,
    committedAtUs: null,
    bytes: 100,
    changes,
    rowCount: rows.reduce((sum, count) => sum + count, 0),
    statement: null,
  };
}

/** The session of a statement of which the log says nothing but the time. */
export const NOTHING_LOGGED: StatementContext = {
  timestamp: 1,
  sqlMode: undefined,
  foreignKeyChecks: undefined,
  uniqueChecks: undefined,
  autoIsNull: undefined,
  timeZone: undefined,
  charset: undefined,
  databaseCollation: undefined,
  autoIncrement: undefined,
  lcTimeNames: undefined,
  defaultCollationForUtf8mb4: undefined,
  explicitDefaultsForTimestamp: undefined,
  sqlRequirePrimaryKey: undefined,
};
