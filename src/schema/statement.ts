/**
 * What the scanner (`scan.ts`) finds out about a statement from the log: its kind, the tables that it
 * names with the place of each name in the text (so that a name can be exchanged without printing the
 * statement anew), and as much of its content as decides which tables and columns it changes.
 *
 * Offsets are string indices into the statement's text, end exclusive.
 */

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** `db.table`, `table`, or `.table` in the text. Names are unquoted, in the case in which they were written. */
export interface TableName extends TextRange {
  /** null: the session's default database. */
  readonly database: string | null;
  readonly table: string;
}

/** Where ALTER TABLE puts a column: null leaves it in its place (or, if it is new, at the end). */
export type ColumnPlace = null | { readonly after: string | null /* null: FIRST */ };

/** One part of an ALTER TABLE, in the order of the text. */
export type AlterPart =
  | {
      readonly kind: "add-column";
      readonly name: string;
      readonly place: ColumnPlace;
      readonly ifNotExists: boolean;
    }
  | { readonly kind: "drop-column"; readonly name: string; readonly ifExists: boolean }
  | {
      /** CHANGE [COLUMN] old new definition: also a new definition and, perhaps, a new place. */
      readonly kind: "change-column";
      readonly from: string;
      readonly to: string;
      readonly place: ColumnPlace;
      readonly ifExists: boolean;
    }
  | {
      readonly kind: "modify-column";
      readonly name: string;
      readonly place: ColumnPlace;
      readonly ifExists: boolean;
    }
  | {
      readonly kind: "rename-column";
      readonly from: string;
      readonly to: string;
      readonly ifExists: boolean;
    }
  /** ALTER COLUMN x SET DEFAULT / DROP DEFAULT / SET INVISIBLE. */
  | { readonly kind: "alter-column"; readonly name: string }
  | { readonly kind: "rename-table"; readonly to: TableName }
  /** ADD INDEX, PRIMARY KEY, UNIQUE, FOREIGN KEY, CHECK, CONSTRAINT, PERIOD FOR. */
  | { readonly kind: "add-key" }
  /** DROP INDEX, PRIMARY KEY (its name is `PRIMARY`), FOREIGN KEY, CHECK, CONSTRAINT. */
  | { readonly kind: "drop-key"; readonly name: string }
  | { readonly kind: "rename-key"; readonly from: string; readonly to: string }
  /** CONVERT TO CHARACTER SET: every text column's definition changes. */
  | { readonly kind: "convert-charset" }
  /** ADD/DROP SYSTEM VERSIONING (MariaDB): hidden columns come or go. */
  | { readonly kind: "system-versioning" }
  /** Partition and tablespace work: no column changes. */
  | { readonly kind: "partition"; readonly verb: string }
  /** EXCHANGE PARTITION … WITH TABLE other: rows change places, structures stay. */
  | { readonly kind: "exchange-partition"; readonly other: TableName }
  /** CONVERT PARTITION p TO TABLE other / CONVERT TABLE other TO PARTITION p (MariaDB 10.7+). */
  | { readonly kind: "partition-to-table" | "table-to-partition"; readonly other: TableName }
  /** A table option, ORDER BY, ENABLE KEYS, FORCE, ALGORITHM, LOCK, …: no column changes. */
  | { readonly kind: "option"; readonly word: string };

/** What every statement has. */
interface Named {
  /** Every table named (views and sequences too), in the order of the text; sub-queries and bodies aside. */
  readonly tables: readonly TableName[];
  /** The text holds an executable comment (`/*!…`): another server may read it otherwise. */
  readonly executableComment: boolean;
}

export interface CreateTable extends Named {
  readonly kind: "create-table";
  readonly table: TableName;
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly like: TableName | null;
  /** CREATE TABLE … SELECT (also … VALUES, TABLE, WITH). In row format the servers log the columns instead. */
  readonly asSelect: boolean;
  /** Names of the columns in the text, in order; null for LIKE, and for a SELECT they are only the first ones. */
  readonly columns: readonly string[] | null;
  /** Parents of foreign keys. */
  readonly references: readonly TableName[];
  /** MySQL 8.0.21+ logs CREATE TABLE … SELECT as `CREATE TABLE (…) START TRANSACTION`, then rows: where these words stand. */
  readonly startTransaction: TextRange | null;
}

