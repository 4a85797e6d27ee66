import { describe, expect, it } from "vitest";
import { statementKind } from "../../../src/binlog/statement-kind.ts";

describe("the kind of a logged statement", () => {
  it.each([
    ["BEGIN", "begin"],
    ["begin work", "begin"],
    ["START TRANSACTION", "begin"],
    ["COMMIT", "commit"],
    ["/* by a proxy */ commit", "commit"],
    ["ROLLBACK", "rollback"],
    ["ROLLBACK WORK", "rollback"],
    ["", "nothing"],
    ["# Dummy event replacing event type 160 that slave cannot handle.", "nothing"],
    ["/* only a comment */ -- and another\n", "nothing"],
    ["CREATE TABLE t (a INT)", "other"],
    ["/*!40000 ALTER TABLE t DISABLE KEYS */", "other"],
    ["--no comment", "other"],
    ["START REPLICA", "other"],
    ["TRUNCATE t", "other"],
    ["DROP TABLE t", "other"],
    ["CREATE OR REPLACE TABLE t (a INT)", "other"],
    ["CREATE TEMPORARY TABLE t (a INT)", "temporary-table"],
    ["CREATE OR REPLACE TEMPORARY TABLE t (a INT)", "temporary-table"],
    ["DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `t`", "temporary-table"],
    ["XA RECOVER", "other"],
  ])("%s is %s", (sql, kind) => {
    expect(statementKind(sql).kind).toBe(kind);
  });

  it.each([
    "INSERT INTO t VALUES (1)",
    "/* app */ update t set a=1",
    "REPLACE t SELECT 1",
    "DELETE FROM t",
    "LOAD DATA INFILE 'x' INTO TABLE t",
    "WITH c AS (SELECT 1) UPDATE t SET a=1",
    "/*!50000 INSERT */ INTO t VALUES (1)",
    "CALL p()",
    "(SELECT f())",
  ])("T5: %s changes rows", (sql) => {
    expect(statementKind(sql).kind).toBe("change");
  });

  it("names of savepoints compare without case and quotes", () => {
    expect(statementKind("SAVEPOINT `P ``q`")).toEqual({ kind: "savepoint", name: "p `q" });
    expect(statementKind("ROLLBACK TO `p ``Q`")).toEqual({ kind: "rollback-to", name: "p `q" });
    expect(statementKind("ROLLBACK WORK TO SAVEPOINT P1")).toEqual({ kind: "rollback-to", name: "p1" });
    expect(statementKind("RELEASE SAVEPOINT p1")).toEqual({ kind: "release", name: "p1" });
  });

  it("XIDs as the servers write them", () => {
    expect(statementKind("XA START X'6f6e65',X'',1")).toEqual({ kind: "xa-start", xid: "X'6f6e65',X'',1" });
    expect(statementKind("XA COMMIT X'6f6e65',X'',1 ONE PHASE")).toEqual({
      kind: "xa-commit",
      xid: "X'6f6e65',X'',1",
      onePhase: true,
    });
    expect(statementKind("XA ROLLBACK X'74', X'62', 7")).toEqual({ kind: "xa-rollback", xid: "X'74',X'62',7" });
  });

  it("T6: ends on unclosed comments and quotes, also on long ones", () => {
    for (const sql of [
      "/* open",
      "SAVEPOINT `open",
      "/*!",
      "/*!40000",
      "/*M!100100 ",
      `XA COMMIT ${" ".repeat(100_000)}`,
      "/".repeat(100_000),
      "/*".repeat(50_000),
    ]) {
      expect(statementKind(sql).kind).toEqual(expect.any(String));
    }
  });
});
