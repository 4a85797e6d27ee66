/**
 * A table of the upstream bound to its table downstream: all that is known before the first row arrives,
 * worked out once. It is the handle that the decoder hands back with each rows event.
 */
import type { ColumnHint, TableHandle } from "../binlog/transaction.ts";
import { TidemarkError } from "../errors.ts";
import type { Flavour } from "../mysql/flavour.ts";
import { quoteName, quoteTable } from "../mysql/quote.ts";
import type { Column, TableStructure, UniqueKey } from "../schema/structure.ts";
import { type ConflictKey, conflictKeys } from "./conflict-keys.ts";
import { conditionFor, keyLiteralFor, type Literal, literalFor } from "./literal.ts";

/** One column of the downstream's table that the upstream feeds. */
export interface TargetColumn {
  /** Index in the upstream's row. */
  readonly source: number;
  /** Quoted name downstream. */
  readonly name: string;
  readonly literal: Literal;
  /** As a key's value in a WHERE. */
  readonly keyLiteral: Literal;
  /** As a condition that holds for exactly this value. */
  readonly condition: Literal;
  /** MySQL's JSON type downstream: its documents can be changed in place. */
  readonly json: boolean;
  /** Generated upstream: what it holds follows from the other columns. */
  readonly derived: boolean;
}

export interface TargetTable extends TableHandle {
  /** Small and unique in a session. */
  readonly id: number;
  readonly columns: readonly ColumnHint[];
  /** `db.table` downstream, for people; `quoted` for statements. */
  readonly label: string;
  readonly quoted: string;
  /** What INSERT and SET write: every fed column that isn't generated. */
  readonly writable: readonly TargetColumn[];
  /** What finds a row (K5): the primary key, else a not-null unique key; null: the whole row with LIMIT 1. */
  readonly rowKey: readonly TargetColumn[] | null;
  /** What the whole row is compared by, where there is no key. */
  readonly wholeRow: readonly TargetColumn[];
  /** Row indexes of each unique key upstream: an image that holds one without NULLs is of one row only, whatever else it leaves out. */
  readonly upstreamKeys: readonly (readonly number[])[];
  /** null: the table's changes are applied one batch at a time. */
  readonly conflictKeys: readonly ConflictKey[] | null;
  /** Whose changes must be kept in order with this one's besides its own: a foreign key component's name, or null. */
  readonly component: string | null;
  /** Row indexes of all columns of unique keys: a change there makes an update a delete and an insert. */
  readonly uniqueSources: readonly number[];
  /** ENUM columns: their index 0 (the invalid value) can't be written in strict mode. */
  readonly enumSources: readonly number[];
  /** Net changes per key may stand for the changes as they came. */
  readonly netted: boolean;
  /** Updates of whole rows may go as INSERT … ON DUPLICATE KEY UPDATE: one unique key, nothing else to hit. */
  readonly upsert: boolean;
  /** The upstream's engine has no transactions: a ROLLBACK in the log does not undo its rows. */
  readonly survivesRollback: boolean;
  /** The downstream's engine has transactions; without them its rows go their own way (`without-transactions.ts`). */
  readonly transactional: boolean;
  /** A child row may be gone by a cascade when its own change comes: no match is legal then (K3). */
  readonly cascades: boolean;
}

export interface TargetOptions {
  readonly id: number;
  readonly flavour: Flavour;
  /** The foreign key component that the table is in, when checks are on downstream. */
  readonly component: string | null;
  readonly cascades: boolean;
}

/**
 * Binds a table. Columns are mapped by name (K7); throws `column_missing_downstream` when the downstream has
 * no column for one that is not generated upstream.
 */
