/** The schema room against real servers: what information_schema says, what table maps say, what DDL does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TableMap } from "../../src/binlog/table-map.ts";
import { connect, type Connection, readServerInfo } from "../../src/mysql/connection.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { matchTableMap } from "../../src/schema/check-table-map.ts";
import { readStructures } from "../../src/schema/read-structures.ts";
import type { TableStructure } from "../../src/schema/structure.ts";
import { readEnd } from "../../src/upstream/start.ts";
import { startReading } from "../support/read-upstream.ts";
import { sharedServer } from "../support/servers/shared.ts";
import type { RunningServer } from "../support/servers/server.ts";
import { MODES, samples } from "../support/statements/corpus.ts";
import { ALTERED, ONE_ROW_TABLES, SAME_LOGGED } from "../support/statements/type-tables.ts";

const DATABASE = "schema_maps";
const HIDING = "show_gipk_in_create_table_and_information_schema";

describe.each(["mysql", "mariadb"] as const)("on %s", (flavour: Flavour) => {
  let server: RunningServer;
  let connection: Connection;

  beforeAll(async () => {
    server = await sharedServer(flavour, "a");
    connection = await connect(server.address);
  });
  afterAll(async () => {
    await connection.query(`DROP DATABASE IF EXISTS ${DATABASE}`).catch(() => undefined);
    await connection.close();
    await server.disconnect();
  });

  /** Runs the script and gives the last table map of each table in the database. */
  async function mapsOf(script: string): Promise<ReadonlyMap<string, TableMap>> {
    const info = await readServerInfo(connection);
    const start = await readEnd(connection, info);
    const maps = new Map<string, TableMap>();
    await server.exec(script, DATABASE);
    const end = await readEnd(connection, info);
    const reading = startReading({
      upstream: { ...server.address, netTimeoutMs: 10_000, serverId: 4_100_000 + server.port },
      flavour,
      start,
      resolve: (map) => {
        if (map.database === DATABASE) maps.set(map.table, map);
        return null;
      },
    });
    try {
      await reading.until("the end of the script", () => reading.reader.state.received.offset >= end.offset);
    } finally {
      await reading.stop();
    }
    return maps;
  }

  async function structures(): Promise<ReadonlyMap<string, TableStructure>> {
    const read = await readStructures(connection, (database) => database === DATABASE);
    return new Map(read.map((structure) => [structure.table, structure]));
  }

  async function prepare(): Promise<void> {
    await connection.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    await connection.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`);
  }

  it.each(["MINIMAL", "FULL"])(
    "D2: the structure read fits the table map of every type, row metadata %s",
    async (metadata) => {
      await prepare();
      // The only setting that a test changes on a shared server, and it is put back.
      const [before] = await connection.query<{ value: string }>("SELECT @@GLOBAL.binlog_row_metadata AS value");
      await connection.query(`SET GLOBAL binlog_row_metadata = ${metadata}`);
      try {
        const maps = await mapsOf(ONE_ROW_TABLES[flavour].join(";\n"));
        // Seen all the same: MySQL logs keys that it hides.
        if (flavour === "mysql") await connection.query(`SET SESSION ${HIDING} = OFF`);
        const known = await structures();
        expect(known.size).toBeGreaterThan(10);
        for (const [table, structure] of known) {
          const map = maps.get(table);
          if (map === undefined) throw new Error(`no table map of ${table}`);
          const hints = matchTableMap(structure, map);
          expect(hints.map((hint) => hint.name)).toEqual(structure.columns.map((column) => column.name));
        }
      } finally {
        await connection.query(`SET GLOBAL binlog_row_metadata = ${before?.value ?? "MINIMAL"}`);
      }
    },
  );

  it("D5: reads tables whose names differ by case, and only those asked for", async () => {
    await prepare();
    await server.exec("CREATE TABLE t (a INT); CREATE TABLE T (b INT, c INT); CREATE TABLE u (d INT)", DATABASE);
    const read = async (...names: readonly string[]): Promise<string[]> => {
      const found = await readStructures(
        connection,
        names.map((table) => ({ database: DATABASE, table })),
      );
      return found.map(({ table, columns }) => `${table}(${columns.map((column) => column.name).join()})`);
    };
    expect(await read("T", "t", "nothing")).toEqual(["T(b,c)", "t(a)"]);
    expect(await read("T")).toEqual(["T(b,c)"]);
    expect(await read("t", "U")).toEqual(["t(a)"]);
    expect(await read()).toEqual([]);
  });

  it("D2: a structure from before or after an ALTER that changes the row's layout doesn't fit, and the column is named", async () => {
    await prepare();
    for (const [change, column] of ALTERED) {
      await connection.query(`DROP TABLE IF EXISTS ${DATABASE}.t`);
      const create =
        "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), n INT, d DECIMAL(8,2), t DATETIME(3), b BLOB, e ENUM('a','b'), c CHAR(5))";
      const before = await mapsOf(`${create};\nINSERT INTO t (id) VALUES (1)`);
      const [old, oldMap] = [(await structures()).get("t"), before.get("t")];
      const after = await mapsOf(`ALTER TABLE t ${change};\nINSERT INTO t (id) VALUES (2)`);
      const [now, nowMap] = [(await structures()).get("t"), after.get("t")];
      if (old === undefined || oldMap === undefined || now === undefined || nowMap === undefined)
        throw new Error(change);
      const second = (structure: TableStructure): unknown => (column === "moved" ? structure.columns[1]?.name : column);
      const outcomes = [
        [old, oldMap],
        [now, nowMap],
        [old, nowMap],
        [now, oldMap],
      ] as const;
      const named = (structure: TableStructure): unknown => ({
        change,
        name: "table_structure_mismatch",
        column: second(structure),
      });
      expect(outcomes.map(([structure, map]) => outcome(change, structure, map))).toEqual([
        null,
        null,
        named(old),
        named(now),
      ]);
    }
  });

  it("says of an ALTER that the log can't show that both structures fit", async () => {
    await prepare();
    const maps = await mapsOf(
      "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), n INT);\nINSERT INTO t (id) VALUES (1)",
    );
    for (const change of SAME_LOGGED) {
      await connection.query(`ALTER TABLE ${DATABASE}.t ${change}`);
      const [structure, map] = [(await structures()).get("t"), maps.get("t")];
      if (structure === undefined || map === undefined) throw new Error(change);
      expect(() =>
        matchTableMap({ ...structure }, { ...map, optional: { ...map.optional, names: null } }),
      ).not.toThrow();
    }
  });

  it("takes for valid what the collection of statements calls valid: the scanner is held against real SQL", async () => {
    await connection.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    await connection.query(`CREATE DATABASE ${DATABASE}`);
    const collection = [...samples("both"), ...samples(flavour)].filter((sample) => sample.flavour === flavour);
    await connection.query(`USE ${DATABASE}`);
    const refused: unknown[] = [];
    for (const { sql, sqlMode } of collection) {
      const modes = Object.entries(MODES).flatMap(([name, bit]) => ((sqlMode & bit) === 0n ? [] : [name]));
      await connection.query(`SET sql_mode = '${modes.join(",")}'`);
      const text = `CONVERT(0x${Buffer.from(sql).toString("hex")} USING utf8mb4)`;
      try {
        // Both parse without executing.
        if (flavour === "mysql") await connection.query(`SELECT STATEMENT_DIGEST(${text})`);
        else await connection.query(`PREPARE s FROM ${text}`);
      } catch (error) {
        const code = facts(error)["code"];
        // MariaDB looks for tables when it prepares; that they aren't there is no fault of the text.
        if (flavour === "mysql" || code === 1064 || code === "ER_PARSE_ERROR")
          refused.push({ sql, error: String(error) });
      }
    }
    await connection.query("SET sql_mode = DEFAULT");
    expect(refused).toEqual([]);
  });
});

/** null when they fit, else what the error says. */
function outcome(change: string, structure: TableStructure, map: TableMap): unknown {
  try {
    matchTableMap(structure, map);
    return null;
  } catch (error) {
    return { change, name: error instanceof Error ? error.name : String(error), column: facts(error)["column"] };
  }
}

function facts(error: unknown): Record<string, unknown> {
  return error instanceof Error && "facts" in error ? { ...Object(error.facts) } : {};
}
