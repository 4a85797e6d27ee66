import type { Connection } from "./connection.ts";
import { serverInfoFrom, versionNumber, type ServerInfo } from "./flavour.ts";

/** One privilege on one object, granted or (MySQL's partial revokes) taken back. */
interface Grant {
  readonly privileges: ReadonlySet<string>;
  /** The database as granted: `*`, or a name in which `_` and `%` are wildcards unless a backslash stands before them. */
  readonly database: string;
  /** `*` or a table's name. */
  readonly table: string;
  readonly revoked: boolean;
}

/** What an account may do, as its SHOW GRANTS lines say. */
export interface Grants {
  /** True when the privilege (as SHOW GRANTS spells it, in capitals) holds for the table, the whole database (`table` "*"), or everywhere (both "*"). */
  allows(privilege: string, database?: string, table?: string): boolean;
}

/** Two spellings of one privilege in different versions. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  "REPLICATION SLAVE": ["REPLICATION SLAVE", "REPLICATION REPLICA"],
  "REPLICATION CLIENT": ["REPLICATION CLIENT", "BINLOG MONITOR"],
  "BINLOG MONITOR": ["BINLOG MONITOR", "REPLICATION CLIENT"],
};

/** The grants of the connection's own account, its active roles included. */
export async function readGrants(connection: Connection, server?: ServerInfo): Promise<Grants> {
  const info =
    server ??
    serverInfoFrom(await connection.query("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'server_id')"));
  let text = "SHOW GRANTS";
  if (info.flavour === "mysql" && versionNumber(info.version) >= versionNumber("8.0.0")) {
    // MariaDB's SHOW GRANTS unfolds roles by itself; MySQL wants them named.
    const [row] = await connection.query<{ roles: string }>("SELECT CURRENT_ROLE() AS roles");
    const roles = row?.roles ?? "NONE";
    if (roles !== "NONE") text = `SHOW GRANTS FOR CURRENT_USER() USING ${roles}`;
  }
  const rows = await connection.query<Record<string, string>>(text);
  return parseGrants(rows.flatMap((row) => Object.values(row)));
}

/** The lines of SHOW GRANTS. What isn't a grant on tables (roles, proxies, routines) is left out. */
export function parseGrants(lines: readonly string[]): Grants {
  const grants = lines.flatMap((line) => {
    const grant = parseLine(line);
    return grant === null ? [] : [grant];
  });
  return {
    allows(privilege, database = "*", table = "*") {
      const names = SAME[privilege] ?? [privilege];
      const fits = (grant: Grant): boolean =>
        covers(grant, database, table) &&
        (grant.privileges.has("ALL PRIVILEGES") || names.some((name) => grant.privileges.has(name)));
      return (
        grants.some((grant) => !grant.revoked && fits(grant)) && !grants.some((grant) => grant.revoked && fits(grant))
      );
    },
  };
}

const NAME = "(?:`((?:[^`]|``)*)`|(\\*|[^`.\\s]+))";
const LINE = new RegExp(`^(GRANT|REVOKE) (.+?) ON (?:TABLE )?${NAME}\\.${NAME} (?:TO|FROM) `, "s");

function parseLine(line: string): Grant | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, verb, list, quotedDatabase, database, quotedTable, table] = match;
  return {
    privileges: new Set(splitPrivileges(list ?? "")),
    database: quotedDatabase?.replaceAll("``", "`") ?? database ?? "*",
    table: quotedTable?.replaceAll("``", "`") ?? table ?? "*",
    revoked: verb === "REVOKE",
  };
}

/** `SELECT, INSERT (a, b), UPDATE` → the privileges on whole tables; those on columns are less and are left out. */
function splitPrivileges(list: string): string[] {
  return list
    .replaceAll(/[A-Z ]+\([^)]*\)/g, "")
    .split(",")
    .map((name) => name.trim().toUpperCase())
    .filter((name) => name !== "")
    .map((name) => (name === "ALL" ? "ALL PRIVILEGES" : name));
}

function covers(grant: Grant, database: string, table: string): boolean {
  if (grant.database === "*") return true;
  if (database === "*" || !databaseMatches(grant.database, database)) return false;
  return grant.table === "*" || grant.table === table;
}

function databaseMatches(pattern: string, database: string): boolean {
  const expression = pattern.replaceAll(/\\[_%]|[_%]|[\\.*+?^${}()|[\]]/g, (found) => {
    if (found === "_") return ".";
    if (found === "%") return ".*";
    return found.length === 2 ? found.slice(1) : `\\${found}`;
  });
  return new RegExp(`^${expression}$`, "su").test(database);
}
