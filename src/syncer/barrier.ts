/**
 * A statement of the log, in its place among the row changes: everything before it is settled and saved, then it is
 * executed with its intent written down, and only then does anything behind it begin.
 */
import type { Batch } from "../applier/batch.ts";
import { ddlLockName, executeDdl, fingerprint, waitForEarlierDdl, type Ddl } from "../applier/ddl.ts";
import type { ExecutionErrors } from "../applier/execution-errors.ts";
import type { Ledger } from "../applier/ledger.ts";
import type { Scheduler } from "../applier/scheduler.ts";
import type { TargetTable } from "../applier/target.ts";
import { gtidText } from "../binlog/gtid.ts";
import { positionText } from "../binlog/position.ts";
import type { LoggedStatement, Transaction } from "../binlog/transaction.ts";
import type { FlushWorker } from "../checkpoint/flush.ts";
import type { Intent } from "../checkpoint/rows.ts";
import type { Store, StoredState } from "../checkpoint/store.ts";
import { fatal, type TidemarkError } from "../errors.ts";
import { around, opening } from "../faults.ts";
import type { Log } from "../log.ts";
import type { Connection } from "../mysql/connection.ts";
import { planStatement, type StatementPlan } from "../routing/statement-plan.ts";
import type { WantedTable } from "../schema/read-structures.ts";
import { scanStatement, type Statement } from "../schema/scan.ts";
import type { DownstreamFacts, Prepared } from "./prepare.ts";
import type { SyncerOptions } from "./options.ts";

export interface BarrierOptions {
  readonly options: Pick<
    SyncerOptions,
    "doors" | "task" | "downstream" | "kill" | "clock" | "log" | "counters" | "onPhase"
  >;
  readonly prepared: Pick<Prepared, "upstream" | "filter" | "tracker" | "tables"> & {
    readonly downstream: Pick<DownstreamFacts, "server">;
    readonly stored: Pick<StoredState, "intent">;
  };
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly ledger: Ledger;
  readonly flush: Pick<FlushWorker, "flush">;
  readonly errors: Pick<ExecutionErrors, "first" | "signal">;
  /** The reader decodes anew what it has cached of tables. */
  readonly forgetTables: () => void;
  readonly log: Log;
}

/** Carries out one statement transaction after the other. */
export class Barrier {
  readonly #options: BarrierOptions;
  /** What the last session may have left half done; looked at once. */
  #pending: Intent | null;

  constructor(options: BarrierOptions) {
    this.#options = options;
    this.#pending = options.prepared.stored.intent;
  }

  /** Resolves when the statement (and the rows that it may carry, CREATE TABLE … SELECT) is taken care of. */
  async take(transaction: Transaction<TargetTable>): Promise<void> {
    const { prepared, scheduler, options } = this.#options;
    const { faults } = options.doors;
    const { statement: logged } = transaction;
    if (logged === null) return;
    const statement = scanStatement(logged.sql, {
      sqlMode: logged.context.sqlMode ?? 0n,
      flavour: prepared.upstream.flavour,
    });
    const plan = planStatement({
      statement,
      sql: logged.sql,
      defaultDatabase: logged.database,
      filter: prepared.filter,
      tablesOf: (database) => prepared.tracker.tablesOf(database).filter((t) => prepared.filter(t.database, t.table)),
    });
    if (plan.action === "ignore") {
      options.counters.statementsIgnored += 1;
      options.log.debug({ statement: logged.sql, why: plan.why }, "statement ignored");
      await around(faults, "ddl.ignored", async () => scheduler.add({ ...transaction, statement: null }));
      return;
    }
    options.onPhase("ddl");
    await around(faults, "ddl.drain", () => scheduler.drain());
    if (this.#options.ledger.isHeld) throw duringXa(logged.sql);
    await around(faults, "ddl.saveBefore", () => this.#options.flush.flush());
    await this.#execute(transaction, logged, statement, plan);
    options.counters.statementsExecuted += 1;
  }

  async #execute(
    transaction: Transaction<TargetTable>,
    logged: LoggedStatement,
    statement: Statement,
    plan: Extract<StatementPlan, { action: "execute" }>,
  ): Promise<void> {
    const { options, prepared, store, log } = this.#options;
    const position = positionText({ file: transaction.file, offset: transaction.end });
    const { faults } = options.doors;
    const connection = await opening(faults, "ddl.connect", () =>
      options.doors.connect(options.downstream, options.kill, { stage: "ddl", clock: options.clock }),
    );
    const destroy = (): void => connection.destroy();
    options.kill.addEventListener("abort", destroy, { once: true });
    try {
      const ddl: Ddl = {
        logged,
        sql: plan.sql,
        defaultDatabase: plan.defaultDatabase,
        tables: plan.tables,
        statement,
        upstream: prepared.upstream.flavour,
        downstream: prepared.downstream.server.flavour,
        lockName: ddlLockName(options.downstream.metaSchema, options.task),
        faults,
      };
      // Before the lock: were we frozen with it, whoever takes over must be able to end this connection.
      await around(faults, "ddl.register", () => store.register(connection.threadId));
      await this.#untilEarlierDdlEnds(connection, ddl);
      const intended = this.#intended(transaction);
      // Also when it stands there already: a session that was taken over meanwhile must not get past this line.
      const intent = await this.#intent(connection, transaction, ddl, intended);
      await around(faults, "ddl.intend", () => store.intend(intent));
      log.info({ position, statement: plan.sql, again: intended !== null }, "executing a statement");
      const proof = await executeDdl(connection, ddl, intended, () => this.#refused(intent));
      await this.#settle(connection, transaction, statement, logged, (batch) => {
        this.#options.ledger.settleStatement(batch, proof);
      });
    } finally {
      options.kill.removeEventListener("abort", destroy);
      try {
        await around(faults, "ddl.close", () => connection.close());
      } finally {
        connection.destroy();
        store.unregister(connection.threadId);
      }
    }
  }

