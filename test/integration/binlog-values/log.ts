/** A database of value cases in a server's log: made, asked for, read back from the log. */
import type { Row } from "../../../src/binlog/value.ts";
import type { Position } from "../../../src/binlog/position.ts";
import type { TableMap } from "../../../src/binlog/table-map.ts";
import type { ColumnHint, TableHandle } from "../../../src/binlog/transaction.ts";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { connect, type Connection } from "../../../src/mysql/connection.ts";
import { readEnd } from "../../../src/upstream/start.ts";
import { startReading } from "../../support/read-upstream.ts";
import type { Server } from "../../support/servers/index.ts";
import { answerOf, isAnswer } from "./answer.ts";
import type { Question, ValueCase } from "./cases.ts";

const EXPRESSIONS: Readonly<Record<Question, string>> = {
  text: "cast(c as char)",
  bytes: "hex(c)",
  number: "cast(c + 0 as char)",
  mask: "cast(cast(c as unsigned) as char)",
  double: "c + 0e0",
};

/** What a table of one case holds: the server's texts, and the rows of the log. */
export interface Answers {
  readonly valueCase: ValueCase;
  readonly expressions: readonly string[];
  readonly want: readonly (string | null)[];
  readonly got: readonly Row[];
}

/** A table per case: `t0`, `t1`, … with an `id` and the column `c`. */
export async function makeTables(server: Server, database: string, cases: readonly ValueCase[]): Promise<void> {
  await server.exec(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
  const tables = cases.map(
    ({ type }, index) => `CREATE TABLE t${index} (id INT PRIMARY KEY AUTO_INCREMENT, c ${type})`,
  );
  await server.exec(tables.join(";\n"), database);
}

/** Inserts every value on a connection that has run `settings`, and reads the rows back from the log. */
export async function logCases(
  server: Server,
  database: string,
  cases: readonly ValueCase[],
  settings: readonly string[],
): Promise<{ answers: Answers[]; start: Position; hints: Hints }> {
  await server.exec(cases.map((_, index) => `DELETE FROM t${index}`).join("; "), database);
  const connection = await connect(server.address);
  try {
    const session = ["SET sql_mode = '', time_zone = '+00:00'", `USE ${database}`];
    for (const statement of [...session, ...settings]) await connection.run(statement);
    const start = await readEnd(connection);
    const asked: Omit<Answers, "got">[] = [];
    for (const [index, valueCase] of cases.entries()) asked.push(await fill(connection, `t${index}`, valueCase));
    const hints = await readHints(connection, database);
    const rows = await readBack(server, start, database, hints, asked);
    return { answers: asked.map((each, index) => ({ ...each, got: rows.get(`t${index}`) ?? [] })), start, hints };
  } finally {
    await connection.close();
  }
}

async function fill(connection: Connection, table: string, valueCase: ValueCase): Promise<Omit<Answers, "got">> {
  const expressions = ["NULL", ...valueCase.values];
  for (const expression of expressions) await connection.run(`INSERT INTO ${table} (c) VALUES (${expression})`);
  const rows = await connection.query<{ want: string | number | null }>(
    `SELECT ${EXPRESSIONS[valueCase.question]} AS want FROM ${table} ORDER BY id`,
  );
  return { valueCase, expressions, want: rows.map(({ want }) => (want === null ? null : String(want))) };
}

export type Hints = ReadonlyMap<string, readonly ColumnHint[]>;

async function readHints(connection: Connection, database: string): Promise<Hints> {
  const columns = await connection.query<{ t: string; n: string; d: string; f: string; cs: string | null }>(
    `SELECT TABLE_NAME AS t, COLUMN_NAME AS n, DATA_TYPE AS d, COLUMN_TYPE AS f, CHARACTER_SET_NAME AS cs
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '${database}' ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  const tables = Map.groupBy(columns, ({ t }) => t);
  return new Map(
    [...tables].map(([table, all]) => [
      table,
      all.map(({ n, d, f, cs }) => ({
        name: n,
        unsigned: f.includes("unsigned"),
        charset: cs,
        special: d === "inet4" || d === "inet6" || d === "uuid" ? d : null,
      })),
    ]),
  );
}

async function readBack(
  server: Server,
  start: Position,
  database: string,
  hints: Hints,
  asked: readonly Omit<Answers, "got">[],
): Promise<Map<string, Row[]>> {
  const flavour: Flavour = server.flavour;
  const resolve = (map: TableMap): TableHandle | null =>
    map.database === database ? { columns: hints.get(map.table) ?? [] } : null;
  const upstream = { ...server.address, netTimeoutMs: 10_000, serverId: 4712 };
  const reading = startReading({ upstream, flavour, start, resolve });
  const expected = asked.reduce((sum, { expressions }) => sum + expressions.length, 0);
  const count = (): number => reading.handedOut.reduce((sum, { rowCount }) => sum + rowCount, 0);
  await reading.until(`${expected} rows`, () => count() >= expected, 60_000);
  await reading.stop();
  const rows = new Map<string, Row[]>();
  for (const change of reading.handedOut.flatMap(({ changes }) => changes))
    rows.set(change.map.table, [...(rows.get(change.map.table) ?? []), ...change.rows]);
  return rows;
}

/** One line per value that differs. */
export function differences(all: readonly Answers[]): string[] {
  return all.flatMap(({ valueCase, expressions, want, got }) => {
    const short = valueCase.type.slice(0, 60);
    if (got.length !== want.length) return [`${short}: ${got.length} rows instead of ${want.length}`];
    return want.flatMap((wanted, index) => {
      const value = got[index]?.[1];
      const told = answerOf(value, valueCase.question)?.slice(0, 100);
      return isAnswer(value, valueCase.question, wanted)
        ? []
        : [`${short} ${expressions[index]?.slice(0, 60)}: ${told} instead of ${wanted?.slice(0, 100)}`];
    });
  });
}
