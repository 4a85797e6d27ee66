import { fatal } from "../errors.ts";
import type { Clock } from "../clock.ts";
import type { Connection } from "../mysql/connection.ts";
import { SERVER_NOW, serverInfoFrom, type Flavour, type ServerInfo } from "../mysql/flavour.ts";
import { quoteText } from "../mysql/quote.ts";
import { withoutOwned } from "./owned-gtids.ts";

/**
 * What a replica says and asks before a dump, in one round trip: our session's variables, who the server is,
 * what its clock says, and (MySQL) what it holds and lacks of our GTID set. All of it is done again at every
 * connection, because all of it belongs to the session.
 *
 * The servers read these user variables when the dump starts (MySQL: `Binlog_sender::init*` in
 * `sql/rpl_binlog_sender.cc`; MariaDB: `get_slave_*` in `sql/sql_repl.cc`). MySQL knows them by new names
 * (`@source_…`, `@replica_…`) since 8.0.26 and by the old ones as well; MariaDB by the old ones.
 */
export interface HousekeepingOptions {
  readonly flavour: Flavour;
  /** The server sends a heartbeat after this long without an event. */
  readonly heartbeatMs: number;
  /** After this long without a byte the connection is dead for us. */
  readonly netTimeoutMs: number;
  /** Ours, and stable: a server ends an older dump of the same UUID, which is our own of before. */
  readonly replicaUuid: string;
  readonly serverId: number;
  /** The GTIDs that we have, or null when the log is not read by GTID. */
  readonly gtids: string | null;
  /** Says that we acknowledge what the source asks us to (semi-synchronous replication). */
  readonly semiSync: boolean;
  readonly clock: Clock;
}

export interface Housekeeping {
  readonly server: ServerInfo;
  /** Events carry a CRC32. */
  readonly checksums: boolean;
  /** The server's clock minus ours, ms; right to half of the round trip. */
  readonly clockOffsetMs: number;
  /** MySQL: `gtid_mode` is ON. MariaDB: always true. */
  readonly gtidsOn: boolean;
  /** The source replicates semi-synchronously. False also where it was not asked, because we don't. */
  readonly semiSyncOn: boolean;
  /** MySQL, reading by GTID: GTIDs that we have and the server never had. "" is none. */
  readonly lacking: string;
  /** MySQL, reading by GTID: GTIDs that we lack and the server has purged. "" is none. */
  readonly purged: string;
}

/** How long a dump may go unread before the server gives up on it, seconds. MySQL: as long as the downstream may stand still. */
const NET_WRITE_TIMEOUT_S = 86_400;

/**
 * A MariaDB's dump thread that writes to a connection which is dead for us and not for it (its packets get lost) can't be killed
 * until this is over, and a new dump of ours waits for it (seen on 10.11: `Killed`, "Writing to net", and the new one "starting"). So it is
 * short there: a dump that we leave unread for longer, because the downstream stands still, is read on over a new connection.
 */
function netWriteTimeoutS({ flavour, netTimeoutMs }: HousekeepingOptions): number {
  return flavour === "mysql" ? NET_WRITE_TIMEOUT_S : Math.max(60, Math.ceil((2 * netTimeoutMs) / 1000));
}

/** MARIA_SLAVE_CAPABILITY_GTID: send GTID events as they are (`sql/log_event.h`). */
const MARIADB_CAPABILITY = 4;

const VARIABLES = ["version", "server_id", "server_uuid", "gtid_mode"];

/** The source's switch: MySQL 8.0.26+ (a plugin brings it); MySQL before, and MariaDB. */
export const SEMI_SYNC_VARIABLES = ["rpl_semi_sync_source_enabled", "rpl_semi_sync_master_enabled"];

/** The text of {@link housekeep}: sets, then two results. */
export function housekeepingText(options: HousekeepingOptions): string {
  const nanoseconds = `${Math.round(options.heartbeatMs * 1_000_000)}`;
  const sets = [
    `SESSION net_write_timeout = ${netWriteTimeoutS(options)}`,
    `@master_heartbeat_period = ${nanoseconds}`,
    "@master_binlog_checksum = @@GLOBAL.binlog_checksum",
    `@slave_uuid = ${quoteText(options.replicaUuid)}`,
  ];
  const asks = ["@master_binlog_checksum AS checksum", `${SERVER_NOW} AS now`];
  if (options.flavour === "mysql") {
    sets.push(
      `@source_heartbeat_period = ${nanoseconds}`,
      "@source_binlog_checksum = @@GLOBAL.binlog_checksum",
      `@replica_uuid = ${quoteText(options.replicaUuid)}`,
    );
    if (options.gtids !== null) {
      const set = quoteText(options.gtids);
      sets.push("@tidemark_owned = @@GLOBAL.gtid_owned");
      asks.push(
        "@tidemark_owned AS owned",
        `GTID_SUBTRACT(${set}, @@GLOBAL.gtid_executed) AS lacking`,
        `GTID_SUBTRACT(@@GLOBAL.gtid_purged, ${set}) AS purged`,
      );
    }
  } else {
    sets.push(`@mariadb_slave_capability = ${MARIADB_CAPABILITY}`);
    if (options.gtids !== null) {
      // Strict: a GTID that the server's log skips is an error instead of a silent start after it.
      sets.push(
        `@slave_connect_state = ${quoteText(options.gtids)}`,
        "@slave_gtid_strict_mode = 1",
        "@slave_gtid_ignore_duplicates = 0",
      );
    }
  }
  // Harmless where the source doesn't know them: they are variables of our session.
  if (options.semiSync) sets.push("@rpl_semi_sync_replica = 1", "@rpl_semi_sync_slave = 1");
  const variables = options.semiSync ? [...VARIABLES, ...SEMI_SYNC_VARIABLES] : VARIABLES;
  const show = `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${variables.map((name) => quoteText(name)).join(", ")})`;
  return `SET ${sets.join(", ")}; ${show}; SELECT ${asks.join(", ")}`;
}

/** Runs {@link housekeepingText} and reads its answers. Throws classified errors; `server_id_conflict` when the server's id is ours. */
export async function housekeep(connection: Connection, options: HousekeepingOptions): Promise<Housekeeping> {
  const before = options.clock.now();
  const results = await connection.statements(housekeepingText(options));
  const after = options.clock.now();
  const variables = results[1] ?? [];
  const answers = results[2]?.[0] ?? {};
  const server = serverInfoFrom(variables);
  if (server.serverId === options.serverId) {
    throw fatal("server_id_conflict", `The upstream's own server_id is ${server.serverId}, which is also ours.`, {
      stage: "upstream",
      hint: "Set `upstream.serverId` to a number that no other server or task uses.",
    });
  }
  const value = (name: string): unknown => variables.find((row) => row["Variable_name"] === name)?.["Value"];
  return {
    server,
    checksums: answers["checksum"] === "CRC32",
    clockOffsetMs: Number(answers["now"]) * 1000 - (before + after) / 2,
    gtidsOn: options.flavour === "mariadb" || value("gtid_mode") === "ON",
    semiSyncOn: options.semiSync && SEMI_SYNC_VARIABLES.some((name) => value(name) === "ON"),
    lacking: withoutOwned(text(answers["lacking"]), text(answers["owned"])),
    purged: text(answers["purged"]),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value.replaceAll("\n", "") : "";
}
