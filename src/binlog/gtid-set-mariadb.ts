/**
 * MariaDB's GTID positions: `0-1-5,1-2-9`, the last GTID of each domain. As a set: everything in each domain
 * up to that one. (MariaDB manual, "Global Transaction ID".)
 */
import { truncated } from "./decode-error.ts";
import { badGtidSet, otherFlavour } from "./gtid-set-error.ts";
import { gtidText, safeNumber, type Gtid, type GtidSet, type MariadbGtid } from "./gtid.ts";

const GTID = /^(\d{1,10})-(\d{1,10})-(\d{1,20})$/;
const UINT32_MAX = 0xffff_ffff;

/** Per domain the last GTID. */
export class MariadbGtidSet implements GtidSet {
  readonly flavour = "mariadb" as const;
  readonly #domains: Map<number, MariadbGtid>;

  constructor(domains = new Map<number, MariadbGtid>()) {
    this.#domains = domains;
  }

  get isEmpty(): boolean {
    return this.#domains.size === 0;
  }

  /** The last GTIDs, by domain. */
  get gtids(): readonly MariadbGtid[] {
    return [...this.#domains.values()].sort((a, b) => a.domain - b.domain);
  }

  /**
   * The domain is at `gtid` now, which comes next in the log: the server's own position too is the last one logged, also where
   * numbers go back, as they may with gtid_strict_mode=0 when a replica had transactions of its own.
   */
  add(gtid: Gtid): void {
    if (gtid.flavour !== "mariadb") throw otherFlavour("mariadb");
    this.#domains.set(gtid.domain, gtid);
  }

  contains(gtid: Gtid): boolean {
    if (gtid.flavour !== "mariadb") throw otherFlavour("mariadb");
    const last = this.#domains.get(gtid.domain);
    return last !== undefined && gtid.sequence <= last.sequence;
  }

  includes(other: GtidSet): boolean {
    return same(other).gtids.every((gtid) => this.contains(gtid));
  }

  union(other: GtidSet): MariadbGtidSet {
    const united = this.clone();
    for (const gtid of same(other).gtids) if (!united.contains(gtid)) united.add(gtid);
    return united;
  }

  followedBy(run: GtidSet): MariadbGtidSet {
    return new MariadbGtidSet(new Map([...this.#domains, ...same(run).#domains]));
  }

  subtract(other: GtidSet): MariadbGtidSet {
    const theirs = same(other);
    return new MariadbGtidSet(new Map([...this.#domains].filter(([, gtid]) => !theirs.contains(gtid))));
  }

  /** The same GTIDs: of two that differ in the server only, neither is the other's position. */
  equals(other: GtidSet): boolean {
    return this.toString() === same(other).toString();
  }

  clone(): MariadbGtidSet {
    return new MariadbGtidSet(new Map(this.#domains));
  }

  toString(): string {
    return this.gtids.map(gtidText).join(",");
  }
}

function same(other: GtidSet): MariadbGtidSet {
  if (other instanceof MariadbGtidSet) return other;
  throw otherFlavour("mariadb");
}

/** Parses a position: one GTID for each domain. @throws `bad_gtid_set` */
export function parseMariadbGtidSet(text: string): MariadbGtidSet {
  const domains = new Map<number, MariadbGtid>();
  for (const gtid of parseMariadbGtids(text)) {
    if (domains.has(gtid.domain)) throw badGtidSet(text, `it names domain ${gtid.domain} twice`);
    domains.set(gtid.domain, gtid);
  }
  return new MariadbGtidSet(domains);
}

/** Parses a list of GTIDs, as `gtid_binlog_state` is one: a domain has one for each of its servers. @throws `bad_gtid_set` */
export function parseMariadbGtids(text: string): readonly MariadbGtid[] {
  if (text.trim() === "") return [];
  return text.split(",").map((part) => {
    const [, domain, server, sequence] = (GTID.exec(part.trim()) ?? []).map(Number);
    if (domain === undefined || server === undefined || sequence === undefined)
      throw badGtidSet(text, `"${part.trim()}" is not domain-server-sequence`);
    if (domain > UINT32_MAX || server > UINT32_MAX || sequence > Number.MAX_SAFE_INTEGER)
      throw badGtidSet(text, `"${part.trim()}" holds a number that is too large`);
    return { flavour: "mariadb", domain, server, sequence };
  });
}

/** Gtid_list's count has four bits of flags above it. */
const COUNT_MASK = 0x0fff_ffff;

/**
 * Body `bytes[start, end)` of a Gtid_list event (163): count and flags (4), then domain (4), server (4), sequence (8) of each. A domain has an
 * entry for each server, the one logged last at the end (sql/rpl_gtid.cc, rpl_binlog_state::get_gtid_list).
 */
export function decodeGtidList(bytes: Buffer, start: number, end: number): MariadbGtidSet {
  if (end - start < 4) throw truncated("a GTID list");
  const count = bytes.readUInt32LE(start) & COUNT_MASK;
  if (start + 4 + count * 16 > end) throw truncated("a GTID list");
  const set = new MariadbGtidSet();
  for (let at = start + 4; at < start + 4 + count * 16; at += 16) {
    const sequence = safeNumber(bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12));
    set.add({ flavour: "mariadb", domain: bytes.readUInt32LE(at), server: bytes.readUInt32LE(at + 4), sequence });
  }
  return set;
}
