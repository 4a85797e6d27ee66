import type { Gtid } from "./gtid.ts";
import type { Row } from "./value.ts";
import type { TableMap } from "./table-map.ts";

/**
 * What the decoder must know of a column that the log itself may not say (MySQL before 8.0 and MariaDB
 * by default log neither signedness nor charset nor names). What the log does say wins.
 */
export interface ColumnHint {
  readonly name: string;
  readonly unsigned: boolean;
  /** Charset of a text column (`utf8mb4`, `latin1`, `binary`, …); null for other types. */
  readonly charset: string | null;
  /** Set for MariaDB's own types, which the log shows as BINARY: `inet4`, `inet6`, `uuid`; else null. */
  readonly special: "inet4" | "inet6" | "uuid" | null;
}

/** Whatever the caller knows of a table; the decoder only looks at the columns and hands it back with each change. */
export interface TableHandle {
  readonly columns: readonly ColumnHint[];
}

/**
 * Asked once per table map: the handle of a table whose rows are wanted, or null for one whose rows
 * are not to be decoded. Throws a named error when table and table map don't match.
 */
export type TableResolver<H extends TableHandle> = (map: TableMap) => H | null;

export type RowsKind = "insert" | "update" | "delete";

/** The rows of one rows event. */
export interface RowsChange<H extends TableHandle = TableHandle> {
  readonly kind: RowsKind;
  readonly handle: H;
  readonly map: TableMap;
  /** Insert: after images. Delete: before images. Update: before, after, before, after, … */
  readonly rows: readonly Row[];
  /** True when every row holds every column, before and after (binlog_row_image=FULL). */
  readonly full: boolean;
  /** NO_FOREIGN_KEY_CHECKS_F of the event's flags. */
  readonly foreignKeyChecksOff: boolean;
}

/** A statement from the log with the session that it ran in (Query event). */
export interface LoggedStatement {
  readonly sql: string;
  /**
   * Only there when the client's charset isn't UTF-8 and the statement isn't plain ASCII: the statement
   * as logged, in the charset of `context.charset[0]`. `sql` is then its reading byte for byte (latin1),
   * good for keywords and messages; whoever runs it, or takes names from it, goes by the bytes or refuses.
   */
  readonly bytes?: Buffer;
  /** The error with which the statement ended on the upstream after it had changed something; 0: none. */
  readonly errorCode?: number;
  /** The default database, or "" when there was none. */
  readonly database: string;
  readonly context: StatementContext;
}

/** The session variables that a Query event carries; undefined where the event doesn't say. Names as in the manual. */
export interface StatementContext {
  /** Seconds since 1970, with microseconds as the fraction where logged: for SET TIMESTAMP. */
  readonly timestamp: number;
  readonly sqlMode: bigint | undefined;
  readonly foreignKeyChecks: boolean | undefined;
  readonly uniqueChecks: boolean | undefined;
  readonly autoIsNull: boolean | undefined;
  readonly timeZone: string | undefined;
  /** Collation numbers: character_set_client, collation_connection, collation_server. */
  readonly charset: readonly [client: number, connection: number, server: number] | undefined;
  readonly databaseCollation: number | undefined;
  readonly autoIncrement: readonly [increment: number, offset: number] | undefined;
  readonly lcTimeNames: number | undefined;
  /** MySQL 8: default_collation_for_utf8mb4. */
  readonly defaultCollationForUtf8mb4: number | undefined;
  readonly explicitDefaultsForTimestamp: boolean | undefined;
  readonly sqlRequirePrimaryKey: boolean | undefined;
  /** MySQL 8.0.16+: default_table_encryption. */
  readonly defaultTableEncryption?: boolean | undefined;
  /** MariaDB 11.2+: character_set_collations, as pairs of collation numbers (charset's own default, the one to take). */
  readonly characterSetCollations?: readonly (readonly [charset: number, collation: number])[] | undefined;
}

/**
 * A whole transaction of the upstream, whatever its clothes in the log. Only its end is a place where a
 * checkpoint may stand.
 */
export interface Transaction<H extends TableHandle = TableHandle> {
  /** null in anonymous transactions (gtid_mode=OFF). */
  readonly gtid: Gtid | null;
  /** The binlog file that holds it, and the offsets where it starts and where the next one starts. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** Header timestamp of its last event, seconds since 1970 by the upstream's clock. */
  readonly timestamp: number;
  /** When it was committed on the upstream, microseconds since 1970 (MySQL 8+); null where not logged. */
  readonly committedAtUs: number | null;
  /** Bytes it takes in the log. */
  readonly bytes: number;
  readonly changes: readonly RowsChange<H>[];
  /** Row changes in `changes`: an update counts once. */
  readonly rowCount: number;
  /**
   * A DDL (or other statement that the log carries as text); else null. It stands alone, `changes` being
   * empty, but for CREATE TABLE … SELECT, which MySQL 8.0.21+ and MariaDB log as one transaction: the
   * statement (creating an empty table) comes first, then the changes, which are only
   * decoded when they are first asked for: after the statement was executed, before the next event is pushed.
   */
  readonly statement: LoggedStatement | null;
  /** Set when the transaction is handed out in parts; null or absent: this is all of it. */
  readonly part?: TransactionPart | null;
  /** What an XA transaction's prepare or end means for the checkpoint; null or absent in all others. */
  readonly xa?: XaStep | null;
  /**
   * While XA transactions are prepared and not ended: where the oldest one's log starts. A restart must
   * read from there, or their changes are missing at XA COMMIT (`xa_prepare_missed`). Null or absent: none is.
   */
  readonly heldFrom?: { readonly file: string; readonly offset: number } | null;
}

/**
 * A transaction that is larger than the assembler's `streamBytes` is handed out while it is read, in parts: values with the
 * same GTID and start, each with its own `changes`, `rowCount` and `bytes` (of its rows events, inflated); `end` is where its last
 * event ends. Only the last one's end is a place where a checkpoint may stand; when reading begins anew before it came, all of
 * them come again.
 */
export interface TransactionPart {
  /** Counts from 1. */
  readonly number: number;
  readonly last: boolean;
  /**
   * Bytes of the transaction's rows events up to the end of this part, of all tables, inflated: a place inside the
   * transaction, the same each time it is read from the same server, whatever the filter and the parts' size are.
   */
  readonly through: number;
}

/** Whether the transaction's end is known: it is whole, or the last of its parts. */
export function isEnded({ part }: Pick<Transaction, "part">): boolean {
  return part === undefined || part === null || part.last;
}

/**
 * One step of an XA transaction in two phases. `prepared`: nothing to apply yet (`changes` is empty), the
 * changes are held by the assembler. `committed`: `changes` are those of the prepare. `rolledBack`: they are
 * dropped. With MySQL GTIDs a checkpoint's set should hold `prepareGtid` only from the end on: then the
 * server itself sends the prepare again after a restart.
 */
export interface XaStep {
  readonly step: "prepared" | "committed" | "rolledBack";
  /** The XID as logged: `X'6731',X'',1`. */
  readonly xid: string;
  readonly prepareGtid: Gtid | null;
}

/**
 * When it was committed on the upstream, where the log says so, else its header's time (which a session can set, and which is the
 * statement's beginning), seconds since 1970 by the upstream's clock; null for one that only moves the position.
 */
export function transactionTime(transaction: Pick<Transaction, "timestamp" | "committedAtUs">): number | null {
  const { timestamp, committedAtUs } = transaction;
  if (committedAtUs !== null && committedAtUs > 0) return committedAtUs / 1e6;
  return timestamp > 0 ? timestamp : null;
}