export interface AlterTable extends Named {
  readonly kind: "alter-table";
  readonly table: TableName;
  readonly ifExists: boolean;
  readonly parts: readonly AlterPart[];
  readonly references: readonly TableName[];
}

export interface DropTable extends Named {
  readonly kind: "drop-table";
  readonly temporary: boolean;
  readonly ifExists: boolean;
}

export interface RenameTable extends Named {
  readonly kind: "rename-table";
  readonly ifExists: boolean;
  readonly pairs: readonly { readonly from: TableName; readonly to: TableName }[];
}

export interface TruncateTable extends Named {
  readonly kind: "truncate-table";
  readonly table: TableName;
}

export interface DatabaseStatement extends Named {
  readonly kind: "create-database" | "alter-database" | "drop-database";
  /** null: ALTER DATABASE of the default database. */
  readonly database: string | null;
  /** The name's place; empty where there is none. */
  readonly name: TextRange;
  /** IF NOT EXISTS or IF EXISTS. */
  readonly conditional: boolean;
  readonly orReplace: boolean;
}

export interface IndexStatement extends Named {
  readonly kind: "create-index" | "drop-index";
  readonly table: TableName;
  readonly index: string;
  readonly unique: boolean;
  readonly conditional: boolean;
}

/** Views: `tables` holds their names (a view's name lives among the tables' names). */
export interface ViewStatement extends Named {
  readonly kind: "create-view" | "alter-view" | "drop-view";
}

export interface TriggerStatement extends Named {
  readonly kind: "create-trigger" | "drop-trigger";
  /** The trigger's name; it lives in its table's database. `tables` holds the table of a CREATE. */
  readonly name: TableName;
}

export interface RoutineStatement extends Named {
  readonly kind: "routine";
  readonly verb: "create" | "alter" | "drop";
  readonly what: "procedure" | "function" | "package" | "library" | "event";
}

export interface SequenceStatement extends Named {
  readonly kind: "create-sequence" | "alter-sequence" | "drop-sequence";
  readonly temporary: boolean;
}

/** Accounts and rights: CREATE/ALTER/DROP/RENAME USER and ROLE, GRANT, REVOKE, SET PASSWORD, SET DEFAULT ROLE. */
export interface AccountStatement extends Named {
  readonly kind: "account";
  readonly verb: string;
}

/** ANALYZE, OPTIMIZE, REPAIR, CHECK, CHECKSUM TABLE; FLUSH; CACHE INDEX. */
export interface MaintenanceStatement extends Named {
  readonly kind: "maintenance";
  readonly verb: string;
}

/** Rows written by a statement: in the log of an upstream that doesn't use the row format. */
export interface DmlStatement extends Named {
  readonly kind: "dml";
  readonly verb: string;
  /** True when `tables` is known to hold every table written: single-table forms only. */
  readonly complete: boolean;
}

export interface SetStatement extends Named {
  readonly kind: "set";
}

/** BEGIN, COMMIT, ROLLBACK, SAVEPOINT, XA, …: ends and beginnings, which are the assembler's business. */
export interface TransactionStatement extends Named {
  readonly kind: "transaction";
  readonly verb: string;
}

/** Known by name, and without an effect on tables or rows: SHOW, USE, KILL, INSTALL PLUGIN, CREATE SERVER, … */
export interface OtherStatement extends Named {
  readonly kind: "other";
  readonly verb: string;
}

/** Not understood. Never to be skipped: the caller stops (`ddl_unknown`). */
export interface UnknownStatement extends Named {
  readonly kind: "unknown";
  readonly reason: string;
  /** Where in the text the scanner gave up. */
  readonly offset: number;
}

export type Statement =
  | CreateTable
  | AlterTable
  | DropTable
  | RenameTable
  | TruncateTable
  | DatabaseStatement
  | IndexStatement
  | ViewStatement
  | TriggerStatement
  | RoutineStatement
  | SequenceStatement
  | AccountStatement
  | MaintenanceStatement
  | DmlStatement
  | SetStatement
  | TransactionStatement
  | OtherStatement
  | UnknownStatement;
