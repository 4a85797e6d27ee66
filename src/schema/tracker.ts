/**
 * The upstream's tables as they were at this point of its log (D2).
 *
 * They are read once, when a task starts; from then on each DDL of the log changes them. The interpreter of a
 * DDL is the downstream's server, which has just executed it: definitions of new and changed columns are taken
 * from there, by name. Names and order of columns are worked out here, from the statement, because the downstream may
 * hold its columns in another order, or more of them. What can't be worked out is `schema_not_derivable`.
 */
import { alteredStructure, sameColumn, withKeysOf } from "./alter-structure.ts";
import { notDerivable } from "./not-derivable.ts";
import type { AlterTable, CreateTable, RenameTable, Statement, TableName } from "./statement.ts";
import type { ForeignKey, TableStructure } from "./structure.ts";

/** What a statement did to the tracked tables, in order: for a store of the schema's history. */
export type Change =
  | { readonly kind: "put"; readonly structure: TableStructure }
  | { readonly kind: "remove"; readonly database: string; readonly table: string };

/** The downstream's structure of a table of the upstream, after the DDL; null when it has none. */
export type DownstreamAfter = (database: string, table: string) => TableStructure | null;

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
  static from(structures: Iterable<TableStructure>, options: TrackerOptions = { lowerCaseTableNames: 0 }): SchemaTracker {
    const tracker = new SchemaTracker(options);
    for (const structure of structures) tracker.#tables.set(tracker.#key(structure.database, structure.table), structure);
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
    for (const change of changes.list) {
      if (change.kind === "remove") this.#tables.delete(this.#key(change.database, change.table));
      else this.#tables.set(this.#key(change.structure.database, change.structure.table), change.structure);
    }
    return changes.list;
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
        for (const structure of this.tablesOf(statement.database ?? "")) scene.changes.remove(structure.database, structure.table);
        return;
      case "create-database":
        if (!statement.orReplace) return;
        for (const structure of this.tablesOf(statement.database ?? "")) scene.changes.remove(structure.database, structure.table);
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

/** Changes in the making, on top of the tracked tables: nothing is changed before all of a statement is understood. */
class Changes {
  readonly list: Change[] = [];
  readonly #base: SchemaTracker;
  readonly #key: (database: string, table: string) => string;
  readonly #wanted: (database: string, table: string) => boolean;
  readonly #now = new Map<string, TableStructure | null>();

  constructor(
    base: SchemaTracker,
    key: (database: string, table: string) => string,
    wanted: (database: string, table: string) => boolean,
  ) {
    this.#base = base;
    this.#key = key;
    this.#wanted = wanted;
  }

  get(database: string, table: string): TableStructure | null {
    const now = this.#now.get(this.#key(database, table));
    return now === undefined ? this.#base.get(database, table) : now;
  }

  wants(database: string, table: string): boolean {
    return this.#wanted(database, table);
  }

  put(structure: TableStructure): void {
    if (!this.#wanted(structure.database, structure.table)) return;
    this.#now.set(this.#key(structure.database, structure.table), structure);
    this.list.push({ kind: "put", structure });
  }

  remove(database: string, table: string): void {
    if (this.get(database, table) === null) return;
    this.#now.set(this.#key(database, table), null);
    this.list.push({ kind: "remove", database, table });
  }

  /** Every table as it is now, the changes so far included. */
  all(): readonly TableStructure[] {
    const tables = new Map(this.#base.snapshot().map((s) => [this.#key(s.database, s.table), s]));
    for (const [key, structure] of this.#now) {
      if (structure === null) tables.delete(key);
      else tables.set(key, structure);
    }
    return [...tables.values()];
  }
}

interface Scene {
  readonly defaultDatabase: string;
  readonly downstreamAfter: DownstreamAfter;
  readonly changes: Changes;
}

function resolve(name: TableName, scene: Scene): [database: string, table: string] {
  return [name.database ?? scene.defaultDatabase, name.table];
}

/** The downstream's table under the upstream's name. */
function takeDownstreams(database: string, table: string, scene: Scene): void {
  if (!scene.changes.wants(database, table)) return;
  const after = scene.downstreamAfter(database, table);
  if (after === null) throw notDerivable(database, table, "the downstream has no such table after the statement");
  scene.changes.put({ ...after, database, table });
}

function createTable(statement: CreateTable, scene: Scene): void {
  if (statement.temporary) return;
  const [database, table] = resolve(statement.table, scene);
  // Logged although the table was there: nothing happened upstream.
  if (statement.ifNotExists && scene.changes.get(database, table) !== null) return;
  if (!scene.changes.wants(database, table)) return;
  if (statement.like !== null) {
    const source = scene.changes.get(...resolve(statement.like, scene));
    const after = scene.downstreamAfter(database, table);
    if (source !== null && after !== null) {
      const copy = { ...source, database, table, foreignKeys: [], hasTriggers: false };
      scene.changes.put(withKeysOf({ ...copy, uniqueKeys: [] }, after, []));
      return;
    }
  }
  takeDownstreams(database, table, scene);
  const taken = scene.changes.get(database, table);
  if (statement.columns === null || statement.asSelect || taken === null) return;
  // The text names its columns: the downstream's table must be the one that it describes.
  const names = taken.columns.filter((column) => !isGeneratedKey(column.name)).map((column) => column.name.toLowerCase());
  const named = statement.columns.filter((name) => !isGeneratedKey(name)).map((name) => name.toLowerCase());
  if (named.length === names.length && named.every((name, index) => name === names[index])) return;
  throw notDerivable(database, table, `the statement creates the columns ${named.join(", ")}, and the downstream has ${names.join(", ")}`);
}

/** MySQL's generated invisible primary key (8.0.30+) is not in the statement's text. */
function isGeneratedKey(name: string): boolean {
  return name.toLowerCase() === "my_row_id";
}

function alterTable(statement: AlterTable, scene: Scene): void {
  let [database, table] = resolve(statement.table, scene);
  const before = scene.changes.get(database, table);
  if (before === null) {
    if (statement.ifExists || !scene.changes.wants(database, table)) return;
    throw notDerivable(database, table, "the statement changes a table that we don't know");
  }
  const renamed = statement.parts.findLast((part) => part.kind === "rename-table");
  const [newDatabase, newTable] = renamed === undefined ? [database, table] : resolve(renamed.to, scene);
  const after = scene.downstreamAfter(newDatabase, newTable);
  const altered = alteredStructure(before, statement.parts, after);
  for (const part of statement.parts) {
    if (part.kind === "partition-to-table") takeDownstreams(...resolve(part.other, scene), scene);
    if (part.kind === "table-to-partition") scene.changes.remove(...resolve(part.other, scene));
  }
  if (renamed !== undefined) {
    scene.changes.remove(database, table);
    followParent(scene, before, { parentDatabase: newDatabase, parentTable: newTable });
    [database, table] = [newDatabase, newTable];
  }
  scene.changes.put({ ...altered.structure, database, table });
  for (const [from, to] of altered.renamedColumns) followColumn(scene, database, table, from, to);
}

function renameTables(statement: RenameTable, scene: Scene): void {
  for (const pair of statement.pairs) {
    const [fromDatabase, fromTable] = resolve(pair.from, scene);
    const [database, table] = resolve(pair.to, scene);
    const before = scene.changes.get(fromDatabase, fromTable);
    if (before === null) {
      if (statement.ifExists || !scene.changes.wants(database, table)) continue;
      throw notDerivable(database, table, `${fromDatabase}.${fromTable}, which gets this name, is not tracked`);
    }
    scene.changes.remove(fromDatabase, fromTable);
    scene.changes.put({ ...before, database, table });
    followParent(scene, before, { parentDatabase: database, parentTable: table });
  }
  // Servers give generated constraints of renamed tables new names; columns stay as they were.
  for (const pair of statement.pairs) {
    const [database, table] = resolve(pair.to, scene);
    const now = scene.changes.get(database, table);
    const after = scene.downstreamAfter(database, table);
    if (now === null || after === null || !sameColumns(now, after)) continue;
    scene.changes.put({ ...now, uniqueKeys: after.uniqueKeys, foreignKeys: after.foreignKeys });
  }
}

function sameColumns(a: TableStructure, b: TableStructure): boolean {
  if (a.columns.length !== b.columns.length) return false;
  return a.columns.every((column) => b.columns.some((other) => sameColumn(column.name, other.name)));
}

/** Children keep their parent when it gets another name. */
function followParent(scene: Scene, parent: TableStructure, to: Pick<ForeignKey, "parentDatabase" | "parentTable">): void {
  for (const child of scene.changes.all()) {
    const isIt = (key: ForeignKey): boolean => key.parentDatabase === parent.database && key.parentTable === parent.table;
    if (!child.foreignKeys.some(isIt)) continue;
    scene.changes.put({ ...child, foreignKeys: child.foreignKeys.map((key) => (isIt(key) ? { ...key, ...to } : key)) });
  }
}

/** Children keep their parent's column when it gets another name. */
function followColumn(scene: Scene, database: string, table: string, from: string, to: string): void {
  for (const child of scene.changes.all()) {
    const isIt = (key: ForeignKey): boolean =>
      key.parentDatabase === database && key.parentTable === table && key.parentColumns.some((name) => sameColumn(name, from));
    if (!child.foreignKeys.some(isIt)) continue;
    const follow = (key: ForeignKey): ForeignKey => ({
      ...key,
      parentColumns: key.parentColumns.map((name) => (sameColumn(name, from) ? to : name)),
    });
    scene.changes.put({ ...child, foreignKeys: child.foreignKeys.map((key) => (isIt(key) ? follow(key) : key)) });
  }
}

function markTriggers(database: string, table: string, scene: Scene): void {
  const before = scene.changes.get(database, table);
  if (before !== null && !before.hasTriggers) scene.changes.put({ ...before, hasTriggers: true });
}
