import type { Position } from "../binlog/position.ts";
import { literalSchema } from "../config/patterns.ts";
import type { Task } from "../config/task.ts";
import { asTidemarkError } from "../errors.ts";
import { connect, readServerInfo, type Connection } from "../mysql/connection.ts";
import type { Finding } from "../mysql/finding.ts";
import { readGrants } from "../mysql/grants.ts";
import { checkDownstream, findingOf, findingsOf, probing } from "../mysql/preflight.ts";
import { quoteTable, quoteText } from "../mysql/quote.ts";
import { compileFilter } from "../routing/filter.ts";
import { compileRoutes, type Router } from "../routing/route.ts";
import { readStructures } from "../schema/read-structures.ts";
import type { TableStructure } from "../schema/structure.ts";
import { checkUpstream, reachable } from "../upstream/preflight.ts";
import { checkCharsets } from "./probe-charsets.ts";
import { type Reached, reachUpstream } from "./probe-hosts.ts";

/** What `tidemark check` looks at: both servers, and whether the task fits them. Changes nothing on either. */

/** All findings, the task's first. Whatever can't be found out is a finding too; nothing is thrown. */
export async function probe(task: Task): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const downstream = await reachDownstream(task, findings);
  const upstream = await reachUpstream(task, findings);
  try {
    const routed = routes(task, findings);
    const checkpoint =
      downstream === null ? null : await guarded("downstream", findings, () => readCheckpoint(downstream, task));
    let tables: readonly TableStructure[] = [];
    if (upstream !== null) {
      await guarded("upstream", findings, async () => {
        findings.push(...(await checkUpstream(upstream.connection, upstream.server, upstreamCheck(task, checkpoint))));
        tables = await wantedTables(task, upstream.connection);
        findings.push(...(await probing("upstream", () => checkVisible(task, upstream, tables))));
      });
    }
    if (downstream !== null && routed !== null) {
      await guarded("downstream", findings, async () => {
        const targets = tables.map(({ database, table }) => routed(database, table));
        const options = { metaSchema: task.downstream.metaSchema, tables: targets, batchBytes: task.apply.batchBytes };
        findings.push(...(await checkDownstream(downstream.connection, downstream.server, options)));
        const there = await readStructures(downstream.connection, targets);
        findings.push(...checkCounterparts(task, targets, there, checkpoint !== null));
        const databases = new Set(tables.map(({ database }) => database));
        if (upstream !== null)
          findings.push(...(await checkCharsets(upstream.connection, downstream.connection, databases)));
      });
    }
  } finally {
    await downstream?.connection.close();
    await upstream?.connection.close();
  }
  return findings;
}

async function reachDownstream(task: Task, findings: Finding[]): Promise<Reached | null> {
  const address = task.downstream;
  return guarded("downstream", findings, async () => {
    const connection = await connect(address, undefined, { stage: "check" });
    const server = await readServerInfo(connection);
    findings.push(reachable(server, address.host, address.port, "downstream"));
    return { connection, server };
  });
}

/** What a probe says, or null when it fails: its error is a finding then, lost connections included. */
async function guarded<T>(
  subject: Finding["subject"],
  findings: Finding[],
  probeIt: () => Promise<T>,
): Promise<T | null> {
  try {
    return await probeIt();
  } catch (thrown) {
    findings.push(findingOf(asTidemarkError(thrown, "check"), subject));
    return null;
  }
}

function routes(task: Task, findings: Finding[]): Router | null {
  try {
    return compileRoutes(task.routes);
  } catch (thrown) {
    findings.push(findingOf(asTidemarkError(thrown, "routing"), "task"));
    return null;
  }
}

function upstreamCheck(task: Task, checkpoint: Position | null): Parameters<typeof checkUpstream>[2] {
  const from = checkpoint === null ? { start: task.upstream.start } : { checkpoint };
  return { task: task.name, serverId: task.upstream.serverId, semiSync: task.upstream.semiSync, from };
}

