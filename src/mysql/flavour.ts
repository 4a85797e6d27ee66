/** The two families of servers that write a binary log we read, or take what we apply. */
export type Flavour = "mysql" | "mariadb";

/** What a server says of itself, read once per connection. */
export interface ServerInfo {
  readonly flavour: Flavour;
  /** `8.4.3`, `10.11.14`: digits only, as {@link versionNumber} wants it. */
  readonly version: string;
  /** As the server spells it: `10.11.14-MariaDB-0+deb12u2-log`. */
  readonly versionText: string;
  /** `@@server_uuid`; MariaDB has none below 10.?: null there. */
  readonly uuid: string | null;
  readonly serverId: number;
}

/** `9.7.4` → 90704, so that versions compare as numbers. Ten thousands major, hundreds minor. */
export function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  return major * 10_000 + minor * 100 + patch;
}

/** `MySQL 9.7.4`, `MariaDB 10.11.14`: how a server is named to people. */
export function serverName(server: Pick<ServerInfo, "flavour" | "version">): string {
  return `${server.flavour === "mysql" ? "MySQL" : "MariaDB"} ${server.version}`;
}

/** The rows of `SHOW GLOBAL VARIABLES` (`version`, `server_id`, `server_uuid`) as {@link ServerInfo}; what isn't there is null or 0. */
export function serverInfoFrom(rows: readonly Readonly<Record<string, unknown>>[]): ServerInfo {
  const values = new Map(rows.map((row) => [String(row["Variable_name"]).toLowerCase(), String(row["Value"])]));
  const versionText = values.get("version") ?? "";
  return {
    flavour: /mariadb/i.test(versionText) ? "mariadb" : "mysql",
    version: /^\d+(?:\.\d+)*/.exec(versionText)?.[0] ?? "",
    versionText,
    uuid: values.get("server_uuid") ?? null,
    serverId: Number(values.get("server_id") ?? 0),
  };
}

/**
 * SQL for the server's clock, seconds since 1970 with microseconds. Not `UNIX_TIMESTAMP(NOW(6))`, which goes through the
 * local time and is an hour off when that hour comes twice.
 */
export const SERVER_NOW = "UNIX_TIMESTAMP() + MICROSECOND(NOW(6)) / 1000000";

/**
 * Where the flavours and versions spell the same thing differently: the one table of differences.
 * `since` is the first version with the row's spelling; the last row that fits counts.
 */
const SPELLINGS = {
  /** The end of the log: file, offset and (MySQL) executed GTIDs. */
  logStatus: [
    { flavour: "mysql", since: "0", text: "SHOW MASTER STATUS" },
    { flavour: "mysql", since: "8.2.0", text: "SHOW BINARY LOG STATUS" },
    { flavour: "mariadb", since: "0", text: "SHOW MASTER STATUS" },
    { flavour: "mariadb", since: "10.5.2", text: "SHOW BINLOG STATUS" },
  ],
  /** Those who read our log, or us among those who read another's. */
  replicas: [
    { flavour: "mysql", since: "0", text: "SHOW SLAVE HOSTS" },
    { flavour: "mysql", since: "8.0.22", text: "SHOW REPLICAS" },
    { flavour: "mariadb", since: "0", text: "SHOW SLAVE HOSTS" },
    { flavour: "mariadb", since: "10.5.1", text: "SHOW REPLICA HOSTS" },
  ],
  /** The privilege to follow the log. */
  replicaPrivilege: [
    { flavour: "mysql", since: "0", text: "REPLICATION SLAVE" },
    { flavour: "mariadb", since: "0", text: "REPLICATION SLAVE" },
  ],
  /** The privilege to ask where the log ends and which files there are. */
  statusPrivilege: [
    { flavour: "mysql", since: "0", text: "REPLICATION CLIENT" },
    { flavour: "mariadb", since: "0", text: "REPLICATION CLIENT" },
    { flavour: "mariadb", since: "10.5.2", text: "BINLOG MONITOR" },
  ],
  /** The privilege to run `SHOW BINLOG EVENTS`. */
  eventsPrivilege: [
    { flavour: "mysql", since: "0", text: "REPLICATION SLAVE" },
    { flavour: "mariadb", since: "0", text: "REPLICATION SLAVE" },
    { flavour: "mariadb", since: "10.5.2", text: "BINLOG MONITOR" },
  ],
} as const satisfies Record<string, readonly { flavour: Flavour; since: string; text: string }[]>;

/** How this server spells it: `spelling("logStatus", server)`. */
export function spelling(what: keyof typeof SPELLINGS, server: Pick<ServerInfo, "flavour" | "version">): string {
  const version = versionNumber(server.version);
  const rows = SPELLINGS[what].filter((row) => row.flavour === server.flavour && versionNumber(row.since) <= version);
  return rows.at(-1)?.text ?? SPELLINGS[what][0].text;
}
