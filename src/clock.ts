/**
 * The one place that knows time and chance. `Date`, timers and `Math.random` are banned elsewhere by
 * lint, so that a test can hand in a clock that it moves itself and a run can be replayed from a seed.
 */

/** A timer that was started; cancelling it twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time and chance, as everything in this project sees them. */
export interface Clock {
  /** Milliseconds since 1970 (UTC), as the wall clock says; may jump. For what people read. */
  now(): number;
  /** Milliseconds since some start; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, or as soon as `signal` is aborted (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fire` once after `ms` milliseconds unless cancelled. Does not keep the process alive. */
  timer(ms: number, fire: () => void): Timer;
  /** A number in [0, 1). */
  random(): number;
}

/** The real thing. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  timer(ms, fire) {
    const handle = setTimeout(fire, ms);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  sleep(ms, signal) {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(handle);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const handle = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    });
  },
};

/** ISO 8601 in UTC with milliseconds, of a `now()`. */
export function isoTime(nowMs: number): string {
  return new Date(nowMs).toISOString();
}

/** Milliseconds since 1970 of an ISO 8601 text with its zone; NaN for anything else. */
export function timeOfIso(text: string): number {
  return Date.parse(text);
}
