/** The time over which a rate is taken: short enough to follow the load, long enough not to flicker. */
const WINDOW_MS = 10_000;
/** Two readings closer than this say nothing about a rate. */
const SPAN_LEAST_MS = 1000;

interface Reading {
  readonly atMs: number;
  readonly total: number;
}

/**
 * How fast a total grows, over a sliding window. Invariant: `#readings` are in the order of time, their totals never
 * fall, and no more than one of them is older than the window (it marks where the window begins).
 */
export class Rate {
  #readings: Reading[] = [];

  /** Takes a reading at a `clock.monotonic()` time. A total that fell began anew somewhere: what was known is void. */
  observe(atMs: number, total: number): void {
    const last = this.#readings.at(-1);
    if (last !== undefined && total < last.total) this.#readings = [];
    if (last !== undefined && last.atMs === atMs) this.#readings.pop();
    this.#readings.push({ atMs, total });
    while ((this.#readings[1]?.atMs ?? Infinity) <= atMs - WINDOW_MS) this.#readings.shift();
  }

  /** Per second, to one decimal; null as long as there are not two readings a second apart. */
  perSecond(): number | null {
    const [first, last] = [this.#readings[0], this.#readings.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < SPAN_LEAST_MS) return null;
    return Math.round(((last.total - first.total) / (last.atMs - first.atMs)) * 10_000) / 10;
  }
}
