import { parseMariadbGtids, parseMariadbGtidSet } from "../binlog/gtid-set-mariadb.ts";
import { parseGtidSet } from "../binlog/gtid-set.ts";
import { gtidText, type MariadbGtid } from "../binlog/gtid.ts";
import { positionText, type Position } from "../binlog/position.ts";
import { fatal, type TidemarkError } from "../errors.ts";
import { readServerInfo, type Connection } from "../mysql/connection.ts";
import { SERVER_NOW, spelling, type ServerInfo } from "../mysql/flavour.ts";
import { quoteText } from "../mysql/quote.ts";
import { checkBoundary, gtidsAt } from "./binlog-events.ts";
import { withoutOwned } from "./owned-gtids.ts";

/** Where to begin when there is no checkpoint. */
export type StartPoint =
  | { readonly kind: "now" }
  | { readonly kind: "earliest" }
  | { readonly kind: "gtids"; readonly gtids: string }
  | { readonly kind: "position"; readonly file: string; readonly offset: number };

/** A {@link StartPoint} found in the upstream's log. */
export interface ResolvedStart {
  readonly position: Position;
  /** `position.gtids` is the whole executed set; false where the upstream writes none or not only such (MySQL, gtid_mode other than ON). */
  readonly gtidsComplete: boolean;
  readonly server: ServerInfo;
}

/** A binlog file begins with 4 magic bytes. */
export const FIRST_OFFSET = 4;

/** One file of the log. */
export interface LogFile {
  readonly file: string;
  readonly bytes: number;
}

/** The files of the log, oldest first. Throws `binlog_off`. */
export async function readLogFiles(connection: Connection): Promise<readonly LogFile[]> {
  // SHOW BINARY LOGS without a log is error 1381, which is `binlog_off`.
  const rows = await connection.query<{ Log_name: string; File_size: string | number }>("SHOW BINARY LOGS");
  return rows.map((row) => ({ file: row.Log_name, bytes: Number(row.File_size) }));
}

/**
 * The end of the upstream's log. MySQL: `gtids` is the executed set (with gtid_mode=ON, else ""); MariaDB: the log's GTID
 * position. File and offset may be some transactions ahead of `gtids` on a busy server. Throws `binlog_off`.
 */
export async function readEnd(connection: Connection, server?: ServerInfo): Promise<Position> {
  const { end } = await readEndAndTime(connection, server ?? (await readServerInfo(connection)));
  return end;
}

/** @see readEnd; and the upstream's clock, ms since 1970. One round trip. */
export async function readEndAndTime(
  connection: Connection,
  server: ServerInfo,
): Promise<{ readonly end: Position; readonly nowMs: number }> {
  const gtids = server.flavour === "mysql" ? "@@GLOBAL.gtid_mode" : "@@GLOBAL.gtid_binlog_pos";
  const results = await connection.statements(
    `SELECT ${gtids} AS gtids, ${SERVER_NOW} AS now; ${spelling("logStatus", server)}`,
  );
  const status = results[1]?.[0];
  if (status === undefined) throw binlogOff();
  const known = oneLine(results[0]?.[0]?.["gtids"]);
  return {
    end: {
      file: String(status["File"]),
      offset: Number(status["Position"]),
      gtids: server.flavour === "mariadb" ? known : known === "ON" ? oneLine(status["Executed_Gtid_Set"]) : "",
    },
    nowMs: Number(results[0]?.[0]?.["now"]) * 1000,
  };
}

/** Finds the start in the upstream's log. Throws `start_position_gone`, `bad_position`, `bad_gtid_set`, `gtid_mode_mismatch`, `diverged`, `binlog_off`. */
export async function resolveStart(connection: Connection, start: StartPoint): Promise<ResolvedStart> {
  const server = await readServerInfo(connection);
  const gtidsComplete = server.flavour === "mariadb" || (await gtidModeIsOn(connection));
  const place = await startPlace(connection, server, start, gtidsComplete);
  return { position: place, gtidsComplete, server };
}

async function startPlace(
  connection: Connection,
  server: ServerInfo,
  start: StartPoint,
  gtidsComplete: boolean,
): Promise<Position> {
  switch (start.kind) {
    case "now": {
      const end = await readEnd(connection, server);
      // Of a MariaDB, exactly the GTIDs before that offset.
      return server.flavour === "mariadb" ? withGtids(connection, server, end) : end;
    }
    case "earliest": {
      const [first] = await readLogFiles(connection);
      if (first === undefined) throw binlogOff();
      const place = { file: first.file, offset: FIRST_OFFSET };
      return gtidsComplete ? withGtids(connection, server, place) : { ...place, gtids: "" };
    }
    case "gtids": {
      if (!gtidsComplete) throw gtidModeMismatch();
      const position = { file: "", offset: FIRST_OFFSET, gtids: parseGtidSet(server.flavour, start.gtids).toString() };
      await checkGtids(connection, server, position, "start_position_gone");
      return position;
    }
    case "position": {
      await checkPlace(connection, start, "start_position_gone");
      await checkBoundary(connection, start);
      return gtidsComplete
        ? withGtids(connection, server, start)
        : { file: start.file, offset: start.offset, gtids: "" };
    }
    default:
      return start satisfies never;
  }
}

/**
 * Makes sure that the upstream still holds what comes after a checkpoint, as far as it can be known before reading.
 * Throws `binlog_purged` and `diverged` with the exact difference, `position_lost`, `gtid_mode_mismatch`.
 */
export async function checkPosition(connection: Connection, position: Position): Promise<void> {
  const server = await readServerInfo(connection);
  const byGtid = position.gtids !== "" && (server.flavour === "mariadb" || (await gtidModeIsOn(connection)));
  if (byGtid) await checkGtids(connection, server, position, "binlog_purged");
  else if (position.file === "") throw gtidModeMismatch();
  else await checkPlace(connection, position, "binlog_purged");
}

