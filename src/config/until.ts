import type { Flavour } from "../mysql/flavour.ts";
import { fatal } from "../errors.ts";

/** Where `run --until` ends: the upstream's end as it is at start, a set of GTIDs, or a place in a binlog file. */
export type Until =
  | { readonly kind: "now" }
  | { readonly kind: "gtids"; readonly text: string }
  | { readonly kind: "position"; readonly file: string; readonly offset: number };

/** A binlog's base name, a dot and a number of six digits or more, a colon, an offset. */
const FILE_AND_OFFSET = /^(?<file>[^\s:,/]+\.\d{6,}):(?<offset>\d{1,16})$/;

/**
 * `now`, a GTID set of either flavour, or `FILE:OFFSET`. A GTID holds no dot and a binlog's name always
 * does, so the three can't be mistaken for each other.
 * Throws `until_invalid` (usage).
 */
export function parseUntil(text: string): Until {
  const trimmed = text.trim();
  if (trimmed === "now") return { kind: "now" };
  const place = FILE_AND_OFFSET.exec(trimmed)?.groups;
  const file = place?.["file"];
  const offset = Number(place?.["offset"]);
  if (file !== undefined && Number.isSafeInteger(offset) && offset >= 4) return { kind: "position", file, offset };
  if (flavourOfGtids(trimmed) !== null) return { kind: "gtids", text: trimmed.replaceAll(/\s+/g, "") };
  throw fatal("until_invalid", `--until ${JSON.stringify(text)} is neither now, nor GTIDS, nor FILE:OFFSET`, {
    stage: "usage",
    hint: "Write `--until now`, `--until binlog.000007:1234` (offset 4 or more) or a GTID set as the upstream prints it.",
  });
}

const UUID = String.raw`[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}`;
const INTERVAL = String.raw`[1-9]\d*(?:-[1-9]\d*)?`;
const TAG = String.raw`[a-z_][a-z0-9_]{0,31}`;
/** MySQL manual, "GTID Sets": uuid:[tag:]interval[:interval]…[:tag:interval…], joined by commas. */
const MYSQL_GTIDS = new RegExp(
  String.raw`^${UUID}(?:\s*:\s*(?:${TAG}|${INTERVAL}))+(?:\s*,\s*${UUID}(?:\s*:\s*(?:${TAG}|${INTERVAL}))+)*$`,
  "i",
);
/** MariaDB knowledge base, "gtid_slave_pos": domain-server-sequence, joined by commas. */
const MARIADB_GTIDS = /^\d+-\d+-\d+(?:\s*,\s*\d+-\d+-\d+)*$/;

/**
 * Whose GTID set this looks like; null when it is none. Only the shape is looked at here: the numbers are
 * judged by the parser of the flavour once it is known which server answers.
 */
export function flavourOfGtids(text: string): Flavour | null {
  const trimmed = text.trim();
  if (MARIADB_GTIDS.test(trimmed)) return "mariadb";
  if (MYSQL_GTIDS.test(trimmed) && !/:\s*[a-z_][a-z0-9_]*\s*(?:,|$)/i.test(trimmed)) return "mysql";
  return null;
}
