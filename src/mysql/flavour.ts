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
