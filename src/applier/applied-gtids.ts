/**
 * Which GTIDs a batch holds, as text and back. MySQL's GTID set says it. MariaDB's says "everything up to", which is not
 * what one batch holds, so there it is the first and last sequence number of each domain: `0:101-105,1:7-7`. (A batch
 * is a contiguous run of the log, and in it the numbers of a domain ascend.) Either holds on any server with that history,
 * which places in the log don't: after a change of upstream the same place is another transaction.
 */
import { parseGtidSet } from "../binlog/gtid-set.ts";
import type { Gtid, GtidSet, MariadbGtid } from "../binlog/gtid.ts";

/** First and last sequence number of each domain, in the making. */
export class GtidRanges {
  readonly #domains = new Map<number, { readonly first: number; last: number }>();

  /** In the order of the log. */
  add({ domain, sequence }: MariadbGtid): void {
    const range = this.#domains.get(domain);
    if (range === undefined) this.#domains.set(domain, { first: sequence, last: sequence });
    else range.last = sequence;
  }

  /** `0:101-105,1:7-7`; "" when there are none. */
  toString(): string {
    return [...this.#domains].map(([domain, { first, last }]) => `${domain}:${first}-${last}`).join(",");
  }
}

/** What a batch's text says. */
export interface AppliedGtids {
  contains(gtid: Gtid): boolean;
  /** Whether all of them are in a GTID set. */
  isIn(set: GtidSet): boolean;
}

const RANGE = /^(\d+):(\d+)-(\d+)$/;

/** null: the text names no GTIDs, and only the place in the log tells. Throws `bad_gtid_set`. */
export function readAppliedGtids(text: string): AppliedGtids | null {
  if (!text.includes(":")) return null;
  const ranges = text.split(",").map((range) => RANGE.exec(range)?.slice(1).map(Number) ?? null);
  if (ranges.includes(null)) {
    const set = parseGtidSet("mysql", text);
    return { contains: (gtid) => gtid.flavour === "mysql" && set.contains(gtid), isIn: (other) => other.includes(set) };
  }
  const known = ranges.map((range) => ({ domain: range?.[0] ?? 0, first: range?.[1] ?? 0, last: range?.[2] ?? 0 }));
  return {
    contains: (gtid) =>
      gtid.flavour === "mariadb" &&
      known.some((r) => r.domain === gtid.domain && r.first <= gtid.sequence && gtid.sequence <= r.last),
    isIn: (set) =>
      known.every(({ domain, last }) => set.contains({ flavour: "mariadb", domain, server: 0, sequence: last })),
  };
}
