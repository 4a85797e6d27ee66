import { fatal } from "../errors.ts";
import type { DeferredEvent } from "./deferred-rows.ts";
import { unexpectedEvent } from "./event-error.ts";
import type { Gtid } from "./gtid.ts";
import type { LogCursor } from "./log-cursor.ts";
import type { LoggedStatement, RowsChange, TableHandle, Transaction, TransactionPart, XaStep } from "./transaction.ts";

function rowsIn(changes: readonly RowsChange[]): number {
  return changes.reduce((sum, { kind, rows }) => sum + (kind === "update" ? rows.length / 2 : rows.length), 0);
}

type Held = NonNullable<Transaction["heldFrom"]> | null;

/** A savepoint's place in a part that was handed out already. */
const GONE = -1;

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
  /** Bytes of the rows events in `changes`; and of all rows events since the beginning, wanted or not. */
  heldBytes = 0;
  /** Bytes of it in the log, as its GTID event says; 0: it doesn't, or they are few. */
  length = 0;
  rowsBytes = 0;
  /** Parts that were handed out. */
  parts = 0;
  rowCount = 0;
  changes: RowsChange<H>[] = [];
  statement: LoggedStatement | null = null;
  /** Table maps and rows behind a statement, see `withDeferredRows`. */
  deferred: DeferredEvent[] = [];
  /**
   * Of each change the bytes of its rows event, and `rowsBytes` behind it. Used again and again, never cut: a transaction of one row
   * makes nothing here.
   */
  readonly #sizes: number[] = [];
  readonly #ends: number[] = [];
  #savepoints: { readonly name: string; readonly changes: number }[] = [];

  /** Opens it at its first event, which starts at `start`. */
  opened(start: number, gtid: Gtid | null, committedAtUs: number | null): void {
    if (this.open) throw unexpectedEvent("a transaction starts inside another");
    this.open = true;
    this.gtid = gtid;
    this.committedAtUs = committedAtUs;
    this.start = start;
  }

  /** `bytes`: of its rows event. */
  add(change: RowsChange<H>, bytes: number): void {
    this.heldBytes += bytes;
    this.#sizes[this.changes.length] = bytes;
    this.#ends[this.changes.length] = this.rowsBytes;
    // A list made with its first member has room for just that; one that is pushed to, for seventeen.
    if (this.changes.length === 0) this.changes = [change];
    else this.changes.push(change);
    const rows = change.rows.length;
    this.rowCount += change.kind === "update" ? rows / 2 : rows;
  }

  /** There were changes, here or in a part that was handed out. */
  get hasChanges(): boolean {
    return this.parts > 0 || this.changes.length > 0;
  }

  /** The whole transaction, or the last part of it, that ends where the cursor stands. */
  value(timestamp: number, cursor: LogCursor, xa: XaStep | null, heldFrom: Held): Transaction<H> {
    const { parts } = this;
    const bytes = parts > 0 ? this.heldBytes : this.bytes;
    const part = parts === 0 ? null : { number: parts + 1, last: true, through: this.rowsBytes };
    return this.#value(timestamp, cursor, bytes, part, xa, heldFrom);
  }

  /** The first `bytes` of what was gathered (and the rest of that rows event), as a part; they are not kept here. */
  handOut(bytes: number, timestamp: number, cursor: LogCursor, heldFrom: Held): Transaction<H> {
    let count = 0;
    let size = 0;
    while (count < this.changes.length && size < bytes) {
      size += this.#sizes[count] ?? 0;
      count += 1;
    }
    const rest = this.changes.slice(count);
    const all = this.rowCount;
    this.changes.length = count;
    this.rowCount = rowsIn(this.changes);
    this.parts += 1;
    const part = { number: this.parts, last: false, through: this.#ends[count - 1] ?? this.rowsBytes };
    const value = this.#value(timestamp, cursor, size, part, null, heldFrom);
    this.changes = rest;
    this.rowCount = all - this.rowCount;
    this.heldBytes -= size;
    this.#sizes.copyWithin(0, count);
    this.#ends.copyWithin(0, count);
    this.#savepoints = this.#savepoints.map((savepoint) => ({
      name: savepoint.name,
      changes: savepoint.changes < count ? GONE : savepoint.changes - count,
    }));
    return value;
  }

  #value(
    timestamp: number,
    cursor: LogCursor,
    bytes: number,
    part: TransactionPart | null,
    xa: XaStep | null,
    heldFrom: Held,
  ): Transaction<H> {
    return {
      gtid: this.gtid,
      file: cursor.file,
      start: this.start,
      end: cursor.offset,
      timestamp,
      committedAtUs: this.committedAtUs,
      bytes,
      changes: this.changes,
      rowCount: this.rowCount,
      statement: this.statement,
      part,
      xa,
      heldFrom,
    };
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
    this.#undo(this.parts > 0 ? GONE : 0, survives);
  }

  /** The log has no end of it, and it was never committed. */
  cutOff(): void {
    if (this.parts > 0) throw rolledBackParts("was cut off when the upstream went down, and was never committed there");
  }

  #undo(from: number, survives: ((handle: H) => boolean) | undefined): void {
    if (from === GONE)
      throw rolledBackParts(
        "was rolled back (whole, or to a savepoint) after it had changed tables without transactions",
      );
    if (this.changes.length === from) return;
    if (survives === undefined) throw rolledBackChanges();
    const kept = this.changes.flatMap((change, index) => (index < from || survives(change.handle) ? [index] : []));
    const { changes } = this;
    this.changes = kept.flatMap((index) => changes[index] ?? []);
    this.heldBytes = 0;
    for (const [index, before] of kept.entries()) {
      this.#ends[index] = this.#ends[before] ?? this.rowsBytes;
      this.#sizes[index] = this.#sizes[before] ?? 0;
      this.heldBytes += this.#sizes[index];
    }
    this.rowCount = rowsIn(this.changes);
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
    this.heldBytes = 0;
    this.length = 0;
    this.rowsBytes = 0;
    this.parts = 0;
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

/**
 * What was handed out can't be taken back here. A rollback is only logged when tables without transactions were changed too: which of
 * the changes stayed can't be sorted out in hindsight.
 */
function rolledBackParts(what: string): Error {
  return fatal("large_rollback", `A transaction that is too large to be held in memory ${what}.`, {
    stage: "decode",
    hint: "Raise apply.streamTransactionsOver above the transaction's size for as long as it takes to get past it.",
  });
}
