/**
 * What is done with each class of statement from the log (D3). Documented in docs/ddl.md; what is ignored is
 * counted, never silent.
 */
import type { Statement } from "./statement.ts";

/** The classes that a policy speaks of. */
export type StatementClass =
  | "table"
  | "database"
  | "index"
  | "sequence"
  | "view"
  | "trigger"
  | "routine"
  | "account"
  | "maintenance"
  | "set"
  | "transaction"
  | "dml"
  | "other"
  | "unknown";

/**
 * - `execute`: run downstream as it came, as a barrier;
 * - `ignore`: not run, counted;
 * - `stop`: a named error: a person decides.
 */
export type DdlAction = "execute" | "ignore" | "stop";

export interface DdlRule {
  readonly action: DdlAction;
  readonly why: string;
}

/** The documented default of every class. */
export const DDL_POLICY: Readonly<Record<StatementClass, DdlRule>> = {
  table: { action: "execute", why: "Rows need their tables." },
  database: { action: "execute", why: "Tables need their databases." },
  index: { action: "execute", why: "Keys decide about conflicts and speed." },
  sequence: {
    action: "execute",
    why: "MariaDB's sequences live among the tables, and their numbers are rows of the log.",
  },
  view: {
    action: "ignore",
    why: "A view may name tables that are filtered out, and functions that aren't there; it holds no rows.",
  },
  trigger: {
    action: "ignore",
    why: "What upstream's triggers wrote is in the log as rows; they would write it again.",
  },
  routine: {
    action: "ignore",
    why: "What procedures and events wrote is in the log as rows; events would write it again.",
  },
  account: { action: "ignore", why: "Accounts and rights are a matter of each server; the log holds password hashes." },
  maintenance: {
    action: "ignore",
    why: "ANALYZE, OPTIMIZE, REPAIR and FLUSH change no rows; they are a matter of each server.",
  },
  set: { action: "ignore", why: "Session variables come with each statement." },
  transaction: { action: "ignore", why: "Transactions are put together before statements are looked at." },
  other: { action: "ignore", why: "Known, and without an effect on tables or rows." },
  dml: {
    action: "stop",
    why: "Rows written by a statement may come out differently downstream: binlog_format must be ROW.",
  },
  unknown: { action: "stop", why: "What isn't understood must not be skipped." },
};

/** The class of a statement. */
export function classOf(statement: Statement): StatementClass {
  switch (statement.kind) {
    case "create-table":
    case "alter-table":
    case "drop-table":
    case "rename-table":
    case "truncate-table":
      return "table";
    case "create-database":
    case "alter-database":
    case "drop-database":
      return "database";
    case "create-index":
    case "drop-index":
      return "index";
    case "create-sequence":
    case "alter-sequence":
    case "drop-sequence":
      return "sequence";
    case "create-view":
    case "alter-view":
    case "drop-view":
      return "view";
    case "create-trigger":
    case "drop-trigger":
      return "trigger";
    case "routine":
    case "account":
    case "maintenance":
    case "set":
    case "transaction":
    case "dml":
    case "other":
    case "unknown":
      return statement.kind;
    default:
      return statement satisfies never;
  }
}
