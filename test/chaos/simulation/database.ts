/**
 * A database with transactions, unique keys and row locks, in memory, for one simulated run. Reads see what is
 * committed and what is their own (READ COMMITTED); whoever touches a row that another transaction has changed waits.
 */
import type { Condition, ParsedStatement, SqlRow, SqlValue } from "./sql.ts";

/** An error as the server gives it. */
export class ServerError extends Error {
  readonly errno: number;
  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}

export interface TableDefinition {
  readonly columns: readonly string[];
  /** Columns of each unique key. */
  readonly uniqueKeys: readonly (readonly string[])[];
}

interface Entry {
  /** What everybody sees; null: not there. */
  committed: SqlRow | null;
  /** What the owner sees. */
  current: SqlRow | null;
  /** The transaction that changed it and hasn't ended. */
  owner: Session | null;
  /** Transactions that read it with a shared lock. */
  readonly sharers: Set<Session>;
}

interface Table {
  readonly definition: TableDefinition;
  readonly entries: Set<Entry>;
}

export interface DatabaseHooks {
  /** Right after a commit took effect. */
  readonly committed: (session: Session) => void;
  /** Two transactions meet at one row. */
  readonly contended: (waiting: Session, holder: Session, table: string) => void;
}

/** One connection's state in the server. */
export class Session {
  readonly label: string;
  /** Rows changed by the open transaction. */
  readonly touched = new Set<Entry>();
  readonly shared = new Set<Entry>();
  inTransaction = false;
  waitingFor: Session | null = null;
  ended = Promise.withResolvers<void>();

  constructor(label: string) {
    this.label = label;
  }
}

export class Database {
  readonly #tables = new Map<string, Table>();
  readonly #hooks: DatabaseHooks;

  constructor(hooks: DatabaseHooks) {
    this.#hooks = hooks;
  }

  create(name: string, definition: TableDefinition): void {
    this.#tables.set(name, { definition, entries: new Set() });
  }

  /** DDL as far as it goes here: emptied and renamed tables, one more column. Ends nobody's transaction. */
  truncate(name: string): void {
    this.#table(name).entries.clear();
  }

  addColumn(name: string, column: string): void {
    const { definition, entries } = this.#table(name);
    this.#tables.set(name, { definition: { ...definition, columns: [...definition.columns, column] }, entries });
    for (const entry of entries) {
      if (entry.committed !== null) entry.committed = { ...entry.committed, [column]: null };
      if (entry.current !== null) entry.current = { ...entry.current, [column]: null };
    }
  }

  definition(name: string): TableDefinition | null {
    return this.#tables.get(name)?.definition ?? null;
  }

  /** The committed rows of a table. */
  rows(name: string): SqlRow[] {
    return [...this.#table(name).entries].flatMap(({ committed }) => (committed === null ? [] : [committed]));
  }

  /** Runs one statement; resolves to the number of rows that it matched (upsert: 1 inserted, 2 there), or the rows of a SELECT. */
  async run(session: Session, statement: ParsedStatement): Promise<{ affected: number; rows: SqlRow[] }> {
    switch (statement.kind) {
      case "set":
        return { affected: 0, rows: [] };
      case "begin":
        this.commit(session);
        session.inTransaction = true;
        return { affected: 0, rows: [] };
      case "commit":
        this.commit(session);
        return { affected: 0, rows: [] };
      case "rollback":
        this.rollback(session);
        return { affected: 0, rows: [] };
      default: {
        const result = await this.#work(session, statement);
        if (!session.inTransaction) this.commit(session);
        return result;
      }
    }
  }

  async #work(
    session: Session,
    statement: Exclude<ParsedStatement, { kind: "begin" | "commit" | "rollback" | "set" }>,
  ): Promise<{ affected: number; rows: SqlRow[] }> {
    const { table } = statement;
    switch (statement.kind) {
      case "select":
        return this.#select(session, table, statement.where, statement.shared);
      case "insert": {
        let affected = 0;
        for (const row of statement.rows) affected += await this.#insert(session, table, row, statement.update);
        return { affected, rows: [] };
      }
      case "insert-select": {
        const { rows } = await this.#select(session, statement.from, statement.where, true);
        for (const row of rows) {
          const values = statement.values.map((value) =>
            typeof value === "object" && value !== null ? (row[value.column] ?? null) : value,
          );
          await this.#insert(session, table, Object.fromEntries(statement.columns.map((name, i) => [name, values[i] ?? null])), null);
        }
        return { affected: rows.length, rows: [] };
      }
      case "update": {
        const entries = await this.#find(session, table, statement.where, statement.limit);
        for (const entry of entries) {
          const row = { ...entry.current, ...Object.fromEntries(statement.set) };
          await this.#checkUnique(session, table, row, entry);
          this.#write(session, entry, row);
        }
        return { affected: entries.length, rows: [] };
      }
      case "delete": {
        const entries = await this.#find(session, table, statement.where, statement.limit);
        for (const entry of entries) this.#write(session, entry, null);
        return { affected: entries.length, rows: [] };
      }
      default:
        return statement satisfies never;
    }
  }

