/** Distances in the upstream's log, over its files. */
import { comparePositions, fileNumber, type Position } from "../binlog/position.ts";
import type { LogFile } from "../upstream/start.ts";

/** A place in the upstream's log. */
export type Place = Pick<Position, "file" | "offset">;

/** Bytes of log from `from` on to `to` (0 when that is not behind it); null when a file between them isn't known. */
export function bytesBetween(files: readonly LogFile[], from: Place, to: Place): number | null {
  if (from.file === "" || to.file === "") return null;
  if (comparePositions(from, to) >= 0) return 0;
  if (fileNumber(from.file) === fileNumber(to.file)) return to.offset - from.offset;
  const first = files.findIndex(({ file }) => file === from.file);
  const last = files.findIndex(({ file }) => file === to.file);
  // A list from before the last rotation ends with the file that was written to then, of an unknown size now.
  if (first === -1 || last === -1) return null;
  return files.slice(first, last).reduce((sum, { bytes }) => sum + bytes, to.offset) - from.offset;
}

/** The later of two places, or the one that is known. */
export function later<P extends Place>(a: P | null, b: P | null): P | null {
  if (a === null || b === null) return a ?? b;
  return comparePositions(a, b) >= 0 ? a : b;
}
