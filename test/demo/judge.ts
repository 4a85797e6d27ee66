/** The demo's last word: both sides, table by table. */

import { compareDatabases, describeDifferences } from "../support/compare.ts";
import type { RunningServer } from "../support/servers/index.ts";
import { counted, type Screen } from "./screen.ts";

/** Prints the comparison; true when both sides are equal. */
export async function judge(
  screen: Screen,
  upstream: RunningServer,
  downstream: RunningServer,
  database: string,
): Promise<boolean> {
  const differences = await compareDatabases(upstream, downstream, [database]);
  const names = await Promise.all([tables(upstream, database), tables(downstream, database)]);
  const rows: string[][] = [];
  for (const table of [...new Set(names.flat())].toSorted()) {
    const mine = differences.filter((each) => each.table === `${database}.${table}`);
    const [ours, theirs] = await Promise.all([count(upstream, database, table), count(downstream, database, table)]);
    rows.push([table, ours, theirs, mine.length === 0 ? "equal ✓" : `${mine.length} differences ✗`]);
  }
  screen.table(["table", "rows upstream", "rows downstream", "definition and every value"], rows, [1, 2]);
  if (differences.length > 0) screen.say(describeDifferences(differences));
  return differences.length === 0 && rows.length > 0;
}

async function tables(server: RunningServer, database: string): Promise<string[]> {
  const rows = await server.query(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}'`,
  );
  return rows.map((row) => String(row["name"]));
}

async function count(server: RunningServer, database: string, table: string): Promise<string> {
  const rows = await server.query(`SELECT COUNT(*) AS n FROM \`${database}\`.\`${table}\``).catch(() => []);
  return rows[0] === undefined ? "not there" : counted(Number(rows[0]["n"]));
}
