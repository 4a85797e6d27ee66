import { emptyGtidSet, parseGtidSet } from "../binlog/gtid-set.ts";
import type { GtidSet } from "../binlog/gtid.ts";
import { positionText } from "../binlog/position.ts";
import { fatal, type TidemarkError } from "../errors.ts";
import type { Connection } from "../mysql/connection.ts";
import type { ServerInfo } from "../mysql/flavour.ts";
import { quoteText } from "../mysql/quote.ts";

/** Questions about the upstream's log that only its events answer, asked with `SHOW BINLOG EVENTS`. */

export interface EventRow {
  readonly Pos: string | number;
  readonly Event_type: string;
  readonly End_log_pos: string | number;
  readonly Info: string;
}

export interface Place {
  readonly file: string;
  readonly offset: number;
}

/** Events with which a transaction begins, or that stand between transactions, as the servers name them there. */
const BOUNDARIES: ReadonlySet<string> = new Set([
  "Format_desc",
  "Previous_gtids",
  "Gtid",
  "Gtid_tagged",
  "Gtid_tagged_log_event",
  "Anonymous_Gtid",
  "Gtid_list",
  "Binlog_checkpoint",
  "Start_encryption",
  "Rotate",
  "Stop",
]);

/** Events read at a time. */
const PAGE = 5_000;

/**
 * Throws `bad_position` when `place` (inside its file, or at its end) is not a boundary between transactions. MySQL before 5.7 logs
 * anonymous transactions without an event of their own; those servers are not supported.
 */
export async function checkBoundary(connection: Connection, place: Place): Promise<void> {
  if (place.offset < 4) throw badPosition(place, "a binlog file's first event is at 4");
  const [event] = await events(connection, place, 1);
  if (event === undefined || BOUNDARIES.has(event.Event_type)) return;
  throw badPosition(place, `a ${event.Event_type} event stands there, which is inside a transaction`);
}

/**
 * The GTIDs that were executed before a place: what the head of its file says, and those in the file up to there.
 * MariaDB has a function for it; of MySQL the file's events are read, which takes a while for a place far into a large file.
 */
export async function gtidsAt(connection: Connection, server: ServerInfo, place: Place): Promise<GtidSet> {
  if (server.flavour === "mariadb") {
    const [row] = await connection.query<{ gtids: string | null }>(
      `SELECT BINLOG_GTID_POS(${quoteText(place.file)}, ${place.offset}) AS gtids`,
    );
    if (row === undefined || row.gtids === null) throw badPosition(place, "the server can't tell the GTIDs before it");
    return parseGtidSet("mariadb", row.gtids);
  }
  let gtids = emptyGtidSet("mysql");
  let headRead = false;
  let offset = 4;
  for (;;) {
    const page = await events(connection, { file: place.file, offset }, PAGE);
    const texts: string[] = [];
    for (const event of page) {
      if (event.Event_type === "Previous_gtids") {
        // What was executed before this file; it belongs to every place in it, the beginning too.
        if (event.Info !== "") texts.push(event.Info);
        headRead = true;
      } else if (Number(event.Pos) < place.offset) {
        const next = /GTID_NEXT= '([^']+)'/.exec(event.Info)?.[1];
        if (next !== undefined && next !== "ANONYMOUS") texts.push(next);
      } else if (headRead) {
        return join(gtids, texts);
      }
    }
    gtids = join(gtids, texts);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return gtids;
    offset = Number(last.End_log_pos);
  }
}

function join(gtids: GtidSet, texts: readonly string[]): GtidSet {
  return texts.length === 0 ? gtids : gtids.union(parseGtidSet("mysql", texts.join(",").replaceAll("\n", "")));
}

/** At most `count` events from `place` on. Throws `bad_position` when none begins there. */
export async function events(connection: Connection, place: Place, count: number): Promise<readonly EventRow[]> {
  try {
    return await connection.query<EventRow>(
      `SHOW BINLOG EVENTS IN ${quoteText(place.file)} FROM ${place.offset} LIMIT ${count}`,
    );
  } catch (error) {
    // ER_ERROR_WHEN_EXECUTING_COMMAND: there is no event at that offset.
    if (isCode(error, 1220)) throw badPosition(place, "no event begins there");
    throw error;
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof Error && "facts" in error && Reflect.get(Object(error.facts), "code") === code;
}

function badPosition(place: Place, why: string): TidemarkError {
  return fatal("bad_position", `${positionText(place)} is not a place between two transactions: ${why}.`, {
    stage: "upstream",
    hint: "Take a position from SHOW BINARY LOG STATUS, a backup's notes, or an End_log_pos of SHOW BINLOG EVENTS where a transaction ends.",
    position: positionText(place),
  });
}
