/**
 * There is one open batch. A transaction joins it, and with it the batches that it must wait for. At the end of
 * a chunk of input the open batch is closed if a worker is free, else it goes on growing: small batches when
 * idle, large ones under load, and no timer.
 */
import type { GtidSet } from "../binlog/gtid.ts";
import type { Transaction } from "../binlog/transaction.ts";
import type { Clock } from "../clock.ts";
import type { AppliedBefore } from "./applied-before.ts";
import { Batch, type Coordinates } from "./batch.ts";
import { Conflicts } from "./conflicts.ts";
import type { ExecutionErrors } from "./execution-errors.ts";
import type { Ledger } from "./ledger.ts";
import { type LargeFacts, type LargeHost, LargeTransactions } from "./large-transactions.ts";
import type { PartStream } from "./part-stream.ts";
import type { TargetTable } from "./target.ts";

/** What the scheduler needs of the workers. */
export interface BatchRunner {
  /** Free workers. */
  readonly free: number;
  /** Applies a batch and settles it in the ledger, or records why not; then calls `done`. Never throws. */
  run(batch: Batch, done: () => void): void;
}

export interface SchedulerOptions {
  readonly ledger: Ledger;
  readonly runner: BatchRunner;
  readonly errors: ExecutionErrors;
  readonly start: Coordinates;
  readonly emptyGtids: () => GtidSet;
  /** The upstream is read by MySQL GTIDs, and the set is known to be whole. */
  readonly byGtid: boolean;
  /** What an earlier session has committed already. */
  readonly appliedBefore: Pick<AppliedBefore, "take" | "piecesOf">;
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Closed, unfinished batches and their bytes, beyond which no more input is taken. */
  readonly pendingMax: number;
  readonly pendingBytesMax: number;
  /** A transaction that comes in parts is cut into batches of this size; null: it is one batch. */
  readonly splitBytes: number | null;
  readonly clock: Pick<Clock, "now">;
}