  /** That may take as long as a DDL takes: a session that is over, its lease lost, waits no longer. Nothing has begun yet. */
  async #untilEarlierDdlEnds(connection: Connection, ddl: Ddl): Promise<void> {
    const { errors } = this.#options;
    const giveUp = (): void => connection.destroy();
    errors.signal.addEventListener("abort", giveUp, { once: true });
    try {
      if (errors.first === null) await waitForEarlierDdl(connection, ddl);
    } catch (thrown) {
      throw errors.first?.error ?? thrown;
    } finally {
      errors.signal.removeEventListener("abort", giveUp);
    }
    if (errors.first !== null) throw errors.first.error;
  }

  /** What was refused is written down as such: nobody need wonder then whether it took effect. */
  async #refused(intent: Intent): Promise<void> {
    const { store, log, options } = this.#options;
    try {
      await around(options.doors.faults, "ddl.refused", () => store.intend({ ...intent, refused: true }));
    } catch (error) {
      log.warn({ err: error }, "that a statement was refused could not be written down");
    }
  }

  /** What was written down before this very statement, if it was not done with then. */
  #intended(transaction: Transaction<TargetTable>): Intent | null {
    const pending = this.#pending;
    this.#pending = null;
    if (pending === null) return null;
    if (transaction.gtid !== null && pending.gtid !== "") {
      return pending.gtid === gtidText(transaction.gtid) ? pending : null;
    }
    const same = pending.file === transaction.file && pending.offset === transaction.end;
    return same ? pending : null;
  }

  async #intent(
    connection: Connection,
    transaction: Transaction<TargetTable>,
    ddl: Ddl,
    intended: Intent | null,
  ): Promise<Intent> {
    return {
      file: transaction.file,
      offset: transaction.end,
      gtid: transaction.gtid === null ? "" : gtidText(transaction.gtid),
      statement: ddl.sql,
      beforeFingerprint: intended?.beforeFingerprint ?? (await fingerprint(connection, ddl)),
      refused: false,
    };
  }

  /** The structures after the statement are read and tracked, and stored with the checkpoint behind it. */
  async #settle(
    connection: Connection,
    transaction: Transaction<TargetTable>,
    statement: Statement,
    logged: LoggedStatement,
    settle: (batch: Batch) => void,
  ): Promise<void> {
    const { prepared, scheduler, store, flush, forgetTables, options } = this.#options;
    const { faults } = options.doors;
    const { tables, tracker, filter } = prepared;
    const named = namedTables(statement, logged.database);
    const read = await around(faults, "ddl.affected", () => this.#affected(connection, statement, logged, named));
    const again = [...read, ...tables.childrenOf(read)];
    await around(faults, "ddl.readTables", () => tables.readAgain(connection, again));
    const changes = tracker.apply(
      statement,
      logged.database,
      (database, table) => tables.downstreamOf(database, table),
      filter,
    );
    forgetTables();
    const changed = changes.flatMap((change) => (change.kind === "put" ? [change.structure] : []));
    const gone = changes.flatMap((change) => (change.kind === "remove" ? [change] : []));
    if (transaction.changes.length > 0) {
      // CREATE TABLE … SELECT in one transaction: its end is reached when its rows are applied as well.
      store.stage({ sequence: scheduler.nextSequence, changed, gone });
      await around(faults, "ddl.rows", async () => scheduler.add({ ...transaction, statement: null }));
      return;
    }
    const batch = scheduler.statement(transaction);
    store.stage({ sequence: batch.sequence, changed, gone });
    settle(batch);
    await around(faults, "ddl.saveBehind", () => flush.flush());
  }

  /** The tables whose structure the statement may have changed. */
  async #affected(
    connection: Connection,
    statement: Statement,
    logged: LoggedStatement,
    named: readonly WantedTable[],
  ): Promise<readonly WantedTable[]> {
    if (!("database" in statement)) return named;
    const database = statement.database ?? logged.database;
    const known = this.#options.prepared.tables.downstreamTables.filter((table) => table.database === database);
    const now = await this.#options.options.doors.readStructures(connection, (inDatabase) => inDatabase === database);
    return [...known, ...now];
  }
}

/** The checkpoint can't get past the prepare, and a DDL is only done once a checkpoint stands behind it. */
function duringXa(sql: string): TidemarkError {
  return fatal("ddl_during_xa", `A DDL comes while an XA transaction is prepared and not ended: ${sql.slice(0, 200)}`, {
    stage: "ddl",
    hint: "End the prepared transactions upstream (XA RECOVER lists them) before they meet a DDL, or read the upstream by MySQL GTIDs, where this is no obstacle.",
  });
}

function namedTables(statement: Statement, database: string): WantedTable[] {
  return statement.tables.map((name) => ({ database: name.database ?? database, table: name.table }));
}
