/** The rows of two tables. Both servers print every value as text that is the same only if the value is. */

import type { Difference } from "../compare.ts";
import type { RunningServer } from "../servers/server.ts";
import { name, textOrNull, type ComparedColumn, type ComparedTable } from "./structure.ts";

interface Side {
  readonly server: RunningServer;
  readonly table: ComparedTable;
}

/** From this many rows on, the servers first compute a digest, and rows travel only when digests differ. */
const DIGEST_ROWS = 20_000;

/** Differences in rows, at most `limit` besides the count. Columns are matched by name; a column of one side only is the structure's matter. */
export async function compareRows(table: string, ours: Side, theirs: Side, limit: number): Promise<Difference[]> {
  const columns = ours.table.columns.filter((column) =>
    theirs.table.columns.some((other) => other.name === column.name),
  );
  const printed = { ours: printers(columns, ours, theirs), theirs: printers(columns, theirs, ours) };
  const [upstreamCount, downstreamCount] = await Promise.all([countRows(ours), countRows(theirs)]);
  const differences: Difference[] = [];
  if (upstreamCount !== downstreamCount) {
    differences.push({
      what: "row count",
      table,
      key: "",
      column: null,
      upstream: String(upstreamCount),
      downstream: String(downstreamCount),
    });
  } else if (upstreamCount >= DIGEST_ROWS) {
    const [a, b] = await Promise.all([digest(ours, printed.ours), digest(theirs, printed.theirs)]);
    if (a !== null && a === b) return [];
  }
  const [upstream, downstream] = await Promise.all([readRows(ours, printed.ours), readRows(theirs, printed.theirs)]);
  const keyed =
    ours.table.primaryKey.length > 0 && ours.table.primaryKey.join("\0") === theirs.table.primaryKey.join("\0");
  const key = keyed ? ours.table.primaryKey.map((column) => columns.findIndex((each) => each.name === column)) : null;
  const names = columns.map((column) => column.name);
  const found =
    key === null ? bags(table, names, upstream, downstream) : byKey(table, names, key, upstream, downstream);
  for (const difference of found) {
    if (differences.length > limit) break;
    differences.push(difference);
  }
  return differences;
}

/** A row: each column's text, or null for NULL. */
type Cells = readonly (string | null)[];

/** How a column is printed: SQL that gives unambiguous text for what isn't NULL, and what is done with that text here. */
interface Printer {
  readonly sql: string;
  readonly read: (text: string) => string;
}

const NUMBERS_AND_TIMES = new Set(
  "tinyint smallint mediumint int bigint decimal year date time datetime timestamp inet4 inet6 uuid".split(" "),
);

function printers(columns: readonly ComparedColumn[], side: Side, other: Side): readonly Printer[] {
  return columns.map(({ name: column }) => {
    const type = side.table.columns.find((each) => each.name === column)?.dataType ?? "";
    const otherType = other.table.columns.find((each) => each.name === column)?.dataType ?? "";
    return printer(name(column), type, otherType, side.server.flavour === other.server.flavour);
  });
}

const same = (text: string): string => text;

function printer(column: string, type: string, otherType: string, sameFlavour: boolean): Printer {
  if (NUMBERS_AND_TIMES.has(type)) return { sql: `CAST(${column} AS CHAR)`, read: same };
  if (type === "float" || type === "double") return floatPrinter(column, type, sameFlavour);
  if (type === "bit") return { sql: `CAST(CAST(${column} AS UNSIGNED) AS CHAR)`, read: same };
  // The number tells an invalid value ('' as 0) from a label ''; several labels of a SET from one.
  if (type === "enum" || type === "set")
    return { sql: `CONCAT(CAST(${column} AS UNSIGNED), ':', HEX(${column}))`, read: same };
  if (type === "json" && otherType === "json")
    return { sql: `CONCAT(JSON_TYPE(${column}), ':', HEX(CAST(${column} AS CHAR)))`, read: same };
  // JSON on one side, its text on the other (MariaDB).
  if (type === "json" || otherType === "json")
    return { sql: `HEX(CONVERT(${column} USING utf8mb4))`, read: canonicalJson };
  // Everything else is bytes: text in its own character set, binary, geometry, vectors.
  return { sql: `HEX(${column})`, read: same };
}

/**
 * A FLOAT prints 6 digits; multiplied by a double it prints (almost) all that it has, and the sign of zero. A DOUBLE(M,D) prints D
 * digits behind the point. MySQL cuts the last digits of expressions of the smallest magnitudes off, not those of a column: so both.
 * Flavours write exponents from different sizes on, and MariaDB knows no negative zero: between them the numbers are compared.
 */
function floatPrinter(column: string, type: "float" | "double", sameFlavour: boolean): Printer {
  if (sameFlavour) return { sql: `CONCAT(${column}, ' ', ${column} * 1e0)`, read: same };
  if (type === "float")
    return { sql: `CONCAT(${column} * 1e0)`, read: (text) => String(Math.fround(Number(text)) + 0) };
  return { sql: `CONCAT(${column})`, read: (text) => String(Number(text) + 0) };
}

