/**
 * What each statement of the log does to the transaction that it stands in.
 */
import type { AssemblerOptions } from "./assembler.ts";
import { statementFormat, unexpectedEvent } from "./event-error.ts";
import type { StatementKind } from "./statement-kind.ts";
import type { TableCache } from "./table-cache.ts";
import type { LoggedStatement, TableHandle, XaStep } from "./transaction.ts";
import type { TransactionBuilder } from "./transaction-builder.ts";
import type { XaHold } from "./xa.ts";

/** Whether a statement ends its transaction; an XA step: it does, and so. */
export type Ends = "yes" | "no" | XaStep;

export class StatementRules<H extends TableHandle> {
  /** An Intvar, Rand or User_var was seen: the next statement uses it, so it is in statement format. */
  variables = false;
  readonly #building: TransactionBuilder<H>;
  readonly #held: XaHold<H>;
  readonly #tables: TableCache<H>;
  readonly #options: Pick<AssemblerOptions<H>, "dropStatement" | "survivesRollback">;

  constructor(
    building: TransactionBuilder<H>,
    held: XaHold<H>,
    tables: TableCache<H>,
    options: Pick<AssemblerOptions<H>, "dropStatement" | "survivesRollback">,
  ) {
    this.#building = building;
    this.#held = held;
    this.#tables = tables;
    this.#options = options;
  }

  /** Takes in a statement of the open transaction. @throws `statement_format`, `rolled_back_changes`, `xa_prepare_missed`, `unexpected_event` */
  take(statement: LoggedStatement, kind: StatementKind): Ends {
    const building = this.#building;
    switch (kind.kind) {
      case "begin":
      case "xa-start":
        building.begun = true;
        building.xa = kind.kind === "xa-start";
        return "no";
      case "commit":
        return "yes";
      case "rollback":
        building.rollback(this.#options.survivesRollback);
        return "yes";
      case "savepoint":
        building.savepoint(kind.name);
        return "no";
      case "rollback-to":
        building.rollbackTo(kind.name, this.#options.survivesRollback);
        return "no";
      case "release":
        building.release(kind.name);
        return "no";
      case "xa-commit":
      case "xa-rollback":
        return this.#xaEnd(kind, statement.sql);
      case "xa-end":
      case "xa-prepare":
        return "no";
      case "nothing":
        // Comments only: what a server puts in the place of an event that an old replica can't read.
        return building.open && !building.begun ? "yes" : "no";
      case "change":
        return this.#change(statement, kind.verb);
      case "temporary-table":
      case "other":
        return this.#ownStatement(statement, kind.kind === "temporary-table");
      default:
        return kind satisfies never;
    }
  }

  #change(statement: LoggedStatement, verb: string): "yes" | "no" {
    if (this.#options.dropStatement?.(statement.database, statement.sql) !== true)
      throw statementFormat(verb, statement.database);
    this.variables = false;
    return this.#building.begun ? "no" : "yes";
  }

  /** DDL and everything else that is handed on as text. */
  #ownStatement(statement: LoggedStatement, temporary: boolean): "yes" | "no" {
    const building = this.#building;
    if (this.variables)
      throw statementFormat("a statement with session variables or random numbers", statement.database);
    // What it changes may be what the next table map's rows mean.
    this.#tables.forget();
    const alone = !building.hasChanges && building.statement === null;
    // No rows of a temporary table are ever logged in row format: it is not needed downstream.
    if (building.begun && temporary) return "no";
    if (!alone) throw unexpectedEvent("a statement in the middle of a transaction");
    if (!building.skipStatement) building.statement = building.begun ? withoutStart(statement) : statement;
    return building.begun ? "no" : "yes";
  }

  /** MariaDB before 10.5 logs an XA transaction whole, at its commit: then its changes stand in front of it. */
  #xaEnd(kind: { readonly kind: "xa-commit" | "xa-rollback"; readonly xid: string }, sql: string): Ends {
    const building = this.#building;
    const commits = kind.kind === "xa-commit";
    if (building.begun && building.hasChanges) {
      if (!commits) building.rollback(this.#options.survivesRollback);
      return "yes";
    }
    const { gtid, changes, rowCount } = this.#held.end(kind.xid, sql);
    if (commits) {
      building.changes = [...changes];
      building.rowCount = rowCount;
    }
    return { step: commits ? "committed" : "rolledBack", xid: kind.xid, prepareGtid: gtid };
  }
}

/**
 * MySQL 8.0.21+ logs CREATE TABLE … SELECT as a CREATE TABLE that ends in START TRANSACTION and rows behind
 * it. That end is for its own replica, and an error for every other server.
 */
function withoutStart(statement: LoggedStatement): LoggedStatement {
  const end = " START TRANSACTION";
  return statement.sql.endsWith(end) ? { ...statement, sql: statement.sql.slice(0, -end.length) } : statement;
}
