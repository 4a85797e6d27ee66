import type { TableStructure } from "./structure.ts";

/** What a statement did to the tracked tables, in order: for a store of the schema's history. */
export type Change =
  | { readonly kind: "put"; readonly structure: TableStructure }
  | { readonly kind: "remove"; readonly database: string; readonly table: string };

/** The tables as they were before the statement. */
export interface Tracked {
  get(database: string, table: string): TableStructure | null;
  snapshot(): TableStructure[];
}

/** Changes in the making, on top of the tracked tables: nothing is changed before all of a statement is understood. */
export class Changes {
  readonly list: Change[] = [];
  readonly #base: Tracked;
  readonly #key: (database: string, table: string) => string;
  readonly #wanted: (database: string, table: string) => boolean;
  readonly #now = new Map<string, TableStructure | null>();

  constructor(
    base: Tracked,
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
