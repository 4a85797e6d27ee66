import { asTidemarkError, TidemarkError, type ErrorKind, type Stage } from "../errors.ts";

/**
 * The one table from what a server or the network says to what we make of it. By number or code, never
 * by message text (error 1236 gives one number to many causes: `upstream/dump-error.ts` has its texts).
 *
 * Numbers: MySQL's `messages_to_clients.txt`, `mysqlclient`'s `errmsg.h` (2000–2070) and MariaDB's
 * `errmsg-utf8.txt` (1900–1999 and 4000 up are MariaDB's own). Codes in capitals come from Node and mysql2.
 */
interface Row {
  readonly name: string;
  readonly kind: ErrorKind;
  readonly hint: string;
  /** errno of the server, or the `code` of a Node or mysql2 error. */
  readonly codes: readonly (number | string)[];
}

const TABLE: readonly Row[] = [
  {
    name: "server_unreachable",
    kind: "resumable",
    hint: "Check host and port in the task file, that the server is up, and that no firewall stands between.",
    codes: [
      "ECONNREFUSED",
      "EHOSTUNREACH",
      "ENETUNREACH",
      "EHOSTDOWN",
      "ENETDOWN",
      "ENOTFOUND",
      "EAI_AGAIN",
      "EADDRNOTAVAIL",
      "CONNECT_TIMEOUT",
      2002,
      2003,
      2005,
    ],
  },
  {
    name: "connection_lost",
    kind: "resumable",
    hint: "The server or the network ended the connection; a new one is made. If it repeats, look at the server's error log and net_write_timeout.",
    codes: [
      "ECONNRESET",
      "ECONNABORTED",
      "EPIPE",
      "ETIMEDOUT",
      "PROTOCOL_CONNECTION_LOST",
      "PROTOCOL_UNEXPECTED_PACKET",
      "CONNECTION_CLOSED",
      1152,
      1158,
      1159,
      1160,
      1161,
      1184,
      1927,
      2006,
      2013,
      2055,
      4031,
    ],
  },
  {
    name: "read_timeout",
    kind: "resumable",
    hint: "Nothing came from the server for the net timeout, not even a heartbeat; a new connection is made. Look for a frozen server or a firewall that drops idle flows.",
    codes: ["READ_TIMEOUT"],
  },
  {
    name: "server_shutdown",
    kind: "resumable",
    hint: "The server is shutting down or starting; we come back when it answers again.",
    codes: [1053, 1077, 1079, 1047],
  },
  {
    name: "query_interrupted",
    kind: "resumable",
    hint: "Someone ended the statement (KILL QUERY), or a server-side time limit did; it is tried again.",
    codes: [1317, 1969, 3024],
  },
  {
    name: "too_many_connections",
    kind: "resumable",
    hint: "Raise max_connections (or the user's MAX_USER_CONNECTIONS) on the server, or end idle clients.",
    codes: [1040, 1203, 1226],
  },
  {
    name: "host_blocked",
    kind: "fatal",
    hint: "The server blocks this host after too many failed connections: run FLUSH HOSTS (or TRUNCATE performance_schema.host_cache) there.",
    codes: [1129],
  },
  {
    name: "host_not_allowed",
    kind: "fatal",
    hint: "No account of that user may connect from this host: create one for it (CREATE USER 'user'@'host').",
    codes: [1130],
  },
  {
    name: "access_denied",
    kind: "fatal",
    hint: "Check user and password in the task file, and that the account exists for the host we connect from.",
    codes: [1045, 1698, 1251, 1524, 2049, 2059, 2061, "AUTH_SWITCH_PLUGIN_ERROR", "HANDSHAKE_UNKNOWN_ERROR"],
  },
  {
    name: "account_unusable",
    kind: "fatal",
    hint: "The account is locked or its password has expired: ALTER USER … ACCOUNT UNLOCK, or give it a new password.",
    codes: [1820, 1862, 3118, 3955, 4151],
  },
  {
    name: "privilege_missing",
    kind: "fatal",
    hint: "Grant the account what docs/privileges.md lists; `tidemark check` names each missing privilege.",
    codes: [1044, 1095, 1142, 1143, 1227, 1370, 1410, 3619],
  },
  {
    name: "tls_unsupported",
    kind: "fatal",
    hint: "The server offers no TLS: set up certificates there, or use `tls: preferred` or `tls: disabled` in the task file.",
    codes: ["HANDSHAKE_NO_SSL_SUPPORT", 2026],
  },
  {
    name: "tls_required",
    kind: "fatal",
    hint: "The server takes only encrypted connections from this account: use `tls: required` in the task file.",
    codes: [3159],
  },
  {
    name: "tls_failed",
    kind: "fatal",
    hint: "The TLS handshake failed: check `ca`, `cert` and `key`, the certificate's dates, and (verify-full) that it names the host.",
    codes: ["HANDSHAKE_SSL_ERROR"],
  },
  {
    name: "deadlock",
    kind: "retryable",
    hint: "The batch is rolled back and tried again, whole.",
    codes: [1213, 1020, 1613, 1614, 3101, 3572],
  },
  {
    name: "lock_wait_timeout",
    kind: "retryable",
    hint: "Another session holds the rows: the batch is tried again. If it repeats, look for long transactions in the downstream.",
    codes: [1205],
  },
  {
    name: "read_only",
    kind: "resumable",
    hint: "The server refuses writes: check read_only and super_read_only, and that this is the server you mean to write to.",
    codes: [1290, 1792, 1836],
  },
  {
    name: "disk_full",
    kind: "resumable",
    hint: "Make room on the server's disk; the task goes on by itself.",
    codes: [1021, 1114, 1026, 3675],
  },
  {
    name: "packet_too_large",
    kind: "fatal",
    hint: "Raise max_allowed_packet on the server (1 GiB is the most), or lower apply.batchBytes.",
    codes: [1153, 2020, 1301],
  },
  {
    name: "duplicate_key",
    kind: "fatal",
    hint: "A row with that key is there already: something else writes to the table, or both sides were not equal at the start.",
    codes: [1062, 1586, 1022, 1859],
  },
  {
    name: "unknown_database",
    kind: "fatal",
    hint: "Create the database downstream, or leave it out with `tables.exclude`.",
    codes: [1049],
  },
  {
    name: "unknown_table",
    kind: "fatal",
    hint: "Create the table downstream as it is upstream, or leave it out with `tables.exclude`.",
    codes: [1146, 1051, 1109],
  },
  {
    name: "unknown_column",
    kind: "fatal",
    hint: "The table's columns differ from the upstream's: make both sides alike.",
    codes: [1054, 1072, 1091],
  },
  {
    name: "value_refused",
    kind: "fatal",
    hint: "The downstream's column can't hold the value: make its type, length and nullability as they are upstream.",
    codes: [1048, 1263, 1264, 1265, 1292, 1364, 1366, 1406, 1411, 1690, 3140, 3819, 4025],
  },
  {
    name: "foreign_key_refused",
    kind: "fatal",
    hint: "A parent row is missing or a child row is in the way: both sides were not equal at the start, or the parent table is filtered out.",
    codes: [1216, 1217, 1451, 1452],
  },
  {
    name: "object_exists",
    kind: "fatal",
    hint: "What the statement creates is there already downstream: remove it, or make both sides alike and skip the statement.",
    codes: [1007, 1050, 1061, 1060, 1826],
  },
  {
    name: "syntax_refused",
    kind: "fatal",
    hint: "The downstream doesn't understand the statement: its flavour or version differs from the upstream's.",
    codes: [1064, 1149, 1115, 1273, 1286],
  },
  {
    name: "unknown_variable",
    kind: "fatal",
    hint: "The server doesn't know a session variable that we set: its version may be too old (docs/support.md).",
    codes: [1193, 1231, 1232, 1238],
  },
  {
    name: "binlog_off",
    kind: "fatal",
    hint: "Start the upstream with log_bin set; it must write a binary log to be followed.",
    codes: [1381],
  },
  {
    name: "gtids_purged",
    kind: "fatal",
    hint: "The upstream has purged transactions that we still need: copy the data again, or follow a server that holds them.",
    codes: [1789],
  },
];

