/**
 * Which GTIDs a batch holds, as text and back. MySQL's GTID set says it. MariaDB's says "everything up to", which is not
 * what one batch holds, so there it is the runs of the log: `0-1:101-105,0-2:106,1-1:7` are the numbers 101 to 105 of server 1
 * in domain 0, then number 106 of server 2, and so on. With gtid_strict_mode=0, which is the default, numbers of a domain may
 * go back, and one number may be given by two servers: only domain, server and number together name a transaction. Within a
 * domain the runs stand in the order of the log, which is the same on every server of a group; domains may be interleaved.
 * Either text holds on any server with that history, which places in the log don't.
 */
import { parseGtidSet } from "../binlog/gtid-set.ts";
import type { Gtid, MariadbGtid } from "../binlog/gtid.ts";

interface Run {
  readonly domain: number;
  readonly server: number;
  readonly first: number;
  last: number;
}

/** Runs of consecutive numbers, by domain, in the making. */
export class GtidRuns {
  readonly #domains = new Map<number, Run[]>();

  /** In the order of the log. */
  add({ domain, server, sequence }: MariadbGtid): void {
    const runs = this.#domains.get(domain) ?? [];
    if (runs.length === 0) this.#domains.set(domain, runs);
    const run = runs.at(-1);
    if (run?.server === server && run.last + 1 === sequence) run.last = sequence;
    else runs.push({ domain, server, first: sequence, last: sequence });
  }

  /** `0-1:101-105,0-2:106`; "" when there are none. */
  toString(): string {
    return [...this.#domains.values()].flat().map(runText).join(",");
  }
}

function runText({ domain, server, first, last }: Run): string {
  return first === last ? `${domain}-${server}:${first}` : `${domain}-${server}:${first}-${last}`;
}

const RUN = /^(\d+)-(\d+):(\d+)(?:-(\d+))?$/;

/** GTIDs that a batch's text names. */
export interface AppliedGtids {
  /** The text that says the same. */
  readonly text: string;
  contains(gtid: Gtid): boolean;
  /** MariaDB: the last one in the order of the log. null on MySQL, where a set has no order. */
  readonly last: MariadbGtid | null;
}

/**
 * MySQL: the set. MariaDB: one for each domain, because domains are interleaved otherwise on another server. None when the text
 * names no GTIDs, and only the place in the log tells. Throws `bad_gtid_set`.
 */
export function readAppliedGtids(text: string): readonly AppliedGtids[] {
  if (!text.includes(":")) return [];
  const runs = text.split(",").map(readRun);
  if (runs.includes(null)) {
    const set = parseGtidSet("mysql", text);
    return [{ text, contains: (gtid) => gtid.flavour === "mysql" && set.contains(gtid), last: null }];
  }
  const domains = Map.groupBy(
    runs.filter((run) => run !== null),
    ({ domain }) => domain,
  );
  return [...domains.values()].map(gtidsOfRuns);
}

function gtidsOfRuns(runs: readonly Run[]): AppliedGtids {
  const end = runs.at(-1);
  return {
    text: runs.map(runText).join(","),
    contains: (gtid) => gtid.flavour === "mariadb" && runs.some((run) => isIn(run, gtid)),
    last: end === undefined ? null : { flavour: "mariadb", domain: end.domain, server: end.server, sequence: end.last },
  };
}

function readRun(text: string): Run | null {
  const [, domain, server, first, last = first] = RUN.exec(text) ?? [];
  if (first === undefined) return null;
  return { domain: Number(domain), server: Number(server), first: Number(first), last: Number(last) };
}

function isIn({ domain, server, first, last }: Run, gtid: MariadbGtid): boolean {
  return gtid.domain === domain && gtid.server === server && first <= gtid.sequence && gtid.sequence <= last;
}
