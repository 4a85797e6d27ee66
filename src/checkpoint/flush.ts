/**
 * The checkpoint-flush worker: every interval it saves the ledger's checkpoint, if that has moved. Once an execution
 * error of any kind is recorded it does not move the checkpoint any more in this session (S1, S2): what it asks
 * is whether there is a record, not what it says.
 *
 * A place that is awaited (semi-sync: a client of the upstream waits for its COMMIT) is saved at once. While one save is under way the
 * next ones gather: each save is for all that are settled by then.
 */
import type { ExecutionErrors } from "../applier/execution-errors.ts";
import type { Coordinates } from "../applier/batch.ts";
import type { Checkpoint, Ledger } from "../applier/ledger.ts";
import type { Clock } from "../clock.ts";
import { asTidemarkError, type TidemarkError } from "../errors.ts";
import { around, type Faults } from "../faults.ts";
import { backoffMs } from "../retry.ts";
import type { UpstreamIdentity } from "./rows.ts";
import type { Store } from "./store.ts";

export interface FlushOptions {
  readonly ledger: Ledger;
  readonly errors: ExecutionErrors;
  readonly store: Pick<Store, "save">;
  readonly upstream: UpstreamIdentity;
  readonly intervalMs: number;
  /** Whether somebody waits for a checkpoint at this place; then the interval is not waited for. Default: nobody. */
  readonly isAwaited?: (place: Coordinates) => boolean;
  readonly clock: Clock;
  readonly faults: Faults | null;
  /** After each save: what is durable now. */
  readonly onSaved: (checkpoint: Checkpoint, savedAtMs: number) => void;
  /** A save that failed; it is tried again (S7). */
  readonly onSaveFailed: (error: TidemarkError) => void;
}

/** Saves that may fail in a row before the session ends and a new one looks at the downstream afresh. */
const FAILURES_MAX = 5;
const RETRY = { baseMs: 100, capMs: 2_000 };

export class FlushWorker {
  readonly #options: FlushOptions;
  #hurry = new AbortController();
  #saved: number;
  /** One save at a time: a later one waits for the one before. */
  #tail: Promise<void> = Promise.resolve();

  constructor(options: FlushOptions) {
    this.#options = options;
    this.#saved = 0;
  }

  /** Runs until `end` is aborted or an error is recorded. Rejects when saving fails again and again. */
  async run(end: AbortSignal): Promise<void> {
    const { clock, faults, intervalMs, errors } = this.#options;
    const over = AbortSignal.any([end, errors.signal]);
    while (!over.aborted) {
      const rest = AbortSignal.any([over, this.#hurry.signal]);
      await around(faults, "flush.interval", () => clock.sleep(intervalMs, rest));
      // What is settled from here on may not be in this save.
      this.#hurry = new AbortController();
      if (!over.aborted) await this.#saveInTurn();
    }
  }

  /** To be called when the ledger has moved. */
  moved(): void {
    const { isAwaited, ledger } = this.#options;
    if (isAwaited?.(ledger.place) === true) this.#hurry.abort();
  }

  /**
   * Saves the present checkpoint unless it is saved already. Rejects with the session's first error where there is one,
   * so that nobody takes for saved what is not, and goes on.
   */
  async flush(): Promise<void> {
    await this.#saveInTurn();
    const { first } = this.#options.errors;
    if (first !== null) throw first.error;
  }

  #saveInTurn(): Promise<void> {
    const mine = this.#tail.then(() => this.#flushNow());
    // The tail only orders saves; who asked for one hears of its failure.
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  async #flushNow(): Promise<void> {
    const { ledger, errors, store, upstream, clock, faults, onSaved, onSaveFailed } = this.#options;
    for (let failures = 1; ; failures += 1) {
      if (errors.first !== null) return;
      const checkpoint = ledger.checkpoint();
      if (checkpoint.sequence === this.#saved) return;
      try {
        const savedAtMs = await around(faults, "flush.save", () => store.save(checkpoint, upstream));
        this.#saved = checkpoint.sequence;
        onSaved(checkpoint, savedAtMs);
        return;
      } catch (thrown) {
        const error = asTidemarkError(thrown, "checkpoint");
        onSaveFailed(error);
        if (failures >= FAILURES_MAX || error.name === "task_taken_over") throw error;
      }
      const delayMs = backoffMs(RETRY, failures + 1, clock);
      await around(faults, "flush.backoff", () => clock.sleep(delayMs, errors.signal));
    }
  }
}
