/** A seeded history of an upstream: its log as bytes, and what each of its transactions does, for the oracle. */
import { BinlogBuilder, int, varchar, type BuiltTable, type BuiltValue } from "../../support/binlog-builder.ts";
import { column, key } from "../../support/tables.ts";
import type { TableStructure } from "../../../src/schema/structure.ts";
import type { SqlRow } from "./sql.ts";

export interface RowOperation {
  readonly table: string;
  readonly before: SqlRow | null;
  readonly after: SqlRow | null;
}

export interface HistoryTransaction {
  readonly number: number;
  /** Where it ends in the log. */
  readonly end: number;
  readonly operations: readonly RowOperation[];
  /** The table that a TRUNCATE or ALTER of this transaction works on, and the column that it adds. */
  readonly ddl: { readonly table: string; readonly adds: string | null } | null;
}

export interface History {
  readonly events: readonly { readonly start: number; readonly end: number; readonly bytes: Buffer }[];
  readonly transactions: readonly HistoryTransaction[];
  readonly structures: readonly TableStructure[];
  readonly file: string;
  readonly end: number;
}

interface ModelTable {
  built: BuiltTable;
  readonly structure: TableStructure;
  rows: SqlRow[];
}

const TABLES: readonly { name: string; columns: readonly string[]; keys: readonly (readonly string[])[] }[] = [
  { name: "plain", columns: ["id int", "n int null"], keys: [["id"]] },
  { name: "uniq", columns: ["id int", "u int null", "n int null"], keys: [["id"], ["u"]] },
  { name: "nokey", columns: ["a int null", "b int null"], keys: [] },
  { name: "text", columns: ["s varchar", "n int null"], keys: [["s"]] },
  { name: "pair", columns: ["a int", "b int", "n int null"], keys: [["a", "b"]] },
];

export type Random = () => number;

export function makeHistory(random: Random, count: number): History {
  return new Historian(random).write(count);
}

class Historian {
  readonly #random: Random;
  readonly #log = new BinlogBuilder();
  readonly #events: { start: number; end: number; bytes: Buffer }[] = [];
  readonly #tables: ModelTable[];
  #fresh = 1000;

  constructor(random: Random) {
    this.#random = random;
    this.#tables = TABLES.filter(() => random() < 0.8).map((table, i) => modelTable(table, i + 1));
    if (this.#tables.length === 0) this.#tables = TABLES.slice(0, 1).map((table) => modelTable(table, 1));
  }

  write(count: number): History {
    const structures = this.#tables.map(({ structure }) => structure);
    this.#add(() => this.#log.formatDescription());
    const transactions: HistoryTransaction[] = [];
    for (let number = 1; number <= count; number += 1) {
      const ddl = this.#random() < 0.03 ? this.#ddl(number) : null;
      const operations = ddl === null ? this.#transaction() : [];
      transactions.push({ number, end: this.#log.offset, operations, ddl });
    }
    return { events: this.#events, transactions, structures, file: this.#log.file, end: this.#log.offset };
  }

  #add(make: () => Buffer): void {
    const start = this.#log.offset;
    const bytes = make();
    this.#events.push({ start, end: this.#log.offset, bytes });
  }

  #pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.#random() * from.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }

  #ddl(number: number): HistoryTransaction["ddl"] {
    const table = this.#pick(this.#tables);
    const name = table.structure.table;
    const adds = this.#random() < 0.5 ? `c${number}` : null;
    const sql = adds === null ? `TRUNCATE TABLE sim.${name}` : `ALTER TABLE sim.${name} ADD COLUMN ${adds} INT NULL`;
    this.#add(() => this.#log.gtid(null));
    this.#add(() => this.#log.query(`/* ddl ${number} */ ${sql}`, { database: "sim" }));
    if (adds === null) table.rows = [];
    else {
      table.rows = table.rows.map((row) => ({ ...row, [adds]: null }));
      table.built = { ...table.built, id: table.built.id + 100, columns: [...table.built.columns, int(adds)] };
    }
    return { table: name, adds };
  }

  #transaction(): RowOperation[] {
    const operations: RowOperation[] = [];
    this.#add(() => this.#log.gtid(null));
    this.#add(() => this.#log.query("BEGIN"));
    const statements = this.#random() < 0.05 ? 0 : 1 + Math.floor(this.#random() * 3);
    for (let i = 0; i < statements; i += 1) operations.push(...this.#statement(this.#pick(this.#tables)));
    this.#add(() => this.#log.xid());
    return operations;
  }

  /** One statement of the upstream: some rows of one table. */
  #statement(table: ModelTable): RowOperation[] {
    const dice = this.#random();
    if (dice < 0.12) return this.#swap(table);
    const count = this.#random() < 0.8 ? 1 : 1 + Math.floor(this.#random() * 6);
    if (dice < 0.5 || table.rows.length === 0) return this.#insert(table, count);
    if (dice < 0.8) return this.#update(table, count);
    return this.#delete(table, count);
  }

  #insert(table: ModelTable, count: number): RowOperation[] {
    const rows: SqlRow[] = [];
    for (let i = 0; i < count; i += 1) {
      const row = this.#newRow(table);
      if (this.#fits(table, row, rows)) rows.push(row);
    }
    return this.#log1(
      table,
      rows.map((after) => ({ table: table.structure.table, before: null, after })),
    );
  }

