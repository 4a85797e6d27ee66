/** The tables of the simulated server, and what DDL makes of them. */
import type { TableStructure } from "../../../../src/schema/structure.ts";
import { column } from "../../../support/tables.ts";
import { ServerError } from "./server-error.ts";
import type { Entry, Session } from "./session.ts";

export interface Table {
  readonly structure: TableStructure;
  readonly entries: Set<Entry>;
}

/** One step of a DDL. Statements of several steps (DROP TABLE a, b) may be cut off between them. */
export type DdlStep =
  | { readonly kind: "create"; readonly structure: TableStructure }
  | { readonly kind: "drop" | "truncate"; readonly table: string }
  | { readonly kind: "rename"; readonly pairs: readonly (readonly [from: string, to: string])[] }
  | { readonly kind: "add-column" | "drop-column"; readonly table: string; readonly column: string };

export class Tables {
  readonly #tables = new Map<string, Table>();

  /** By `database.table`. */
  get(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new ServerError(1146, `Table '${name}' doesn't exist`);
    return table;
  }

  find(name: string): Table | null {
    return this.#tables.get(name) ?? null;
  }

  create(structure: TableStructure): void {
    const name = `${structure.database}.${structure.table}`;
    if (this.#tables.has(name)) throw new ServerError(1050, `Table '${name}' already exists`);
    this.#tables.set(name, { structure, entries: new Set() });
  }

  [Symbol.iterator](): Iterator<Table> {
    return this.#tables.values();
  }

  /** A transaction that has changed rows of the tables that a step works on, and isn't over: the DDL waits for it. */
  user(step: DdlStep): Session | null {
    for (const name of namesOf(step)) {
      for (const { owner } of this.find(name)?.entries ?? []) if (owner !== null) return owner;
    }
    return null;
  }

  execute(step: DdlStep): void {
    switch (step.kind) {
      case "create":
        return this.create(step.structure);
      case "drop":
        this.get(`sim.${step.table}`);
        this.#tables.delete(`sim.${step.table}`);
        return;
      case "truncate":
        return this.get(`sim.${step.table}`).entries.clear();
      case "rename":
        return this.#rename(step.pairs);
      case "add-column":
      case "drop-column":
        return this.#alter(step.table, step.column, step.kind === "add-column");
      default:
        return step satisfies never;
    }
  }

  /** From left to right, all or nothing. */
  #rename(pairs: readonly (readonly [from: string, to: string])[]): void {
    const now = new Map(this.#tables);
    for (const [from, to] of pairs) {
      const table = now.get(`sim.${from}`);
      if (table === undefined) throw new ServerError(1146, `Table '${from}' doesn't exist`);
      if (now.has(`sim.${to}`)) throw new ServerError(1050, `Table '${to}' already exists`);
      now.delete(`sim.${from}`);
      now.set(`sim.${to}`, { ...table, structure: { ...table.structure, table: to } });
    }
    this.#tables.clear();
    for (const [name, table] of now) this.#tables.set(name, table);
  }

  #alter(table: string, name: string, adds: boolean): void {
    const { structure, entries } = this.get(`sim.${table}`);
    const has = structure.columns.some((existing) => existing.name === name);
    if (adds && has) throw new ServerError(1060, `Duplicate column name '${name}'`);
    if (!adds && !has) throw new ServerError(1091, `Can't DROP '${name}'`);
    const columns = adds
      ? [...structure.columns, column(`${name} int null`)]
      : structure.columns.filter((existing) => existing.name !== name);
    this.#tables.set(`sim.${table}`, { structure: { ...structure, columns }, entries });
    for (const entry of entries) {
      if (entry.committed === null) continue;
      const { [name]: _, ...rest } = entry.committed;
      entry.committed = adds ? { ...entry.committed, [name]: null } : rest;
      entry.current = entry.committed;
    }
  }
}

export function namesOf(step: DdlStep): string[] {
  switch (step.kind) {
    case "create":
      return [`sim.${step.structure.table}`];
    case "rename":
      return step.pairs.flat().map((name) => `sim.${name}`);
    default:
      return [`sim.${step.table}`];
  }
}