/** Text as hex of JSON → the same for the same document: keys sorted, whole numbers exact, others as the nearest double. */
function canonicalJson(hex: string): string {
  const text = Buffer.from(hex, "hex").toString("utf8");
  try {
    return JSON.stringify(
      JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) => {
        if (typeof value === "number" && context?.source !== undefined && /^-?\d+$/.test(context.source))
          return `#${BigInt(context.source)}`;
        if (typeof value === "number")
          return Number.isInteger(value) && Math.abs(value) < 2 ** 53 ? `#${value}` : `~${value}`;
        if (typeof value === "string") return `"${value}`;
        if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
        return Object.fromEntries(Object.entries(value).toSorted(([one], [two]) => (one < two ? -1 : 1)));
      }),
    );
  } catch {
    return text;
  }
}

async function countRows(side: Side): Promise<number> {
  const [row] = await side.server.query(`SELECT COUNT(*) AS n FROM ${from(side)}`);
  return Number(row?.["n"]);
}

function from(side: Side): string {
  return `${name(side.table.database)}.${name(side.table.name)}`;
}

/**
 * The sum over all rows of 2 × 60 bits of each row's SHA-256 (MySQL 9 has no MD5 any more): order doesn't matter, a row that is there twice counts twice. Null when it
 * can't be trusted: a row longer than max_allowed_packet has none, and a printer that works here can't take part.
 */
async function digest(side: Side, printed: readonly Printer[]): Promise<string | null> {
  if (printed.some((each) => each.read !== same)) return null;
  const row = `SHA2(CONCAT_WS('|', ${printed.map(({ sql }) => `COALESCE(CONCAT('=', ${sql}), 'NULL')`).join(", ")}), 256)`;
  const sum = (start: number): string =>
    `CAST(SUM(CAST(CONV(SUBSTR(digest, ${start}, 15), 16, 10) AS UNSIGNED)) AS CHAR)`;
  const [result] = await side.server.query(
    `SELECT COUNT(*) AS n, COUNT(digest) AS digests, ${sum(1)} AS one, ${sum(17)} AS two FROM (SELECT ${row} AS digest FROM ${from(side)}) AS t`,
  );
  if (result === undefined || result["n"] !== result["digests"]) return null;
  return ["n", "one", "two"].map((column) => textOrNull(result[column])).join(" ");
}

async function readRows(side: Side, printed: readonly Printer[]): Promise<Cells[]> {
  const list = printed.map(({ sql }, index) => `${sql} AS c${index}`).join(", ");
  const rows = await side.server.query(`SELECT ${list === "" ? "1" : list} FROM ${from(side)}`);
  return rows.map((row) =>
    printed.map(({ read }, index) => {
      const text = textOrNull(row[`c${index}`]);
      return text === null ? null : read(text);
    }),
  );
}

function* byKey(
  table: string,
  names: readonly string[],
  key: readonly number[],
  upstream: readonly Cells[],
  downstream: readonly Cells[],
): Generator<Difference> {
  const keyOf = (cells: Cells): string =>
    key.map((index) => `${names[index]}=${show(cells[index] ?? null)}`).join(", ");
  const theirs = new Map(downstream.map((cells) => [keyOf(cells), cells]));
  for (const cells of upstream) {
    const rowKey = keyOf(cells);
    const other = theirs.get(rowKey);
    theirs.delete(rowKey);
    if (other === undefined) {
      yield { what: "row", table, key: rowKey, column: null, upstream: showRow(names, cells), downstream: null };
      continue;
    }
    for (const [index, column] of names.entries()) {
      const [one = null, two = null] = [cells[index], other[index]];
      if (one !== two) yield { what: "value", table, key: rowKey, column, upstream: show(one), downstream: show(two) };
    }
  }
  for (const [rowKey, cells] of theirs)
    yield { what: "row", table, key: rowKey, column: null, upstream: null, downstream: showRow(names, cells) };
}

/** Without a key rows have no names: each side is a bag of rows, and a row must be in both the same number of times. */
function* bags(
  table: string,
  names: readonly string[],
  upstream: readonly Cells[],
  downstream: readonly Cells[],
): Generator<Difference> {
  const count = (rows: readonly Cells[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const cells of rows) {
      const text = showRow(names, cells);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return counts;
  };
  const [ours, theirs] = [count(upstream), count(downstream)];
  for (const row of new Set([...ours.keys(), ...theirs.keys()])) {
    const [one = 0, two = 0] = [ours.get(row), theirs.get(row)];
    if (one !== two)
      yield {
        what: "row",
        table,
        key: row,
        column: null,
        upstream: one === 0 ? null : `${one} times`,
        downstream: two === 0 ? null : `${two} times`,
      };
  }
}

function show(text: string | null): string {
  return text ?? "NULL";
}

/** All columns, so that equal texts mean equal rows: NULL is bare, values are quoted and their quotes doubled. */
function showRow(names: readonly string[], cells: Cells): string {
  return names
    .map(
      (column, index) =>
        `${column}=${(cells[index] ?? null) === null ? "NULL" : `'${(cells[index] ?? "").replaceAll("'", "''")}'`}`,
    )
    .join(", ");
}
