import { describe, expect, it } from "vitest";
import { classOf, DDL_POLICY } from "../../../src/schema/ddl-policy.ts";
import { scanStatement } from "../../../src/schema/scan.ts";

const ACTIONS: Readonly<Record<string, string>> = {
  "CREATE TABLE t (a INT)": "table execute",
  "TRUNCATE t": "table execute",
  "DROP DATABASE d": "database execute",
  "CREATE INDEX i ON t (a)": "index execute",
  "CREATE SEQUENCE s": "sequence execute",
  "DROP VIEW v": "view ignore",
  "DROP TRIGGER g": "trigger ignore",
  "DROP EVENT e": "routine ignore",
  "GRANT ALL ON *.* TO u": "account ignore",
  "OPTIMIZE TABLE t": "maintenance ignore",
  "SET @a = 1": "set ignore",
  COMMIT: "transaction ignore",
  "SHOW TABLES": "other ignore",
  "INSERT INTO t VALUES (1)": "dml stop",
  "FROB TABLE t": "unknown stop",
};

describe("the policy", () => {
  it("D3: has an action with a reason for every class of statement, and never ignores what it doesn't know", () => {
    const found = Object.keys(ACTIONS).map((sql) => {
      const statementClass = classOf(scanStatement(sql, { sqlMode: 0n, flavour: "mysql" }));
      return [sql, `${statementClass} ${DDL_POLICY[statementClass].action}`];
    });
    expect(Object.fromEntries(found)).toEqual(ACTIONS);
    expect(new Set(Object.values(ACTIONS).map((text) => text.split(" ")[0])).size).toBe(Object.keys(DDL_POLICY).length);
    expect(Object.values(DDL_POLICY).filter((rule) => rule.why === "")).toEqual([]);
  });
});
