import type { Flavour } from "../mysql/flavour.ts";
import type { GtidSet } from "./gtid.ts";

/** A GTID set from its text, as the servers take and print it; throws `bad_gtid_set`. "" is the empty set. */
export function parseGtidSet(_flavour: Flavour, _text: string): GtidSet {
  throw new Error("not there yet");
}

/** The set that holds nothing. */
export function emptyGtidSet(_flavour: Flavour): GtidSet {
  throw new Error("not there yet");
}