type Gone = "start_position_gone" | "binlog_purged";

async function checkPlace(connection: Connection, place: { file: string; offset: number }, name: Gone): Promise<void> {
  const files = await readLogFiles(connection);
  const found = files.find((candidate) => candidate.file === place.file);
  if (found === undefined) {
    const range = `${files[0]?.file ?? "none"} to ${files.at(-1)?.file ?? "none"}`;
    throw gone(name, `The upstream has no binlog file ${place.file} (it has ${range}).`, positionText(place));
  }
  if (place.offset <= found.bytes) return;
  const message = `The upstream's file ${place.file} ends at ${found.bytes}, before ${place.offset}.`;
  if (name === "start_position_gone") throw gone(name, message, positionText(place));
  throw fatal("position_lost", message, {
    stage: "upstream",
    hint: "The upstream lost the tail of its log (sync_binlog other than 1 and a crash) or was rebuilt: compare both sides before going on.",
    position: positionText(place),
  });
}

async function checkGtids(connection: Connection, server: ServerInfo, position: Position, name: Gone): Promise<void> {
  const { lacking, purged } =
    server.flavour === "mysql"
      ? await mysqlDifference(connection, position.gtids)
      : await mariadbDifference(connection, server, position.gtids);
  if (lacking !== "") {
    throw fatal("diverged", `The position holds transactions that the upstream does not have: ${lacking}.`, {
      stage: "upstream",
      hint: "The upstream lost them, or this is another server: compare both sides and decide which is right.",
      facts: { lacking },
    });
  }
  if (purged !== "")
    throw gone(name, `The upstream has purged transactions that are needed: ${purged}.`, position.gtids);
}

interface Difference {
  readonly lacking: string;
  readonly purged: string;
}

async function mysqlDifference(connection: Connection, gtids: string): Promise<Difference> {
  const set = quoteText(gtids);
  const [before] = await connection.query<{ owned: string }>("SELECT @@GLOBAL.gtid_owned AS owned");
  const [row] = await connection.query<{ lacking: string; purged: string }>(
    `SELECT GTID_SUBTRACT(${set}, @@GLOBAL.gtid_executed) AS lacking, GTID_SUBTRACT(@@GLOBAL.gtid_purged, ${set}) AS purged`,
  );
  return { lacking: withoutOwned(oneLine(row?.lacking), oneLine(before?.owned)), purged: oneLine(row?.purged) };
}

/**
 * What MariaDB has logged is its binlog state, the last number of each server in each domain: numbers of different servers don't
 * compare (with gtid_strict_mode=0 they go back, and one number comes twice). What it has purged is what its oldest file says was
 * executed before it; where that names another server than our position does, only the server can tell, and does when it is asked
 * for its log. (sql/sql_repl.cc, check_slave_start_position and contains_all_slave_gtid.)
 */
async function mariadbDifference(connection: Connection, server: ServerInfo, gtids: string): Promise<Difference> {
  const ours = parseMariadbGtidSet(gtids).gtids;
  const [row] = await connection.query<{ state: string }>("SELECT @@GLOBAL.gtid_binlog_state AS state");
  const state = parseMariadbGtids(oneLine(row?.state));
  const [first] = await readLogFiles(connection);
  const before =
    first === undefined
      ? ""
      : (await gtidsAt(connection, server, { file: first.file, offset: FIRST_OFFSET })).toString();
  return {
    lacking: ours
      .filter((gtid) => !state.some((logged) => isSameLine(logged, gtid) && logged.sequence >= gtid.sequence))
      .map(gtidText)
      .join(","),
    purged: parseMariadbGtids(before)
      .filter((last) => {
        const at = ours.find(({ domain }) => domain === last.domain);
        return at === undefined || (isSameLine(at, last) && at.sequence < last.sequence);
      })
      .map(gtidText)
      .join(","),
  };
}

/** Only within one server's transactions of one domain do numbers ascend. */
function isSameLine(a: MariadbGtid, b: MariadbGtid): boolean {
  return a.domain === b.domain && a.server === b.server;
}

/** The place, with the GTIDs that were executed before it. */
export async function withGtids(
  connection: Connection,
  server: ServerInfo,
  place: { readonly file: string; readonly offset: number },
): Promise<Position> {
  const gtids = await gtidsAt(connection, server, place);
  return { file: place.file, offset: place.offset, gtids: gtids.toString() };
}

/** Of a MySQL. */
export async function gtidModeIsOn(connection: Connection): Promise<boolean> {
  const [row] = await connection.query<{ mode: string }>("SELECT @@GLOBAL.gtid_mode AS mode");
  return row?.mode === "ON";
}

function oneLine(value: unknown): string {
  return typeof value === "string" ? value.replaceAll("\n", "") : "";
}

function gone(name: Gone, message: string, position: string): TidemarkError {
  return fatal(name, message, {
    stage: "upstream",
    hint:
      name === "start_position_gone"
        ? "Set `upstream.start` to a place that the upstream still has, for which the downstream holds the matching data."
        : "Follow a server that still holds it, or copy the data again and start from a new position.",
    position,
  });
}

function binlogOff(): TidemarkError {
  return fatal("binlog_off", "The upstream writes no binary log.", {
    stage: "upstream",
    hint: "Start the upstream with log_bin set; it must write a binary log to be followed.",
  });
}

function gtidModeMismatch(): TidemarkError {
  return fatal("gtid_mode_mismatch", "The position is a GTID set, and the upstream's gtid_mode is not ON.", {
    stage: "upstream",
    hint: "Set gtid_mode=ON on the upstream, or start from a file and offset.",
  });
}
