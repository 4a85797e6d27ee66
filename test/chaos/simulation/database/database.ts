/**
 * A database with transactions, unique keys, foreign keys and row locks, in memory, for one simulated run. Reads see what
 * is committed and what is their own (READ COMMITTED).
 */
import type { Clock } from "../../../../src/clock.ts";
import type { TableStructure } from "../../../../src/schema/structure.ts";
import type { Condition, Insert, LookUp, ParsedStatement, SqlRow, Work } from "../sql/statement.ts";
import { Locks, matches } from "./locks.ts";
import { RowWriter } from "./row-writer.ts";
import { ServerError } from "./server-error.ts";
import { type Session, visible } from "./session.ts";
import { type DdlStep, Tables } from "./tables.ts";

export interface DatabaseHooks {
  /** Right after a commit took effect: whose, and which tables it changed. */
  readonly committed: (label: string, tables: ReadonlySet<string>) => void;
  /** Two transactions meet at one row. */
  readonly contended: (waiting: Session, holder: Session, table: string) => void;
}

/** What a statement says: how many rows it matched (an upsert counts 1 for a new row, 2 for one that was there), or the rows of a SELECT. */
export interface Result {
  readonly affected: number;
  readonly rows: readonly SqlRow[];
}

const NOTHING: Result = { affected: 0, rows: [] };

export class Database {
  readonly #tables = new Tables();
  readonly #hooks: DatabaseHooks;
  readonly #locks: Locks;
  readonly #writer: RowWriter;

  constructor(hooks: DatabaseHooks, clock: Clock) {
    this.#hooks = hooks;
    this.#locks = new Locks(clock, { contended: hooks.contended, rollback: (session) => this.rollback(session) });
    this.#writer = new RowWriter(this.#tables, this.#locks);
  }

  create(structure: TableStructure): void {
    this.#tables.create(structure);
  }

  /** null: there is no such table. */
  structure(name: string): TableStructure | null {
    return this.#tables.find(name)?.structure ?? null;
  }

  /** The committed rows of a table, for those who look from outside. */
  rows(name: string): SqlRow[] {
    const entries = this.#tables.find(name)?.entries ?? [];
    return [...entries].flatMap(({ committed }) => (committed === null ? [] : [committed]));
  }

  /** Waits for the transactions that use the tables (a DDL takes a metadata lock), then changes them. */
  async ddl(session: Session, step: DdlStep, effect: () => void): Promise<void> {
    for (let user = this.#tables.user(step); user !== null; user = this.#tables.user(step)) {
      await user.ended.promise;
    }
    if (session.isDead) throw new ServerError(1053, "Server shutdown in progress");
    this.#tables.execute(step);
    effect();
  }

  async run(session: Session, statement: ParsedStatement): Promise<Result> {
    if (session.isDead) throw new ServerError(1053, "Server shutdown in progress");
    switch (statement.kind) {
      case "set":
        session.foreignKeyChecks = statement.foreignKeyChecks ?? session.foreignKeyChecks;
        session.lockWaitMs = statement.lockWaitMs ?? session.lockWaitMs;
        return NOTHING;
      case "begin":
        this.commit(session);
        session.inTransaction = true;
        return NOTHING;
      case "commit":
        this.commit(session);
        return NOTHING;
      case "rollback":
        this.rollback(session);
        return NOTHING;
      case "savepoint":
        session.savepoint = new Map([...session.touched.keys()].map((entry) => [entry, entry.current]));
        return NOTHING;
      case "rollback-to":
        this.#rollbackTo(session);
        return NOTHING;
      default:
        return this.#workAlone(session, statement);
    }
  }

  async #workAlone(session: Session, statement: Work): Promise<Result> {
    try {
      const result = await this.#work(session, statement);
      if (!session.inTransaction) this.commit(session);
      return result;
    } catch (thrown) {
      if (!session.inTransaction) this.rollback(session);
      throw thrown;
    }
  }

  async #work(session: Session, statement: Work): Promise<Result> {
    const { table } = statement;
    switch (statement.kind) {
      case "select":
        return { affected: 0, rows: await this.#select(session, table, statement.where, statement.shared) };
      case "insert":
        return { affected: await this.#insert(session, statement), rows: [] };
      case "update": {
        const entries = await this.#writer.find(session, table, statement.where, statement.limit);
        for (const entry of entries) {
          const row = { ...entry.current, ...Object.fromEntries(statement.set) };
          await this.#writer.change(session, table, entry, row);
        }
        return { affected: entries.length, rows: [] };
      }
      case "delete": {
        const entries = await this.#writer.find(session, table, statement.where, statement.limit);
        for (const entry of entries) await this.#writer.remove(session, table, entry);
        return { affected: entries.length, rows: [] };
      }
      default:
        return statement satisfies never;
    }
  }

  async #insert(session: Session, { table, rows, lookUp, update }: Insert): Promise<number> {
    let affected = 0;
    for (const row of rows) {
      const found = lookUp === null ? {} : await this.#lookUp(session, lookUp);
      affected += await this.#writer.insert(session, table, { ...row, ...found }, update);
    }
    return affected;
  }

  async #lookUp(session: Session, lookUp: LookUp): Promise<SqlRow> {
    const [row] = await this.#select(session, lookUp.table, lookUp.where, true);
    const value = row?.[lookUp.from] ?? null;
    if (value === null) throw new ServerError(1048, `Column '${lookUp.column}' cannot be null`);
    return { [lookUp.column]: value };
  }

  async #select(session: Session, table: string, where: Condition, shared: boolean): Promise<SqlRow[]> {
    const { entries } = this.#tables.get(table);
    if (shared) {
      const blocker = (): Session | null => this.#locks.blocker(entries, session, where, false);
      for (let other = blocker(); other !== null; other = blocker()) await this.#locks.wait(session, other, table);
    }
    const found = [...entries].filter((entry) => matches(visible(entry, session), where));
    if (shared) for (const entry of found) this.#locks.share(session, entry);
    return found.map((entry) => visible(entry, session)).filter((row) => row !== null);
  }

  commit(session: Session): void {
    for (const entry of session.touched.keys()) entry.committed = entry.current;
    const tables = new Set(session.tables);
    this.#end(session);
    if (tables.size > 0) this.#hooks.committed(session.label, tables);
  }

  rollback(session: Session): void {
    for (const entry of session.touched.keys()) entry.current = entry.committed;
    this.#end(session);
  }

  /** Rows are what they were then; locks stay. Throws 1305. */
  #rollbackTo(session: Session): void {
    const { savepoint } = session;
    if (savepoint === null) throw new ServerError(1305, "SAVEPOINT does not exist");
    for (const entry of session.touched.keys()) {
      const then = savepoint.get(entry);
      // A row that was first touched behind it is what it is for everybody.
      entry.current = then === undefined ? entry.committed : then;
    }
  }

  #end(session: Session): void {
    session.savepoint = null;
    for (const [entry, entries] of session.touched) {
      entry.owner = null;
      if (entry.committed === null) entries.delete(entry);
    }
    for (const entry of session.shared) entry.sharers.delete(session);
    session.touched.clear();
    session.tables.clear();
    session.shared.clear();
    session.inTransaction = false;
    session.ended.resolve();
    session.ended = Promise.withResolvers();
  }
}
