import { quoteText } from "../mysql/quote.ts";
import { markPeriodKeys } from "./read-periods.ts";
import type { Column, ForeignKey, TableStructure, UniqueKey } from "./structure.ts";
import { SYSTEM_SCHEMAS } from "./system-schemas.ts";

/** The little of a connection that is needed here. */
export interface Queryable {
  query<R = Record<string, unknown>>(sql: string): Promise<R[]>;
}

export interface WantedTable {
  readonly database: string;
  readonly table: string;
}

/** Tables by name, or every table that the function says yes to. */
export type Wanted = readonly WantedTable[] | ((database: string, table: string) => boolean);

/**
 * Reads tables as they stand from a server's information_schema: MySQL 5.7 to 9.x, MariaDB 10.4 to 12. Views
 * are left out; MariaDB's sequences and system-versioned tables are there and say so in `kind`. Names are
 * spelled as the server spells them. Sorted by database and table; tables that aren't there are left out.
 *
 * Seven queries at most, whatever the number of tables, and one for each that has a key of a period; columns are aliased, because the
 * flavours and versions disagree on their case.
 */
export async function readStructures(connection: Queryable, wanted: Wanted): Promise<TableStructure[]> {
  if (typeof wanted !== "function" && wanted.length === 0) return [];
  await showHiddenKeys(connection);
  const tables = await readTables(connection, wanted);
  if (tables.size === 0) return [];
  const where = condition([...tables.values()]);
  await readColumns(connection, where("TABLE_SCHEMA", "TABLE_NAME"), tables);
  await readUniqueKeys(connection, where("TABLE_SCHEMA", "TABLE_NAME"), tables);
  await markPeriodKeys(connection, tables.values());
  await readForeignKeys(connection, where, tables);
  await readTriggers(connection, where("EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE"), tables);
  return [...tables.values()].sort((a, b) => compare(a.database, b.database) || compare(a.table, b.table));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A {@link TableStructure} in the making. */
interface Draft {
  readonly database: string;
  readonly table: string;
  readonly kind: NonNullable<TableStructure["kind"]>;
  readonly engine: string;
  readonly columns: Column[];
  readonly uniqueKeys: UniqueKey[];
  readonly foreignKeys: ForeignKey[];
  hasTriggers: boolean;
}

type Drafts = Map<string, Draft>;
type Text = string | null;

function keyOf(database: string, table: string): string {
  return `${database}\0${table}`;
}

/** MySQL 8.0.30+ hides generated invisible primary keys from information_schema when told to, but logs them all the same. */
async function showHiddenKeys(connection: Queryable): Promise<void> {
  const variable = "show_gipk_in_create_table_and_information_schema";
  const rows = await connection.query(`SHOW VARIABLES LIKE '${variable}'`);
  const off = rows.some((row) => Object.values(row).includes("OFF"));
  if (off) await connection.query(`SET SESSION ${variable} = ON`);
}

const NOT_SYSTEM = `TABLE_SCHEMA NOT IN (${SYSTEM_SCHEMAS.map(quoteText).join(", ")})`;

async function readTables(connection: Queryable, wanted: Wanted): Promise<Drafts> {
  const which = typeof wanted === "function" ? NOT_SYSTEM : namesCondition(wanted);
  const rows = await connection.query<{ d: string; t: string; kind: string; engine: Text; lower: string | number }>(
    `SELECT TABLE_SCHEMA AS d, TABLE_NAME AS t, TABLE_TYPE AS kind, ENGINE AS engine, @@lower_case_table_names AS \`lower\`
    FROM information_schema.TABLES WHERE ${which} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')`,
  );
  // Some versions compare names here without regard to case: only what was asked for is kept.
  const fold = Number(rows[0]?.lower ?? 0) === 0 ? (name: string) => name : (name: string) => name.toLowerCase();
  const names = typeof wanted === "function" ? null : new Set(wanted.map((w) => fold(keyOf(w.database, w.table))));
  const drafts: Drafts = new Map();
  for (const { d, t, kind, engine } of rows) {
    if (typeof wanted === "function" ? !wanted(d, t) : names?.has(fold(keyOf(d, t))) !== true) continue;
    const keys = { columns: [], uniqueKeys: [], foreignKeys: [], hasTriggers: false };
    drafts.set(keyOf(d, t), { database: d, table: t, engine: engine ?? "", kind: tableKind(kind), ...keys });
  }
  return drafts;
}

function tableKind(type: string): NonNullable<TableStructure["kind"]> {
  if (type === "SEQUENCE") return "sequence";
  return type === "SYSTEM VERSIONED" ? "system-versioned" : "table";
}

function namesCondition(names: readonly WantedTable[]): string {
  return condition(names)("TABLE_SCHEMA", "TABLE_NAME");
}

/** Above this many names the schemas alone are named, and the rest is sorted out here. */
const NAMES_MAX = 300;

/** The condition on tables, for a view's own pair of columns. */
function condition(tables: readonly WantedTable[]): (schemaColumn: string, tableColumn: string) => string {
  const bySchema = Map.groupBy(tables, (table) => table.database);
  return (schemaColumn, tableColumn) => {
    const parts = [...bySchema].map(([schema, members]) => {
      const names = members.map((member) => quoteText(member.table)).join(", ");
      const ofTable = tables.length > NAMES_MAX || differByCase(members) ? "" : ` AND ${tableColumn} IN (${names})`;
      return `(${schemaColumn} = ${quoteText(schema)}${ofTable})`;
    });
    return `(${parts.join(" OR ")})`;
  };
}

/** MariaDB 10.11 finds only the first of `TABLE_NAME IN ('t', 'T')`: it looks tables up by names that it takes for equal. */
function differByCase(members: readonly WantedTable[]): boolean {
  return new Set(members.map((member) => member.table.toLowerCase())).size < new Set(members.map((m) => m.table)).size;
}

interface ColumnRow {
  readonly d: string;
  readonly t: string;
  readonly name: string;
  readonly dataType: string;
  readonly columnType: string;
  readonly charset: Text;
  readonly collation: Text;
  readonly nullable: string;
  readonly extra: Text;
  readonly length: string | number | null;
}

async function readColumns(connection: Queryable, where: string, drafts: Drafts): Promise<void> {
  const rows = await connection.query<ColumnRow>(
    `SELECT TABLE_SCHEMA AS d, TABLE_NAME AS t, COLUMN_NAME AS name, DATA_TYPE AS dataType, COLUMN_TYPE AS columnType,
    CHARACTER_SET_NAME AS charset, COLLATION_NAME AS collation, IS_NULLABLE AS nullable, EXTRA AS extra,
    CHARACTER_MAXIMUM_LENGTH AS length
    FROM information_schema.COLUMNS WHERE ${where} ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`,
  );
  for (const row of rows) drafts.get(keyOf(row.d, row.t))?.columns.push(toColumn(row));
}

/** MariaDB marks compressed columns in COLUMN_TYPE: `varchar(9) /*M!100301 COMPRESSED*\/`. */
const COMPRESSED = / \/\*M?!\d+ COMPRESSED\*\/$/;

/** MariaDB marks dates and times in its own format of before 10.1 so; where it matters, the log's column type tells (`check-table-map.ts`). */
const OLD_TEMPORAL = / \/\* mariadb-5\.3 \*\/$/;

function toColumn(row: ColumnRow): Column {
  const dataType = row.dataType.toLowerCase();
  const extra = (row.extra ?? "").toUpperCase();
  const columnType = row.columnType.replace(COMPRESSED, "").replace(OLD_TEMPORAL, "");
  return {
    name: row.name,
    dataType,
    columnType,
    unsigned: dataType !== "enum" && dataType !== "set" && /\bunsigned\b/i.test(columnType),
    charset: row.charset,
    collation: row.collation,
    nullable: row.nullable === "YES",
    generated: generatedBy(extra),
    invisible: /\bINVISIBLE\b/.test(extra),
    labels: dataType === "enum" || dataType === "set" ? parseLabels(columnType) : null,
    length: row.length === null ? null : Number(row.length),
    compressed: COMPRESSED.test(row.columnType),
  };
}

/**
 * From EXTRA: `VIRTUAL GENERATED`, `STORED GENERATED`, before MariaDB 10.2.6 `PERSISTENT`. MySQL's
 * `DEFAULT_GENERATED` is a default that is an expression, not a generated column.
 */
function generatedBy(extra: string): Column["generated"] {
  if (/\b(STORED GENERATED|PERSISTENT)\b/.test(extra)) return "stored";
  return /\bVIRTUAL\b/.test(extra) ? "virtual" : "no";
}

const ESCAPES: Readonly<Record<string, string>> = { "0": "\0", n: "\n", r: "\r" };

/**
 * Labels from `enum('a','it''s','c,d')`. The servers print a quote doubled, and a backslash, NUL, newline and
 * carriage return escaped, whatever the sql_mode (`append_unescaped` in MySQL's and MariaDB's sql/).
 */
export function parseLabels(columnType: string): string[] {
  const labels: string[] = [];
  for (const match of columnType.matchAll(/'((?:[^'\\]|''|\\.)*)'/gs)) {
    const body = match[1] ?? "";
    labels.push(
      body.replaceAll(/''|\\(.)/gs, (pair, escaped?: string) =>
        pair === "''" ? "'" : (ESCAPES[escaped ?? ""] ?? escaped ?? ""),
      ),
    );
  }
  return labels;
}

