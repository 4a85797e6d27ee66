/**
 * A database with transactions, unique keys and row locks, in memory, for one simulated run. Reads see what is
 * committed and what is their own (READ COMMITTED); whoever touches a row that another transaction has changed waits.
 */
import type { Condition, NewValue, ParsedStatement, SqlRow } from "./sql.ts";

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
        const { lookUp } = statement;
        for (const row of statement.rows) {
          const found = lookUp === null ? {} : await this.#lookUp(session, lookUp);
          affected += await this.#insert(session, table, { ...row, ...found }, statement.update);
        }
        return { affected, rows: [] };
      }
      case "update": {
        const entries = await this.#find(session, table, statement.where, statement.limit);
        for (const entry of entries) {
          await this.#change(session, table, entry, { ...entry.current, ...Object.fromEntries(statement.set) });
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

  async #lookUp(
    session: Session,
    lookUp: { column: string; table: string; from: string; where: Condition },
  ): Promise<SqlRow> {
    const { rows } = await this.#select(session, lookUp.table, lookUp.where, true);
    const value = rows[0]?.[lookUp.from] ?? null;
    if (value === null) throw new ServerError(1048, `Column '${lookUp.column}' cannot be null`);
    return { [lookUp.column]: value };
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

  async #select(
    session: Session,
    table: string,
    where: Condition,
    shared: boolean,
  ): Promise<{ affected: number; rows: SqlRow[] }> {
    if (shared) {
      for (
        let blocked = this.#blocker(session, table, where);
        blocked !== null;
        blocked = this.#blocker(session, table, where)
      ) {
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
    for (
      let blocked = this.#blocker(session, table, where, true);
      blocked !== null;
      blocked = this.#blocker(session, table, where, true)
    ) {
      await this.#wait(session, blocked, table);
    }
    const found = [...this.#table(table).entries].filter((entry) => matches(visible(entry, session), where));
    // Locked in the same turn: nobody may come between the look and the lock.
    const locked = found.slice(0, limit);
    for (const entry of locked) this.#write(session, entry, entry.owner === session ? entry.current : entry.committed);
    return locked;
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
    update: ReadonlyMap<string, NewValue> | null,
  ): Promise<number> {
    const { columns } = this.#table(table).definition;
    const full = Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
    while (!this.#isFree(session, table, full)) await this.#untilFree(session, table, full);
    const there = this.#sameKey(session, table, full, null);
    if (there === null) {
      const entry: Entry = { committed: null, current: null, owner: null, sharers: new Set() };
      this.#table(table).entries.add(entry);
      this.#write(session, entry, full);
      return 1;
    }
    if (update === null) throw duplicate(table, full);
    const changes = [...update].map(([name, value]) => [name, "own" in value ? (row[name] ?? null) : value.value]);
    this.#write(session, there, { ...there.current, ...Object.fromEntries(changes) });
    return 2;
  }

  async #change(session: Session, table: string, entry: Entry, row: SqlRow): Promise<void> {
    while (!this.#isFree(session, table, row)) await this.#untilFree(session, table, row);
    if (this.#sameKey(session, table, row, entry) !== null) throw duplicate(table, row);
    this.#write(session, entry, row);
  }

  /** A row's unique values as conditions, those with a NULL left out. */
  #uniqueConditions(table: string, row: SqlRow): Condition[] {
    return this.#table(table).definition.uniqueKeys
      .filter((key) => key.every((name) => row[name] !== null))
      .map((key) => (other) => key.every((name) => other[name] === row[name]));
  }

  #isFree(session: Session, table: string, row: SqlRow): boolean {
    return this.#uniqueConditions(table, row).every((same) => this.#blocker(session, table, same, true) === null);
  }

  async #untilFree(session: Session, table: string, row: SqlRow): Promise<void> {
    for (const same of this.#uniqueConditions(table, row)) {
      const blocked = this.#blocker(session, table, same, true);
      if (blocked !== null) await this.#wait(session, blocked, table);
    }
  }

  /** Another entry that holds one of the row's unique values. */
  #sameKey(session: Session, table: string, row: SqlRow, self: Entry | null): Entry | null {
    const conditions = this.#uniqueConditions(table, row);
    const there = [...this.#table(table).entries].find(
      (entry) => entry !== self && conditions.some((same) => matches(visible(entry, session), same)),
    );
    return there ?? null;
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

function duplicate(table: string, row: SqlRow): ServerError {
  return new ServerError(1062, `Duplicate entry in ${table}: ${JSON.stringify(row)}`);
}

function visible(entry: Entry, session: Session): SqlRow | null {
  return entry.owner === session ? entry.current : entry.committed;
}

function matches(row: SqlRow | null, where: Condition): boolean {
  return row !== null && where(row);
}
