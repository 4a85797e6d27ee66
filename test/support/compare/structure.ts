/** The tables of a database as text facts that can be compared. */

import type { RunningServer } from "../servers/server.ts";

/** A column as the comparison of rows needs it. */
export interface ComparedColumn {
  readonly name: string;
  /** information_schema DATA_TYPE, lower case */
  readonly dataType: string;
}

export interface ComparedTable {
  readonly database: string;
  readonly name: string;
  /** TABLE_TYPE: `BASE TABLE`, `VIEW`, `SEQUENCE`, … */
  readonly kind: string;
  /** A view's rows are those of its tables. */
  readonly hasRows: boolean;
  readonly columns: readonly ComparedColumn[];
  /** Empty when there is no primary key. */
  readonly primaryKey: readonly string[];
  /** What must be the same, by name. */
  readonly facts: ReadonlyMap<string, string>;
}

/**
 * Tables and views of a database by name.
 * @param exact both servers are of one version: definitions are compared line by line as SHOW CREATE prints them. Otherwise what both
 * flavours can say: columns with types and nullability, keys, foreign keys. (Defaults and collations print differently there.)
 */
export async function readTables(
  server: RunningServer,
  database: string,
  exact: boolean,
): Promise<Map<string, ComparedTable>> {
  const inDatabase = `TABLE_SCHEMA = ${literal(database)}`;
  const tables = await select(
    server,
    ["TABLE_NAME", "TABLE_TYPE"],
    `information_schema.TABLES WHERE ${inDatabase} ORDER BY TABLE_NAME`,
  );
  const columns = await select(
    server,
    ["TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "COLUMN_TYPE", "IS_NULLABLE", "CHARACTER_SET_NAME"],
    `information_schema.COLUMNS WHERE ${inDatabase} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  const keys = await select(
    server,
    ["TABLE_NAME", "INDEX_NAME", "NON_UNIQUE", "COLUMN_NAME", "SUB_PART"],
    `information_schema.STATISTICS WHERE ${inDatabase} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  );
  const foreignKeys = await select(
    server,
    ["TABLE_NAME", "CONSTRAINT_NAME", "COLUMN_NAME", "REFERENCED_TABLE_NAME", "REFERENCED_COLUMN_NAME"],
    `information_schema.KEY_COLUMN_USAGE WHERE ${inDatabase} AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
  );
  const result = new Map<string, ComparedTable>();
  for (const [nameCell, kindCell] of tables) {
    const [table, kind] = [nameCell ?? "", kindCell ?? ""];
    const of = (rows: readonly Cells[]): Cells[] =>
      rows.filter(([cell]) => cell === table).map((cells) => cells.slice(1));
    const ownColumns = of(columns);
    const ownKeys = of(keys);
    const facts = exact
      ? await definition(server, database, table, kind)
      : commonFacts(ownColumns, ownKeys, of(foreignKeys));
    result.set(table, {
      database,
      name: table,
      kind,
      hasRows: kind === "BASE TABLE" || kind === "SYSTEM VERSIONED",
      columns: ownColumns.map(([column, dataType]) => ({
        name: column ?? "",
        dataType: (dataType ?? "").toLowerCase(),
      })),
      primaryKey: ownKeys.filter(([key]) => key === "PRIMARY").map((cells) => cells[2] ?? ""),
      facts,
    });
  }
  return result;
}

type Cells = (string | null)[];

/** Rows as lists of text; the servers differ in the case of information_schema's column names and in number types. */
async function select(server: RunningServer, columns: readonly string[], from: string): Promise<Cells[]> {
  const list = columns.map((column, index) => `CAST(${column} AS CHAR) AS c${index}`).join(", ");
  const rows = await server.query(`SELECT ${list} FROM ${from}`);
  return rows.map((row) => columns.map((_, index) => textOrNull(row[`c${index}`])));
}

/** A cell of a query that asks for text only. */
export function textOrNull(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (Buffer.isBuffer(value)) return value.toString("utf8");
  throw new TypeError(`expected text from the server, got ${typeof value}`);
}

async function definition(
  server: RunningServer,
  database: string,
  table: string,
  kind: string,
): Promise<Map<string, string>> {
  const [row = {}] = await server.query(`SHOW CREATE TABLE ${name(database)}.${name(table)}`);
  const text = textOrNull(Object.values(row)[1]) ?? "";
  // The next number to give is no promise of replication: rows that were rolled back upstream took numbers too.
  // MySQL tells a column's character set beside its collation or not, by how the column was declared; the collation says both.
  const stable = text
    .replace(/ AUTO_INCREMENT=\d+/, "")
    .replaceAll(/ CHARACTER SET (\w+) COLLATE (?=\1_)/g, " COLLATE ")
    .replaceAll(`${name(database)}.`, "");
  const facts = new Map([["kind", kind]]);
  for (const [index, line] of stable.split("\n").entries()) facts.set(`definition line ${index + 1}`, line.trim());
  return facts;
}

function commonFacts(
  columns: readonly Cells[],
  keys: readonly Cells[],
  foreignKeys: readonly Cells[],
): Map<string, string> {
  const facts = new Map<string, string>();
  facts.set("columns in order", columns.map(([column]) => column).join(", "));
  for (const [column, , type, nullable, charset] of columns) {
    const common = commonType(type ?? "", charset ?? null);
    facts.set(`column ${column ?? ""}`, `${common} ${nullable === "YES" ? "null" : "not null"}`);
  }
  for (const [key, notUnique, column, prefix] of keys) {
    const part = `${column ?? "(expression)"}${prefix === null || prefix === undefined ? "" : `(${prefix})`}`;
    const before = facts.get(`key ${key}`);
    facts.set(
      `key ${key}`,
      before === undefined ? `${notUnique === "0" ? "unique" : "not unique"}: ${part}` : `${before}, ${part}`,
    );
  }
  for (const [key, column, parent, parentColumn] of foreignKeys) {
    const before = facts.get(`foreign key ${key}`);
    facts.set(
      `foreign key ${key}`,
      `${before === undefined ? "" : `${before}, `}${column} → ${parent}.${parentColumn}`,
    );
  }
  return facts;
}

/**
 * COLUMN_TYPE in a spelling common to both flavours: MySQL 8.0.19 dropped the display widths of integers and of YEAR, except
 * for tinyint(1) and ZEROFILL; MariaDB's JSON is a longtext with a check; MySQL renamed geometrycollection.
 */
function commonType(type: string, charset: string | null): string {
  const plain = type.toLowerCase().replace(/ \/\*.*?\*\//g, "");
  if (plain === "json" || plain === "longtext") return "json or longtext";
  if (plain.startsWith("geomcollection")) return "geometrycollection";
  const withoutWidth = /zerofill/.test(plain)
    ? plain
    : plain.replace(/^((?:tiny|small|medium|big)?int|year)\(\d+\)/, "$1");
  // Only the case of the type's name may change, not that of labels.
  const labels = /^(?:enum|set)\(/.test(plain) ? type : withoutWidth;
  return charset === null ? labels : `${labels} ${charset}`;
}

/** A string literal of SQL (names of databases only). */
function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** A quoted identifier. */
export function name(text: string): string {
  return `\`${text.replaceAll("`", "``")}\``;
}
