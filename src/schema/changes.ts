import type { TableStructure } from "./structure.ts";

/**
 * What a statement did to a tracked table, for a store of the schema's history. At most one change a table, removals
 * first: a swap of two names gives two `put`.
 */
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
  }

  remove(database: string, table: string): void {
    if (this.get(database, table) === null) return;
    this.#now.set(this.#key(database, table), null);
  }

  /** What has become of the tables since the statement began. */
  net(): readonly Change[] {
    const before = new Map(this.#base.snapshot().map((s) => [this.#key(s.database, s.table), s]));
    const removed: Change[] = [];
    const put: Change[] = [];
    for (const [key, structure] of this.#now) {
      const old = before.get(key);
      if (structure !== null && structure !== old) put.push({ kind: "put", structure });
      if (structure === null && old !== undefined) {
        removed.push({ kind: "remove", database: old.database, table: old.table });
      }
    }
    return [...removed, ...put];
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
