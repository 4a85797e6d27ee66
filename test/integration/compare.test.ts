import { afterAll, beforeAll, expect, test } from "vitest";
import { compareDatabases, describeDifferences, type Difference } from "../support/compare.ts";
import type { RunningServer } from "../support/servers/index.ts";
import { sharedServer } from "../support/servers/shared.ts";

/** Every type that both flavours know, in a table with a key; and a table without one. */
const COMMON = `
CREATE TABLE typed (
  id INT UNSIGNED NOT NULL PRIMARY KEY, small TINYINT, flag TINYINT(1), big BIGINT UNSIGNED, exact DECIMAL(30,10), single FLOAT, twice DOUBLE,
  bits BIT(64), born YEAR, day DATE, hour TIME(6), moment DATETIME(6), instant TIMESTAMP(3) NULL, short VARCHAR(20) CHARACTER SET utf8mb4,
  old VARCHAR(20) CHARACTER SET latin1, bytes VARBINARY(20), fixed BINARY(4), picture BLOB, words TEXT, choice ENUM('a','b'), several SET('x','y'),
  place POINT, document JSON, UNIQUE KEY by_short (short), KEY by_words (words(10))) DEFAULT CHARSET utf8mb4;
INSERT INTO typed VALUES
  (1, -128, 1, 18446744073709551615, '12345678901234567890.0123456789', 0.1, 0.1, b'1', 2026, '2026-11-20', '-838:59:59.000000',
   '9999-12-31 23:59:59.999999', '2026-01-01 00:00:00.123', 'ä€😀', 'ä', x'00ff', x'01', x'000102', 'words', 'b', 'x,y', ST_GeomFromText('POINT(1 2)'),
   '{"b": [1, 2.5, null, "x"], "a": 9007199254740993}'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE keyless (a INT, b VARCHAR(10));
INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (2, NULL);
`;

const servers = new Map<string, RunningServer>();

beforeAll(async () => {
  for (const flavour of ["mysql", "mariadb"] as const) {
    for (const which of ["a", "b"] as const) servers.set(`${flavour}-${which}`, await sharedServer(flavour, which));
  }
});

afterAll(async () => {
  for (const server of servers.values()) {
    await server.exec("DROP DATABASE IF EXISTS compare_case; DROP DATABASE IF EXISTS compare_large");
    await server.disconnect();
  }
});

const PAIRS = [
  ["mysql-a", "mysql-b"],
  ["mariadb-a", "mariadb-b"],
  ["mysql-a", "mariadb-b"],
  ["mariadb-a", "mysql-b"],
] as const;

const made = new Set<RunningServer>();

async function fresh(pair: readonly [string, string], change: string): Promise<Difference[]> {
  const [a, b] = pair.map((name) => servers.get(name));
  if (a === undefined || b === undefined) throw new Error("not started");
  for (const server of [a, b]) {
    // Only the downstream is changed by what follows.
    if (server === a && made.has(a)) continue;
    await server.exec("DROP DATABASE IF EXISTS compare_case; CREATE DATABASE compare_case");
    await server.exec(COMMON, "compare_case");
    made.add(server);
  }
  if (change !== "") await b.exec(change, "compare_case");
  return compareDatabases(a, b, ["compare_case"]);
}

test.each(PAIRS)("two databases made by the same script on %s and %s are equal", async (...pair) => {
  expect(describeDifferences(await fresh(pair, ""))).toBe("no differences");
});

