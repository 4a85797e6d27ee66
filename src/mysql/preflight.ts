import { fatal, TidemarkError, type Stage } from "../errors.ts";
import type { Connection } from "./connection.ts";
import type { Finding } from "./finding.ts";
import { serverName, versionNumber, type Flavour, type ServerInfo } from "./flavour.ts";
import { readGrants, type Grants } from "./grants.ts";
import { quoteText } from "./quote.ts";

/** What both sides' probes share, and the probes of the downstream. Nothing here changes anything on a server. */

type Subject = Finding["subject"];

/** An error as the finding of `tidemark check`: its name becomes the id, so that `run` fails with the same word. */
export function findingOf(error: TidemarkError, subject: Subject): Finding {
  return { id: error.name, level: "fail", subject, message: error.message, hint: error.hint };
}

/** Throws the first `fail` as a fatal error of that name; `run` calls it with what `check` shows. */
export function throwFirstFailure(findings: readonly Finding[], stage: Stage): void {
  const failure = findings.find((finding) => finding.level === "fail");
  if (failure === undefined) return;
  throw fatal(failure.id, failure.message, { stage, hint: failure.hint ?? "See docs/errors.md." });
}

/** Runs a probe whose error is itself a finding. */
export async function probing(subject: Subject, probe: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await probe();
  } catch (error) {
    if (error instanceof TidemarkError && error.kind !== "resumable") return [findingOf(error, subject)];
    throw error;
  }
}

/** Makes findings of one subject. */
export interface FindingMaker {
  readonly ok: (id: string, message: string) => Finding;
  readonly warn: (id: string, message: string, hint: string) => Finding;
  readonly fail: (id: string, message: string, hint: string) => Finding;
}

/** @see FindingMaker */
export function findingsOf(subject: Subject): FindingMaker {
  return {
    ok: (id, message) => ({ id, level: "ok", subject, message, hint: null }),
    warn: (id, message, hint) => ({ id, level: "warn", subject, message, hint }),
    fail: (id, message, hint) => ({ id, level: "fail", subject, message, hint }),
  };
}

/** Global variables by their names in lower case; what the server doesn't know is not in the map. */
export async function readVariables(
  connection: Connection,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const list = names.map((name) => quoteText(name)).join(", ");
  const rows = await connection.query<{ Variable_name: string; Value: string }>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${list})`,
  );
  return new Map(rows.map((row) => [row.Variable_name.toLowerCase(), row.Value]));
}

/** The oldest versions that the tests run against, and the oldest that may work. */
const VERSIONS = {
  mysql: { oldest: "5.7.0", tested: "8.0.0" },
  mariadb: { oldest: "10.4.0", tested: "10.6.0" },
} as const satisfies Record<Flavour, { oldest: string; tested: string }>;

/** Is this a server that we know? */
export function checkVersion(server: ServerInfo, subject: Subject): Finding {
  const { ok, warn, fail } = findingsOf(subject);
  const { oldest, tested } = VERSIONS[server.flavour];
  const name = serverName(server);
  if (/tidb/i.test(server.versionText)) {
    return subject === "upstream"
      ? fail("version_unsupported", "TiDB writes no MySQL binary log.", "Use TiCDC to read from TiDB.")
      : ok("version", `TiDB (${server.versionText})`);
  }
  if (versionNumber(server.version) < versionNumber(oldest)) {
    return fail("version_unsupported", `${name} is older than ${oldest}.`, "Use a newer server.");
  }
  if (versionNumber(server.version) < versionNumber(tested)) {
    return warn(
      "version_untested",
      `${name} is older than what the tests run against (${tested}).`,
      "Try it on a copy first.",
    );
  }
  return ok("version", name);
}

/** One table that is written. */
export interface TargetTable {
  readonly database: string;
  readonly table: string;
}

export interface DownstreamCheck {
  readonly metaSchema: string;
  /** The downstream tables that the task writes. */
  readonly tables: readonly TargetTable[];
  /** A batch's statements may be about this long, bytes. */
  readonly batchBytes: number;
}

const META_PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX"] as const;
const ROW_PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE"] as const;
const DDL_PRIVILEGES = ["CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"] as const;

/** Everything about the downstream that can be known before the first write. Lost connections are thrown, all else is a finding. */
export async function checkDownstream(
  connection: Connection,
  server: ServerInfo,
  options: DownstreamCheck,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [checkVersion(server, "downstream")];
  findings.push(...(await probing("downstream", () => checkSettings(connection, options))));
  findings.push(
    ...(await probing("downstream", async () => checkWritePrivileges(await readGrants(connection, server), options))),
  );
  findings.push(...(await probing("downstream", () => checkTables(connection, options.tables))));
  return findings;
}

/** For a task that begins: throws `privilege_missing` where `check` calls it a failure. */
export async function demandWritePrivileges(
  connection: Connection,
  server: ServerInfo,
  options: DownstreamCheck,
): Promise<void> {
  throwFirstFailure(checkWritePrivileges(await readGrants(connection, server), options), "apply");
}

async function checkSettings(connection: Connection, options: DownstreamCheck): Promise<readonly Finding[]> {
  const { ok, warn, fail } = findingsOf("downstream");
  const variables = await readVariables(connection, ["read_only", "super_read_only", "max_allowed_packet"]);
  const findings: Finding[] = [];
  const readOnly = ["super_read_only", "read_only"].find((name) => isOn(variables.get(name)));
  findings.push(
    readOnly === undefined
      ? ok("read_only", "The downstream takes writes.")
      : fail(
          "read_only",
          `The downstream refuses writes: ${readOnly} is ON.`,
          `SET GLOBAL ${readOnly} = OFF, if this is the server you mean to write to.`,
        ),
  );
  const packet = Number(variables.get("max_allowed_packet") ?? 0);
  findings.push(
    packet >= options.batchBytes * 2
      ? ok("max_allowed_packet", `max_allowed_packet is ${packet} bytes.`)
      : warn(
          "max_allowed_packet",
          `max_allowed_packet is ${packet} bytes: rows larger than that can't be written.`,
          "SET PERSIST max_allowed_packet = 1073741824 (MariaDB: SET GLOBAL, and in its option file).",
        ),
  );
  const [zone] = await connection.query<{ at: string | null }>(
    "SELECT CONVERT_TZ('2000-01-01 00:00:00', 'UTC', 'Europe/Berlin') AS at",
  );
  findings.push(
    zone !== undefined && zone.at !== null
      ? ok("time_zone_tables", "The time zone tables are loaded.")
      : warn(
          "time_zone_tables",
          "The time zone tables are empty: a DDL that ran in a named time zone upstream will fail.",
          "Load them with mysql_tzinfo_to_sql (mariadb-tzinfo-to-sql).",
        ),
  );
  return findings;
}