  #update(table: ModelTable, count: number): RowOperation[] {
    const operations: RowOperation[] = [];
    const others = [...table.rows];
    for (let i = 0; i < count && others.length > 0; i += 1) {
      const before = this.#pick(others);
      others.splice(others.indexOf(before), 1);
      const after =
        this.#random() < 0.25 ? { ...before, ...this.#newRow(table) } : { ...before, ...this.#newPayload(table) };
      const rest = table.rows.filter((row) => row !== before);
      if (same(before, after) || !fits(table, after, rest)) continue;
      table.rows = [...rest, after];
      operations.push({ table: table.structure.table, before, after });
    }
    return this.#log1(table, operations, true);
  }

  #delete(table: ModelTable, count: number): RowOperation[] {
    const operations: RowOperation[] = [];
    for (let i = 0; i < count && table.rows.length > 0; i += 1) {
      const before = this.#pick(table.rows);
      table.rows = table.rows.filter((row) => row !== before);
      operations.push({ table: table.structure.table, before, after: null });
    }
    return this.#log1(table, operations, true);
  }

  /** Two rows exchange their unique values by way of a third value: three statements. */
  #swap(table: ModelTable): RowOperation[] {
    const free = table.structure.table === "uniq" ? table.rows.filter((row) => row["u"] !== null) : [];
    const [one, two] = free;
    if (one === undefined || two === undefined) return this.#insert(table, 1);
    this.#fresh += 1;
    const steps: [SqlRow, SqlRow][] = [
      [one, { ...one, u: -this.#fresh }],
      [two, { ...two, u: one["u"] ?? null }],
      [
        { ...one, u: -this.#fresh },
        { ...one, u: two["u"] ?? null },
      ],
    ];
    return steps.flatMap(([before, after]) => {
      table.rows = [...table.rows.filter((row) => !same(row, before)), after];
      return this.#log1(table, [{ table: "uniq", before, after }], true);
    });
  }

  #newRow(table: ModelTable): SqlRow {
    const row: Record<string, number | string | null> = {};
    for (const { name } of table.built.columns) {
      if (name === "s") row[name] = `${"abcdefgh"[Math.floor(this.#random() * 8)]}${Math.floor(this.#random() * 6)}`;
      else if (name === "id") row[name] = 1 + Math.floor(this.#random() * 40);
      else row[name] = this.#random() < 0.15 && name !== "a" && name !== "b" ? null : Math.floor(this.#random() * 12);
    }
    return row;
  }

  #newPayload(table: ModelTable): SqlRow {
    const keyed = new Set(table.structure.uniqueKeys.flatMap(({ parts }) => parts.map((part) => part.column)));
    return Object.fromEntries(Object.entries(this.#newRow(table)).filter(([name]) => !keyed.has(name)));
  }

  #fits(table: ModelTable, row: SqlRow, more: SqlRow[]): boolean {
    if (!fits(table, row, [...table.rows, ...more])) return false;
    return true;
  }

  /** Writes a table map and one rows event. */
  #log1(table: ModelTable, operations: RowOperation[], applied = false): RowOperation[] {
    const [first] = operations;
    if (first === undefined) return [];
    if (!applied) table.rows = [...table.rows, ...operations.map(({ after }) => after).filter((row) => row !== null)];
    const { built } = table;
    const values = (row: SqlRow | null): BuiltValue[] => built.columns.map(({ name }) => row?.[name] ?? null);
    this.#add(() => this.#log.tableMap(built));
    if (first.before === null)
      this.#add(() =>
        this.#log.writeRows(
          built,
          operations.map(({ after }) => values(after)),
        ),
      );
    else if (first.after === null)
      this.#add(() =>
        this.#log.deleteRows(
          built,
          operations.map(({ before }) => values(before)),
        ),
      );
    else
      this.#add(() =>
        this.#log.updateRows(
          built,
          operations.flatMap(({ before, after }) => [values(before), values(after)]),
        ),
      );
    return operations;
  }
}

export function same(a: SqlRow, b: SqlRow): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? null) === (b[name] ?? null));
}

function fits(table: ModelTable, row: SqlRow, others: readonly SqlRow[]): boolean {
  return table.structure.uniqueKeys.every(({ parts }) => {
    const names = parts.map((part) => part.column);
    if (names.some((name) => row[name] === null)) return true;
    return !others.some((other) => names.every((name) => other[name] === row[name]));
  });
}

function modelTable(table: (typeof TABLES)[number], id: number): ModelTable {
  const columns = table.columns.map((text) => {
    const made = column(text);
    return made.dataType === "varchar"
      ? { ...made, columnType: "varchar(10)", length: 10, collation: "utf8mb4_bin" }
      : made;
  });
  const structure: TableStructure = {
    database: "sim",
    table: table.name,
    engine: "InnoDB",
    kind: "table",
    columns,
    uniqueKeys: table.keys.map((names, i) => key(i === 0 ? "PRIMARY" : `k${i}`, ...names)),
    foreignKeys: [],
    hasTriggers: false,
  };
  const built = columns.map(({ name, dataType }) => (dataType === "varchar" ? varchar(name, 10) : int(name)));
  return { built: { id, database: "sim", table: table.name, columns: built }, structure, rows: [] };
}
