/**
 * Consistency `ordered`: batches execute side by side and commit in the upstream's order, so that every state a reader
 * sees downstream existed upstream.
 *
 * Deadlock-free by design: a batch that has executed and waits for its turn holds locks. Batches side by side share no
 * key, but an earlier one may still need what a later one has locked (a foreign key's parent, a lock of the engine's
 * own making). The server can't see that the later one waits for the earlier. So the earlier one's lock wait is
 * short, and when it ends in an error, every later batch that waits is rolled back, and goes again when the earlier
 * one has committed. The front batch never yields to anybody: it always gets through.
 */
import type { Batch } from "./batch.ts";

/** What a batch that has executed is told: commit now; roll back and come again at your turn; the session is over. */
export type Verdict = "commit" | "yield" | "over";

interface Waiting {
  readonly batch: Batch;
  readonly tell: (verdict: Verdict) => void;
}

export class Turns {
  readonly #isFront: (batch: Batch) => boolean;
  readonly #over: AbortSignal;
  readonly #waiting = new Map<Batch, Waiting>();

  /** `isFront`: whether every batch before this one is settled. `over`: the session's first error. */
  constructor(isFront: (batch: Batch) => boolean, over: AbortSignal) {
    this.#isFront = isFront;
    this.#over = over;
    over.addEventListener("abort", () => this.#tellAll("over"), { once: true });
  }

  /** Waits for the batch's turn. `holdsLocks` false: it has nothing to yield. */
  wait(batch: Batch, holdsLocks: boolean): Promise<Verdict> {
    if (this.#over.aborted) return Promise.resolve("over");
    if (this.#isFront(batch)) return Promise.resolve("commit");
    return new Promise((resolve) => {
      const tell = (verdict: Verdict): void => {
        if (verdict === "yield" && !holdsLocks) return;
        this.#waiting.delete(batch);
        resolve(verdict);
      };
      this.#waiting.set(batch, { batch, tell });
    });
  }

  /** A batch is settled: whoever is at the front now may commit. */
  settled(): void {
    for (const { batch, tell } of this.#waiting.values()) if (this.#isFront(batch)) tell("commit");
  }

  /** This batch has run into somebody's lock: the later ones that wait give theirs up. */
  blocked(batch: Batch): void {
    for (const waiting of this.#waiting.values()) if (waiting.batch.sequence > batch.sequence) waiting.tell("yield");
  }

  #tellAll(verdict: Verdict): void {
    for (const { tell } of this.#waiting.values()) tell(verdict);
  }
}
