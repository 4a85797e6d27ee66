/** What an upstream did, as values: the oracle replays it, the log tells it in bytes. */
import type { TableStructure } from "../../../../src/schema/structure.ts";
import type { BuiltTable } from "../../../support/binlog-builder.ts";
import type { DdlStep } from "../database/tables.ts";
import type { SqlRow } from "../sql/statement.ts";

/** One row's change. */
export interface RowOperation {
  readonly table: string;
  readonly before: SqlRow | null;
  readonly after: SqlRow | null;
}

/** Rows of one event. */
export interface LoggedRows {
  readonly built: BuiltTable;
  readonly rows: readonly RowOperation[];
  readonly foreignKeyChecksOff: boolean;
  /** binlog_row_image of the session: MINIMAL. */
  readonly minimal: boolean;
  /** Columns of the primary key; with none, images before are whole. */
  readonly primaryKey: readonly string[];
}

export interface LoggedDdl {
  /** Its text begins with a comment that holds the transaction's number. */
  readonly sql: string;
  /** What it does to the tables; nothing for those that are filtered. */
  readonly steps: readonly DdlStep[];
  /** CREATE TABLE … SELECT: rows come in the same transaction. */
  readonly withRows: boolean;
}

export interface HistoryTransaction {
  /** Counts from 1; in GTID mode also the GTID's number. */
  readonly number: number;
  /** Every change of a wanted table, those by cascades included. */
  readonly operations: readonly RowOperation[];
  /** What the log has of it. */
  readonly logged: readonly LoggedRows[];
  readonly ddl: LoggedDdl | null;
}

export interface History {
  readonly transactions: readonly HistoryTransaction[];
  /** The tables before the first transaction, those that the task leaves out among them. */
  readonly structures: readonly TableStructure[];
  /** The wanted tables behind each transaction that is a DDL: names and columns. */
  readonly shapes: ReadonlyMap<number, Shape>;
}

/** Columns by table. */
export type Shape = ReadonlyMap<string, readonly string[]>;

/** Left out by the task. */
export const FILTERED = "skipped";

/** Downstream it is a table without transactions: what is promised of it is less (S12). */
export const UNTRANSACTED = "loose";