/** Batches that the ledger may hold, settled ones behind an unsettled one; each is some hundred bytes. Beyond, the open one grows. */
const LEDGER_MAX = 10_000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #conflicts = new Conflicts();
  #open: Batch | null = null;
  #sequence = 0;
  #end: Coordinates;
  #pending = 0;
  #pendingBytes = 0;
  #wake = Promise.withResolvers<void>();
  readonly #large: LargeTransactions;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#large = new LargeTransactions({ ...options, host: this.#largeHost() });
    this.#end = options.start;
    const failed = (): void => {
      this.#large.abandon();
      this.#wakeUp();
    };
    options.errors.signal.addEventListener("abort", failed, { once: true });
  }

  /**
   * Takes a transaction, or a part of a large one. Returns a promise to wait for when the applier is full, else null.
   * Throws the session's first error.
   */
  add(transaction: Transaction<TargetTable>): Promise<void> | null {
    this.#throwIfFailed();
    if (transaction.part !== undefined && transaction.part !== null) return this.#large.take(transaction);
    return this.#addWhole(transaction);
  }

  #addWhole(transaction: Transaction<TargetTable>): Promise<void> | null {
    const batch = (this.#open ??= this.#openBatch());
    const skip = this.#options.appliedBefore.take(transaction, batch.sequence);
    if (!skip) for (const change of transaction.changes) this.#conflicts.track(batch, change);
    batch.add(transaction, skip, this.#options.byGtid);
    this.#end = batch.end;
    if (batch.rows < this.#options.batchRows && batch.bytes < this.#options.batchBytes) return null;
    this.#close(batch);
    return this.#full ? this.#untilRoom() : null;
  }

  /** The end of a chunk of input: nothing is held back while a worker is free. */
  flush(): void {
    const batch = this.#open;
    if (batch === null || this.#options.errors.first !== null || this.#options.ledger.length > LEDGER_MAX) return;
    if (batch.content === "nothing" || (this.#options.runner.free > 0 && batch.waitsFor.size === 0)) this.#close(batch);
  }

  /** Resolves when everything taken so far is settled; rejects with the session's first error. */
  async drain(): Promise<void> {
    if (this.#open !== null) this.#close(this.#open);
    while (this.#pending > 0) {
      this.#throwIfFailed();
      await this.#wake.promise;
    }
    this.#throwIfFailed();
    this.#conflicts.clear();
  }

  /**
   * A DDL's own batch, entered in the ledger behind everything else: the caller has drained the scheduler, executes
   * the statement and settles the batch.
   */
  statement(transaction: Transaction<TargetTable>): Batch {
    if (this.#open !== null || this.#pending > 0) throw new Error("a statement comes after a drain");
    const batch = this.#openBatch();
    this.#options.appliedBefore.take(transaction, batch.sequence);
    batch.add(transaction, true, this.#options.byGtid);
    this.#end = batch.end;
    return batch;
  }

  /** A large transaction under way will not come to its end in this session: it is rolled back. */
  abandon(): void {
    this.#large.abandon();
  }

  /** The large transaction under way, if any. */
  get large(): LargeFacts | null {
    return this.#large.facts;
  }

  #largeHost(): LargeHost {
    return {
      drain: () => this.drain(),
      start: (at, stream) => {
        const batch = this.#openBatch(at, stream);
        this.#open = null;
        this.#close(batch);
        return batch;
      },
      settled: async (batch) => {
        if (batch.through === null) this.#end = batch.end;
        while (batch.state !== "settled") {
          this.#throwIfFailed();
          await this.#wake.promise;
        }
      },
      pass: (end) => void this.#addWhole({ ...end, part: null, changes: [], rowCount: 0 }),
      nextSequence: () => this.nextSequence,
      throwIfFailed: () => this.#throwIfFailed(),
    };
  }

  /** The sequence of the batch that the next transaction joins, while none is open. */
  get nextSequence(): number {
    return this.#sequence + 1;
  }

  /** Bytes of the log in closed, unfinished batches and the open one. */
  get pendingBytes(): number {
    return this.#pendingBytes + (this.#open?.bytes ?? 0);
  }

  get #full(): boolean {
    const { pendingMax, pendingBytesMax, ledger } = this.#options;
    return this.#pending >= pendingMax || this.#pendingBytes >= pendingBytesMax || ledger.length >= LEDGER_MAX;
  }

  async #untilRoom(): Promise<void> {
    while (this.#full) {
      this.#throwIfFailed();
      await this.#wake.promise;
    }
    this.#throwIfFailed();
  }

  #openBatch(at = this.#end, stream: PartStream | null = null): Batch {
    this.#sequence += 1;
    const batch = new Batch(this.#sequence, at, this.#options.emptyGtids(), stream);
    this.#options.ledger.enter(batch);
    return batch;
  }

  #close(batch: Batch): void {
    this.#open = null;
    if (batch.content === "nothing") {
      this.#options.ledger.settleEmpty(batch);
      this.#finished(batch);
      return;
    }
    batch.state = "waiting";
    this.#pending += 1;
    this.#pendingBytes += batch.bytes;
    if (batch.waitsFor.size === 0) this.#start(batch);
  }

  #start(batch: Batch): void {
    // S3: after an error no worker begins a new batch in this session.
    if (this.#options.errors.first !== null) return;
    batch.state = "running";
    const { bytes } = batch;
    this.#options.runner.run(batch, () => {
      if (batch.state === "settled" || batch.stream?.cancelled.aborted === true) {
        this.#pending -= 1;
        this.#pendingBytes -= bytes;
      }
      if (batch.state === "settled") this.#finished(batch);
      this.#wakeUp();
    });
  }

  #finished(batch: Batch): void {
    this.#conflicts.release(batch);
    for (const waiting of batch.awaitedBy) {
      waiting.waitsFor.delete(batch);
      if (waiting.state === "waiting" && waiting.waitsFor.size === 0) this.#start(waiting);
    }
    batch.awaitedBy.clear();
    batch.letGo();
    this.flush();
  }

  #wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  #throwIfFailed(): void {
    const { first } = this.#options.errors;
    if (first !== null) throw first.error;
  }
}
