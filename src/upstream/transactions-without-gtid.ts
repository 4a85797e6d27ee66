/**
 * Transactions without a GTID (gtid_mode other than ON), and a log that is to be read by GTID: a MySQL whose mode is ON sends them to nobody, and a
 * dump by GTID set passes over whole files of them.
 */
import { positionText, type Position } from "../binlog/position.ts";
import { fatal, TidemarkError } from "../errors.ts";
import type { Connection } from "../mysql/connection.ts";
import type { ServerInfo } from "../mysql/flavour.ts";
import { events, type EventRow, type Place } from "./binlog-events.ts";
import { FIRST_OFFSET, gtidModeIsOn, readLogFiles, withGtids } from "./start.ts";

/** Events that open a transaction, as SHOW BINLOG EVENTS names them. */
const OPENING: ReadonlySet<string> = new Set(["Gtid", "Gtid_tagged", "Gtid_tagged_log_event", "Anonymous_Gtid"]);

/** Events read at a time: a file's first transaction mostly stands behind two others. */
const PAGE = 20;

/**
 * A checkpoint that has no GTIDs, with those that its place has by now: none had been logged, or the upstream writes them since. The
 * set may still be empty. null: they can't be told, and the log is read by file and offset. To be asked of the server that it is of.
 */
export async function completeGtids(
  connection: Connection,
  server: ServerInfo,
  position: Position,
): Promise<Position | null> {
  if (server.flavour === "mysql") {
    if (!(await gtidModeIsOn(connection))) return null;
    // Transactions without a GTID before the place, in its file, would end a dump by GTID.
    if (await goesOnWithoutGtid(connection, await onwards(connection, { ...position, offset: FIRST_OFFSET })))
      return null;
  }
  return withGtids(connection, server, position);
}

/**
 * For a place whose GTIDs are known and that was reached by file and offset, or may have been: makes sure that a dump by GTID set leaves
 * nothing out. It begins with the last file before which everything is in the set; transactions without a GTID don't count, so those between
 * the place and that file would never be sent. Throws `gtid_mode_mismatch`.
 */
export async function checkAllHaveGtids(connection: Connection, server: ServerInfo, position: Position): Promise<void> {
  if (server.flavour !== "mysql" || position.file === "" || !(await gtidModeIsOn(connection))) return;
  if (!(await goesOnWithoutGtid(connection, await onwards(connection, position)))) return;
  throw fatal(
    "gtid_mode_mismatch",
    "The upstream's log goes on with transactions without a GTID, and gtid_mode is ON.",
    {
      stage: "upstream",
      hint: "The upstream sends them only with gtid_mode=ON_PERMISSIVE: set that until the task has read them, then ON again.",
      position: positionText(position),
    },
  );
}

/** The place, if it is still there, and the beginnings of the files behind it. */
async function onwards(connection: Connection, { file, offset }: Position): Promise<readonly Place[]> {
  const files = (await readLogFiles(connection)).map((each) => each.file);
  const at = files.indexOf(file);
  const behind = files.slice(at + 1).map((each) => ({ file: each, offset: FIRST_OFFSET }));
  return at === -1 ? behind : [{ file, offset }, ...behind];
}

/**
 * Whether behind one of these places, in its file, a MySQL's log goes on with a transaction that has no GTID. Where a file has such, it begins
 * with one: a change of gtid_mode begins a new file.
 */
async function goesOnWithoutGtid(connection: Connection, places: readonly Place[]): Promise<boolean> {
  for (const place of places) if ((await firstTransaction(connection, place)) === "Anonymous_Gtid") return true;
  return false;
}

/** The type of the event that opens it; null: there is none, or the file was purged meanwhile. */
async function firstTransaction(connection: Connection, { file, offset }: Place): Promise<string | null> {
  for (let at = offset; ;) {
    let page: readonly EventRow[];
    try {
      page = await events(connection, { file, offset: at }, PAGE);
    } catch (error) {
      if (error instanceof TidemarkError && error.name === "bad_position") return null;
      throw error;
    }
    const first = page.find(({ Event_type: type }) => OPENING.has(type));
    if (first !== undefined) return first.Event_type;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return null;
    at = Number(last.End_log_pos);
  }
}
