/** Changes of single rows, with what unique and foreign keys have to say about them. */
import type { Condition, NewValue, SqlRow } from "../sql/statement.ts";
import { changes, childrenOf, parentOf, type Reference, referencesTo } from "./foreign-keys.ts";
import { type Locks, matches } from "./locks.ts";
import { ServerError } from "./server-error.ts";
import { type Entry, type Session, visible } from "./session.ts";
import type { Tables } from "./tables.ts";

export class RowWriter {
  readonly #tables: Tables;
  readonly #locks: Locks;

  constructor(tables: Tables, locks: Locks) {
    this.#tables = tables;
    this.#locks = locks;
  }

  /** Rows to change, locked: waits for whoever holds one that matches, or matched before. */
  async find(session: Session, table: string, where: Condition, limit: number): Promise<Entry[]> {
    const { entries } = this.#tables.get(table);
    const blocker = (): Session | null => this.#locks.blocker(entries, session, where, true);
    for (let other = blocker(); other !== null; other = blocker()) await this.#locks.wait(session, other, table);
    const locked = [...entries].filter((entry) => matches(visible(entry, session), where)).slice(0, limit);
    // In the same turn: nobody may come between the look and the lock.
    for (const entry of locked) this.#write(session, table, entry, visible(entry, session));
    return locked;
  }

  /** Returns 1 for a new row, 2 for one that was there and is overwritten. Throws 1062 and 1452. */
  async insert(
    session: Session,
    table: string,
    row: SqlRow,
    update: ReadonlyMap<string, NewValue> | null,
  ): Promise<number> {
    const { structure, entries } = this.#tables.get(table);
    const full = Object.fromEntries(structure.columns.map(({ name }) => [name, row[name] ?? null]));
    const blocker = this.#blockerOf(session, table, full, null);
    for (let other = blocker(); other !== null; other = blocker()) await this.#locks.wait(session, other, table);
    const there = this.#sameKey(session, table, full, null);
    if (there === null) {
      this.#demandParents(session, table, full, null);
      const entry: Entry = { committed: null, current: null, owner: null, sharers: new Set() };
      entries.add(entry);
      this.#write(session, table, entry, full);
      return 1;
    }
    if (update === null) throw duplicate(table, full);
    const before = visible(there, session) ?? {};
    const changed = [...update].map(([name, value]) => {
      if ("own" in value) return [name, row[name] ?? null] as const;
      return [name, "plus" in value ? Number(before[name]) + value.plus : value.value] as const;
    });
    this.#write(session, table, there, { ...before, ...Object.fromEntries(changed) });
    return 2;
  }

  /** Throws 1062, 1451 and 1452. */
  async change(session: Session, table: string, entry: Entry, row: SqlRow): Promise<void> {
    const before = entry.current ?? {};
    const blocker = this.#blockerOf(session, table, row, before);
    for (let other = blocker(); other !== null; other = blocker()) await this.#locks.wait(session, other, table);
    if (this.#sameKey(session, table, row, entry) !== null) throw duplicate(table, row);
    this.#demandParents(session, table, row, before);
    this.#write(session, table, entry, row);
    await this.#children(session, table, before, row);
  }

  /** Throws 1451. */
  async remove(session: Session, table: string, entry: Entry): Promise<void> {
    const before = entry.current;
    this.#write(session, table, entry, null);
    if (before !== null) await this.#children(session, table, before, null);
  }

  /** What becomes of the children of a row that is gone, or has another key. */
  async #children(session: Session, table: string, before: SqlRow, after: SqlRow | null): Promise<void> {
    if (!session.foreignKeyChecks) return;
    for (const reference of referencesTo(this.#tables, table)) {
      const { key } = reference;
      if (after !== null && !changes(key.parentColumns, before, after)) continue;
      const children = await this.find(session, reference.name, childrenOf(key, before), Number.POSITIVE_INFINITY);
      for (const child of children) await this.#follow(session, reference, child, after);
    }
  }

  async #follow(session: Session, { key, name }: Reference, child: Entry, after: SqlRow | null): Promise<void> {
    const action = after === null ? key.onDelete : key.onUpdate;
    if (action !== "CASCADE" && action !== "SET NULL")
      throw new ServerError(1451, `Cannot delete or update a parent row: ${key.name}`);
    if (action === "CASCADE" && after === null) return this.remove(session, name, child);
    const values = key.columns.map((column, i) => {
      const value = action === "CASCADE" ? (after?.[key.parentColumns[i] ?? ""] ?? null) : null;
      return [column, value] as const;
    });
    const before = child.current ?? {};
    const row = { ...before, ...Object.fromEntries(values) };
    this.#write(session, name, child, row);
    return this.#children(session, name, before, row);
  }

  /** Throws 1452 unless every parent that the row points at is there (or was pointed at before). */
  #demandParents(session: Session, table: string, row: SqlRow, before: SqlRow | null): void {
    for (const { key, entries, where } of this.#parents(session, table, row, before)) {
      const parent = [...entries].find((entry) => matches(visible(entry, session), where));
      if (parent === undefined) throw new ServerError(1452, `Cannot add or update a child row: ${key.name}`);
      this.#locks.share(session, parent);
    }
  }

  #parents(session: Session, table: string, row: SqlRow, before: SqlRow | null) {
    if (!session.foreignKeyChecks) return [];
    return this.#tables.get(table).structure.foreignKeys.flatMap((key) => {
      const where = parentOf(key, row);
      if (where === null || (before !== null && !changes(key.columns, before, row))) return [];
      const { entries } = this.#tables.get(`${key.parentDatabase}.${key.parentTable}`);
      return [{ key, entries, where }];
    });
  }

  /**
   * Who holds a row with one of these unique values, or a parent. To be asked in the turn in which the row is written: a
   * promise in between would let somebody else have it.
   */
  #blockerOf(session: Session, table: string, row: SqlRow, before: SqlRow | null): () => Session | null {
    const { entries } = this.#tables.get(table);
    const keys = this.#uniqueConditions(table, row);
    const parents = this.#parents(session, table, row, before);
    return () => {
      for (const where of keys) {
        const other = this.#locks.blocker(entries, session, where, true);
        if (other !== null) return other;
      }
      for (const parent of parents) {
        const other = this.#locks.blocker(parent.entries, session, parent.where, false);
        if (other !== null) return other;
      }
      return null;
    };
  }

  /** A row's unique values as conditions, those with a NULL left out. */
  #uniqueConditions(table: string, row: SqlRow): Condition[] {
    return this.#tables
      .get(table)
      .structure.uniqueKeys.map(({ parts }) => parts.map((part) => part.column))
      .filter((key) => key.every((name) => row[name] !== null))
      .map((key) => (other) => key.every((name) => other[name] === row[name]));
  }

  /** Another entry that holds one of the row's unique values. */
  #sameKey(session: Session, table: string, row: SqlRow, self: Entry | null): Entry | null {
    const conditions = this.#uniqueConditions(table, row);
    const there = [...this.#tables.get(table).entries].find(
      (entry) => entry !== self && conditions.some((same) => matches(visible(entry, session), same)),
    );
    return there ?? null;
  }

  #write(session: Session, table: string, entry: Entry, row: SqlRow | null): void {
    entry.current = row;
    entry.owner = session;
    session.touched.set(entry, this.#tables.get(table).entries);
    session.tables.add(table);
  }
}

function duplicate(table: string, row: SqlRow): ServerError {
  return new ServerError(1062, `Duplicate entry in ${table}: ${JSON.stringify(row)}`);
}
