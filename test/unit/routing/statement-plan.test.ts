import { describe, expect, it } from "vitest";
import { compileFilter } from "../../../src/routing/filter.ts";
import { planStatement, type StatementPlan } from "../../../src/routing/statement-plan.ts";
import { scanStatement } from "../../../src/schema/scan.ts";

const filter = compileFilter({ include: ["d.*", "part.a*"], exclude: ["d.no*"], metaSchema: "tidemark" });
const whole = compileFilter({ include: ["*.*"], exclude: [] });

function plan(sql: string, by = filter, defaultDatabase = "d"): StatementPlan {
  const statement = scanStatement(sql, { sqlMode: 0n, flavour: "mariadb" });
  const tablesOf = (database: string) =>
    [
      { database, table: "a`1" },
      { database, table: "a2" },
    ].slice(database === "empty" ? 2 : 0);
  return planStatement({ statement, sql, defaultDatabase, filter: by, tablesOf });
}

function brief(sql: string, by = filter, defaultDatabase = "d"): string {
  try {
    const planned = plan(sql, by, defaultDatabase);
    if (planned.action === "ignore") return `ignore ${planned.class}`;
    return planned.rewritten || planned.sql !== sql ? planned.sql : "execute";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** The plans that are not as expected. */
function wrong(plans: Readonly<Record<string, string>>, by = filter): Record<string, string> {
  const found = Object.entries(plans).map(([sql, expected]) => [sql, expected, brief(sql, by)] as const);
  return Object.fromEntries(found.filter(([, expected, is]) => is !== expected).map(([sql, , is]) => [sql, is]));
}

describe("the plan for a statement", () => {
  it("D6: follows the same filter as the rows", () => {
    expect(
      wrong({
        "CREATE TABLE t (a INT)": "execute",
        "CREATE TABLE no1 (a INT)": "ignore table",
        "CREATE TABLE mysql.t (a INT)": "ignore table",
        "CREATE TABLE tidemark.t (a INT)": "ignore table",
        "ALTER TABLE x.t ADD b INT": "ignore table",
        "ALTER TABLE t ADD b INT": "execute",
        "CREATE INDEX i ON no1 (a)": "ignore index",
        "CREATE TABLE t (p INT, FOREIGN KEY (p) REFERENCES no1 (id))": "execute",
        "TRUNCATE part.b": "ignore table",
        "TRUNCATE part.a": "execute",
        "DROP SEQUENCE no1": "ignore sequence",
      }),
    ).toEqual({});
  });

  it("D5: takes lists apart by the places of the names, and leaves the rest of the text alone", () => {
    expect(
      wrong({
        "DROP TABLE IF EXISTS t, u": "execute",
        "DROP TABLE no1, x.y": "ignore table",
        "DROP TABLE IF EXISTS no1, `t` , /* two */ d . u, x.y /* generated */ CASCADE":
          "DROP TABLE IF EXISTS `t`, d . u /* generated */ CASCADE",
        "RENAME TABLE t TO u, no1 TO no2, u2 TO d.u3": "RENAME TABLE t TO u, u2 TO d.u3",
        "SET STATEMENT max_statement_time=1 FOR DROP TABLE no1, t":
          "SET STATEMENT max_statement_time=1 FOR DROP TABLE t",
      }),
    ).toEqual({});
  });

  it("D6: stops by name where wanted tables are bound to unwanted ones", () => {
    expect(
      wrong({
        "RENAME TABLE t TO no1": "ddl_mixed_filter",
        "RENAME TABLE no1 TO t": "ddl_mixed_filter",
        "RENAME TABLE t TO u, no1 TO t": "ddl_mixed_filter",
        "ALTER TABLE t RENAME TO x.t": "ddl_mixed_filter",
        "ALTER TABLE no1 RENAME TO no2": "ignore table",
        "CREATE TABLE t LIKE no1": "ddl_mixed_filter",
        "CREATE TABLE no1 LIKE t": "ignore table",
        "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE no1": "ddl_mixed_filter",
        "ALTER TABLE no1 EXCHANGE PARTITION p WITH TABLE t": "ddl_mixed_filter",
        "ALTER TABLE t CONVERT PARTITION p TO TABLE no1": "ddl_mixed_filter",
        "CREATE OR REPLACE DATABASE part": "ddl_mixed_filter",
      }),
    ).toEqual({});
  });

  it("makes and changes databases in which there may be wanted tables, and drops no more than what is ours", () => {
    expect(
      wrong({
        "CREATE DATABASE d": "execute",
        "CREATE DATABASE part": "execute",
        "CREATE DATABASE x": "ignore database",
        "ALTER DATABASE COLLATE utf8mb4_bin": "execute",
        "DROP DATABASE x": "ignore database",
        "DROP DATABASE part": "DROP TABLE IF EXISTS `part`.`a``1`, `part`.`a2`",
        "DROP DATABASE tidemark": "ignore database",
      }),
    ).toEqual({});
    expect(wrong({ "DROP DATABASE part": "execute", "DROP DATABASE mysql": "ignore database" }, whole)).toEqual({});
    expect(brief("DROP DATABASE empty", compileFilter({ include: ["empty.a*"], exclude: [] }))).toBe("ignore database");
  });

  it("D3, G21: ignores by class what is documented, and stops at what isn't known", () => {
    expect(
      wrong({
        "CREATE VIEW v AS SELECT 1": "ignore view",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1": "ignore trigger",
        "GRANT ALL ON *.* TO u": "ignore account",
        "ANALYZE TABLE t": "ignore maintenance",
        "FROB TABLE t": "ddl_unknown",
        "ALTER TABLE no1 FROB": "ddl_unknown",
      }),
    ).toEqual({});
  });

  it("T5: stops at rows written by a statement, unless they are known to be unwanted", () => {
    expect(
      wrong({
        "INSERT INTO t VALUES (1)": "statement_format_dml",
        "INSERT INTO no1 VALUES (1)": "ignore dml",
        "DELETE FROM x.y WHERE a = 1": "ignore dml",
        "UPDATE no1, t SET no1.a = 1": "statement_format_dml",
        "CALL p()": "statement_format_dml",
        "CREATE TABLE t AS SELECT 1 AS a": "statement_format_dml",
        "CREATE TABLE no1 AS SELECT 1 AS a": "ignore table",
      }),
    ).toEqual({});
  });

  it("leaves temporary tables alone", () => {
    expect(
      wrong({
        "CREATE TEMPORARY TABLE t (a INT)": "ignore table",
        "DROP TEMPORARY TABLE IF EXISTS t": "ignore table",
        "CREATE TEMPORARY SEQUENCE s": "ignore sequence",
      }),
    ).toEqual({});
  });

  it("cuts out the words that only the log understands", () => {
    expect(
      wrong({ "CREATE TABLE `t` (\n  `a` int\n) START TRANSACTION": "CREATE TABLE `t` (\n  `a` int\n) " }),
    ).toEqual({});
  });

  it("names the default database only where a name depends on it: it may not exist downstream", () => {
    expect(plan("DROP TABLE d.t", filter, "nowhere")).toMatchObject({
      defaultDatabase: null,
      tables: [{ database: "d", table: "t" }],
    });
    expect(plan("DROP TABLE t, part.a")).toMatchObject({
      defaultDatabase: "d",
      tables: [
        { database: "d", table: "t" },
        { database: "part", table: "a" },
      ],
    });
    expect(plan("ALTER DATABASE COLLATE utf8mb4_bin")).toMatchObject({ defaultDatabase: "d" });
  });
});
