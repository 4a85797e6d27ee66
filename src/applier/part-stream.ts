/**
 * The way of a large transaction's changes to the worker that applies them while the rest is still read. One part is in the
 * worker's hands and one is being read; nothing waits between them.
 */
import type { RowsChange } from "../binlog/transaction.ts";
import type { TargetTable } from "./target.ts";

/** A part of a transaction's changes. */
export interface ChangesPart {
  readonly changes: readonly RowsChange<TargetTable>[];
  /** Some of them may have been applied before, by a session that cut the transaction elsewhere (S12). */
  readonly again: boolean;
}

export class PartStream {
  readonly #cancelled = new AbortController();
  #offered: ChangesPart | null = null;
  #isEnded = false;
  #wake = Promise.withResolvers<void>();

  /** The transaction will not come to its end here: what was applied of it must not stay. */
  get cancelled(): AbortSignal {
    return this.#cancelled.signal;
  }

  cancel(): void {
    this.#cancelled.abort();
    this.#wakeUp();
  }

  /** Resolves when the worker has taken the part (or never will, because the stream is cancelled). */
  async offer(part: ChangesPart): Promise<void> {
    this.#offered = part;
    this.#wakeUp();
    while (this.#offered === part && !this.cancelled.aborted) await this.#wake.promise;
  }

  /** No part follows. */
  end(): void {
    this.#isEnded = true;
    this.#wakeUp();
  }

  /** The next part; null behind the last one, or when the stream is cancelled. */
  async take(): Promise<ChangesPart | null> {
    for (;;) {
      if (this.cancelled.aborted) return null;
      const part = this.#offered;
      if (part !== null) {
        this.#offered = null;
        this.#wakeUp();
        return part;
      }
      if (this.#isEnded) return null;
      await this.#wake.promise;
    }
  }

  #wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}
