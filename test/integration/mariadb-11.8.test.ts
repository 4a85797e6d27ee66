/**
 * Another version of a server that is followed: MariaDB 11.8, both as upstream and downstream. Every case that MariaDB runs, and what
 * came after 10.11. Where that version can't be had, the run says so.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareDatabases, describeDifferences } from "../support/compare.ts";
import { findSource, startServer, type Server } from "../support/servers/index.ts";
import { PAIRS, readCases, type Case } from "./cases-runner/case-files.ts";
import { caseDatabases, runCases, type Ends, type Outcomes } from "./cases-runner/run-cases.ts";

const VERSION = "11.8";
const reason = await findSource("mariadb", VERSION).then(() => null, String);

/** A case of its own, written here because the servers of the case folders are older. */
function newer(name: string, before: string, changes: string): Case {
  const database = `case_${name.replaceAll("-", "_")}`;
  return {
    name,
    database,
    before,
    changes,
    downstream: null,
    pairs: ["mariadb-mariadb"],
    rowsOnly: false,
    error: null,
  };
}

const NEWER: readonly Case[] = [
  newer(
    "newer-vector",
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VECTOR(3) NOT NULL, VECTOR INDEX (v)); INSERT INTO t VALUES (1, VEC_FromText('[1,2,3]'))",
    `INSERT INTO t VALUES (2, VEC_FromText('[0,-1.5,340000000000]')), (3, VEC_FromText('[0,0,0]'));
     UPDATE t SET v = VEC_FromText('[9,9,9]') WHERE id = 1; DELETE FROM t WHERE id = 3;
     CREATE TABLE plain (id INT NOT NULL PRIMARY KEY, v VECTOR(1)); INSERT INTO plain VALUES (1, NULL), (2, VEC_FromText('[0.0001]'))`,
  ),
  newer(
    "newer-timestamps",
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, s TIMESTAMP(6) NULL)",
    "SET time_zone = '+00:00'; INSERT INTO t VALUES (1, '2038-01-19 03:14:08'), (2, '2106-02-07 06:28:15.999999'), (3, '2106-02-07 06:28:15')",
  ),
  newer(
    "newer-collations",
    "CREATE TABLE beside (id INT NOT NULL PRIMARY KEY)",
    `CREATE TABLE by_default (id INT NOT NULL PRIMARY KEY, c VARCHAR(20) CHARACTER SET utf8mb4);
     SET SESSION character_set_collations = 'utf8mb4=utf8mb4_bin,latin1=latin1_german2_ci';
     CREATE TABLE chosen (id INT NOT NULL PRIMARY KEY, c VARCHAR(20) CHARACTER SET utf8mb4 UNIQUE, d VARCHAR(20) CHARACTER SET latin1);
     INSERT INTO chosen VALUES (1, 'a', 'ß'), (2, 'A', 'ss'); UPDATE chosen SET c = 'B' WHERE c = 'A'`,
  ),
  newer(
    "newer-images",
    `CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b TEXT); INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, NULL);
     CREATE TABLE keyless (a INT, b INT AS (a + 1) VIRTUAL, c INT AS (a + 2) STORED UNIQUE, d TEXT, e TIMESTAMP(6) NULL ON UPDATE CURRENT_TIMESTAMP(6));
     INSERT INTO keyless (a, d) VALUES (1, 'x'), (2, 'y'), (NULL, NULL)`,
    `SET SESSION binlog_row_image = FULL_NODUP; UPDATE t SET a = 10 WHERE id < 3; UPDATE t SET b = NULL, id = 20 WHERE id = 2;
     INSERT INTO t (id) VALUES (4); DELETE FROM t WHERE id = 3;
     UPDATE keyless SET a = 10 WHERE a = 1; UPDATE keyless SET d = NULL WHERE a = 2; UPDATE keyless SET d = 'z' WHERE a IS NULL;
     UPDATE keyless SET a = 1 WHERE a = 2; UPDATE keyless SET a = 2 WHERE a = 10; DELETE FROM keyless WHERE a = 1`,
  ),
  newer(
    "newer-ddl",
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT)",
    `SET SESSION alter_algorithm = COPY; ALTER TABLE t ADD COLUMN u UUID, ADD COLUMN i INET4 DEFAULT '1.2.3.4';
     INSERT INTO t VALUES (1, 1, '018f4567-e89b-72d3-a456-426655440001', '10.0.0.1'); ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)`,
  ),
];

describe.skipIf(reason !== null)(`MariaDB ${VERSION}`, () => {
  const cases = [
    ...readCases().filter(({ pairs, error }) => pairs.includes("mariadb-mariadb") && error === null),
    ...NEWER,
  ];
  const pair = PAIRS.find(({ name }) => name === "mariadb-mariadb");
  const started: Server[] = [];
  let ends: Ends;
  let outcomes: Outcomes;

  beforeAll(async () => {
    for (let count = 0; count < 2; count += 1)
      started.push(await startServer({ flavour: "mariadb", version: VERSION }));
    const [upstream, downstream] = started;
    if (pair === undefined || upstream === undefined || downstream === undefined)
      throw new Error("there are no two servers");
    ends = { pair, upstream, downstream };
    outcomes = await runCases(ends, cases, "resume");
  });

  afterAll(async () => {
    for (const server of started) await server.stop();
  });

  test.each(cases)("T1, T4: $name: both sides are equal", async (each) => {
    expect(outcomes.get(each.name)).toBeNull();
    const databases = await caseDatabases(ends.upstream, [each]);
    const differences = await compareDatabases(ends.upstream, ends.downstream, databases, { rowsOnly: each.rowsOnly });
    expect(describeDifferences(differences)).toBe("no differences");
  });
});

test.runIf(reason !== null)(
  "another version of MariaDB is not to be had here: nothing was followed",
  ({ annotate }) => {
    expect(reason).not.toBeNull();
    return annotate(String(reason), "notice");
  },
);
