/** The downstream as it must be: rows after the serial replay of what was applied. */
import type { TableStructure } from "../../../src/schema/structure.ts";
import type { DdlStep } from "./database/tables.ts";
import type { RowOperation } from "./history/history.ts";
import { same } from "./history/model.ts";
import type { SqlRow } from "./sql/statement.ts";

interface ReplayTable {
  readonly primaryKey: readonly string[];
  rows: SqlRow[];
  /** Keys of rows that somebody else has deleted: what becomes of them is the policy's business. */
  readonly drifted: Set<string>;
}

export class ReplayModel {
  readonly #tables: Map<string, ReplayTable>;

  constructor(structures: readonly TableStructure[]) {
    this.#tables = new Map(structures.map((structure) => [structure.table, emptyTable(structure)]));
  }

  /** False: the row that it changes isn't there. */
  apply({ table: name, before, after }: RowOperation): boolean {
    const table = this.#tables.get(name);
    if (table === undefined) return false;
    if (before !== null) {
      const at = table.rows.findIndex((row) => same(row, before));
      if (at === -1) return false;
      table.rows.splice(at, 1);
      // A key that a drifted row takes on is as uncertain as its old one.
      if (after !== null && table.drifted.has(keyOf(table, before))) table.drifted.add(keyOf(table, after));
    }
    if (after !== null) table.rows.push(after);
    return true;
  }

  step(step: DdlStep): void {
    const tables = this.#tables;
    switch (step.kind) {
      case "create":
        tables.set(step.structure.table, emptyTable(step.structure));
        return;
      case "drop":
        tables.delete(step.table);
        return;
      case "truncate": {
        const table = tables.get(step.table);
        if (table !== undefined) table.rows = [];
        table?.drifted.clear();
        return;
      }
      case "rename":
        for (const [from, to] of step.pairs) {
          const table = tables.get(from);
          tables.delete(from);
          if (table !== undefined) tables.set(to, table);
        }
        return;
      case "add-column":
      case "drop-column":
        return this.#alter(step.table, step.column, step.kind === "add-column");
      default:
        return step satisfies never;
    }
  }

  #alter(name: string, column: string, adds: boolean): void {
    const table = this.#tables.get(name);
    if (table === undefined) return;
    table.rows = table.rows.map((row) => {
      const { [column]: _, ...rest } = row;
      return adds ? { ...row, [column]: null } : rest;
    });
  }

  /** All rows, as they must be by now. */
  tables(): readonly { readonly table: string; readonly rows: readonly SqlRow[] }[] {
    return [...this.#tables].map(([table, { rows }]) => ({ table, rows }));
  }

  /** Somebody else takes a row away. */
  drift(name: string, row: SqlRow): void {
    const table = this.#tables.get(name);
    table?.drifted.add(keyOf(table, row));
  }

  /** Rows that somebody else took away, as they must be by now; for whoever puts them right. */
  drifted(): readonly { readonly table: string; readonly row: SqlRow }[] {
    return [...this.#tables].flatMap(([name, table]) =>
      table.rows.filter((row) => table.drifted.has(keyOf(table, row))).map((row) => ({ table: name, row })),
    );
  }

  get hasDrifted(): boolean {
    return [...this.#tables.values()].some(({ drifted }) => drifted.size > 0);
  }

  /** All is put right. */
  settle(): void {
    for (const { drifted } of this.#tables.values()) drifted.clear();
  }

  get names(): readonly string[] {
    return [...this.#tables.keys()];
  }

  /** How these tables differ from these rows; null: they don't. */
  difference(rowsOf: (table: string) => readonly SqlRow[], tables: Iterable<string>): string | null {
    for (const name of tables) {
      const table = this.#tables.get(name);
      if (table === undefined) continue;
      const sure = (row: SqlRow): boolean => !table.drifted.has(keyOf(table, row));
      const expected = table.rows.filter(sure).map(rowText).sort();
      const found = rowsOf(name).filter(sure).map(rowText).sort();
      if (expected.length === found.length && expected.every((text, i) => text === found[i])) continue;
      const missing = expected.filter((text) => !found.includes(text));
      const extra = found.filter((text) => !expected.includes(text));
      return `${name} is not what was applied: missing ${missing.join(" ")}; too much ${extra.join(" ")}; ${found.length} rows instead of ${expected.length}`;
    }
    return null;
  }
}

function emptyTable({ uniqueKeys }: TableStructure): ReplayTable {
  const primary = uniqueKeys.find((key) => key.primary);
  return { primaryKey: primary?.parts.map((part) => part.column) ?? [], rows: [], drifted: new Set() };
}

function keyOf({ primaryKey }: ReplayTable, row: SqlRow): string {
  return primaryKey.map((name) => String(row[name])).join(",");
}

function rowText(row: SqlRow): string {
  return Object.keys(row)
    .sort()
    .map((name) => `${name}=${row[name]}`)
    .join(",");
}
