import { isoTime } from "../clock.ts";
import type { LiveFacts } from "./source.ts";

/** A large transaction under way. */
export interface StatusLarge {
  /** null: it has none. */
  readonly gtid: string | null;
  /** Where it begins in the upstream's log. */
  readonly file: string;
  readonly offset: number;
  /** Row changes, and bytes of the log's rows events (inflated), so far. How many there will be isn't known. */
  readonly rows: number;
  readonly bytes: number;
  readonly since: string;
}

/** Under `streaming` stands one that isn't cut, under `splitting` one that may be. */
export function largeOf(large: LiveFacts["large"], splits: boolean): StatusLarge | null {
  if (large === null || large.splits !== splits) return null;
  const { gtid, file, offset, rows, bytes, sinceMs } = large;
  return { gtid, file, offset, rows, bytes, since: isoTime(sinceMs) };
}
