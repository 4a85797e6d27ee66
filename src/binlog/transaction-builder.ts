import { fatal } from "../errors.ts";
import type { DeferredEvent } from "./deferred-rows.ts";
import { unexpectedEvent } from "./event-error.ts";
import type { Gtid } from "./gtid.ts";
import type { LoggedStatement, RowsChange, TableHandle } from "./transaction.ts";

/**
 * What was gathered of the transaction that is being read; one per assembler, used again and again
 * (hot path: a transaction of one row makes its list and its value, nothing else).
 *
 * States: closed → open (its first event was seen) → begun (changes may follow, an end must).
 */
export class TransactionBuilder<H extends TableHandle> {
  open = false;
  begun = false;
  /** MariaDB: the group is one statement. */
  standalone = false;
  /** Rows without BEGIN: the end of their statement ends it. */
  bare = false;
  /** MariaDB: the statement of this group is not to be run, see `unfinishedAlter`. */
  skipStatement = false;
  /** XA START was seen, or MariaDB's flag for it. */
  xa = false;
  gtid: Gtid | null = null;
  committedAtUs: number | null = null;
  start = 0;
  bytes = 0;
  rowCount = 0;
  changes: RowsChange<H>[] = [];
  statement: LoggedStatement | null = null;
  /** Table maps and rows behind a statement, see `withDeferredRows`. */
  deferred: DeferredEvent[] = [];
  #savepoints: { readonly name: string; readonly changes: number }[] = [];

  /** Opens it at its first event, which starts at `start`. */
  opened(start: number, gtid: Gtid | null, committedAtUs: number | null): void {
    if (this.open) throw unexpectedEvent("a transaction starts inside another");
    this.open = true;
    this.gtid = gtid;
    this.committedAtUs = committedAtUs;
    this.start = start;
  }

  add(change: RowsChange<H>): void {
    // A list made with its first member has room for just that; one that is pushed to, for seventeen.
    if (this.changes.length === 0) this.changes = [change];
    else this.changes.push(change);
    const rows = change.rows.length;
    this.rowCount += change.kind === "update" ? rows / 2 : rows;
  }

  defer(type: number, body: Buffer): void {
    this.deferred.push({ type, body: Buffer.from(body) });
  }

  savepoint(name: string): void {
    this.release(name);
    this.#savepoints.push({ name, changes: this.changes.length });
  }

  release(name: string): void {
    this.#savepoints = this.#savepoints.filter((savepoint) => savepoint.name !== name);
  }

  /**
   * ROLLBACK TO is only logged when changes behind the savepoint can't be undone on the upstream (tables
   * without transactions): those stay, the others go.
   */
  rollbackTo(name: string, survives: ((handle: H) => boolean) | undefined): void {
    const index = this.#savepoints.findIndex((savepoint) => savepoint.name === name);
    const savepoint = this.#savepoints[index];
    if (savepoint === undefined) throw unexpectedEvent(`ROLLBACK TO a savepoint ${name} that was not set`);
    this.#savepoints.length = index + 1;
    this.#undo(savepoint.changes, survives);
  }

  /** ROLLBACK at the end: logged for the same reason, with the same effect. */
  rollback(survives: ((handle: H) => boolean) | undefined): void {
    if (this.statement !== null) throw unexpectedEvent("a statement that was rolled back");
    this.#undo(0, survives);
  }

  #undo(from: number, survives: ((handle: H) => boolean) | undefined): void {
    if (this.changes.length === from) return;
    if (survives === undefined) throw rolledBackChanges();
    this.changes = this.changes.filter((change, index) => index < from || survives(change.handle));
    this.rowCount = this.changes.reduce(
      (sum, { kind, rows }) => sum + (kind === "update" ? rows.length / 2 : rows.length),
      0,
    );
  }

  /** Ready for the next one; the list of changes was handed on and is not touched any more. */
  close(): void {
    this.open = false;
    this.begun = false;
    this.standalone = false;
    this.bare = false;
    this.skipStatement = false;
    this.xa = false;
    this.gtid = null;
    this.committedAtUs = null;
    this.bytes = 0;
    this.rowCount = 0;
    this.changes = [];
    this.statement = null;
    if (this.deferred.length > 0) this.deferred = [];
    if (this.#savepoints.length > 0) this.#savepoints = [];
  }
}

function rolledBackChanges(): Error {
  return fatal(
    "rolled_back_changes",
    "The log holds a transaction that was rolled back after it had changed tables without transactions.",
    {
      stage: "decode",
      hint: "Which of its changes stayed depends on the tables' engines, which are not known here: compare its tables on both sides, then skip it.",
    },
  );
}
