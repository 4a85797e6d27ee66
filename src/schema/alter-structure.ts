/** What the parts of an ALTER TABLE make of a structure. */
import { notDerivable } from "./not-derivable.ts";
import type { AlterPart, ColumnPlace } from "./statement.ts";
import type { Column, ForeignKey, TableStructure, UniqueKey } from "./structure.ts";

/** Column names compare without regard to case on every server and platform. */
export function sameColumn(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

/** A column on its way through the parts: what it was before (null: it is new), and whether its definition changed. */
interface Slot {
  readonly name: string;
  readonly before: Column | null;
  readonly changed: boolean;
}

export interface Altered {
  readonly structure: TableStructure;
  readonly renamedColumns: ReadonlyMap<string, string>;
}

/**
 * The structure after the parts. Definitions of new and changed columns come from `after`, the downstream's
 * table, by name. Throws `schema_not_derivable`.
 */
export function alteredStructure(
  before: TableStructure,
  parts: readonly AlterPart[],
  after: TableStructure | null,
): Altered {
  const slots = placeColumns(before, parts);
  if (after === null) {
    if (parts.some((part) => CHANGING.has(part.kind))) {
      throw notDerivable(before.database, before.table, "the downstream has no such table after the statement");
    }
    return { structure: before, renamedColumns: new Map() };
  }
  const everything = parts.some((part) => part.kind === "convert-charset" || part.kind === "system-versioning");
  const inPrimaryKey = new Set(
    after.uniqueKeys.find((key) => key.primary)?.parts.map((part) => part.column.toLowerCase()),
  );
  const columns = slots.map((slot) => {
    const column = everything || slot.changed || slot.before === null ? definition(before, slot, after) : slot.before;
    // ADD PRIMARY KEY makes its columns NOT NULL.
    const nullable = column.nullable && !inPrimaryKey.has(slot.name.toLowerCase());
    return { ...column, name: slot.name, nullable };
  });
  const options = parts.some((part) => part.kind === "option");
  const renamedColumns = renames(slots);
  const structure: TableStructure = {
    ...adaptKeys(before, slots, renamedColumns),
    columns,
    engine: options ? after.engine : before.engine,
    ...(everything && after.kind !== undefined ? { kind: after.kind } : {}),
  };
  const dropped = parts.flatMap((part) =>
    part.kind === "drop-key" ? [part.name] : part.kind === "rename-key" ? [part.from] : [],
  );
  return { structure: withKeysOf(structure, after, dropped), renamedColumns };
}

/** Parts after which the downstream's table must be looked at. */
const CHANGING: ReadonlySet<AlterPart["kind"]> = new Set([
  "add-column",
  "change-column",
  "modify-column",
  "rename-column",
  "alter-column",
  "add-key",
  "convert-charset",
  "system-versioning",
] as const);

function has(columns: readonly { readonly name: string }[], name: string): boolean {
  return columns.some((column) => sameColumn(column.name, name));
}

/**
 * The columns in their new order, as the servers do it (`mysql_prepare_alter_table` in MySQL's and MariaDB's
 * sql_table.cc): first the old columns in their order, under their new names and without those dropped; then, in
 * the order of the statement, new columns are put in, and each column that gets another place is taken out and put
 * in again. AFTER names a column of the list as it is at that moment.
 */
function placeColumns(before: TableStructure, parts: readonly AlterPart[]): readonly Slot[] {
  const slots: Slot[] = [];
  const moved = new Map<AlterPart, Slot>();
  for (const column of before.columns) {
    if (parts.some((part) => part.kind === "drop-column" && sameColumn(part.name, column.name))) continue;
    const named = parts.filter((candidate) => changes(candidate, column.name));
    const part = named.find((candidate) => candidate.kind !== "alter-column") ?? named[0];
    const slot: Slot = {
      name: part === undefined ? column.name : newName(part, column.name),
      before: column,
      // RENAME COLUMN keeps the definition.
      changed: part !== undefined && part.kind !== "rename-column",
    };
    if (part !== undefined && placeOf(part) !== null) moved.set(part, slot);
    slots.push(slot);
  }
  for (const part of parts) {
    const old = moved.get(part);
    if (old !== undefined) slots.splice(slots.indexOf(old), 1);
    const slot = part.kind === "add-column" ? added(before, part, slots) : old;
    if (slot !== undefined) insertAt(before, slots, slot, placeOf(part));
  }
  checkNames(before, parts);
  return slots;
}

function changes(part: AlterPart, name: string): boolean {
  if (part.kind === "change-column" || part.kind === "rename-column") return sameColumn(part.from, name);
  return (part.kind === "modify-column" || part.kind === "alter-column") && sameColumn(part.name, name);
}

function newName(part: AlterPart, name: string): string {
  if (part.kind === "modify-column") return part.name;
  return part.kind === "change-column" || part.kind === "rename-column" ? part.to : name;
}

function placeOf(part: AlterPart): ColumnPlace {
  return part.kind === "add-column" || part.kind === "change-column" || part.kind === "modify-column"
    ? part.place
    : null;
}

function added(
  before: TableStructure,
  part: Extract<AlterPart, { kind: "add-column" }>,
  slots: readonly Slot[],
): Slot | undefined {
  if (part.ifNotExists && (has(before.columns, part.name) || has(slots, part.name))) return undefined;
  return { name: part.name, before: null, changed: true };
}

function insertAt(before: TableStructure, slots: Slot[], slot: Slot, place: ColumnPlace): void {
  if (place === null) {
    slots.push(slot);
    return;
  }
  const after = place.after;
  if (after === null) {
    slots.unshift(slot);
    return;
  }
  const index = slots.findIndex((other) => sameColumn(other.name, after));
  if (index === -1)
    throw notDerivable(before.database, before.table, `column ${slot.name} stands after ${after}, which we don't know`);
  slots.splice(index + 1, 0, slot);
}

/** Every column that a part names must be one that we know, unless the part allows for its absence. */
function checkNames(before: TableStructure, parts: readonly AlterPart[]): void {
  for (const part of parts) {
    if (part.kind === "add-column") {
      const gone = parts.some((other) => other.kind === "drop-column" && sameColumn(other.name, part.name));
      const renamed = parts.some(
        (other) => changes(other, part.name) && !sameColumn(newName(other, part.name), part.name),
      );
      if (part.ifNotExists || gone || renamed || !has(before.columns, part.name)) continue;
      throw notDerivable(
        before.database,
        before.table,
        `column ${part.name} is added, but we know of one by this name`,
      );
    }
    const name = "from" in part && part.kind !== "rename-key" ? part.from : namedBy(part);
    const allowed = "ifExists" in part && part.ifExists;
    if (name === null || allowed || has(before.columns, name)) continue;
    throw notDerivable(before.database, before.table, `the statement names a column ${name} that we don't know`);
  }
}

function namedBy(part: AlterPart): string | null {
  return part.kind === "drop-column" || part.kind === "modify-column" ? part.name : null;
}

function definition(before: TableStructure, slot: Slot, after: TableStructure): Column {
  const found = after.columns.find((column) => sameColumn(column.name, slot.name));
  if (found !== undefined) return found;
  throw notDerivable(before.database, before.table, `the downstream has no column ${slot.name} after the statement`);
}

/** Old names to new ones, of the columns that got another. */
function renames(slots: readonly Slot[]): ReadonlyMap<string, string> {
  const renamed = slots.flatMap(({ before, name }) =>
    before === null || before.name === name ? [] : [[before.name, name] as const],
  );
  return new Map(renamed);
}

/** The keys as they were, without the columns that are gone, and under the columns' new names. */
function adaptKeys(
  structure: TableStructure,
  slots: readonly Slot[],
  renamed: ReadonlyMap<string, string>,
): TableStructure {
  const kept = (name: string): boolean =>
    slots.some((slot) => slot.before !== null && sameColumn(slot.before.name, name));
  const now = (name: string): string => renamed.get(name) ?? name;
  const uniqueKeys = structure.uniqueKeys.flatMap((key): UniqueKey[] => {
    const parts = key.parts.filter((part) => part.column === "" || kept(part.column));
    return parts.length === 0 ? [] : [{ ...key, parts: parts.map((part) => ({ ...part, column: now(part.column) })) }];
  });
  const foreignKeys = structure.foreignKeys
    .filter((key) => key.columns.every(kept))
    .map((key): ForeignKey => ({ ...key, columns: key.columns.map(now) }));
  return { ...structure, uniqueKeys, foreignKeys };
}

/**
 * The structure with the keys that the downstream's table has now, as far as they are over columns that the upstream
 * has, and those of its own that the downstream lacks. One key too many makes conflicts coarser, one too few
 * would make them finer than the upstream's.
 */
export function withKeysOf(
  structure: TableStructure,
  after: TableStructure,
  dropped: readonly string[],
): TableStructure {
  const known = (name: string): boolean => name === "" || has(structure.columns, name);
  const gone = new Set(dropped.map((name) => name.toLowerCase()));
  const uniqueKeys = after.uniqueKeys.filter((key) => key.parts.every((part) => known(part.column)));
  const ownUnique = structure.uniqueKeys.filter(
    (own) =>
      !gone.has(own.name.toLowerCase()) && !uniqueKeys.some((key) => key.name === own.name || sameParts(key, own)),
  );
  const foreignKeys = after.foreignKeys.filter((key) => key.columns.every(known));
  const ownForeign = structure.foreignKeys.filter(
    (own) =>
      !gone.has(own.name.toLowerCase()) && !foreignKeys.some((key) => key.name === own.name || sameReference(key, own)),
  );
  return { ...structure, uniqueKeys: [...uniqueKeys, ...ownUnique], foreignKeys: [...foreignKeys, ...ownForeign] };
}

function sameParts(a: UniqueKey, b: UniqueKey): boolean {
  return JSON.stringify(a.parts).toLowerCase() === JSON.stringify(b.parts).toLowerCase();
}

function sameReference(a: ForeignKey, b: ForeignKey): boolean {
  return (
    a.columns.length === b.columns.length && a.columns.every((name, index) => sameColumn(name, b.columns[index] ?? ""))
  );
}