  commit(session: Session): void {
    for (const entry of session.touched) entry.committed = entry.current;
    const changed = session.touched.size > 0;
    this.#end(session);
    if (changed) this.#hooks.committed(session);
  }

  rollback(session: Session): void {
    for (const entry of session.touched) entry.current = entry.committed;
    this.#end(session);
  }

  #end(session: Session): void {
    for (const entry of session.touched) entry.owner = null;
    for (const entry of session.shared) entry.sharers.delete(session);
    for (const { entries } of this.#tables.values()) {
      for (const entry of session.touched) if (entry.committed === null) entries.delete(entry);
    }
    session.touched.clear();
    session.shared.clear();
    session.inTransaction = false;
    session.ended.resolve();
    session.ended = Promise.withResolvers();
  }

  async #select(session: Session, table: string, where: Condition, shared: boolean): Promise<{ affected: number; rows: SqlRow[] }> {
    if (shared) {
      for (let blocked = this.#blocker(session, table, where); blocked !== null; blocked = this.#blocker(session, table, where)) {
        await this.#wait(session, blocked, table);
      }
    }
    const found = [...this.#table(table).entries].filter((entry) => matches(visible(entry, session), where));
    if (shared) {
      for (const entry of found) {
        entry.sharers.add(session);
        session.shared.add(entry);
      }
    }
    return { affected: 0, rows: found.map((entry) => visible(entry, session)).filter((row) => row !== null) };
  }

  /** Rows to change, locked: waits for whoever holds one that matches, or matched before. */
  async #find(session: Session, table: string, where: Condition, limit: number): Promise<Entry[]> {
    for (let blocked = this.#blocker(session, table, where, true); blocked !== null; blocked = this.#blocker(session, table, where, true)) {
      await this.#wait(session, blocked, table);
    }
    const found = [...this.#table(table).entries].filter((entry) => matches(visible(entry, session), where));
    return found.slice(0, limit);
  }

  #blocker(session: Session, table: string, where: Condition, exclusive = false): Session | null {
    for (const entry of this.#table(table).entries) {
      if (!matches(entry.current, where) && !matches(entry.committed, where)) continue;
      if (entry.owner !== null && entry.owner !== session) return entry.owner;
      if (exclusive) for (const sharer of entry.sharers) if (sharer !== session) return sharer;
    }
    return null;
  }

  async #insert(
    session: Session,
    table: string,
    row: SqlRow,
    update: ReadonlyMap<string, SqlValue | "its own"> | null,
  ): Promise<number> {
    const { columns } = this.#table(table).definition;
    const full = Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
    const there = await this.#checkUnique(session, table, full, null, update !== null);
    if (there === null) {
      const entry: Entry = { committed: null, current: null, owner: null, sharers: new Set() };
      this.#table(table).entries.add(entry);
      this.#write(session, entry, full);
      return 1;
    }
    const changes = [...(update ?? [])].map(([name, value]) => [name, value === "its own" ? (row[name] ?? null) : value]);
    this.#write(session, there, { ...there.current, ...Object.fromEntries(changes) });
    return 2;
  }

  /** The entry that holds one of the row's unique values, if `mayExist`; else that is error 1062. Waits for undecided ones. */
  async #checkUnique(session: Session, table: string, row: SqlRow, self: Entry | null, mayExist = false): Promise<Entry | null> {
    const { definition, entries } = this.#table(table);
    for (const key of definition.uniqueKeys) {
      if (key.some((name) => row[name] === null)) continue;
      const same: Condition = (other) => key.every((name) => other[name] === row[name]);
      for (let blocked = this.#blocker(session, table, same, mayExist); blocked !== null; blocked = this.#blocker(session, table, same, mayExist)) {
        await this.#wait(session, blocked, table);
      }
      const there = [...entries].find((entry) => entry !== self && matches(visible(entry, session), same));
      if (there === undefined) continue;
      if (mayExist) return there;
      throw new ServerError(1062, `Duplicate entry in ${table}: ${key.map((name) => `${name}=${row[name]}`).join(",")}`);
    }
    return null;
  }

  #write(session: Session, entry: Entry, row: SqlRow | null): void {
    entry.current = row;
    entry.owner = session;
    session.touched.add(entry);
  }

  async #wait(session: Session, holder: Session, table: string): Promise<void> {
    this.#hooks.contended(session, holder, table);
    for (let other: Session | null = holder; other !== null; other = other.waitingFor) {
      if (other !== session) continue;
      this.rollback(session);
      throw new ServerError(1213, "Deadlock found when trying to get lock");
    }
    session.waitingFor = holder;
    await holder.ended.promise;
    session.waitingFor = null;
  }

  /** A name without its database means one of the meta schema's. */
  #table(name: string): Table {
    const table = this.#tables.get(name.includes(".") ? name : `tidemark.${name}`);
    if (table === undefined) throw new ServerError(1146, `Table '${name}' doesn't exist`);
    return table;
  }
}

function visible(entry: Entry, session: Session): SqlRow | null {
  return entry.owner === session ? entry.current : entry.committed;
}

function matches(row: SqlRow | null, where: Condition): boolean {
  return row !== null && where(row);
}
