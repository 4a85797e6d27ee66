import type { Connection } from "../mysql/connection.ts";
import type { Finding } from "../mysql/finding.ts";
import { findingsOf } from "../mysql/preflight.ts";

/**
 * Databases whose default charset differs between both sides. A DDL that spells no charset out takes it: its columns are then in
 * another charset downstream. Where the log says in which charset text is, that does no harm to the reading; MariaDB's
 * doesn't with `binlog_row_metadata=NO_LOG`, its default, and the column's width tells it only for some (not for TEXT).
 * Collations aren't compared: the servers' own defaults differ, and keys count as equal where either side may think so.
 */
export async function checkCharsets(
  upstream: Connection,
  downstream: Connection,
  databases: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  const { ok, warn } = findingsOf("downstream");
  const [here, there] = await Promise.all([defaultCharsets(upstream), defaultCharsets(downstream)]);
  const differing = [...databases].flatMap((database) => {
    const [ours, theirs] = [here.get(database), there.get(database)];
    return ours === undefined || theirs === undefined || ours === theirs ? [] : [`${database} (${ours} → ${theirs})`];
  });
  if (differing.length === 0) {
    return databases.size === 0
      ? []
      : [ok("database_charset", "Databases have the same default charset on both sides.")];
  }
  return [
    warn(
      "database_charset",
      `The default charset of databases differs: ${differing.join(", ")}; tables and columns that a DDL gives none are in another one downstream.`,
      "ALTER DATABASE … CHARACTER SET … downstream; and on a MariaDB upstream SET GLOBAL binlog_row_metadata = MINIMAL, so that the log says which charset text is in.",
    ),
  ];
}

async function defaultCharsets(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.query<{ name: string; charset: string }>(
    "SELECT SCHEMA_NAME AS name, DEFAULT_CHARACTER_SET_NAME AS charset FROM information_schema.SCHEMATA",
  );
  // MySQL 8.0 and MariaDB 10.6 have renamed it.
  return new Map(rows.map(({ name, charset }) => [name, charset === "utf8" ? "utf8mb3" : charset]));
}
