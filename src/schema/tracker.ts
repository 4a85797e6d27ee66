/**
 * The upstream's tables as they were at this point of its log (D2).
 *
 * They are read once, when a task starts; from then on each DDL of the log changes them. The interpreter of a
 * DDL is the downstream's server, which has just executed it: definitions of new and changed columns are taken
 * from there, by name. Names and order of columns are worked out here, from the statement, because the downstream may
 * hold its columns in another order, or more of them. What can't be worked out is `schema_not_derivable`.
 */
import { withKeysOf } from "./alter-structure.ts";
import { type Change, Changes } from "./changes.ts";
import {
  alterTable,
  createTable,
  type DownstreamAfter,
  markTriggers,
  renameTables,
  resolve,
  type Scene,
  takeDownstreams,
} from "./derive-table.ts";
import type { Statement } from "./statement.ts";
import type { TableStructure } from "./structure.ts";

export type { Change } from "./changes.ts";
export type { DownstreamAfter } from "./derive-table.ts";

export interface TrackerOptions {
  /** The upstream's: 0 compares names exactly; 1 and 2 without regard to case. */
  readonly lowerCaseTableNames: 0 | 1 | 2;
}

export class SchemaTracker {
  readonly #options: TrackerOptions;
  readonly #tables = new Map<string, TableStructure>();

  private constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** The inverse of {@link SchemaTracker.snapshot}. */
  static from(
    structures: Iterable<TableStructure>,
    options: TrackerOptions = { lowerCaseTableNames: 0 },
  ): SchemaTracker {
    const tracker = new SchemaTracker(options);
    for (const structure of structures)
      tracker.#tables.set(tracker.#key(structure.database, structure.table), structure);
    return tracker;
  }

  /** Every tracked table, sorted by name. The structures are frozen in fact: changes replace them. */
  snapshot(): TableStructure[] {
    return [...this.#tables].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, structure]) => structure);
  }

  get(database: string, table: string): TableStructure | null {
    return this.#tables.get(this.#key(database, table)) ?? null;
  }

  tablesOf(database: string): readonly TableStructure[] {
    const prefix = this.#key(database, "");
    return this.snapshot().filter((structure) => this.#key(structure.database, "") === prefix);
  }

  /**
   * Takes over what a statement did. Call it after the statement was executed downstream. Statements that
   * touch no table of ours change nothing; tables that aren't wanted must not be among those that the tracker knows,
   * and `wanted` (default: all) keeps new ones out. Throws `schema_not_derivable`, and changes nothing then.
   */
  apply(
    statement: Statement,
    defaultDatabase: string,
    downstreamAfter: DownstreamAfter,
    wanted: (database: string, table: string) => boolean = () => true,
  ): readonly Change[] {
    const changes = new Changes(this, (database, table) => this.#key(database, table), wanted);
    const scene: Scene = { defaultDatabase, downstreamAfter, changes };
    this.#derive(statement, scene);
    const net = changes.net();
    for (const change of net) {
      if (change.kind === "remove") this.#tables.delete(this.#key(change.database, change.table));
      else this.#tables.set(this.#key(change.structure.database, change.structure.table), change.structure);
    }
    return net;
  }

  #derive(statement: Statement, scene: Scene): void {
    switch (statement.kind) {
      case "create-table":
        return createTable(statement, scene);
      case "alter-table":
        return alterTable(statement, scene);
      case "rename-table":
        return renameTables(statement, scene);
      case "drop-table":
        if (!statement.temporary) for (const name of statement.tables) scene.changes.remove(...resolve(name, scene));
        return;
      case "drop-sequence":
        for (const name of statement.tables) scene.changes.remove(...resolve(name, scene));
        return;
      case "create-sequence":
        for (const name of statement.tables) takeDownstreams(...resolve(name, scene), scene);
        return;
      case "drop-database":
        for (const structure of this.tablesOf(statement.database ?? ""))
          scene.changes.remove(structure.database, structure.table);
        return;
      case "create-database":
        if (!statement.orReplace) return;
        for (const structure of this.tablesOf(statement.database ?? ""))
          scene.changes.remove(structure.database, structure.table);
        return;
      case "create-index":
      case "drop-index": {
        const [database, table] = resolve(statement.table, scene);
        const before = scene.changes.get(database, table);
        const after = scene.downstreamAfter(database, table);
        if (before === null || after === null) return;
        scene.changes.put(withKeysOf(before, after, statement.kind === "drop-index" ? [statement.index] : []));
        return;
      }
      case "create-trigger":
        for (const name of statement.tables) markTriggers(...resolve(name, scene), scene);
        return;
      default:
    }
  }

  #key(database: string, table: string): string {
    const key = `${database}\0${table}`;
    return this.#options.lowerCaseTableNames === 0 ? key : key.toLowerCase();
  }
}
