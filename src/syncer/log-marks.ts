import { comparePositions } from "../binlog/position.ts";
import type { Place } from "./log-distance.ts";

interface Mark {
  readonly place: Place;
  value: number;
}

/** Marks kept; beyond that the older half is thinned out. */
const MARKS_MAX = 1_000;

/**
 * Numbers that belong to places of one log and only grow along it, such as the time at which it ended there. Places that are marked
 * come in order; one before the last is ignored.
 */
export class LogMarks {
  #marks: Mark[] = [];

  /** The same place again: its number is the new one. */
  observe({ file, offset }: Place, value: number): void {
    const last = this.#marks.at(-1);
    const order = last === undefined ? 1 : comparePositions({ file, offset }, last.place);
    if (order < 0 || file === "") return;
    if (last !== undefined && order === 0) {
      last.value = Math.max(last.value, value);
      return;
    }
    this.#marks.push({ place: { file, offset }, value });
    if (this.#marks.length > MARKS_MAX)
      this.#marks = this.#marks.filter((_, index) => index > MARKS_MAX / 2 || index % 2 === 0);
  }

  /** The number of the last marked place that is at `place` or before it; null when there is none. */
  upTo(place: Place): number | null {
    if (place.file === "") return null;
    return this.#marks.findLast((mark) => comparePositions(mark.place, place) <= 0)?.value ?? null;
  }

  /** The log is another one from now on. */
  clear(): void {
    this.#marks = [];
  }
}
