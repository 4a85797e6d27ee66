import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charsetOfCollation } from "../../src/binlog/charset.ts";
import { JsonDocument } from "../../src/binlog/value.ts";
import { connect } from "../../src/mysql/connection.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { findSource, startServer, type Server } from "../support/servers/index.ts";
import { VALUE_CASES } from "./binlog-values/cases.ts";
import { changesOf } from "./binlog-values/images.ts";
import { otherReadings, printedRows } from "./binlog-values/second-opinions.ts";
import { recordCases } from "./binlog-values/record.ts";
import { rotateValues } from "./binlog-values/rotate.ts";
import { zongjiReadings } from "./binlog-values/zongji-opinion.ts";
import { differences, logCases, makeTables } from "./binlog-values/log.ts";

const DATABASE = "binlog_values";

/** Ways in which the same rows stand in the log. */
const WAYS: Readonly<Record<Flavour, Readonly<Record<string, readonly string[]>>>> = {
  mysql: {
    "least metadata": ["SET GLOBAL binlog_row_metadata = MINIMAL"],
    "full metadata": ["SET GLOBAL binlog_row_metadata = FULL"],
    "compressed transactions": ["SET SESSION binlog_transaction_compression = ON"],
  },
  mariadb: {
    "no metadata": ["SET GLOBAL binlog_row_metadata = NO_LOG"],
    "full metadata": ["SET GLOBAL binlog_row_metadata = FULL"],
    "compressed events": ["SET GLOBAL log_bin_compress = ON", "SET GLOBAL log_bin_compress_min_len = 10"],
  },
};

/** In this order: what is left of the rows after the first is rotated again in the next. */
const IMAGES = ["FULL", "MINIMAL", "NOBLOB"];

/** The newer MariaDB's program reads the older one's log too; Debian's older package has none. */
async function programOf(flavour: Flavour): Promise<readonly string[] | undefined> {
  if (flavour === "mysql" || !newerIsThere) return undefined;
  const source = await findSource("mariadb", NEWER);
  return source.origin === "docker" ? undefined : source.tools.mysqlbinlog;
}

const NEWER = "11.8";
const newerIsThere = await findSource("mariadb", NEWER).then(
  () => true,
  () => false,
);

const SERVERS: readonly (readonly [flavour: Flavour, version: string | null])[] = [
  ["mysql", null],
  ["mariadb", null],
  ...(newerIsThere ? [["mariadb", NEWER] as const] : []),
];

