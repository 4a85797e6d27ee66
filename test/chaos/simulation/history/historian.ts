/** Makes up a history from a seed: transactions that the upstream's constraints allow, in many clothes. */
import type { SqlRow } from "../sql/statement.ts";
import { between, pick, type Random } from "../random.ts";
import { chooseTables } from "./catalog.ts";
import { makeDdl } from "./ddl.ts";
import {
  FILTERED,
  type History,
  type HistoryTransaction,
  type LoggedRows,
  type RowOperation,
  type Shape,
} from "./history.ts";
import { Model, type ModelTable, same } from "./model.ts";

export interface HistoryOptions {
  readonly count: number;
  /** The upstream's log holds rows that foreign keys changed by themselves (MySQL 9.6 on). */
  readonly logsCascades: boolean;
  /** Probability of each, per transaction. */
  readonly ddl: number;
  readonly giant: number;
  readonly minimal: number;
  readonly checksOff: number;
}

export function makeHistory(random: Random, options: HistoryOptions): History {
  return new Historian(random, options).write();
}

/** What one transaction has done so far. */
interface Draft {
  readonly operations: RowOperation[];
  readonly logged: LoggedRows[];
  readonly foreignKeyChecksOff: boolean;
  readonly minimal: boolean;
}

class Historian {
  readonly #random: Random;
  readonly #options: HistoryOptions;
  readonly #model = new Model();
  #fresh = 1000;
  /** Unique values that rows have given up lately: others take them soon. */
  #freed: number[] = [];

  constructor(random: Random, options: HistoryOptions) {
    this.#random = random;
    this.#options = options;
  }