async function readUniqueKeys(connection: Queryable, where: string, drafts: Drafts): Promise<void> {
  const rows = await connection.query<{
    d: string;
    t: string;
    name: string;
    column: Text;
    prefix: string | number | null;
  }>(
    `SELECT TABLE_SCHEMA AS d, TABLE_NAME AS t, INDEX_NAME AS name, COLUMN_NAME AS \`column\`, SUB_PART AS prefix
    FROM information_schema.STATISTICS WHERE ${where} AND NON_UNIQUE = 0
    ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  );
  const keys = Map.groupBy(rows, (row) => `${keyOf(row.d, row.t)}\0${row.name}`);
  for (const parts of keys.values()) {
    const [first] = parts;
    if (first === undefined) continue;
    const key: UniqueKey = {
      name: first.name,
      primary: first.name === "PRIMARY",
      // MySQL 8.0.13+: a part that is an expression has no column.
      parts: parts.map(({ column, prefix }) => ({
        column: column ?? "",
        prefix: prefix === null ? null : Number(prefix),
      })),
    };
    drafts.get(keyOf(first.d, first.t))?.uniqueKeys.push(key);
  }
  for (const draft of drafts.values())
    draft.uniqueKeys.sort((a, b) => Number(b.primary) - Number(a.primary) || compare(a.name, b.name));
}

interface ForeignKeyRow {
  readonly d: string;
  readonly t: string;
  readonly name: string;
  readonly column: string;
  readonly parentDatabase: string;
  readonly parentTable: string;
  readonly parentColumn: string;
}

async function readForeignKeys(
  connection: Queryable,
  where: ReturnType<typeof condition>,
  drafts: Drafts,
): Promise<void> {
  const rows = await connection.query<ForeignKeyRow>(
    `SELECT TABLE_SCHEMA AS d, TABLE_NAME AS t, CONSTRAINT_NAME AS name, COLUMN_NAME AS \`column\`,
    REFERENCED_TABLE_SCHEMA AS parentDatabase, REFERENCED_TABLE_NAME AS parentTable, REFERENCED_COLUMN_NAME AS parentColumn
    FROM information_schema.KEY_COLUMN_USAGE WHERE ${where("TABLE_SCHEMA", "TABLE_NAME")} AND REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
  );
  if (rows.length === 0) return;
  const rules = await connection.query<{ d: string; t: string; name: string; onDelete: string; onUpdate: string }>(
    `SELECT CONSTRAINT_SCHEMA AS d, TABLE_NAME AS t, CONSTRAINT_NAME AS name, DELETE_RULE AS onDelete, UPDATE_RULE AS onUpdate
    FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE ${where("CONSTRAINT_SCHEMA", "TABLE_NAME")}`,
  );
  const ruleOf = new Map(rules.map((rule) => [`${keyOf(rule.d, rule.t)}\0${rule.name}`, rule]));
  for (const [key, parts] of Map.groupBy(rows, (row) => `${keyOf(row.d, row.t)}\0${row.name}`)) {
    const [first] = parts;
    if (first === undefined) continue;
    const foreignKey: ForeignKey = {
      name: first.name,
      columns: parts.map((part) => part.column),
      parentDatabase: first.parentDatabase,
      parentTable: first.parentTable,
      parentColumns: parts.map((part) => part.parentColumn),
      onDelete: ruleOf.get(key)?.onDelete ?? "NO ACTION",
      onUpdate: ruleOf.get(key)?.onUpdate ?? "NO ACTION",
    };
    drafts.get(keyOf(first.d, first.t))?.foreignKeys.push(foreignKey);
  }
}

async function readTriggers(connection: Queryable, where: string, drafts: Drafts): Promise<void> {
  const rows = await connection.query<{ d: string; t: string }>(
    `SELECT DISTINCT EVENT_OBJECT_SCHEMA AS d, EVENT_OBJECT_TABLE AS t FROM information_schema.TRIGGERS WHERE ${where}`,
  );
  for (const row of rows) {
    const draft = drafts.get(keyOf(row.d, row.t));
    if (draft !== undefined) draft.hasTriggers = true;
  }
}
