import { fatal, type TidemarkError } from "../errors.ts";
import { serverName, type Flavour } from "../mysql/flavour.ts";

/** A text that is no GTID set. */
export function badGtidSet(text: string, why: string): TidemarkError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return fatal("bad_gtid_set", `"${shown}" is not a GTID set: ${why}.`, {
    stage: "decode",
    hint: "MySQL: `uuid:1-5:7,uuid:1-3` (SELECT @@gtid_executed). MariaDB: `0-1-5,1-2-9` (SELECT @@gtid_binlog_pos).",
  });
}

/** GTIDs of one flavour have no place in a set of the other. */
export function otherFlavour(flavour: Flavour): TidemarkError {
  const wanted = serverName({ flavour, version: "" }).trim();
  return fatal("gtid_flavour_mismatch", `A GTID or GTID set of another flavour met a set of ${wanted}.`, {
    stage: "decode",
    hint: "The checkpoint or the start position is from a server of the other flavour than the upstream.",
  });
}