  write(): History {
    const structures = chooseTables(this.#random);
    for (const structure of structures) this.#model.put(structure, []);
    const shapes = new Map<number, Shape>([[0, this.#model.shape()]]);
    const transactions: HistoryTransaction[] = [];
    for (let number = 1; number <= this.#options.count; number += 1) {
      const draft = this.#draft();
      const ddl = this.#random() < this.#options.ddl ? makeDdl(this.#random, this.#model, number) : null;
      if (ddl === null) this.#transaction(draft);
      else if (ddl.fills !== null) this.#fill(draft, ddl.fills);
      if (ddl !== null) shapes.set(number, this.#model.shape());
      transactions.push({ number, operations: draft.operations, logged: draft.logged, ddl: ddl?.logged ?? null });
    }
    return { transactions, structures, shapes };
  }

  #draft(): Draft {
    return {
      operations: [],
      logged: [],
      foreignKeyChecksOff: this.#random() < this.#options.checksOff,
      minimal: this.#random() < this.#options.minimal,
    };
  }

  #transaction(draft: Draft): void {
    if (this.#random() < 0.05) return;
    if (this.#random() < this.#options.giant) return this.#giant(draft);
    const statements = between(this.#random, 1, 3);
    for (let i = 0; i < statements; i += 1) this.#statement(draft, pick(this.#random, this.#model.names));
  }

  /** One statement of the upstream: some rows of one table. */
  #statement(draft: Draft, name: string): void {
    const dice = this.#random();
    if (dice < 0.12 && name === "uniq") return this.#swap(draft);
    const count = this.#random() < 0.8 ? 1 : between(this.#random, 1, 6);
    if (dice < 0.5 || this.#model.get(name).rows.length === 0) return this.#inserts(draft, name, count);
    const before = this.#some(name, count);
    if (dice < 0.8)
      this.#log(
        draft,
        name,
        before.map((row) => ({ table: name, before: row, after: this.#changed(name, row) })),
      );
    else
      this.#log(
        draft,
        name,
        before.map((row) => ({ table: name, before: row, after: null })),
      );
  }

  /** Hundreds of rows, in several events; of one table, or of all. */
  #giant(draft: Draft): void {
    if (this.#random() < 0.5) {
      const statements = between(this.#random, 20, 60);
      for (let i = 0; i < statements; i += 1) this.#statement(draft, pick(this.#random, this.#model.names));
      return;
    }
    const name = pick(this.#random, this.#model.names);
    const events = between(this.#random, 3, 8);
    for (let i = 0; i < events; i += 1) this.#inserts(draft, name, between(this.#random, 10, 40));
    this.#statement(draft, pick(this.#random, this.#model.names));
  }

  /** CREATE TABLE … SELECT: the rows come in the DDL's own transaction. */
  #fill(draft: Draft, name: string): void {
    this.#inserts({ ...draft, minimal: false }, name, between(this.#random, 0, 5));
  }

  #inserts(draft: Draft, name: string, count: number): void {
    const rows = Array.from({ length: count }, () => this.#newRow(this.#model.get(name)));
    this.#log(
      draft,
      name,
      rows.map((after) => ({ table: name, before: null, after })),
    );
  }

  /** Two rows exchange their unique values by way of a third value: three statements. */
  #swap(draft: Draft): void {
    const [one, two] = this.#model.get("uniq").rows.filter((row) => row["u"] !== null);
    if (one === undefined || two === undefined) return this.#inserts(draft, "uniq", 1);
    this.#fresh += 1;
    const parked = { ...one, u: -this.#fresh };
    this.#log(draft, "uniq", [{ table: "uniq", before: one, after: parked }]);
    this.#log(draft, "uniq", [{ table: "uniq", before: two, after: { ...two, u: one["u"] ?? null } }]);
    this.#log(draft, "uniq", [{ table: "uniq", before: parked, after: { ...parked, u: two["u"] ?? null } }]);
  }

  /** Carries out those changes that are possible, and logs them as one statement. */
  #log(draft: Draft, name: string, changes: readonly RowOperation[]): void {
    const { built, structure } = this.#model.get(name);
    const direct: RowOperation[] = [];
    const cascaded: RowOperation[] = [];
    for (const change of changes) {
      if (change.before !== null && change.after !== null && same(change.before, change.after)) continue;
      const done = this.#model.apply(change, !draft.foreignKeyChecksOff);
      if (done === null) continue;
      direct.push(change);
      this.#notice(change);
      cascaded.push(...done.slice(1));
      if (name !== FILTERED) draft.operations.push(...done);
    }
    const primary = structure.uniqueKeys.find((key) => key.primary);
    const primaryKey = primary?.parts.map((part) => part.column) ?? [];
    const { foreignKeyChecksOff, minimal } = draft;
    if (direct.length > 0) draft.logged.push({ built, rows: direct, foreignKeyChecksOff, minimal, primaryKey });
    if (this.#options.logsCascades) for (const row of cascaded) draft.logged.push(this.#cascaded(draft, row));
  }

  #notice({ before, after }: RowOperation): void {
    const value = before?.["u"];
    if (typeof value === "number" && value > 0 && after?.["u"] !== value)
      this.#freed = [value, ...this.#freed].slice(0, 4);
  }

  #cascaded({ foreignKeyChecksOff, minimal }: Draft, row: RowOperation): LoggedRows {
    const { built } = this.#model.get(row.table);
    return { built, rows: [row], foreignKeyChecksOff, minimal, primaryKey: ["id"] };
  }

  #some(name: string, count: number): SqlRow[] {
    const left = [...this.#model.get(name).rows];
    const chosen: SqlRow[] = [];
    for (let i = 0; i < count && left.length > 0; i += 1) {
      chosen.push(...left.splice(Math.floor(this.#random() * left.length), 1));
    }
    return chosen;
  }

  /** Mostly the payload changes, sometimes the keys too. */
  #changed(name: string, row: SqlRow): SqlRow {
    const table = this.#model.get(name);
    const other = this.#newRow(table);
    if (this.#random() < 0.25) return { ...row, ...other };
    const keyed = new Set(table.structure.uniqueKeys.flatMap(({ parts }) => parts.map((part) => part.column)));
    return { ...row, ...Object.fromEntries(Object.entries(other).filter(([column]) => !keyed.has(column))) };
  }

  #newRow({ structure }: ModelTable): SqlRow {
    return Object.fromEntries(
      structure.columns.map(({ name }) => [name, this.#value(structure.foreignKeys[0]?.parentTable, name)]),
    );
  }

  #value(parent: string | undefined, column: string): number | string | null {
    if (column === "s")
      return `${pick(this.#random, ["a", "b", "c", "d", "e", "f", "g", "h"])}${between(this.#random, 0, 5)}`;
    if (column === "u" && this.#freed.length > 0 && this.#random() < 0.4) return pick(this.#random, this.#freed);
    if (column === "id") return between(this.#random, 1, 60);
    if (column === "p" && parent !== undefined) {
      const parents = this.#model.get(parent).rows;
      return parents.length === 0 || this.#random() < 0.2 ? null : (pick(this.#random, parents)["id"] ?? null);
    }
    if (column !== "a" && column !== "b" && this.#random() < 0.15) return null;
    return between(this.#random, 0, 11);
  }
}