function checkWritePrivileges(grants: Grants, options: DownstreamCheck): readonly Finding[] {
  const { ok, warn, fail } = findingsOf("downstream");
  const findings: Finding[] = [];
  const meta = META_PRIVILEGES.filter((privilege) => !grants.allows(privilege, options.metaSchema));
  findings.push(
    meta.length === 0
      ? ok("meta_schema", `Our own tables can be made in ${options.metaSchema}.`)
      : fail(
          "privilege_missing",
          `On ${options.metaSchema} (our own tables) the account lacks ${meta.join(", ")}.`,
          `GRANT ALL PRIVILEGES ON ${options.metaSchema}.* TO the account of downstream.user.`,
        ),
  );
  for (const { database, table } of options.tables) {
    const rows = ROW_PRIVILEGES.filter((privilege) => !grants.allows(privilege, database, table));
    const ddl = DDL_PRIVILEGES.filter((privilege) => !grants.allows(privilege, database, table));
    if (rows.length > 0) {
      findings.push(
        fail(
          "privilege_missing",
          `On ${database}.${table} the account lacks ${rows.join(", ")}.`,
          `GRANT ${ROW_PRIVILEGES.join(", ")} ON ${database}.* TO the account of downstream.user.`,
        ),
      );
    } else if (ddl.length > 0) {
      findings.push(
        warn(
          "ddl_privilege_missing",
          `On ${database}.${table} the account lacks ${ddl.join(", ")}: the upstream's DDL will stop the task.`,
          `GRANT ${DDL_PRIVILEGES.join(", ")} ON ${database}.* TO the account of downstream.user.`,
        ),
      );
    }
  }
  if (findings.length === 1 && options.tables.length > 0)
    findings.push(ok("table_privileges", `The account may write every table that is copied.`));
  return findings;
}

/** Tables asked for at a time. */
const PAGE = 500;

async function checkTables(connection: Connection, tables: readonly TargetTable[]): Promise<readonly Finding[]> {
  const { ok, warn } = findingsOf("downstream");
  const findings: Finding[] = [];
  for (let at = 0; at < tables.length; at += PAGE) {
    const list = tables
      .slice(at, at + PAGE)
      .map(({ database, table }) => `(${quoteText(database)}, ${quoteText(table)})`)
      .join(", ");
    const [engines = [], triggers = []] = await connection.statements(
      `SELECT t.TABLE_SCHEMA AS db, t.TABLE_NAME AS tbl, t.ENGINE AS engine FROM information_schema.TABLES t
         JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
        WHERE (t.TABLE_SCHEMA, t.TABLE_NAME) IN (${list}) AND (e.TRANSACTIONS IS NULL OR e.TRANSACTIONS <> 'YES');
       SELECT EVENT_OBJECT_SCHEMA AS db, EVENT_OBJECT_TABLE AS tbl, TRIGGER_NAME AS name FROM information_schema.TRIGGERS
        WHERE (EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE) IN (${list})`,
    );
    for (const row of engines ?? []) {
      findings.push(
        warn(
          "not_transactional",
          `${String(row["db"])}.${String(row["tbl"])} is ${String(row["engine"])}, which has no transactions: after a crash its rows may be applied twice.`,
          "ALTER TABLE … ENGINE = InnoDB downstream.",
        ),
      );
    }
    for (const row of triggers ?? []) {
      findings.push(
        warn(
          "triggers",
          `The trigger ${String(row["name"])} on ${String(row["db"])}.${String(row["tbl"])} fires for our writes too; what the upstream's triggers did arrives as rows as well.`,
          "Drop it downstream, unless it is meant for that.",
        ),
      );
    }
  }
  if (findings.length > 0 || tables.length === 0) return findings;
  return [ok("tables", "Nothing stands in the way of what is written to the tables that are copied.")];
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(on|1|yes|true)$/i.test(value);
}
