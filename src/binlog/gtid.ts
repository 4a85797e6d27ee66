import { fatal } from "../errors.ts";

/**
 * GTIDs of both flavours as values. A GTID set is compared as a set, never as text or by its maximum.
 * `gtid-set-mysql.ts` and `gtid-set-mariadb.ts` hold the two kinds of set behind {@link GtidSet}.
 */

/** MySQL: `source:number` or, tagged (8.3+), `source:tag:number`. */
export interface MysqlGtid {
  readonly flavour: "mysql";
  /** UUID in lower case with dashes. */
  readonly source: string;
  /** Lower case; "" where there is none. */
  readonly tag: string;
  /** 1 … 2^63-2 in theory; numbers above 2^53-1 are refused with a named error. */
  readonly number: number;
}

/** MariaDB: `domain-server-sequence`. */
export interface MariadbGtid {
  readonly flavour: "mariadb";
  readonly domain: number;
  readonly server: number;
  readonly sequence: number;
}

export type Gtid = MysqlGtid | MariadbGtid;

/** As the servers print it: `3e11fa47-…:5`, `3e11fa47-…:tag:5`, `0-1-5`. */
export function gtidText(gtid: Gtid): string {
  if (gtid.flavour === "mariadb") return `${gtid.domain}-${gtid.server}-${gtid.sequence}`;
  return gtid.tag === "" ? `${gtid.source}:${gtid.number}` : `${gtid.source}:${gtid.tag}:${gtid.number}`;
}

/** The two halves of a 64-bit number of a GTID as one; numbers above 2^53-1 are refused (`gtid_number_too_large`). */
export function safeNumber(low: number, high: number): number {
  const number = high * 0x1_0000_0000 + low;
  if (number > Number.MAX_SAFE_INTEGER) {
    throw fatal("gtid_number_too_large", `A GTID's number is above 2^53-1 (about ${number}).`, {
      stage: "decode",
      hint: "No server gets there by itself: the number was set by hand (gtid_next, gtid_seq_no), and can't be followed.",
    });
  }
  return number;
}

/**
 * A set of GTIDs. Mutable only through `add`; everything else gives new sets. MariaDB's position
 * (`0-1-5,1-2-9`) is the set of everything up to each domain's last GTID.
 */
export interface GtidSet {
  readonly flavour: "mysql" | "mariadb";
  readonly isEmpty: boolean;
  add(gtid: Gtid): void;
  contains(gtid: Gtid): boolean;
  /** True when every GTID of `other` is in this set. */
  includes(other: GtidSet): boolean;
  union(other: GtidSet): GtidSet;
  /** This set, and then in the log the transactions of `run`, which has at least one. MariaDB: each of its domains is where the run has left it. */
  followedBy(run: GtidSet): GtidSet;
  /** What is in this set and not in `other`. MariaDB: the domains in which this set is ahead. */
  subtract(other: GtidSet): GtidSet;
  equals(other: GtidSet): boolean;
  clone(): GtidSet;
  /** Canonical text, as the server prints it. */
  toString(): string;
}
