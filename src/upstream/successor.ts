/**
 * May another server take the place of the one that we have read, by GTID? Only when it has logged all that we have, still
 * has all that we lack, and logs what comes: then its log goes on where the other's ended for us. File and offset never count.
 */
import { fatal, type TidemarkError } from "../errors.ts";
import type { Connection } from "../mysql/connection.ts";
import type { Finding } from "../mysql/finding.ts";
import { serverName, type ServerInfo } from "../mysql/flavour.ts";
import { findingsOf, readVariables } from "../mysql/preflight.ts";
import { checkLog, demandUsableLog, LOG_VARIABLES } from "./preflight.ts";
import { checkPosition } from "./start.ts";

export interface Successor {
  readonly connection: Connection;
  readonly server: ServerInfo;
  /** Our GTID set, as text. */
  readonly gtids: string;
  /** It answers at the address of the one before: renumbered or rebuilt rather than another one of a group. */
  readonly samePlace: boolean;
}

/**
 * Throws `binlog_off`, `statement_format`, `gtid_mode_mismatch`, `replica_updates_not_logged`; `diverged` (what we have and it has
 * not logged) and `binlog_purged` (what we lack and it has purged) with the exact difference.
 */
export async function checkSuccessor({ connection, server, gtids, samePlace }: Successor): Promise<void> {
  await demandUsableLog(connection, server);
  await checkPosition(connection, { file: "", offset: 4, gtids });
  // MySQL is ON unless somebody has set it, MariaDB OFF; and a server that was never a replica has no use for it.
  if (!samePlace && !(await logsReplicaUpdates(connection))) throw notLogged();
}

/** Names of the setting: MySQL 8.0.26+, and before; MariaDB. */
const NAMES = ["log_replica_updates", "log_slave_updates"] as const;

async function logsReplicaUpdates(connection: Connection): Promise<boolean> {
  const variables = await readVariables(connection, NAMES);
  return NAMES.some((name) => /^(?:ON|1)$/i.test(variables.get(name) ?? ""));
}

function notLogged(): TidemarkError {
  return fatal(
    "replica_updates_not_logged",
    "The server doesn't log what it applies as a replica (log_replica_updates, log_slave_updates): its log has holes.",
    {
      stage: "upstream",
      hint: "Set log_replica_updates (MariaDB: log_slave_updates) in its option file and restart it, or take it out of `upstream.hosts`.",
    },
  );
}

const { ok, warn } = findingsOf("upstream");

/** Whether a further host of the task file could take over from the first, as far as it can be told in advance; `host` is its address. */
export async function checkFurtherHost(
  connection: Connection,
  server: ServerInfo,
  first: ServerInfo,
  host: string,
): Promise<readonly Finding[]> {
  if (server.flavour !== first.flavour) {
    const message = `${host} can't take over: it is ${serverName(server)}, and the first is ${serverName(first)}.`;
    return [warn("host_of_other_flavour", message, "Take it out of `upstream.hosts`.")];
  }
  const variables = await readVariables(connection, LOG_VARIABLES);
  const unfit = checkLog(server, variables).filter(({ id, level }) => level === "fail" || id === "gtid_mode");
  const findings = unfit.map((finding): Finding => ({
    ...finding,
    level: "warn",
    message: `${host} can't take over: ${finding.message}`,
  }));
  if (!(await logsReplicaUpdates(connection))) {
    const { name, message, hint } = notLogged();
    findings.push(warn(name, `${host} can't take over: ${message}`, hint));
  }
  return findings.length > 0 ? findings : [ok("host_fit", `${host} could take over.`)];
}