/** The task's checkpoint, or null on a first start: then not even the meta schema need be there. */
async function readCheckpoint({ connection }: Reached, task: Task): Promise<Position | null> {
  const schema = task.downstream.metaSchema;
  const [found] = await connection.query(
    `SELECT 1 AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(schema)} AND TABLE_NAME = 'checkpoint'`,
  );
  if (found === undefined) return null;
  const [row] = await connection.query<{ file: string; file_offset: string; gtids: string }>(
    `SELECT file, file_offset, gtids FROM ${quoteTable(schema, "checkpoint")} WHERE task = ${quoteText(task.name)}`,
  );
  return row === undefined ? null : { file: row.file, offset: Number(row.file_offset), gtids: row.gtids };
}

async function wantedTables(task: Task, connection: Connection): Promise<readonly TableStructure[]> {
  const [row] = await connection.query<{ folded: number | string }>("SELECT @@GLOBAL.lower_case_table_names AS folded");
  const caseSensitive = Number(row?.folded ?? 0) === 0;
  return readStructures(
    connection,
    compileFilter({ ...task.tables, caseSensitive, metaSchema: task.downstream.metaSchema }),
  );
}

/** Servers show an account only tables on which it has a privilege: what we can't see, we can't copy. */
async function checkVisible(
  task: Task,
  upstream: Reached,
  tables: readonly TableStructure[],
): Promise<readonly Finding[]> {
  const { ok, warn, fail } = findingsOf("upstream");
  const grants = await readGrants(upstream.connection, upstream.server);
  const findings: Finding[] = [];
  for (const schema of new Set(task.tables.include.map(literalSchema))) {
    if (grants.allows("SELECT", schema ?? "*", "*")) continue;
    const seen = tables.some(({ database }) => schema === null || database === schema);
    const where = schema === null ? "all schemas" : schema;
    const message = `The account of upstream.user lacks SELECT on ${where}: tables that it can't see are not known.`;
    const hint = `GRANT SELECT ON ${schema === null ? "*" : schema}.* TO the account of upstream.user.`;
    findings.push(seen ? warn("select_partial", message, hint) : fail("privilege_missing", message, hint));
  }
  if (tables.length === 0) {
    findings.push(
      warn(
        "no_tables",
        "No table of the upstream matches tables.include.",
        "Look at the patterns, unless the tables are yet to come.",
      ),
    );
  } else {
    findings.push(ok("tables", `Tables that are copied: ${tables.length}.`));
  }
  const keyless = tables.filter(({ uniqueKeys }) => uniqueKeys.length === 0);
  if (keyless.length > 0) {
    const names = list(keyless);
    findings.push(
      warn(
        "no_key",
        `Tables without a unique key are applied one change at a time, and slowly: ${names}.`,
        "Give them a primary key.",
      ),
    );
  }
  return findings;
}

function checkCounterparts(
  task: Task,
  targets: readonly Named[],
  there: readonly TableStructure[],
  hasCheckpoint: boolean,
): readonly Finding[] {
  const { ok, warn, fail } = findingsOf("downstream");
  const known = new Set(there.map(({ database, table }) => `${database}.${table}`.toLowerCase()));
  const missing = targets.filter(({ database, table }) => !known.has(`${database}.${table}`.toLowerCase()));
  if (missing.length === 0)
    return targets.length === 0 ? [] : [ok("counterparts", "Every table that is copied is there.")];
  const message = `The downstream lacks tables that are copied: ${list(missing)}.`;
  // A log that is read from further back may still hold their CREATE TABLE.
  if (!hasCheckpoint && task.upstream.start.kind === "now") {
    return [
      fail("table_missing_downstream", message, "Create them as they are upstream, with their data, or exclude them."),
    ];
  }
  return [
    warn(
      "table_missing_downstream",
      message,
      "Unless the log that is yet to be read creates them, their first row stops the task.",
    ),
  ];
}

interface Named {
  readonly database: string;
  readonly table: string;
}

const LISTED_MAX = 10;

function list(tables: readonly Named[]): string {
  const names = tables.slice(0, LISTED_MAX).map(({ database, table }) => `${database}.${table}`);
  const more = tables.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}