const BY_CODE: ReadonlyMap<number | string, Row> = new Map(
  TABLE.flatMap((row) => row.codes.map((code) => [code, row])),
);

/** Thrown by {@link classifyServerError} for what has no row: nothing is known of it, so a person must look. */
const UNKNOWN_HINT =
  "This error is not in our table: look at the message and the server's error log, and report it if it should be handled.";

/**
 * What a thrown value of mysql2, Node's net or tls is to us. A {@link TidemarkError} comes back as it is.
 * `facts` carries the server's number (`code`) and SQL state. What the table doesn't know is fatal and called
 * `server_error_<number>`, or `server_error_<code>` in lower case for codes that are words.
 */
export function classifyServerError(thrown: unknown, stage: Stage): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  if (!(thrown instanceof Error)) return asTidemarkError(thrown, stage);
  const code = codeOf(thrown);
  if (code === null) return asTidemarkError(thrown, stage);
  const row = BY_CODE.get(code);
  const name = row?.name ?? `server_error_${String(code).toLowerCase()}`;
  const sqlState = fieldOf(thrown, "sqlState");
  return new TidemarkError(name, thrown.message, {
    stage,
    kind: row?.kind ?? "fatal",
    hint: row?.hint ?? UNKNOWN_HINT,
    facts: { code, ...(typeof sqlState === "string" && sqlState !== "" ? { sqlState } : {}) },
    cause: thrown,
  });
}

/** The server's error number where a server spoke (mysql2: positive `errno`), else the word that Node or mysql2 gives; null: neither. */
export function codeOf(thrown: unknown): number | string | null {
  if (typeof thrown !== "object" || thrown === null) return null;
  const errno = fieldOf(thrown, "errno");
  if (typeof errno === "number" && errno > 0) return errno;
  const code = fieldOf(thrown, "code");
  // mysql2's error for a command on a connection that it has lost has no code, but the flag of what ends a connection. It comes
  // before the socket's own end is told: kysely's ROLLBACK behind a COMMIT that was cut off meets it.
  if (typeof code !== "string") return fieldOf(thrown, "fatal") === true ? "CONNECTION_CLOSED" : null;
  // mysql2 gives one code to every failure of a TLS handshake. One whose connection broke is told by what Node puts
  // on it: the system call, or a local address (often undefined, but there). A refused certificate has neither.
  if (code === "HANDSHAKE_SSL_ERROR" && ("syscall" in thrown || "localAddress" in thrown)) return "ECONNRESET";
  return code;
}

function fieldOf(thrown: unknown, field: string): unknown {
  return typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, field) : undefined;
}
