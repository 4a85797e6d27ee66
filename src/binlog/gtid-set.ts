import type { Flavour } from "../mysql/flavour.ts";
import { MariadbGtidSet, parseMariadbGtidSet } from "./gtid-set-mariadb.ts";
import { MysqlGtidSet, parseMysqlGtidSet } from "./gtid-set-mysql.ts";
import type { GtidSet } from "./gtid.ts";

/** A GTID set from its text, as the servers take and print it; throws `bad_gtid_set`. "" is the empty set. */
export function parseGtidSet(flavour: Flavour, text: string): GtidSet {
  return flavour === "mysql" ? parseMysqlGtidSet(text) : parseMariadbGtidSet(text);
}

/** The set that holds nothing. */
export function emptyGtidSet(flavour: Flavour): GtidSet {
  return flavour === "mysql" ? new MysqlGtidSet() : new MariadbGtidSet();
}