describe.each(SERVERS)("the log of %s (version: %s)", (flavour, version) => {
  const cases = VALUE_CASES.filter(
    ({ only, since }) => (only === null || only === flavour) && (since === undefined || version === NEWER),
  );
  let server: Server;

  beforeAll(async () => {
    server = await startServer(version === null ? { flavour } : { flavour, version });
    await makeTables(server, DATABASE, cases);
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each(Object.entries(WAYS[flavour]))(
    "T1, T2, T3: holds every value as the server tells it, inserted, updated and deleted in every row image, with %s",
    async (way, settings) => {
      const { answers, start, hints } = await logCases(server, DATABASE, cases, settings);
      expect(differences(answers).slice(0, 20)).toEqual([]);
      expect(answers.flatMap(({ got }) => got).length).toBeGreaterThan(1500);
      if (process.env["RECORD_BINLOG_VALUES"] !== undefined && way === "full metadata")
        recordCases(server, start, answers, hints);
      const images = version === NEWER ? [...IMAGES, "FULL_NODUP"] : IMAGES;
      const rotated = await rotateValues(server, DATABASE, answers, hints, images, settings);
      expect(rotated.different.slice(0, 20)).toEqual([]);
      expect(rotated.compared).toBeGreaterThan(5000);
    },
  );

  test("T1: the server's own program reads the same, where it is right", async ({ skip }) => {
    const command = server.tools.mysqlbinlog ?? (await programOf(flavour)) ?? [];
    skip(server.dataDir === null || command.length === 0, "there is no program that reads the log's file here");
    const { answers, start } = await logCases(server, DATABASE, cases, ["SET GLOBAL binlog_row_metadata = FULL"]);
    const { different, compared } = otherReadings(
      answers,
      await printedRows(server, command, start.file, start.offset),
    );
    expect(different.slice(0, 20)).toEqual([]);
    expect(compared).toBeGreaterThan(1500);
  });

  test.runIf(flavour === "mysql")("T1: @vlasky/zongji reads the same, where it is right", async ({ skip }) => {
    skip(server.dataDir === null, "the log's file is inside a container");
    const { answers, start } = await logCases(server, DATABASE, cases, ["SET GLOBAL binlog_row_metadata = FULL"]);
    const { different, compared } = await zongjiReadings(server, DATABASE, answers, start);
    expect(different.slice(0, 20)).toEqual([]);
    expect(compared).toBeGreaterThan(700);
  });

  test("T2: rows hold the columns of the image that the session asked for, whatever the server's variable says", async () => {
    await server.exec("CREATE TABLE images (id INT PRIMARY KEY, a INT DEFAULT 5, b INT, c TEXT)", DATABASE);
    const changes = await changesOf(server, DATABASE, [
      "SET binlog_row_image = MINIMAL",
      "INSERT INTO images (id, b, c) VALUES (1, 2, 'x')",
      "UPDATE images SET b = 3",
      "SET binlog_row_image = NOBLOB",
      "UPDATE images SET b = 4",
      "SET binlog_row_image = FULL",
      "UPDATE images SET b = NULL",
      "SET binlog_row_image = MINIMAL",
      "DELETE FROM images",
    ]);
    const x = "x";
    const none = undefined;
    expect(changes.map(({ kind, rows, full }) => ({ kind, rows, full }))).toEqual([
      { kind: "insert", rows: [[1, none, 2, x]], full: false },
      { kind: "update", rows: [[1, none, none, none], [none, none, 3, none]], full: false },
      { kind: "update", rows: [[1, 5, 3, none], [1, 5, 4, none]], full: false },
      { kind: "update", rows: [[1, 5, 4, x], [1, 5, null, x]], full: true },
      { kind: "delete", rows: [[1, none, none, none]], full: false },
    ]); // prettier-ignore
  });

  test("T3: table maps with full metadata tell what the table is", async () => {
    await server.exec(
      `CREATE TABLE told (a INT UNSIGNED NOT NULL, \`b é\` VARCHAR(20) CHARACTER SET latin1 NOT NULL, c BIGINT, d ENUM('x','ü') CHARACTER SET latin1,
         e SET('p','q','r') CHARACTER SET utf8mb4, f POINT, g POLYGON, h TEXT CHARACTER SET utf8mb4 INVISIBLE, PRIMARY KEY (\`b é\`(5), a))`,
      DATABASE,
    );
    await server.query("SET GLOBAL binlog_row_metadata = FULL");
    const [change] = await changesOf(server, DATABASE, ["INSERT INTO told (a, `b é`) VALUES (1, 'x')"]);
    const told = change?.map.optional;
    const names = ["a", "b é", "c", "d", "e", "f", "g", "h"];
    expect(told?.names).toEqual(names);
    expect(names.filter((_, column) => told?.unsigned?.[column])).toEqual(["a"]);
    expect(Array.from(told?.collations ?? [], charsetOfCollation)).toEqual(
      [null, "latin1", null, "latin1", "utf8mb4", ...(flavour === "mysql" ? [null, null] : ["binary", "binary"]), "utf8mb4"],
    );
    expect(told?.enumLabels?.[3]).toEqual([Buffer.from("x"), Buffer.from("ü", "latin1")]);
    expect(told?.setLabels?.[4]?.map(String)).toEqual(["p", "q", "r"]);
    expect(told?.geometryTypes?.slice(5, 7)).toEqual([1, 3]);
    expect(told?.primaryKey).toEqual([{ column: 1, prefix: 5 }, { column: 0, prefix: 0 }]);
    // MariaDB does not log it.
    expect(told?.visible ?? null).toEqual(flavour === "mysql" ? names.map((name) => name !== "h") : null);
    expect(change?.map.nullable).toEqual([false, false, true, true, true, true, true, true]);
  }); // prettier-ignore

  test.runIf(flavour === "mysql")("T3: partial JSON updates give the whole document as the server has it", async () => {
    await server.exec(
      "CREATE TABLE partial (id INT PRIMARY KEY, doc JSON); CREATE TABLE partial_told (id INT PRIMARY KEY, doc LONGTEXT)",
      DATABASE,
    );
    const updates = [
      "JSON_SET(doc, '$.a[0]', 7, '$.new', 'x', '$.o.k', 1.5)",
      "JSON_REMOVE(doc, '$.a[1]')",
      "JSON_REPLACE(doc, '$.b', CAST('2024-01-02' AS DATE))",
      "JSON_SET(doc, '$.a[9]', JSON_OBJECT('deep', JSON_ARRAY(1, 2)))",
      "JSON_REMOVE(JSON_SET(doc, '$.b', 1e20), '$.o')",
      `JSON_SET(doc, '$."with blank"', 'y', '$."é"', CAST(1.25 AS DECIMAL(5,2)))`,
    ];
    const document = `{"a": [1, 2, 3], "b": "${"long ".repeat(40)}", "o": {"k": 1}}`;
    const told: (string | null)[] = [];
    const connection = await connect(server.address);
    const changes = await changesOf(server, DATABASE, [
      "SET binlog_row_value_options = PARTIAL_JSON",
      `INSERT INTO partial VALUES (0, '${document}')`,
      ...updates.flatMap((update, index) => [
        `UPDATE partial SET doc = ${update}`,
        `INSERT INTO partial_told SELECT ${index}, CAST(doc AS CHAR) FROM partial`,
      ]),
    ]);
    for (const row of await connection.query<{ doc: string }>(`SELECT doc FROM ${DATABASE}.partial_told ORDER BY id`))
      told.push(row.doc);
    await connection.close();
    const texts = changes.filter(({ kind }) => kind === "update").map(({ rows }) => rows[1]?.[1]);
    expect(texts.map((text) => (text instanceof JsonDocument ? text.text : text))).toEqual(told);
    expect(told).toHaveLength(updates.length);
  });
});
