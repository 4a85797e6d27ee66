import { byteAt, int32, uint16 } from "./byte-order.ts";
import { isSameBody, repeatedBody, type RepeatedBody } from "./repeated-body.ts";

/** Length of a Query event's fields in front of its status variables, see `query-event.ts`. */
const POST_HEADER = 13;
/** "BEGI", little-endian, and "N". */
const BEGI = 0x49474542;
const N = 0x4e;
/** A power of two: connections that commit at the same time have a place each. */
const PLACES = 64;

/**
 * The Query event `BEGIN` that opens each MySQL transaction. A connection's are all the same, but for the time that
 * they took: so the last of each connection is kept, its place found by the connection's id (hot
 * path: no text is made of any).
 */
export class BeginCache {
  readonly #last: (RepeatedBody | null)[] = Array.from({ length: PLACES }, () => null);

  /** Whether the Query event with the body `event[start, end)` is a `BEGIN`, which is remembered then. */
  take(event: Buffer, start: number, end: number): boolean {
    const place = byteAt(event, start) & (PLACES - 1);
    const known = this.#last[place] ?? null;
    if (known !== null && isSameBody(known, event, start, end)) return true;
    if (!isBegin(event, start, end)) return false;
    this.#last[place] = repeatedBody(event, start, end);
    return true;
  }
}

export function isBegin(event: Buffer, start: number, end: number): boolean {
  if (end - start < POST_HEADER + 6) return false;
  const at = start + POST_HEADER + uint16(event, start + 11) + byteAt(event, start + 8) + 1;
  return at + 5 === end && int32(event, at) === BEGI && byteAt(event, at + 4) === N;
}
