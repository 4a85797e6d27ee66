/**
 * Consistency `ordered`: batches execute side by side and commit in the upstream's order, so that every state a reader
 * sees downstream existed upstream.
 *
 * Deadlock-free by design: a batch that has executed and waits for its turn holds locks. Batches side by side share no
 * key, but an earlier one may still need what a later one has locked (a lock of the engine's own making: looking for a
 * duplicate in a unique index, InnoDB locks the gaps around it). The server can't see that the later one waits for the
 * earlier. So the later ones give their locks up: they are rolled back, and go again when it is their turn. The front
 * batch, the one that all others wait for, never yields to anybody: it always gets through.
 *
 * Servers tell of a lock wait only when it ends, and that is a second at least. So the front batch counts as blocked
 * when it executes for longer than those that wait for it did. That may be wrong, when the batch is just larger; then the others
 * have done their work in vain, and nothing else.
 */
import type { Clock, Timer } from "../clock.ts";
import type { Batch } from "./batch.ts";

/** What a batch that has executed is told: commit now; roll back and come again at your turn; the session is over. */
export type Verdict = "commit" | "yield" | "over";

interface Waiting {
  readonly batch: Batch;
  readonly holdsLocks: boolean;
  /** How long it has executed, ms. */
  readonly tookMs: number;
  readonly tell: (verdict: Verdict) => void;
}

/** The front batch may execute for so many times as long as those that wait for it did, and a little, before they yield. */
const PATIENCE_FACTOR = 2;
const PATIENCE_MS = 20;

export class Turns {
  readonly #isFront: (batch: Batch) => boolean;
  readonly #over: AbortSignal;
  readonly #clock: Clock;
  readonly #waiting = new Map<Batch, Waiting>();
  /** Those that execute, and since when (monotonic). */
  readonly #executing = new Map<Batch, number>();
  #patience: Timer | null = null;

  /** `isFront`: whether every batch before this one is settled. `over`: the session's first error. */
  constructor(isFront: (batch: Batch) => boolean, over: AbortSignal, clock: Clock) {
    this.#isFront = isFront;
    this.#over = over;
    this.#clock = clock;
    over.addEventListener("abort", () => this.#tellAll("over"), { once: true });
  }

  /** The batch begins to execute. */
  began(batch: Batch): void {
    this.#executing.set(batch, this.#clock.monotonic());
    this.#watch();
  }

  /** Waits for the batch's turn. `holdsLocks` false: it has nothing to yield. */
  wait(batch: Batch, holdsLocks: boolean): Promise<Verdict> {
    const now = this.#clock.monotonic();
    const tookMs = now - (this.#executing.get(batch) ?? now);
    this.#executing.delete(batch);
    if (this.#over.aborted) return Promise.resolve("over");
    if (this.#isFront(batch)) return Promise.resolve("commit");
    return new Promise((resolve) => {
      const tell = (verdict: Verdict): void => {
        if (verdict === "yield" && !holdsLocks) return;
        this.#waiting.delete(batch);
        resolve(verdict);
      };
      this.#waiting.set(batch, { batch, holdsLocks, tookMs, tell });
      this.#watch();
    });
  }

  /** A batch is settled: whoever is at the front now may commit. */
  settled(): void {
    this.#patience?.cancel();
    this.#patience = null;
    for (const { batch, tell } of this.#waiting.values()) if (this.#isFront(batch)) tell("commit");
    this.#watch();
  }

  /** This batch has run into somebody's lock: the later ones that wait give theirs up. */
  blocked(batch: Batch): void {
    for (const waiting of this.#waiting.values()) if (waiting.batch.sequence > batch.sequence) waiting.tell("yield");
  }

  /** While the front batch executes and others hold locks that it may need: not for longer than it should take. */
  #watch(): void {
    if (this.#patience !== null || this.#over.aborted) return;
    const front = [...this.#executing.keys()].find((batch) => this.#isFront(batch));
    const holding = [...this.#waiting.values()].filter(({ holdsLocks }) => holdsLocks);
    if (front === undefined || holding.length === 0) return;
    const longestMs = Math.max(...holding.map(({ tookMs }) => tookMs));
    this.#patience = this.#clock.timer(PATIENCE_MS + PATIENCE_FACTOR * longestMs, () => {
      this.#patience = null;
      if (this.#executing.has(front)) this.blocked(front);
      this.#watch();
    });
  }

  #tellAll(verdict: Verdict): void {
    this.#patience?.cancel();
    for (const { tell } of this.#waiting.values()) tell(verdict);
  }
}
