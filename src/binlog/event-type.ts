/**
 * The types of events in a binary log, both flavours (MySQL: `enum Log_event_type` of
 * libs/mysql/binlog/event/binlog_event.h; MariaDB: sql/log_event.h, its own from 160 on).
 *
 * What the assembler does with each:
 * - `file`: about the log file or the stream, not part of a transaction;
 * - `start`: opens a transaction; `body`: part of one; `end`: ends one; `query`: any of these, by its text;
 * - `pass`: carries nothing that is to be applied;
 * - `statement`: part of a statement in statement format (only where the statement is filtered);
 * - `refuse`: can't be applied, a named error.
 */
export type EventRole = "file" | "start" | "body" | "end" | "query" | "pass" | "statement" | "refuse";

export interface EventTypeRow {
  readonly code: number;
  /** Name as SHOW BINLOG EVENTS or mysqlbinlog print it. */
  readonly name: string;
  readonly role: EventRole;
}

/** One row per type, up to MySQL 26.7 and MariaDB 12.3; a code that isn't here is unknown: skipped when it carries LOG_EVENT_IGNORABLE_F, else an error. */
export const eventTypes: readonly EventTypeRow[] = [
  { code: 1, name: "Start_v3", role: "refuse" },
  { code: 2, name: "Query", role: "query" },
  { code: 3, name: "Stop", role: "file" },
  { code: 4, name: "Rotate", role: "file" },
  { code: 5, name: "Intvar", role: "statement" },
  { code: 6, name: "Load", role: "refuse" },
  // Of replicas that run MySQL 3.23.
  { code: 7, name: "Slave", role: "refuse" },
  { code: 8, name: "Create_file", role: "refuse" },
  { code: 9, name: "Append_block", role: "statement" },
  { code: 10, name: "Exec_load", role: "refuse" },
  { code: 11, name: "Delete_file", role: "statement" },
  { code: 12, name: "New_load", role: "refuse" },
  { code: 13, name: "Rand", role: "statement" },
  { code: 14, name: "User_var", role: "statement" },
  { code: 15, name: "Format_desc", role: "file" },
  { code: 16, name: "Xid", role: "end" },
  { code: 17, name: "Begin_load_query", role: "statement" },
  { code: 18, name: "Execute_load_query", role: "query" },
  { code: 19, name: "Table_map", role: "body" },
  // Rows events of MySQL 5.1 before its release: never written by a released server.
  { code: 20, name: "Write_rows_v0", role: "refuse" },
  { code: 21, name: "Update_rows_v0", role: "refuse" },
  { code: 22, name: "Delete_rows_v0", role: "refuse" },
  { code: 23, name: "Write_rows_v1", role: "body" },
  { code: 24, name: "Update_rows_v1", role: "body" },
  { code: 25, name: "Delete_rows_v1", role: "body" },
  { code: 26, name: "Incident", role: "refuse" },
  { code: 27, name: "Heartbeat", role: "file" },
  { code: 28, name: "Ignorable", role: "pass" },
  { code: 29, name: "Rows_query", role: "pass" },
  { code: 30, name: "Write_rows", role: "body" },
  { code: 31, name: "Update_rows", role: "body" },
  { code: 32, name: "Delete_rows", role: "body" },
  { code: 33, name: "Gtid", role: "start" },
  { code: 34, name: "Anonymous_Gtid", role: "start" },
  { code: 35, name: "Previous_gtids", role: "file" },
  { code: 36, name: "Transaction_context", role: "pass" },
  { code: 37, name: "View_change", role: "pass" },
  { code: 38, name: "XA_prepare", role: "end" },
  { code: 39, name: "Update_rows_partial", role: "body" },
  { code: 40, name: "Transaction_payload", role: "body" },
  { code: 41, name: "Heartbeat_v2", role: "file" },
  { code: 42, name: "Gtid_tagged", role: "start" },
  { code: 160, name: "Annotate_rows", role: "pass" },
  { code: 161, name: "Binlog_checkpoint", role: "file" },
  { code: 162, name: "Gtid (MariaDB)", role: "start" },
  { code: 163, name: "Gtid_list", role: "file" },
  { code: 164, name: "Start_encryption", role: "file" },
  { code: 165, name: "Query_compressed", role: "query" },
  { code: 166, name: "Write_rows_compressed_v1", role: "body" },
  { code: 167, name: "Update_rows_compressed_v1", role: "body" },
  { code: 168, name: "Delete_rows_compressed_v1", role: "body" },
  { code: 169, name: "Write_rows_compressed", role: "body" },
  { code: 170, name: "Update_rows_compressed", role: "body" },
  { code: 171, name: "Delete_rows_compressed", role: "body" },
  // MariaDB 12.3 (MDEV-32570): a fragment of a rows event.
  { code: 172, name: "Partial_rows", role: "refuse" },
];

const byCode: readonly (EventTypeRow | undefined)[] = tableByCode();

/** The row of a type code, or undefined for a type that no known server writes. */
export function eventType(code: number): EventTypeRow | undefined {
  return byCode[code];
}

/** `Write_rows`, or `type 100` where the type is unknown: for messages. */
export function eventTypeName(code: number): string {
  return byCode[code]?.name ?? `type ${code}`;
}

function tableByCode(): (EventTypeRow | undefined)[] {
  const table: (EventTypeRow | undefined)[] = Array.from({ length: 256 }, () => undefined);
  for (const row of eventTypes) table[row.code] = row;
  return table;
}

/** Whether an event holds rows, compressed or not. */
export function isRows(type: number): boolean {
  return (
    (type >= WRITE_ROWS && type <= DELETE_ROWS) ||
    (type >= WRITE_ROWS_V1 && type <= DELETE_ROWS_V1) ||
    type === PARTIAL_UPDATE_ROWS ||
    (type >= WRITE_ROWS_COMPRESSED_V1 && type <= DELETE_ROWS_COMPRESSED)
  );
}

/** The codes that the code names. */
export const QUERY = 2;
export const STOP = 3;
export const ROTATE = 4;
export const FORMAT_DESCRIPTION = 15;
export const XID = 16;
export const EXECUTE_LOAD_QUERY = 18;
export const TABLE_MAP = 19;
export const WRITE_ROWS_V1 = 23;
export const UPDATE_ROWS_V1 = 24;
export const DELETE_ROWS_V1 = 25;
export const INCIDENT = 26;
export const HEARTBEAT = 27;
export const WRITE_ROWS = 30;
export const UPDATE_ROWS = 31;
export const DELETE_ROWS = 32;
export const GTID = 33;
export const ANONYMOUS_GTID = 34;
export const PREVIOUS_GTIDS = 35;
export const XA_PREPARE = 38;
export const PARTIAL_UPDATE_ROWS = 39;
export const TRANSACTION_PAYLOAD = 40;
export const HEARTBEAT_V2 = 41;
export const GTID_TAGGED = 42;
export const MARIADB_GTID = 162;
export const MARIADB_GTID_LIST = 163;
export const START_ENCRYPTION = 164;
export const QUERY_COMPRESSED = 165;
export const WRITE_ROWS_COMPRESSED_V1 = 166;
export const DELETE_ROWS_COMPRESSED_V1 = 168;
export const WRITE_ROWS_COMPRESSED = 169;
export const DELETE_ROWS_COMPRESSED = 171;
export const PARTIAL_ROWS = 172;
