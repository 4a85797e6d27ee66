import type { Clock } from "./clock.ts";

/** How long to wait between attempts: at once, then `baseMs`, then doubling up to `capMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * The delay before attempt `attempt` (1 is the first retry), in milliseconds: 0, base, then capped
 * exponential, with "equal jitter" (half fixed, half random), so that many clients don't come back
 * in step. Source of the formula: M. Brooker, "Exponential Backoff And Jitter", 2015.
 */
export function backoffMs(backoff: Backoff, attempt: number, clock: Pick<Clock, "random">): number {
  if (attempt <= 1) return 0;
  if (attempt === 2) return backoff.baseMs;
  const full = Math.min(backoff.capMs, backoff.baseMs * 2 ** (attempt - 2));
  return full / 2 + (full / 2) * clock.random();
}
