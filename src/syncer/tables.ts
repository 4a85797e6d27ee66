/**
 * The tables of a session: the upstream's as they are at this point of its log, the downstream's as they stand, and
 * how each is bound to the other. The decoder asks here for every table map.
 */
import { bindTable, type TargetTable } from "../applier/target.ts";
import type { TableMap } from "../binlog/table-map.ts";
import type { ColumnHint } from "../binlog/transaction.ts";
import { TidemarkError } from "../errors.ts";
import type { Connection } from "../mysql/connection.ts";
import type { Flavour } from "../mysql/flavour.ts";
import { matchTableMap } from "../schema/check-table-map.ts";
import type { readStructures, WantedTable } from "../schema/read-structures.ts";
import type { TableStructure } from "../schema/structure.ts";
import type { SchemaTracker } from "../schema/tracker.ts";

export interface TablesOptions {
  readonly tracker: SchemaTracker;
  readonly wanted: (database: string, table: string) => boolean;
  /** The downstream's name of a table of the upstream. */
  readonly routed: (database: string, table: string) => WantedTable;
  readonly readStructures: typeof readStructures;
  readonly downstream: Flavour;
  /** Whether the workers' sessions check foreign keys: then tables that they connect stay in order. */
  readonly foreignKeyChecks: boolean;
}

interface Bound {
  readonly upstream: TableStructure;
  readonly downstream: TableStructure;
  readonly target: TargetTable;
}

export class Tables {
  readonly #options: TablesOptions;
  #downstream = new Map<string, TableStructure>();
  #components = new Map<string, Component>();
  readonly #bound = new Map<string, Bound>();
  /** A table keeps its number through all its bindings: conflict keys are told apart by it. */
  readonly #ids = new Map<string, number>();

  constructor(options: TablesOptions) {
    this.#options = options;
  }

  /** Reads the downstream's tables: all that stand for a tracked table of the upstream. */
  async readAll(connection: Connection): Promise<void> {
    const names = this.#options.tracker
      .snapshot()
      .filter(({ database, table }) => this.#options.wanted(database, table))
      .map(({ database, table }) => this.#options.routed(database, table));
    const structures = await this.#options.readStructures(connection, names);
    this.#downstream = new Map(structures.map((structure) => [nameOf(structure), structure]));
    this.#components = components(structures);
  }

  /** Reads some of the downstream's tables afresh, after a DDL. Those that are gone are forgotten. */
  async readAgain(connection: Connection, names: readonly WantedTable[]): Promise<void> {
    const found = await this.#options.readStructures(connection, names);
    for (const name of names) this.#downstream.delete(nameOf(name));
    for (const structure of found) this.#downstream.set(nameOf(structure), structure);
    this.#components = components(this.#downstream.values());
    this.#bound.clear();
  }

  /** The downstream's structure of a table of the upstream, as last read. */
  downstreamOf(database: string, table: string): TableStructure | null {
    return this.#downstream.get(nameOf(this.#options.routed(database, table))) ?? null;
  }

  /** Tables downstream whose foreign keys point at one of these. */
  childrenOf(names: readonly WantedTable[]): WantedTable[] {
    const parents = new Set(names.map(nameOf));
    return [...this.#downstream.values()].filter(({ foreignKeys }) =>
      foreignKeys.some((key) => parents.has(nameOf({ database: key.parentDatabase, table: key.parentTable }))),
    );
  }

  /** Every table downstream that stands for a wanted one. */
  get downstreamTables(): readonly TableStructure[] {
    return [...this.#downstream.values()];
  }

  /** For the decoder: the binding of a table map's table, or null when its rows aren't wanted. */
  readonly resolve = (map: TableMap): TargetTable | null => {
    const { database, table } = map;
    const { tracker, wanted, routed } = this.#options;
    if (!wanted(database, table)) return null;
    const upstream = tracker.get(database, table);
    if (upstream === null) throw unknownTable(database, table);
    const hints = matchTableMap(upstream, map);
    const to = routed(database, table);
    const downstream = this.#downstream.get(nameOf(to));
    if (downstream === undefined) throw missingDownstream(to);
    const known = this.#bound.get(nameOf(map));
    if (known?.upstream === upstream && known.downstream === downstream && sameHints(known.target.columns, hints)) {
      return known.target;
    }
    const target = this.#bind(hints, upstream, downstream);
    this.#bound.set(nameOf(map), { upstream, downstream, target });
    return target;
  };

  #bind(hints: readonly ColumnHint[], upstream: TableStructure, downstream: TableStructure): TargetTable {
    const { downstream: flavour, foreignKeyChecks } = this.#options;
    const name = nameOf(downstream);
    const id = this.#ids.get(name) ?? this.#ids.size + 1;
    this.#ids.set(name, id);
    const component = foreignKeyChecks ? (this.#components.get(name) ?? null) : null;
    return bindTable(hints, upstream, downstream, {
      id,
      flavour,
      component: component?.name ?? null,
      cascades: component?.cascades ?? false,
    });
  }
}

function nameOf({ database, table }: WantedTable): string {
  return `${database}\0${table}`;
}

function sameHints(a: readonly ColumnHint[], b: readonly ColumnHint[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((hint, i) => {
    const other = b[i];
    return hint.name === other?.name && hint.charset === other.charset && hint.unsigned === other.unsigned;
  });
}

/** Tables that foreign keys connect, directly or not. */
interface Component {
  readonly name: string;
  /** A change of one table may change rows of another by itself (ON DELETE CASCADE and its kin). */
  readonly cascades: boolean;
}

const CASCADING = /CASCADE|SET/i;

/** Union-find over the foreign keys. */
function components(structures: Iterable<TableStructure>): Map<string, Component> {
  const root = new Map<string, string>();
  const find = (name: string): string => {
    const up = root.get(name) ?? name;
    return up === name ? name : find(up);
  };
  const cascading = new Set<string>();
  const list = [...structures];
  for (const structure of list) {
    for (const key of structure.foreignKeys) {
      const child = nameOf(structure);
      const parent = nameOf({ database: key.parentDatabase, table: key.parentTable });
      root.set(find(child), find(parent));
      if (CASCADING.test(key.onDelete) || CASCADING.test(key.onUpdate)) cascading.add(child);
      if (!root.has(parent)) root.set(parent, parent);
    }
  }
  const cascadingRoots = new Set([...cascading].map(find));
  const result = new Map<string, Component>();
  for (const name of root.keys()) {
    const top = find(name);
    result.set(name, { name: top, cascades: cascadingRoots.has(top) });
  }
  return result;
}

function unknownTable(database: string, table: string): TidemarkError {
  return new TidemarkError(
    "table_unknown",
    `The log has rows of ${database}.${table}, whose structure we don't know.`,
    {
      stage: "schema",
      hint: "It was dropped or renamed upstream after this point of the log. Start behind that point, or leave the table out with tables.exclude.",
      facts: { table: `${database}.${table}` },
    },
  );
}

function missingDownstream({ database, table }: WantedTable): TidemarkError {
  return new TidemarkError(
    "table_missing_downstream",
    `The downstream has no table ${database}.${table}, or we may not see it.`,
    {
      stage: "apply",
      hint: "Create it there as it is upstream (or grant the account its privileges), or leave it out with tables.exclude, then resume.",
      facts: { table: `${database}.${table}` },
    },
  );
}
