import { TidemarkError, type ErrorKind } from "../errors.ts";
import { classifyServerError } from "../mysql/server-error.ts";

/**
 * Errors that a dump ends with. Error 1236 is one number for a dozen causes that want different answers, so this
 * is the one place where texts of a server are looked at: one row for each, its text as `sql/rpl_binlog_sender.cc` (MySQL, with
 * "replica/source") and `sql/sql_repl.cc` (MariaDB and MySQL up to 8.0.25, with "slave/master") have it.
 */
interface Row {
  readonly text: RegExp;
  readonly name: string;
  readonly kind: ErrorKind;
  readonly hint: string;
}

const COPY_AGAIN =
  "What we still need is gone there: follow a server that holds it, or copy the data again and start from a new position.";

const TEXTS: readonly Row[] = [
  {
    text: /could not find (the )?first log file name|could not open log file/i,
    name: "binlog_purged",
    kind: "fatal",
    hint: COPY_AGAIN,
  },
  {
    text: /purged required binary logs|has purged binary logs containing gtids|could not find gtid state requested by (slave|replica)|gtid position list does not specify an initial value/i,
    name: "binlog_purged",
    kind: "fatal",
    hint: COPY_AGAIN,
  },
  {
    text: /has more gtids than the (source|master)|to start from gtid .* which is not in the (master|source)'s binlog|binlog on the master is missing the gtid/i,
    name: "diverged",
    kind: "fatal",
    hint: "Our checkpoint holds transactions that this server never had, or has lost: compare both sides and decide which is right.",
  },
  {
    text: /position > file size|impossible position/i,
    name: "position_lost",
    kind: "fatal",
    hint: "The upstream's log is shorter than what we have read: it lost its tail (sync_binlog other than 1 and a crash) or was rebuilt. Compare both sides before going on.",
  },
  {
    text: /replication from position < 4/i,
    name: "bad_position",
    kind: "fatal",
    hint: "A binlog file begins at offset 4: correct `upstream.start`.",
  },
  {
    text: /log event entry exceeded max_allowed_packet/i,
    name: "source_packet_too_large",
    kind: "fatal",
    hint: "Raise max_allowed_packet on the upstream (1 GiB is the most). If it is, the position is not the start of an event.",
  },
  {
    // MySQL's bug 11370: a dump that reads the last event while it is being written.
    text: /binlog truncated in the middle of event/i,
    name: "binlog_truncated",
    kind: "resumable",
    hint: "Mostly an event that was still being written; if it stays, the upstream's disk is full or its log is damaged (mysqlbinlog --verify-binlog-checksum).",
  },
  {
    text: /bogus data in log event|i\/o error reading log event|unknown error reading log event|checksum verification failed|event crc check failed/i,
    name: "source_corrupt",
    kind: "resumable",
    hint: "The upstream can't read its own log there: check its disk with mysqlbinlog --verify-binlog-checksum.",
  },
  {
    text: /memory allocation failed reading log event/i,
    name: "source_out_of_memory",
    kind: "resumable",
    hint: "The upstream has no memory for its next event; we come back.",
  },
  {
    text: /same server_uuid\/server_id/i,
    name: "server_id_conflict",
    kind: "fatal",
    hint: "Another replica or task uses our server id: set `upstream.serverId` to one that is free. We don't reconnect, because that would end the other.",
  },
  {
    text: /can not handle replication events with the checksum/i,
    name: "checksum_not_negotiated",
    kind: "fatal",
    hint: "This is a defect of Tidemark (or a proxy that drops session variables): please report it.",
  },
  {
    text: /binary log is not open/i,
    name: "binlog_off",
    kind: "fatal",
    hint: "Start the upstream with log_bin set; it must write a binary log to be followed.",
  },
  {
    text: /cannot start in auto_position mode|cannot replicate anonymous transaction/i,
    name: "gtid_mode_mismatch",
    kind: "fatal",
    hint: "If gtid_mode is not ON any more, set it to ON again. If it is, the log still holds transactions without a GTID, which the upstream sends only with ON_PERMISSIVE: set that until the task has read them.",
  },
  {
    text: /misconfigured (source|master)/i,
    name: "server_id_missing",
    kind: "fatal",
    hint: "The upstream's own server_id is 0: give it one.",
  },
];

/** ER_SOURCE_FATAL_ERROR_READING_BINLOG and its kin, whose texts count; MariaDB numbers its GTID causes apart (1945–1956). */
const BY_TEXT: ReadonlySet<number> = new Set([1236, 1789, 1945, 1951, 1953, 1955, 1956]);

/** Both flavours answer a registration without the privilege with "access denied", as if the password were wrong. */
const ER_ACCESS_DENIED = 1045;

/** An ERR packet (payload from its 0xff on) of the stream. */
export function classifyDumpError(payload: Buffer): TidemarkError {
  const code = payload.length < 3 ? 0 : payload.readUInt16LE(1);
  if (code === 0) {
    // No server says that: the connection does not carry what was sent.
    const error = Object.assign(new Error("an error packet without a number"), { code: "PROTOCOL_CONNECTION_LOST" });
    return classifyServerError(error, "upstream");
  }
  const hasState = payload[3] === 0x23; // '#'
  const sqlState = hasState ? payload.toString("latin1", 4, 9) : "";
  return dumpError(code, sqlState, payload.toString("utf8", hasState ? 9 : 3));
}

/** The error of a code, SQL state and message; stage `upstream`. */
export function dumpError(code: number, sqlState: string, message: string): TidemarkError {
  if (code === ER_ACCESS_DENIED) {
    return new TidemarkError("privilege_missing", message, {
      stage: "upstream",
      kind: "fatal",
      hint: "GRANT REPLICATION SLAVE ON *.* TO the account of upstream.user (docs/privileges.md).",
      facts: { code, sqlState },
    });
  }
  const row = TEXTS.find((candidate) => candidate.text.test(message));
  const known = row !== undefined && (BY_TEXT.has(code) || row.name === "server_id_conflict");
  if (!known) return classifyServerError(Object.assign(new Error(message), { errno: code, sqlState }), "upstream");
  return new TidemarkError(row.name, message, {
    stage: "upstream",
    kind: row.kind,
    hint: row.hint,
    facts: { code, sqlState },
  });
}
