import { describe, expect, it } from "vitest";
import { markPeriodKeys, periodKeys } from "../../../src/schema/read-periods.ts";
import { key, structure } from "../../support/tables.ts";

/** As MariaDB 10.11 and 11.8 print it. */
const CREATE = [
  "CREATE TABLE `u` (",
  "  `a` int(11) NOT NULL,",
  "  `s` date NOT NULL COMMENT 'UNIQUE KEY `no` (`a`,`pp` WITHOUT OVERLAPS)',",
  "  `e` date NOT NULL,",
  "  PERIOD FOR `pp` (`s`, `e`),",
  "  PRIMARY KEY (`a`,`b`,`pp` WITHOUT OVERLAPS),",
  "  UNIQUE KEY `o``ne` (`a`,`pp` WITHOUT OVERLAPS),",
  "  UNIQUE KEY `k` (`a`,`e`,`s`)",
  ") ENGINE=InnoDB",
].join("\n");

describe("keys of periods", () => {
  it("K2: are told from SHOW CREATE TABLE", () => {
    expect([...periodKeys(CREATE)]).toEqual(["PRIMARY", "o`ne"]);
  });

  it("K2: are asked for only where a key ends in two dates or times that are never NULL", async () => {
    const asked: string[] = [];
    const connection = {
      query: <R>(sql: string): Promise<R[]> => {
        asked.push(sql);
        return Promise.resolve(JSON.parse(JSON.stringify([{ "Create Table": CREATE }])));
      },
    };
    const tables = [
      structure("u", ["a int", "s date", "e date"], [key("o`ne", "a", "e", "s"), key("k", "a", "e", "s")]),
      structure("nullable", ["a int", "s date null", "e date null"], [key("k", "a", "e", "s")]),
      structure("other", ["a int", "s date", "e datetime"], [key("k", "a", "e", "s"), key("a", "a")]),
    ].map((each) => ({ ...each, uniqueKeys: [...each.uniqueKeys] }));
    await markPeriodKeys(connection, tables);
    expect(asked).toEqual(["SHOW CREATE TABLE `db`.`u`"]);
    expect(tables[0]?.uniqueKeys.map(({ withoutOverlaps }) => withoutOverlaps)).toEqual([true, undefined]);
  });
});
