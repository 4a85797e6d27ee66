/**
 * A contiguous run of whole upstream transactions, applied by one worker in one downstream transaction. A large transaction
 * (one that comes in parts) has a batch of its own, or several when the task lets it be cut.
 */
import type { GtidSet } from "../binlog/gtid.ts";
import { isEnded, transactionTime, type RowsChange, type Transaction } from "../binlog/transaction.ts";
import { GtidRuns } from "./applied-gtids.ts";
import type { PartStream } from "./part-stream.ts";
import type { TargetTable } from "./target.ts";

export type BatchState = "open" | "waiting" | "running" | "settled";

/** A place in the upstream's log, without the GTID set that belongs to it. */
export interface Coordinates {
  readonly file: string;
  readonly offset: number;
}

export class Batch {
  /** Counts from 1 in each session, without gaps. */
  readonly sequence: number;
  readonly start: Coordinates;
  readonly changes: RowsChange<TargetTable>[] = [];
  /** Hashes of the keys that this batch was the last to touch when they were added. */
  readonly keys: number[] = [];
  /** Unfinished batches that must be committed first, and those that wait for this one. */
  readonly waitsFor = new Set<Batch>();
  readonly awaitedBy = new Set<Batch>();
  state: BatchState = "open";
  transactions = 0;
  rows = 0;
  inserted = 0;
  updated = 0;
  deleted = 0;
  bytes = 0;
  /** Where the changes of a large transaction come from, while it is read; null: they are all here. */
  readonly stream: PartStream | null;
  /** How far it goes into a large transaction that is cut (see `TransactionPart.through`); null: to its end. */
  through: number | null = null;
  /** When its last transaction was committed upstream, seconds; 0: not known. */
  timestamp = 0;
  /** Holds the prepare of an XA transaction, and where behind its last transaction a restart must read from because of one. */
  prepares = false;
  heldFrom: Coordinates | null = null;
  readonly #gtids: GtidSet;
  readonly #runs = new GtidRuns();
  #end: Coordinates;
  #content: "nothing" | "statement" | "rows" = "nothing";

  constructor(sequence: number, start: Coordinates, gtids: GtidSet, stream: PartStream | null = null) {
    this.sequence = sequence;
    this.stream = stream;
    if (stream !== null) this.#content = "rows";
    this.start = start;
    this.#end = start;
    this.#gtids = gtids;
  }

  /** Where the next batch starts. */
  get end(): Coordinates {
    return this.#end;
  }

  /** The GTIDs of its transactions; to be read only. */
  get gtids(): GtidSet {
    return this.#gtids;
  }

  /** The same as text, for its row downstream: exactly its own, on MariaDB too. */
  get gtidText(): string {
    return this.#gtids.flavour === "mariadb" ? this.#runs.toString() : this.#gtids.toString();
  }

  /** What there is to execute downstream: nothing in empty and filtered transactions, a DDL, or row changes. */
  get content(): "nothing" | "statement" | "rows" {
    return this.#content;
  }

  /** The rows are applied (or never will be by us) and not needed any more. */
  letGo(): void {
    this.changes.length = 0;
    this.keys.length = 0;
  }

  /**
   * Adds a whole transaction; `skipChanges` when an earlier session has applied it already. `byGtid`: a restart asks the
   * upstream for what our GTID set lacks, so a prepared XA transaction is simply left out of the set until it ends.
   */
  add(transaction: Transaction<TargetTable>, skipChanges: boolean, byGtid: boolean): void {
    this.#ends(transaction, byGtid);
    this.transactions += 1;
    if (transaction.statement !== null) this.#content = "statement";
    if (skipChanges || transaction.changes.length === 0) return;
    this.#content = "rows";
    this.#count(transaction);
    for (const change of transaction.changes) this.changes.push(change);
  }

  /** Adds a part of a large transaction, whose changes go by the stream. */
  addPart(part: Transaction<TargetTable>): void {
    this.#count(part);
  }

  /** The large transaction ends with this part, or is cut behind it: then the batch says how far it goes. */
  conclude(part: Transaction<TargetTable>, byGtid: boolean): void {
    this.#ends(part, byGtid);
    if (isEnded(part)) this.transactions += 1;
    else this.through = part.part?.through ?? null;
  }

  #ends(transaction: Transaction<TargetTable>, byGtid: boolean): void {
    this.timestamp = transactionTime(transaction) ?? this.timestamp;
    this.#end = { file: transaction.file, offset: transaction.end };
    const { gtid, xa } = transaction;
    const prepared = xa?.step === "prepared";
    if (gtid !== null && !(byGtid && prepared)) this.#gtids.add(gtid);
    if (gtid?.flavour === "mariadb") this.#runs.add(gtid);
    if (byGtid && !prepared && xa?.prepareGtid !== undefined && xa.prepareGtid !== null)
      this.#gtids.add(xa.prepareGtid);
    if (byGtid) return;
    this.prepares ||= prepared;
    this.heldFrom = transaction.heldFrom ?? null;
  }

  #count({ changes, rowCount, bytes }: Transaction<TargetTable>): void {
    this.rows += rowCount;
    this.bytes += bytes;
    for (const { kind, rows } of changes) {
      if (kind === "insert") this.inserted += rows.length;
      else if (kind === "delete") this.deleted += rows.length;
      else this.updated += rows.length / 2;
    }
  }
}
