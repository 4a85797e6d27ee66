import type { Flavour } from "../mysql/flavour.ts";
import { parseMariadbGtidSet } from "./gtid-set-mariadb.ts";
import { parseMysqlGtidSet } from "./gtid-set-mysql.ts";

/**
 * How many transactions are in the set `end` and not in `seen` (both as text). MySQL: exactly. MariaDB: by sequence numbers, domain by
 * domain, which may leave some out: so many at most. Throws `bad_gtid_set`.
 */
export function gtidsBetween(flavour: Flavour, seen: string, end: string): number {
  let count = 0;
  if (flavour === "mysql") {
    for (const [, { bounds }] of parseMysqlGtidSet(end).subtract(parseMysqlGtidSet(seen)).sources) {
      for (let at = 0; at < bounds.length; at += 2) count += (bounds[at + 1] ?? 0) - (bounds[at] ?? 0) + 1;
    }
    return count;
  }
  const last = new Map(parseMariadbGtidSet(seen).gtids.map(({ domain, sequence }) => [domain, sequence]));
  for (const { domain, sequence } of parseMariadbGtidSet(end).gtids)
    count += Math.max(0, sequence - (last.get(domain) ?? 0));
  return count;
}