export function bindTable(
  hints: readonly ColumnHint[],
  upstream: TableStructure,
  downstream: TableStructure,
  options: TargetOptions,
): TargetTable {
  const sources = sourceColumns(hints, upstream);
  const fed = fedColumns(sources, downstream, options.flavour);
  const bySource = (column: Column): TargetColumn | undefined => fed.get(column.name.toLowerCase());
  const writable = downstream.columns.filter((column) => column.generated === "no").flatMap((c) => bySource(c) ?? []);
  const rowKey = chooseRowKey(downstream, fed);
  const keys =
    options.component === null ? conflictKeys(options.id, sources, upstream, downstream, rowKey !== null) : null;
  const columnsOf = (key: UniqueKey): number[] =>
    key.parts.flatMap((part) => fed.get(part.column.toLowerCase())?.source ?? []);
  const complete = writable.length === downstream.columns.filter((column) => column.generated === "no").length;
  const netted = rowKey !== null && complete && options.component === null && downstream.uniqueKeys.every(isOfColumns);
  return {
    id: options.id,
    columns: hints,
    label: `${downstream.database}.${downstream.table}`,
    quoted: quoteTable(downstream.database, downstream.table),
    writable,
    rowKey,
    wholeRow: [...fed.values()],
    upstreamKeys: upstreamKeys(sources, upstream),
    conflictKeys: keys,
    component: options.component,
    uniqueSources: [...new Set(downstream.uniqueKeys.flatMap(columnsOf))],
    enumSources: sources.flatMap((column, source) => (column.dataType === "enum" ? [source] : [])),
    netted,
    upsert: netted && downstream.uniqueKeys.length === 1 && !downstream.hasTriggers,
    survivesRollback: !TRANSACTIONAL.has(upstream.engine.toLowerCase()),
    transactional: TRANSACTIONAL.has(downstream.engine.toLowerCase()),
    cascades: options.cascades,
  };
}

/** Two rows of such a key are in each other's way exactly when its columns are equal. */
function isOfColumns(key: UniqueKey): boolean {
  return key.withoutOverlaps !== true && key.parts.every((part) => part.column !== "");
}

const TRANSACTIONAL = new Set(["innodb", "ndbcluster", "ndb", "rocksdb", "tokudb"]);

/** The upstream's columns in the order of its rows. */
function sourceColumns(hints: readonly ColumnHint[], upstream: TableStructure): readonly Column[] {
  const byName = new Map(upstream.columns.map((column) => [column.name.toLowerCase(), column]));
  return hints.map((hint) => {
    const column = byName.get(hint.name.toLowerCase());
    if (column !== undefined) return column;
    throw new TidemarkError(
      "column_unknown",
      `The log names a column ${hint.name} in ${upstream.database}.${upstream.table} that we don't know of.`,
      { stage: "schema", hint: "Start the task anew from a position behind the last DDL of this table." },
    );
  });
}

function fedColumns(
  sources: readonly Column[],
  downstream: TableStructure,
  flavour: Flavour,
): ReadonlyMap<string, TargetColumn> {
  const byName = new Map(downstream.columns.map((column) => [column.name.toLowerCase(), column]));
  const fed = new Map<string, TargetColumn>();
  sources.forEach((from, source) => {
    const to = byName.get(from.name.toLowerCase());
    if (to === undefined) {
      if (from.generated !== "no") return;
      throw new TidemarkError(
        "column_missing_downstream",
        `${downstream.database}.${downstream.table} has no column ${from.name} downstream.`,
        {
          stage: "apply",
          hint: "Add the column downstream, or leave the table out with tables.exclude, then resume.",
          facts: { table: `${downstream.database}.${downstream.table}`, column: from.name },
        },
      );
    }
    const name = quoteName(to.name);
    fed.set(to.name.toLowerCase(), {
      source,
      name,
      literal: literalFor(from, to, flavour),
      keyLiteral: keyLiteralFor(from, to, flavour),
      condition: conditionFor(name, from, to, flavour),
      json: flavour === "mysql" && to.dataType === "json",
      derived: from.generated !== "no",
    });
  });
  return fed;
}

function upstreamKeys(sources: readonly Column[], upstream: TableStructure): readonly (readonly number[])[] {
  const indexes = new Map(sources.map((column, source) => [column.name.toLowerCase(), source]));
  return upstream.uniqueKeys.flatMap((key) => {
    const parts = key.parts.flatMap((part) => indexes.get(part.column.toLowerCase()) ?? []);
    return parts.length === key.parts.length ? [parts] : [];
  });
}

const INEXACT = new Set(["float", "double"]);

/** K5: the downstream's primary key, else its first not-null unique key over whole, exact columns. */
function chooseRowKey(
  downstream: TableStructure,
  fed: ReadonlyMap<string, TargetColumn>,
): readonly TargetColumn[] | null {
  const columns = new Map(downstream.columns.map((column) => [column.name.toLowerCase(), column]));
  const usable = (key: UniqueKey): boolean =>
    key.parts.every((part) => {
      const column = columns.get(part.column.toLowerCase());
      if (column === undefined || column.nullable || INEXACT.has(column.dataType)) return false;
      return part.prefix === null && fed.has(part.column.toLowerCase());
    });
  const candidates = [...downstream.uniqueKeys].sort((a, b) => Number(b.primary) - Number(a.primary));
  const chosen = candidates.find(usable);
  if (chosen === undefined) return null;
  return chosen.parts.flatMap((part) => fed.get(part.column.toLowerCase()) ?? []);
}
