import { describe, expect, it } from "vitest";
import { ddlSession, sqlModeNames } from "../../../src/applier/ddl-session.ts";
import type { StatementContext } from "../../../src/binlog/transaction.ts";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { NOTHING_LOGGED } from "../../support/tables.ts";

function session(
  context: Partial<StatementContext>,
  [upstream, downstream]: readonly [Flavour, Flavour] = ["mysql", "mysql"],
  database: string | null = null,
) {
  return ddlSession({ context: { ...NOTHING_LOGGED, ...context }, database, upstream, downstream });
}

describe("the session of a DDL (D1)", () => {
  it("D1: has the time of the statement, and else what the log says, and nothing that it doesn't say", () => {
    expect(session({})).toEqual({ required: ["SET TIMESTAMP=1"], optional: [] });
    expect(
      session(
        {
          timestamp: 7.25,
          sqlMode: 4n,
          foreignKeyChecks: false,
          uniqueChecks: true,
          autoIsNull: false,
          timeZone: "+02:00",
        },
        ["mysql", "mysql"],
        "my`shop",
      ).required,
    ).toEqual([
      "SET TIMESTAMP=7.25",
      "SET sql_mode='ANSI_QUOTES'",
      "SET foreign_key_checks=0",
      "SET unique_checks=1",
      "SET sql_auto_is_null=0",
      "SET time_zone='+02:00'",
      "USE `my``shop`",
    ]);
  });

  it("a database is selected only where a name depends on it", () => {
    for (const database of [null, ""]) expect(session({}, ["mysql", "mysql"], database).required).toHaveLength(1);
  });

  it("collations go by number between servers of one flavour; on another flavour a number may mean nothing, so it is tried", () => {
    const charset = [45, 46, 47] as const;
    expect(session({ charset })).toMatchObject({
      required: ["SET TIMESTAMP=1", "SET collation_connection=46"],
      optional: ["SET collation_server=47"],
    });
    expect(session({ charset }, ["mysql", "mariadb"])).toMatchObject({
      required: ["SET TIMESTAMP=1"],
      optional: ["SET collation_connection=46", "SET collation_server=47"],
    });
  });

  it("what only MySQL has is tried on MySQL alone", () => {
    const context = { defaultCollationForUtf8mb4: 45, explicitDefaultsForTimestamp: true, sqlRequirePrimaryKey: false };
    expect(session(context).optional).toEqual([
      "SET default_collation_for_utf8mb4=45",
      "SET explicit_defaults_for_timestamp=1",
      "SET sql_require_primary_key=0",
    ]);
    expect(session(context, ["mysql", "mariadb"]).optional).toEqual(["SET explicit_defaults_for_timestamp=1"]);
  });

  it("MariaDB's collations of charsets are named by the server that knows their numbers", () => {
    const pairs = [[45, 224]] as const;
    const { optional } = session({ characterSetCollations: pairs }, ["mariadb", "mariadb"]);
    expect(optional).toEqual([
      expect.stringMatching(/^SET character_set_collations=\(SELECT .* WHERE ID IN \(224\)\)$/),
    ]);
    expect(session({ characterSetCollations: [] }, ["mariadb", "mariadb"]).optional).toEqual([
      "SET character_set_collations=''",
    ]);
    expect(session({ characterSetCollations: pairs }, ["mariadb", "mysql"]).optional).toEqual([]);
  });
});

describe("sql_mode by its bits", () => {
  it("keeps what both flavours know, and a flavour's own among its kind", () => {
    const bit = (n: number): bigint => 1n << BigInt(n);
    expect(sqlModeNames(bit(21) | bit(9) | bit(32), "mariadb", "mariadb")).toBe(
      "STRICT_TRANS_TABLES,ORACLE,EMPTY_STRING_IS_NULL",
    );
    expect(sqlModeNames(bit(21) | bit(9) | bit(32), "mariadb", "mysql")).toBe("STRICT_TRANS_TABLES");
    expect(sqlModeNames(bit(32), "mysql", "mysql")).toBe("TIME_TRUNCATE_FRACTIONAL");
    expect(sqlModeNames(0n, "mysql", "mysql")).toBe("");
  });
});
