import type { Position } from "../binlog/position.ts";
import type { Connection } from "../mysql/connection.ts";
import type { Finding } from "../mysql/finding.ts";
import { serverName, spelling, type ServerInfo } from "../mysql/flavour.ts";
import { readGrants } from "../mysql/grants.ts";
import { SEMI_SYNC_VARIABLES } from "./housekeeping.ts";
import { checkVersion, findingsOf, probing, readVariables, throwFirstFailure } from "../mysql/preflight.ts";
import { replicaUuid } from "./replica-uuid.ts";
import { RETENTION_VARIABLES, retentionSeconds } from "./retention.ts";
import { checkPosition, readEnd, resolveStart, type StartPoint } from "./start.ts";

/** Everything about the upstream that can be known before it is read. Nothing is changed there, and a running task is not disturbed. */
export interface UpstreamCheck {
  readonly task: string;
  /** Ours. */
  readonly serverId: number;
  /** The task asks for semi-synchronous replication. */
  readonly semiSync: boolean;
  /** Where the task would begin: its checkpoint, or the task file's start. */
  readonly from: { readonly checkpoint: Position } | { readonly start: StartPoint };
}

const { ok, warn, fail } = findingsOf("upstream");

/** What {@link checkLog} looks at. */
export const LOG_VARIABLES = [
  "log_bin",
  "binlog_format",
  "binlog_row_image",
  "binlog_row_metadata",
  "binlog_checksum",
  "gtid_mode",
  "sync_binlog",
  ...RETENTION_VARIABLES,
];

/** Less than this of binlog kept leaves no time to mend a stopped task. */
const RETENTION_MIN_S = 86_400;

/** The findings, in the order in which a person would look. Lost connections are thrown, all else is a finding. */
export async function checkUpstream(
  connection: Connection,
  server: ServerInfo,
  options: UpstreamCheck,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [checkVersion(server, "upstream")];
  const variables = await readVariables(connection, LOG_VARIABLES);
  findings.push(...checkLog(server, variables));
  if (findings.some((finding) => finding.level === "fail")) return findings;
  findings.push(checkServerId(server, options.serverId));
  if (options.semiSync) findings.push(await checkSemiSync(connection));
  const privileges = await probing("upstream", () => checkPrivileges(connection, server));
  findings.push(...privileges);
  if (privileges.some((finding) => finding.level === "fail")) return findings;
  findings.push(...(await probing("upstream", () => checkReplicas(connection, server, options))));
  findings.push(...(await probing("upstream", () => checkFilters(connection, server))));
  findings.push(...(await probing("upstream", () => checkFrom(connection, options))));
  return findings;
}

/** For a task that begins: throws what `check` calls a failure of the log's settings (`binlog_off`, `statement_format`). */
export async function demandUsableLog(connection: Connection, server: ServerInfo): Promise<void> {
  throwFirstFailure(checkLog(server, await readVariables(connection, LOG_VARIABLES)), "upstream");
}

/** What the server's variables say of its log. */
export function checkLog(server: ServerInfo, variables: ReadonlyMap<string, string>): readonly Finding[] {
  const value = (name: string): string => (variables.get(name) ?? "").toUpperCase();
  if (value("log_bin") !== "ON" && value("log_bin") !== "1") {
    return [
      fail(
        "binlog_off",
        "The upstream writes no binary log (log_bin is OFF).",
        "Set log_bin in its option file and restart it.",
      ),
    ];
  }
  const findings: Finding[] = [ok("binlog_on", "The upstream writes a binary log.")];
  findings.push(checkFormat(value("binlog_format")));
  const image = value("binlog_row_image");
  findings.push(
    image === "FULL" || image === "" || image === "FULL_NODUP"
      ? ok("binlog_row_image", "Whole rows are logged.")
      : warn(
          "binlog_row_image",
          `binlog_row_image is ${image}: rows are logged in part.`,
          "SET GLOBAL binlog_row_image = FULL; it makes every check of rows possible.",
        ),
  );
  findings.push(
    value("binlog_row_metadata") === "FULL"
      ? ok("binlog_row_metadata", "Column names are logged.")
      : warn(
          "binlog_row_metadata",
          "Column names are not logged: after a DDL that we can't follow, columns can only be told by their order.",
          "SET GLOBAL binlog_row_metadata = FULL.",
        ),
  );
  if (value("binlog_checksum") === "NONE") {
    findings.push(
      warn(
        "binlog_checksum",
        "The log has no checksums: damage on its way is not noticed.",
        "SET GLOBAL binlog_checksum = CRC32.",
      ),
    );
  }
  if (server.flavour === "mysql" && value("gtid_mode") !== "ON") {
    findings.push(
      warn(
        "gtid_mode",
        `gtid_mode is ${value("gtid_mode")}: the log is read by file and offset, which can't follow a failover.`,
        "Set gtid_mode = ON.",
      ),
    );
  }
  if (value("sync_binlog") !== "1") {
    findings.push(
      warn(
        "sync_binlog",
        `sync_binlog is ${value("sync_binlog")}: a crash of the upstream may lose transactions that we have applied already.`,
        "SET GLOBAL sync_binlog = 1.",
      ),
    );
  }
  findings.push(checkRetention(variables));
  return findings;
}

