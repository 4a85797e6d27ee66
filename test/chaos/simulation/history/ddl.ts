/** DDL of the upstream: its text, and what it does to the tables. */
import type { TableStructure } from "../../../../src/schema/structure.ts";
import { column } from "../../../support/tables.ts";
import type { DdlStep } from "../database/tables.ts";
import { pick, type Random } from "../random.ts";
import { plainTable } from "./catalog.ts";
import { FILTERED, type LoggedDdl, UNTRANSACTED } from "./history.ts";
import type { Model } from "./model.ts";

export interface MadeDdl {
  readonly logged: LoggedDdl;
  /** CREATE TABLE … SELECT: the table whose rows come in the same transaction. */
  readonly fills: string | null;
}

type Make = (random: Random, model: Model, number: number) => MadeDdl | null;

/** Carries a DDL out on the model; null when the one that was chosen isn't possible now. */
export function makeDdl(random: Random, model: Model, number: number): MadeDdl | null {
  return pick(random, MAKERS)(random, model, number);
}

const MADE_MAX = 5;

const MAKERS: readonly Make[] = [
  truncate,
  addColumn,
  addColumn,
  dropColumn,
  create,
  create,
  create,
  create,
  createLike,
  createSelect,
  drop,
  drop,
  drop,
  rename,
  swap,
  swap,
  filtered,
];

/** Tables that no foreign key touches, and that are as others are. */
function free(model: Model): string[] {
  const tied = new Set(
    model.names.flatMap((name) => model.get(name).structure.foreignKeys.flatMap((key) => [name, key.parentTable])),
  );
  return model.names.filter((name) => !tied.has(name) && name !== FILTERED && name !== UNTRANSACTED);
}

function made(model: Model): string[] {
  return model.names.filter((name) => name.startsWith("made"));
}

function ddl(number: number, sql: string, steps: readonly DdlStep[], fills: string | null = null): MadeDdl {
  return { logged: { sql: `/* ddl ${number} */ ${sql}`, steps, withRows: fills !== null }, fills };
}

function truncate(random: Random, model: Model, number: number): MadeDdl | null {
  const names = free(model);
  if (names.length === 0) return null;
  const table = pick(random, names);
  model.put(model.get(table).structure, []);
  return ddl(number, `TRUNCATE TABLE sim.${table}`, [{ kind: "truncate", table }]);
}

function addColumn(random: Random, model: Model, number: number): MadeDdl | null {
  const table = pick(random, model.names);
  const { structure, rows } = model.get(table);
  const name = `c${number}`;
  model.put(
    { ...structure, columns: [...structure.columns, column(`${name} int null`)] },
    rows.map((row) => ({ ...row, [name]: null })),
  );
  const steps: DdlStep[] = table === FILTERED ? [] : [{ kind: "add-column", table, column: name }];
  return ddl(number, `ALTER TABLE sim.${table} ADD COLUMN ${name} INT NULL`, steps);
}

function dropColumn(random: Random, model: Model, number: number): MadeDdl | null {
  const table = pick(
    random,
    model.names.filter((name) => name !== FILTERED),
  );
  const { structure, rows } = model.get(table);
  const added = structure.columns.find(({ name }) => /^c\d+$/.test(name))?.name;
  if (added === undefined) return null;
  model.put(
    { ...structure, columns: structure.columns.filter(({ name }) => name !== added) },
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== added))),
  );
  return ddl(number, `ALTER TABLE sim.${table} DROP COLUMN ${added}`, [{ kind: "drop-column", table, column: added }]);
}

const COLUMNS = "(id INT NOT NULL PRIMARY KEY, n INT NULL)";

function create(_random: Random, model: Model, number: number): MadeDdl | null {
  if (made(model).length >= MADE_MAX) return null;
  const structure = plainTable(`made${number}`);
  model.put(structure, []);
  return ddl(number, `CREATE TABLE sim.made${number} ${COLUMNS}`, [{ kind: "create", structure }]);
}

function createLike(random: Random, model: Model, number: number): MadeDdl | null {
  const names = free(model);
  if (names.length === 0 || made(model).length >= MADE_MAX) return null;
  const like = pick(random, names);
  const structure: TableStructure = { ...model.get(like).structure, table: `made${number}` };
  model.put(structure, []);
  return ddl(number, `CREATE TABLE sim.made${number} LIKE sim.${like}`, [{ kind: "create", structure }]);
}

/** As MySQL logs it since 8.0.21: a table in a transaction, and its rows. */
function createSelect(_random: Random, model: Model, number: number): MadeDdl | null {
  const making = create(_random, model, number);
  if (making === null) return null;
  const { steps } = making.logged;
  return ddl(number, `CREATE TABLE sim.made${number} ${COLUMNS}`, steps, `made${number}`);
}

/** One table, or two in one statement. */
function drop(random: Random, model: Model, number: number): MadeDdl | null {
  const names = made(model).slice(0, random() < 0.3 ? 1 : 2);
  if (names.length === 0) return null;
  for (const name of names) model.remove(name);
  const steps = names.map((table) => ({ kind: "drop" as const, table }));
  return ddl(number, `DROP TABLE ${names.map((name) => `sim.${name}`).join(", ")}`, steps);
}

function rename(random: Random, model: Model, number: number): MadeDdl | null {
  const names = made(model);
  if (names.length === 0) return null;
  return renamed(model, number, [[pick(random, names), `made${number}`]]);
}

/** Two tables exchange their names. */
function swap(random: Random, model: Model, number: number): MadeDdl | null {
  const names = free(model);
  const one = pick(random, [...names, ""]);
  // Of one shape more often than not: then nothing but the rows tells whether it was done.
  const alike = names.filter((name) => name !== one && shapeOf(model, name) === shapeOf(model, one));
  const two = pick(random, alike.length > 0 && random() < 0.7 ? alike : [...names, ""]);
  if (one === two || one === "" || two === "" || one === "uniq" || two === "uniq") return null;
  return renamed(model, number, [
    [one, `made${number}`],
    [two, one],
    [`made${number}`, two],
  ]);
}

function shapeOf(model: Model, table: string): string {
  if (!model.has(table)) return "";
  const { columns, uniqueKeys } = model.get(table).structure;
  return JSON.stringify([columns, uniqueKeys]);
}

function renamed(model: Model, number: number, pairs: readonly (readonly [from: string, to: string])[]): MadeDdl {
  for (const [from, to] of pairs) {
    const { structure, rows } = model.get(from);
    model.remove(from);
    model.put({ ...structure, table: to }, rows);
  }
  const text = pairs.map(([from, to]) => `sim.${from} TO sim.${to}`).join(", ");
  return ddl(number, `RENAME TABLE ${text}`, [{ kind: "rename", pairs }]);
}

/** Of a table that the task leaves out. */
function filtered(_random: Random, model: Model, number: number): MadeDdl | null {
  if (!model.has(FILTERED)) return null;
  model.put(model.get(FILTERED).structure, []);
  return ddl(number, `TRUNCATE TABLE sim.${FILTERED}`, []);
}
