/**
 * What must hold after every commit, whatever happened (S5): downstream is exactly the serial replay of the
 * transactions that were applied so far, each once; and everything before the stored checkpoint is applied.
 */
import type { Database, Session } from "./database.ts";
import { same, type History, type HistoryTransaction } from "./history.ts";
import type { SqlRow } from "./sql.ts";

/** Something that must never happen has happened. */
export class Violation extends Error {}

export class Oracle {
  readonly #history: History;
  readonly #database: Database;
  readonly #model = new Map<string, SqlRow[]>();
  readonly #applied = new Set<number>();
  readonly #fencesSeen = new Set<string>();
  readonly #ddl = new Set<number>();
  /** The first violation; the run ends with it. */
  violation: Violation | null = null;

  constructor(history: History, database: Database) {
    this.#history = history;
    this.#database = database;
    for (const { table } of history.structures) this.#model.set(table, []);
  }

  get appliedCount(): number {
    return this.#applied.size;
  }

  fail(message: string): void {
    this.violation ??= new Violation(message);
  }

  /** Two transactions of workers want one row: the scheduler let batches run side by side that conflict. */
  contended(waiting: Session, holder: Session, table: string): void {
    const [a, b] = [sessionOf(waiting.label), sessionOf(holder.label)];
    if (a === b && table.startsWith("sim.")) this.fail(`${waiting.label} and ${holder.label} meet in ${table}`);
  }

  committed(session: Session): void {
    this.#applyFences(session.label);
    this.#compare(session.label);
    const [checkpoint] = this.#database.rows("tidemark.checkpoint");
    if (checkpoint === undefined) return;
    const late = this.#history.transactions.find(
      ({ number, end }) => end <= Number(checkpoint["file_offset"]) && !this.#applied.has(number),
    );
    if (late !== undefined) {
      this.fail(
        `S1: the checkpoint ${checkpoint["file_offset"]} is behind transaction ${late.number}, which was not applied`,
      );
    }
  }

  /** Rows of applied_batch that appeared say which transactions have become visible. */
  #applyFences(label: string): void {
    for (const row of this.#database.rows("tidemark.applied_batch")) {
      const id = `${row["epoch"]}/${row["sequence"]}`;
      if (this.#fencesSeen.has(id)) continue;
      this.#fencesSeen.add(id);
      for (const transaction of this.#history.transactions) {
        const inside = transaction.end > Number(row["start_offset"]) && transaction.end <= Number(row["end_offset"]);
        if (inside && !this.#applied.has(transaction.number)) this.#replay(transaction, label);
      }
    }
    this.#applyEmpty();
  }

  /** Transactions without rows have no effect to wait for. */
  #applyEmpty(): void {
    for (const { number, operations, ddl } of this.#history.transactions) {
      if (operations.length === 0 && ddl === null) this.#applied.add(number);
    }
  }

  #replay(transaction: HistoryTransaction, label: string): void {
    if (transaction.ddl !== null) {
      this.fail(`${label}: the batch of transaction ${transaction.number}, a DDL, holds rows`);
      return;
    }
    this.#applied.add(transaction.number);
    for (const { table, before, after } of transaction.operations) {
      const rows = this.#model.get(table) ?? [];
      if (before !== null) {
        const at = rows.findIndex((row) => same(row, before));
        if (at === -1)
          this.fail(
            `transaction ${transaction.number} was applied before the row that it changes in ${table} was there`,
          );
        else rows.splice(at, 1);
      }
      if (after !== null) rows.push(after);
      this.#model.set(table, rows);
    }
  }

  /** A DDL takes effect: everything before it is applied, nothing behind it, and it never was before. */
  ddl(number: number, effect: (ddl: NonNullable<HistoryTransaction["ddl"]>) => void): void {
    this.#applyEmpty();
    const found = this.#history.transactions.find((transaction) => transaction.number === number);
    if (found === undefined || found.ddl === null) return this.fail(`DDL ${number} is not in the history`);
    const { ddl } = found;
    const rowsBefore = this.#history.transactions.filter((t) => t.number < number && !this.#applied.has(t.number));
    const rowsBehind = this.#history.transactions.filter(
      (t) => t.number > number && t.operations.length > 0 && this.#applied.has(t.number),
    );
    if (rowsBefore.length > 0) this.fail(`S3: DDL ${number} ran before transaction ${rowsBefore[0]?.number}`);
    if (rowsBehind.length > 0) this.fail(`S3: DDL ${number} ran after transaction ${rowsBehind[0]?.number}`);
    // A TRUNCATE that is executed again before anything else ends in the same state; an ALTER doesn't.
    if (this.#ddl.has(number) && ddl.adds !== null) this.fail(`D1: DDL ${number} ran twice`);
    this.#ddl.add(number);
    this.#applied.add(number);
    if (ddl.adds === null) this.#model.set(ddl.table, []);
    const { adds } = ddl;
    if (adds !== null) {
      this.#model.set(
        ddl.table,
        (this.#model.get(ddl.table) ?? []).map((row) => ({ ...row, [adds]: null })),
      );
    }
    effect(ddl);
  }

  #compare(label: string): void {
    if (this.violation !== null) return;
    for (const [table, rows] of this.#model) {
      const expected = rows.map(rowText).sort();
      const found = this.#database.rows(`sim.${table}`).map(rowText).sort();
      if (expected.length === found.length && expected.every((text, i) => text === found[i])) continue;
      const missing = expected.filter((text) => !found.includes(text));
      const extra = found.filter((text) => !expected.includes(text));
      this.fail(
        `S5: after a commit of ${label}, ${table} is not what was applied: missing ${missing.join(" ")}; too much ${extra.join(" ")}; ${expected.length} rows instead of ${found.length}`,
      );
      return;
    }
  }

  /** At the end everything is applied. */
  finished(): void {
    this.#applyEmpty();
    const left = this.#history.transactions.find(({ number }) => !this.#applied.has(number));
    if (left !== undefined) this.fail(`transaction ${left.number} was never applied`);
    this.#compare("the end");
  }
}

function rowText(row: SqlRow): string {
  return Object.keys(row)
    .sort()
    .map((name) => `${name}=${row[name]}`)
    .join(",");
}

function sessionOf(label: string): string {
  return label.slice(0, label.indexOf("/"));
}
