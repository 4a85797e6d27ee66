/**
 * A set of positive integers as intervals, in a flat list: first, last, first, last, … Invariant: sorted,
 * disjoint, and never adjacent (1-3 and 4-6 are 1-6), so that equal sets are equal lists.
 */
export class Intervals {
  readonly #bounds: number[];

  constructor(bounds: number[] = []) {
    this.#bounds = bounds;
  }

  get isEmpty(): boolean {
    return this.#bounds.length === 0;
  }

  /** first, last, first, last, … */
  get bounds(): readonly number[] {
    return this.#bounds;
  }

  clone(): Intervals {
    return new Intervals([...this.#bounds]);
  }

  /** Adds one number; in constant time when it follows the last one, as nearly always. */
  add(number: number): void {
    const bounds = this.#bounds;
    const end = bounds.length - 1;
    const last = bounds[end];
    if (last !== undefined && number === last + 1) bounds[end] = number;
    else this.addRange(number, number);
  }

  /** Adds first … last; nothing when that is empty. */
  addRange(first: number, last: number): void {
    if (first > last) return;
    const bounds = this.#bounds;
    // All intervals that overlap or touch the new one lie between these two and become one.
    const from = this.#intervalAt(first - 1);
    let to = from;
    let low = first;
    let high = last;
    while (to < bounds.length && (bounds[to] ?? 0) <= last + 1) {
      low = Math.min(low, bounds[to] ?? low);
      high = Math.max(high, bounds[to + 1] ?? high);
      to += 2;
    }
    bounds.splice(from, to - from, low, high);
  }

  contains(number: number): boolean {
    const first = this.#bounds[this.#intervalAt(number)];
    return first !== undefined && first <= number;
  }

  includes(other: Intervals): boolean {
    const theirs = other.#bounds;
    for (let index = 0; index < theirs.length; index += 2) {
      const at = this.#intervalAt(theirs[index] ?? 0);
      const first = this.#bounds[at];
      const last = this.#bounds[at + 1];
      if (first === undefined || last === undefined || first > (theirs[index] ?? 0) || last < (theirs[index + 1] ?? 0))
        return false;
    }
    return true;
  }

  subtract(other: Intervals): Intervals {
    const left: number[] = [];
    const theirs = other.#bounds;
    let at = 0;
    for (let index = 0; index < this.#bounds.length; index += 2) {
      let first = this.#bounds[index] ?? 0;
      const last = this.#bounds[index + 1] ?? 0;
      while (at < theirs.length && (theirs[at + 1] ?? 0) < first) at += 2;
      for (let cut = at; cut < theirs.length && (theirs[cut] ?? 0) <= last; cut += 2) {
        if ((theirs[cut] ?? 0) > first) left.push(first, (theirs[cut] ?? 0) - 1);
        first = (theirs[cut + 1] ?? 0) + 1;
      }
      if (first <= last) left.push(first, last);
    }
    return new Intervals(left);
  }

  equals(other: Intervals): boolean {
    return (
      this.#bounds.length === other.#bounds.length &&
      this.#bounds.every((bound, index) => bound === other.#bounds[index])
    );
  }

  /** `1-5:7`, as MySQL prints them. */
  toString(): string {
    const parts: string[] = [];
    for (let index = 0; index < this.#bounds.length; index += 2) {
      const first = this.#bounds[index];
      const last = this.#bounds[index + 1];
      parts.push(first === last ? `${first}` : `${first}-${last}`);
    }
    return parts.join(":");
  }

  /** Index of the first interval that ends at or behind `number`; the list's length when there is none. */
  #intervalAt(number: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[2 * middle + 1] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}