test.each(PAIRS)(
  "each planted difference between %s and %s is found, with its table, key and column",
  async (...pair) => {
    const typed = { what: "value", table: "compare_case.typed", key: "id=1" } as const;
    const planted: readonly (readonly [string, readonly Partial<Difference>[]])[] = [
      ["UPDATE typed SET short = 'ä€😁' WHERE id = 1", [{ ...typed, column: "short" }]],
      ["UPDATE typed SET short = 'Ä€😀' WHERE id = 1", [{ ...typed, column: "short" }]],
      ["UPDATE typed SET single = 0.10000001 WHERE id = 1", [{ ...typed, column: "single" }]],
      ["UPDATE typed SET twice = 0.10000000000000002 WHERE id = 1", [{ ...typed, column: "twice" }]],
      ["UPDATE typed SET exact = exact + 0.0000000001 WHERE id = 1", [{ ...typed, column: "exact" }]],
      ["UPDATE typed SET moment = '9999-12-31 23:59:59.999998' WHERE id = 1", [{ ...typed, column: "moment" }]],
      ["UPDATE typed SET instant = '2026-01-01 00:00:00.124' WHERE id = 1", [{ ...typed, column: "instant" }]],
      ["UPDATE typed SET bytes = x'00ff00' WHERE id = 1", [{ ...typed, column: "bytes" }]],
      ["UPDATE typed SET bits = b'11' WHERE id = 1", [{ ...typed, column: "bits" }]],
      [
        "UPDATE typed SET choice = 'a', several = 'y' WHERE id = 1",
        [
          { ...typed, column: "choice" },
          { ...typed, column: "several" },
        ],
      ],
      ["UPDATE typed SET place = ST_GeomFromText('POINT(1 3)') WHERE id = 1", [{ ...typed, column: "place" }]],
      [
        `UPDATE typed SET document = '{"b": [1, 2.5, null, "x"], "a": 9007199254740992}' WHERE id = 1`,
        [{ ...typed, column: "document" }],
      ],
      ["UPDATE typed SET document = 'null' WHERE id = 2", [{ ...typed, key: "id=2", column: "document" }]],
      ["UPDATE typed SET short = '' WHERE id = 2", [{ ...typed, key: "id=2", column: "short", upstream: "NULL" }]],
      ["DELETE FROM typed WHERE id = 2", [{ what: "row count" }, { what: "row", key: "id=2", downstream: null }]],
      ["INSERT INTO typed (id) VALUES (3)", [{ what: "row count" }, { what: "row", key: "id=3", upstream: null }]],
      [
        "UPDATE typed SET id = 3 WHERE id = 2",
        [
          { what: "row", key: "id=2", downstream: null },
          { what: "row", key: "id=3", upstream: null },
        ],
      ],
      [
        "DELETE FROM keyless WHERE a = 1 LIMIT 1",
        [{ what: "row count" }, { what: "row", key: "a='1', b='78'", upstream: "2 times", downstream: "1 times" }],
      ],
      [
        "UPDATE keyless SET b = 'NULL' WHERE a = 2",
        [
          { what: "row", downstream: null },
          { what: "row", upstream: null },
        ],
      ],
      ["DROP TABLE keyless", [{ what: "table", table: "compare_case.keyless", downstream: null }]],
      ["CREATE TABLE more (id INT)", [{ what: "table", table: "compare_case.more", upstream: null }]],
    ];
    for (const [change, expected] of planted) {
      const differences = await fresh(pair, change);
      expect({ change, differences }).toMatchObject({ change, differences: expected });
    }
  },
);

test.each(PAIRS)("differences of structure between %s and %s are found", async (...pair) => {
  const changes = [
    "ALTER TABLE typed MODIFY small SMALLINT",
    "ALTER TABLE typed MODIFY small TINYINT NOT NULL DEFAULT 0",
    "ALTER TABLE typed ADD more INT",
    "ALTER TABLE typed DROP words",
    "ALTER TABLE typed MODIFY words TEXT AFTER id",
    "ALTER TABLE typed DROP KEY by_short",
    "ALTER TABLE typed DROP KEY by_words, ADD KEY by_words (words(11))",
    "ALTER TABLE typed MODIFY old VARCHAR(20) CHARACTER SET utf8mb4",
    "ALTER TABLE typed MODIFY choice ENUM('a','b','c')",
    "ALTER TABLE typed DROP PRIMARY KEY",
    "ALTER TABLE keyless ADD PRIMARY KEY (a, b)",
  ];
  for (const change of changes) {
    const statements = change.startsWith("ALTER TABLE keyless") ? `DELETE FROM keyless; ${change}` : change;
    const differences = await fresh(pair, `SET sql_mode = ''; ${statements}`);
    const found = differences.some(({ what }) => what === "structure");
    expect({ change, found }).toEqual({ change, found: true });
  }
});

test("a large table that differs in one value is told apart by its digest, and the value is found", async () => {
  const [a, b] = [servers.get("mysql-a"), servers.get("mariadb-b")];
  if (a === undefined || b === undefined) throw new Error("not started");
  for (const server of [a, b]) {
    await server.exec("DROP DATABASE IF EXISTS compare_large; CREATE DATABASE compare_large");
    await server.exec(
      `CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) NULL); CREATE TABLE digits (d INT);
       INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
       INSERT INTO t SELECT a.d + 10*b.d + 100*c.d + 1000*e.d + 10000*f.d, NULLIF(a.d, 3) FROM digits a, digits b, digits c, digits e, digits f WHERE f.d < 3`,
      "compare_large",
    );
  }
  expect(await compareDatabases(a, b, ["compare_large"])).toEqual([]);
  await b.exec("UPDATE t SET v = NULL WHERE id = 12345", "compare_large");
  expect(await compareDatabases(a, b, ["compare_large"])).toMatchObject([
    { what: "value", table: "compare_large.t", key: "id=12345", column: "v", upstream: "35", downstream: "NULL" },
  ]);
});
