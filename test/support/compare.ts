/**
 * Are two servers' databases equal? Reads both sides with SQL of its own and shares no code with what is tested; the servers
 * themselves turn values into text. Nothing may write to the compared tables meanwhile.
 */

import { compareRows } from "./compare/rows.ts";
import { readTables, type ComparedTable } from "./compare/structure.ts";
import type { RunningServer } from "./servers/server.ts";

/** One thing that isn't the same. `upstream` and `downstream` are what each side has, as text; null: nothing. */
export interface Difference {
  readonly what: "table" | "structure" | "row count" | "row" | "value";
  /** `database.table` as the upstream calls it */
  readonly table: string;
  /** Of a row: its key as `id=7`, or for a table without one the row itself. Of a structure: the column, key, or line of the definition. */
  readonly key: string;
  readonly column: string | null;
  readonly upstream: string | null;
  readonly downstream: string | null;
}

/** A database's name on both sides, or its two names. */
export type DatabaseName = string | { readonly upstream: string; readonly downstream: string };

/** What a comparison may leave out. */
export interface CompareOptions {
  /** No more differences than this are listed per table; default 20. Row counts are told always. */
  readonly limit?: number;
  /** Tables to leave out, `database.table` as the upstream calls them. */
  readonly ignore?: readonly string[];
  /** Compare rows only, where a test wants the structures to differ. Columns are matched by name. */
  readonly rowsOnly?: boolean;
}

/**
 * All differences between the databases of `a` (the upstream) and `b` (the downstream); none means equal: the same tables, structures
 * and rows (as multisets where there is no primary key, so a row that is there twice must be there twice).
 */
export async function compareDatabases(
  a: RunningServer,
  b: RunningServer,
  databases: readonly DatabaseName[],
  options: CompareOptions = {},
): Promise<Difference[]> {
  const differences: Difference[] = [];
  // TIMESTAMP prints in the session's time zone, which a server's options may have changed.
  for (const server of [a, b]) await server.query("SET time_zone = '+00:00'");
  for (const database of databases) {
    const names = typeof database === "string" ? { upstream: database, downstream: database } : database;
    const [upstream, downstream] = await Promise.all([
      readTables(a, names.upstream, a.flavour === b.flavour && a.version === b.version),
      readTables(b, names.downstream, a.flavour === b.flavour && a.version === b.version),
    ]);
    for (const table of new Set([...upstream.keys(), ...downstream.keys()])) {
      const name = `${names.upstream}.${table}`;
      if (options.ignore?.includes(name) === true) continue;
      const [ours, theirs] = [upstream.get(table), downstream.get(table)];
      if (ours === undefined || theirs === undefined) {
        differences.push({
          what: "table",
          table: name,
          key: "",
          column: null,
          upstream: ours?.kind ?? null,
          downstream: theirs?.kind ?? null,
        });
        continue;
      }
      if (options.rowsOnly !== true) differences.push(...compareStructures(name, ours, theirs));
      if (ours.hasRows && theirs.hasRows)
        differences.push(
          ...(await compareRows(name, { server: a, table: ours }, { server: b, table: theirs }, options.limit ?? 20)),
        );
    }
  }
  return differences;
}

function compareStructures(name: string, ours: ComparedTable, theirs: ComparedTable): Difference[] {
  const differences: Difference[] = [];
  for (const key of new Set([...ours.facts.keys(), ...theirs.facts.keys()])) {
    const [upstream = null, downstream = null] = [ours.facts.get(key), theirs.facts.get(key)];
    if (upstream !== downstream)
      differences.push({ what: "structure", table: name, key, column: null, upstream, downstream });
  }
  return differences;
}

/** One line per difference, for people. */
export function describeDifferences(differences: readonly Difference[]): string {
  if (differences.length === 0) return "no differences";
  const show = (value: string | null): string =>
    value === null ? "nothing" : value.length > 200 ? `${value.slice(0, 200)}… (${value.length} characters)` : value;
  const lines = differences.map(({ what, table, key, column, upstream, downstream }) => {
    const where = [what, table, key, column].filter((part) => part !== null && part !== "").join(" ");
    return `${where}: upstream ${show(upstream)}, downstream ${show(downstream)}`;
  });
  return `${differences.length} differences:\n${lines.join("\n")}`;
}
