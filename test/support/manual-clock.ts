/** A clock that a test moves itself, and chance from a seed: the same test gives the same run, every time. */

import type { Clock, Timer } from "../../src/clock.ts";

/** What {@link manualClock} gives. */
export interface ManualClock extends Clock {
  /**
   * Moves time forward by `ms`, firing what comes due on the way at its own time and in order (those of one instant in the order
   * they were set). After each, everything that waits on promises runs, so that a sleep set by what woke up is seen as well.
   */
  advance(ms: number): Promise<void>;
  /** Moves time to the next timer or sleep and fires it; false when there is none. */
  advanceToNext(): Promise<boolean>;
  /** How many timers and sleeps wait. */
  readonly waiting: number;
  /** Lets the wall clock jump, as an operator or NTP does; `monotonic` and timers don't notice. */
  jumpWallClock(ms: number): void;
}

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** @param startMs wall clock at the start, in ms since 1970; `monotonic` starts at 0 */
export function manualClock(seed = 1, startMs = Date.UTC(2026, 0, 1)): ManualClock {
  const random = seededRandom(seed);
  const waiting = new Set<Waiting>();
  let monotonic = 0;
  let wallStart = startMs;
  let order = 0;

  const add = (ms: number, fire: () => void): Timer => {
    order += 1;
    const entry: Waiting = { at: monotonic + Math.max(0, ms), order, fire };
    waiting.add(entry);
    return { cancel: () => void waiting.delete(entry) };
  };
  const next = (): Waiting | undefined => {
    let first: Waiting | undefined;
    for (const each of waiting) {
      if (first === undefined || each.at < first.at || (each.at === first.at && each.order < first.order)) first = each;
    }
    return first;
  };
  const fire = async (entry: Waiting): Promise<void> => {
    waiting.delete(entry);
    monotonic = Math.max(monotonic, entry.at);
    entry.fire();
    await settle();
  };

  return {
    now: () => wallStart + monotonic,
    monotonic: () => monotonic,
    random,
    timer: add,
    sleep(ms, signal) {
      if (signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = add(ms, () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        const abort = (): void => {
          timer.cancel();
          resolve();
        };
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    get waiting() {
      return waiting.size;
    },
    jumpWallClock(ms) {
      wallStart += ms;
    },
    async advance(ms) {
      const until = monotonic + ms;
      await settle();
      for (let entry = next(); entry !== undefined && entry.at <= until; entry = next()) await fire(entry);
      monotonic = until;
      await settle();
    },
    async advanceToNext() {
      await settle();
      const entry = next();
      if (entry === undefined) return false;
      await fire(entry);
      return true;
    },
  };
}

/** Everything that is ready to run has run: an immediate comes after all promises' reactions, theirs included. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** mulberry32 (Tommy Ettinger, public domain): small, and good enough to choose faults. Gives numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
