/** What CREATE, ALTER and RENAME TABLE make of the tracked tables. */
import { alteredStructure, sameColumn, withKeysOf } from "./alter-structure.ts";
import type { Changes } from "./changes.ts";
import { notDerivable } from "./not-derivable.ts";
import type { AlterTable, CreateTable, RenameTable, TableName } from "./statement.ts";
import type { ForeignKey, TableStructure } from "./structure.ts";

/** The downstream's structure of a table of the upstream, after the DDL; null when it has none. */
export type DownstreamAfter = (database: string, table: string) => TableStructure | null;

/** What a derivation looks at and writes to. */
export interface Scene {
  readonly defaultDatabase: string;
  readonly downstreamAfter: DownstreamAfter;
  readonly changes: Changes;
}

/** A name of the statement, in full. */
export function resolve(name: TableName, scene: Scene): [database: string, table: string] {
  return [name.database ?? scene.defaultDatabase, name.table];
}

/** The downstream's table under the upstream's name. */
export function takeDownstreams(database: string, table: string, scene: Scene): void {
  if (!scene.changes.wants(database, table)) return;
  const after = scene.downstreamAfter(database, table);
  if (after === null) throw notDerivable(database, table, "the downstream has no such table after the statement");
  scene.changes.put({ ...after, database, table });
}

export function createTable(statement: CreateTable, scene: Scene): void {
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
  const named = statement.columns;
  const described = withoutGeneratedKey(taken, named);
  if (
    named.length !== described.columns.length ||
    !described.columns.every(({ name }, n) => sameColumn(name, named[n] ?? ""))
  ) {
    const names = described.columns.map((column) => column.name).join(", ");
    const reason = `the statement creates the columns ${named.join(", ")}, and the downstream has ${names}`;
    throw notDerivable(database, table, reason);
  }
  scene.changes.put(described);
}

/**
 * The generated invisible primary key (MySQL 8.0.30+) that the downstream added to a table by itself is not the upstream's:
 * an upstream that generates one names it in the statement that it logs.
 */
function withoutGeneratedKey(structure: TableStructure, named: readonly string[]): TableStructure {
  const generated = "my_row_id";
  if (named.some((name) => sameColumn(name, generated))) return structure;
  return {
    ...structure,
    columns: structure.columns.filter((column) => !(column.invisible && sameColumn(column.name, generated))),
    uniqueKeys: structure.uniqueKeys.filter((key) => !key.parts.some((part) => sameColumn(part.column, generated))),
  };
}

export function alterTable(statement: AlterTable, scene: Scene): void {
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
  rereadChildren(statement.tables, scene);
}

export function renameTables(statement: RenameTable, scene: Scene): void {
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
  // Servers give generated constraints of renamed tables new names.
  for (const pair of statement.pairs) rereadKeys(...resolve(pair.to, scene), scene);
  rereadChildren(statement.tables, scene);
}

/** Takes the keys from the downstream once more. */
function rereadKeys(database: string, table: string, scene: Scene): void {
  const now = scene.changes.get(database, table);
  const after = scene.downstreamAfter(database, table);
  if (now !== null && after !== null) scene.changes.put(withKeysOf(now, after, []));
}

/**
 * With foreign_key_checks=0 servers don't always let children follow. Where the downstream has the child, it knows.
 */
function rereadChildren(names: readonly TableName[], scene: Scene): void {
  const parents = names.map((name) => resolve(name, scene));
  const isParent = (key: ForeignKey): boolean =>
    parents.some(([database, table]) => key.parentDatabase === database && key.parentTable === table);
  for (const child of scene.changes.all()) {
    if (child.foreignKeys.some(isParent)) rereadKeys(child.database, child.table, scene);
  }
}

/** Children keep their parent when it gets another name. */
function followParent(
  scene: Scene,
  parent: TableStructure,
  to: Pick<ForeignKey, "parentDatabase" | "parentTable">,
): void {
  for (const child of scene.changes.all()) {
    const isIt = (key: ForeignKey): boolean =>
      key.parentDatabase === parent.database && key.parentTable === parent.table;
    if (!child.foreignKeys.some(isIt)) continue;
    scene.changes.put({ ...child, foreignKeys: child.foreignKeys.map((key) => (isIt(key) ? { ...key, ...to } : key)) });
  }
}

/** Children keep their parent's column when it gets another name. */
function followColumn(scene: Scene, database: string, table: string, from: string, to: string): void {
  for (const child of scene.changes.all()) {
    const isIt = (key: ForeignKey): boolean =>
      key.parentDatabase === database &&
      key.parentTable === table &&
      key.parentColumns.some((name) => sameColumn(name, from));
    if (!child.foreignKeys.some(isIt)) continue;
    const follow = (key: ForeignKey): ForeignKey => ({
      ...key,
      parentColumns: key.parentColumns.map((name) => (sameColumn(name, from) ? to : name)),
    });
    scene.changes.put({ ...child, foreignKeys: child.foreignKeys.map((key) => (isIt(key) ? follow(key) : key)) });
  }
}

export function markTriggers(database: string, table: string, scene: Scene): void {
  const before = scene.changes.get(database, table);
  if (before !== null && !before.hasTriggers) scene.changes.put({ ...before, hasTriggers: true });
}