function checkFormat(format: string): Finding {
  if (format === "ROW") return ok("binlog_format", "binlog_format is ROW.");
  return fail(
    "statement_format",
    `binlog_format is ${format}: statements can't be applied exactly, rows can.`,
    "SET GLOBAL binlog_format = ROW, in the option file too, and let open sessions reconnect.",
  );
}

function checkRetention(variables: ReadonlyMap<string, string>): Finding {
  const seconds = retentionSeconds(variables);
  if (seconds === null) return ok("binlog_retention", "Binlog files are kept until somebody purges them.");
  const text = `Binlog files are kept for ${Math.round(seconds / 3600)} hours`;
  return seconds >= RETENTION_MIN_S
    ? ok("binlog_retention", `${text}.`)
    : warn(
        "binlog_retention",
        `${text}: a task that stands still for longer must start anew.`,
        "Raise binlog_expire_logs_seconds.",
      );
}

async function checkSemiSync(connection: Connection): Promise<Finding> {
  const values = [...(await readVariables(connection, SEMI_SYNC_VARIABLES)).values()];
  return values.includes("ON")
    ? ok("semi_sync", "The upstream replicates semi-synchronously: its clients wait for our checkpoint.")
    : warn(
        "semi_sync_off",
        "The task asks for semi-synchronous replication, and the upstream has it off.",
        "MySQL: INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so', then rpl_semi_sync_source_enabled = ON. MariaDB: rpl_semi_sync_master_enabled = ON. Or remove upstream.semiSync.",
      );
}

function checkServerId(server: ServerInfo, ours: number): Finding {
  if (server.serverId === 0) {
    return fail(
      "server_id_missing",
      "The upstream's server_id is 0.",
      "Give it a server_id; it sends nothing to replicas without one.",
    );
  }
  return server.serverId === ours
    ? fail(
        "server_id_conflict",
        `The upstream's own server_id is ${ours}, which is also ours.`,
        "Set `upstream.serverId` to a number that no other server or task uses.",
      )
    : ok("server_id", `Our server id ${ours} is not the upstream's.`);
}

async function checkPrivileges(connection: Connection, server: ServerInfo): Promise<readonly Finding[]> {
  const grants = await readGrants(connection, server);
  const wanted = [
    ...new Set([
      spelling("replicaPrivilege", server),
      spelling("statusPrivilege", server),
      spelling("eventsPrivilege", server),
    ]),
  ];
  const missing = wanted.filter((privilege) => !grants.allows(privilege));
  return missing.length === 0
    ? [ok("replication_privileges", `The account has ${wanted.join(", ")}.`)]
    : [
        fail(
          "privilege_missing",
          `The upstream's account lacks ${missing.join(", ")}.`,
          `GRANT ${missing.join(", ")} ON *.* TO the account of upstream.user.`,
        ),
      ];
}

/** MySQL tells its replicas' ids and UUIDs; MariaDB tells no UUID, and only to administrators. */
async function checkReplicas(
  connection: Connection,
  server: ServerInfo,
  options: UpstreamCheck,
): Promise<readonly Finding[]> {
  if (server.flavour === "mariadb") return [];
  const rows = await connection.query(spelling("replicas", server));
  const ours = replicaUuid(options.task, options.serverId);
  const other = rows.find((row) => {
    const uuid = row["Replica_UUID"] ?? row["Slave_UUID"];
    return Number(row["Server_Id"] ?? row["Server_id"]) === options.serverId && uuid !== ours;
  });
  if (other === undefined) return [ok("server_id_free", `No other replica uses the server id ${options.serverId}.`)];
  return [
    fail(
      "server_id_conflict",
      `Another replica is registered with our server id ${options.serverId}.`,
      "Set `upstream.serverId` to a number that no other server or task uses.",
    ),
  ];
}

async function checkFilters(connection: Connection, server: ServerInfo): Promise<readonly Finding[]> {
  const [status] = await connection.query(spelling("logStatus", server));
  const filters = ["Binlog_Do_DB", "Binlog_Ignore_DB"].filter(
    (name) => typeof status?.[name] === "string" && status[name] !== "",
  );
  if (filters.length === 0) return [];
  return [
    warn(
      "binlog_filtered",
      `The upstream leaves databases out of its log (${filters.join(", ")}): their changes never arrive.`,
      "Remove binlog-do-db and binlog-ignore-db from its option file.",
    ),
  ];
}

async function checkFrom(connection: Connection, options: UpstreamCheck): Promise<readonly Finding[]> {
  if ("checkpoint" in options.from) {
    await checkPosition(connection, options.from.checkpoint);
    return [ok("position", "The upstream still holds everything behind the checkpoint.")];
  }
  const { position } = await resolveStart(connection, options.from.start);
  await readEnd(connection);
  const where = position.file === "" ? position.gtids : `${position.file}:${position.offset}`;
  return [ok("position", `The task would start at ${where}.`)];
}

/** The first finding: we got in. */
export function reachable(server: ServerInfo, host: string, port: number, subject: Finding["subject"]): Finding {
  return findingsOf(subject).ok("reachable", `${serverName(server)} answers at ${host}:${port}.`);
}
