/** The upstream's tables and their rows: what its constraints allow, and what its foreign keys change by themselves. */
import type { ForeignKey, TableStructure } from "../../../../src/schema/structure.ts";
import { type BuiltTable, int, varchar } from "../../../support/binlog-builder.ts";
import type { SqlRow } from "../sql/statement.ts";
import type { RowOperation, Shape } from "./history.ts";
import { FILTERED } from "./history.ts";

export interface ModelTable {
  readonly structure: TableStructure;
  /** As the log has it: a new number after each DDL. */
  readonly built: BuiltTable;
  readonly rows: readonly SqlRow[];
}

export class Model {
  #tables = new Map<string, ModelTable>();
  #builtCount = 0;

  get names(): readonly string[] {
    return [...this.#tables.keys()];
  }

  get(name: string): ModelTable {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`the history has no table ${name}`);
    return table;
  }

  has(name: string): boolean {
    return this.#tables.has(name);
  }

  put(structure: TableStructure, rows: readonly SqlRow[]): void {
    this.#builtCount += 1;
    const columns = structure.columns.map(({ name, dataType }) =>
      dataType === "varchar" ? varchar(name, 10) : int(name),
    );
    const built = { id: 100 + this.#builtCount, database: "sim", table: structure.table, columns };
    this.#tables.set(structure.table, { structure, built, rows });
  }

  remove(name: string): void {
    this.#tables.delete(name);
  }

  /** Names and columns of the tables that the task copies. */
  shape(): Shape {
    const wanted = [...this.#tables.values()].filter(({ structure }) => structure.table !== FILTERED);
    return new Map(wanted.map(({ structure }) => [structure.table, structure.columns.map(({ name }) => name)]));
  }

  /** Carries a change out, with all that follows from it; null (and nothing done) when a constraint forbids it. */
  apply(change: RowOperation, foreignKeyChecks: boolean): readonly RowOperation[] | null {
    const before = this.#tables;
    const done: RowOperation[] = [];
    if (this.#change(change, foreignKeyChecks, done)) return done;
    this.#tables = before;
    return null;
  }

  #change(change: RowOperation, checks: boolean, done: RowOperation[]): boolean {
    const { table, before, after } = change;
    const model = this.get(table);
    const rest = before === null ? model.rows : without(model.rows, before);
    if (rest === null) return false;
    if (after !== null && !fits(model.structure, after, rest)) return false;
    if (after !== null && checks && !this.#hasParents(model.structure, before, after)) return false;
    this.#tables = new Map(this.#tables).set(table, { ...model, rows: after === null ? rest : [...rest, after] });
    done.push(change);
    if (before === null || !checks) return true;
    return this.#references(table).every(([child, key]) => this.#cascade(child, key, before, after, done));
  }

  #hasParents({ foreignKeys }: TableStructure, before: SqlRow | null, after: SqlRow): boolean {
    return foreignKeys.every(({ columns, parentTable, parentColumns }) => {
      const values = columns.map((name) => after[name] ?? null);
      if (values.includes(null)) return true;
      if (before !== null && columns.every((name) => before[name] === after[name])) return true;
      return this.get(parentTable).rows.some((row) => parentColumns.every((name, i) => row[name] === values[i]));
    });
  }

  #references(parent: string): [child: string, key: ForeignKey][] {
    return [...this.#tables.values()].flatMap(({ structure }) =>
      structure.foreignKeys
        .filter((key) => key.parentTable === parent)
        .map((key): [string, ForeignKey] => [structure.table, key]),
    );
  }

  #cascade(table: string, key: ForeignKey, before: SqlRow, after: SqlRow | null, done: RowOperation[]): boolean {
    const [parentColumn = ""] = key.parentColumns;
    const [column = ""] = key.columns;
    if (after !== null && before[parentColumn] === after[parentColumn]) return true;
    const action = after === null ? key.onDelete : key.onUpdate;
    for (const child of this.get(table).rows.filter((row) => row[column] === before[parentColumn])) {
      if (action !== "CASCADE" && action !== "SET NULL") return false;
      const value = action === "CASCADE" ? (after?.[parentColumn] ?? null) : null;
      const gone = action === "CASCADE" && after === null;
      const change = { table, before: child, after: gone ? null : { ...child, [column]: value } };
      // The parent is there already, under its new key.
      if (!this.#change(change, true, done)) return false;
    }
    return true;
  }
}

/** The rows less one that is the same; null when there is none. */
function without(rows: readonly SqlRow[], row: SqlRow): readonly SqlRow[] | null {
  const at = rows.findIndex((other) => same(other, row));
  return at === -1 ? null : rows.toSpliced(at, 1);
}

export function same(a: SqlRow, b: SqlRow): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? null) === (b[name] ?? null));
}

/** Whether a row's unique values are free among these rows. */
function fits({ uniqueKeys }: TableStructure, row: SqlRow, others: readonly SqlRow[]): boolean {
  return uniqueKeys.every(({ parts }) => {
    const names = parts.map((part) => part.column);
    if (names.some((name) => row[name] === null)) return true;
    return !others.some((other) => names.every((name) => other[name] === row[name]));
  });
}
