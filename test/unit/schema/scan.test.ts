import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanStatement } from "../../../src/schema/scan.ts";
import { samples } from "../../support/statements/corpus.ts";
import { summary } from "../../support/statements/summary.ts";

const corpus = [...samples("both"), ...samples("mysql"), ...samples("mariadb")];

describe("the scanner", () => {
  it("D5: places every statement of the collection, both flavours, and names its tables, columns and places", () => {
    expect(corpus.length).toBeGreaterThan(700);
    const wrong = corpus.flatMap((sample) => {
      const found = summary(scanStatement(sample.sql, sample));
      return found === sample.expected ? [] : [{ sql: sample.sql, found, expected: sample.expected }];
    });
    expect(wrong).toEqual([]);
  });

  it("gives for each table the place in the text where its name stands", () => {
    let checked = 0;
    for (const sample of corpus) {
      for (const name of scanStatement(sample.sql, sample).tables) {
        const text = sample.sql.slice(name.start, name.end);
        const again = scanStatement(`DROP TABLE ${text}`, sample).tables[0];
        expect(again).toMatchObject({ database: name.database, table: name.table });
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(500);
  });

  it("reads a statement in lower case and with comments between all tokens as it reads it plain", () => {
    for (const sample of corpus) {
      if (/['"`#[]|--|\/\*|\$|@|\d\.\d|[^\x20-\x7e]/.test(sample.sql)) continue;
      const spread = sample.sql.toLowerCase().replaceAll(/([a-z0-9_]+|[^\sa-z0-9_])/g, "/* x' */$1-- '\n");
      const expected = sample.expected.toLowerCase();
      expect(summary(scanStatement(spread, sample)).toLowerCase()).toBe(expected);
    }
  });

  it("D3: calls unknown what it can't place, and says where", () => {
    const unknown: readonly (readonly [string, number])[] = [
      ["FROBNICATE TABLE t", 0],
      ["CREATE FROB t", 7],
      ["CREATE TABLE t (a INT", 21],
      ["CREATE TABLE t (a INT); DROP TABLE u", 24],
      ["ALTER TABLE t DROP PARTITION p; DROP TABLE u", 30],
      ["ALTER TABLE t FROB c", 14],
      ["ALTER TABLE t ADD COLUMN c INT,, DROP d", 31],
      ["DROP TABLE t WHATEVER", 13],
      ["DROP TABLE a b", 13],
      ["RENAME TABLE a", 14],
      ["CREATE TABLE `t (a INT)", 13],
      ["CREATE TABLE t (a INT DEFAULT 'x)", 30],
      ["DROP TABLE t /* never closed", 13],
      ["/*!50001 DROP TABLE t", 21],
      ["TRUNCATE TABLE t, u", 16],
      ["", 0],
      ["-- nothing", 10],
    ];
    for (const [sql, offset] of unknown) {
      const statement = scanStatement(sql, { sqlMode: 0n, flavour: "mysql" });
      expect({ sql, ...statement }).toMatchObject({ sql, kind: "unknown", offset });
    }
  });

  it("counts a comment that MySQL did not execute as a comment, and one that it did as text", () => {
    const options = { sqlMode: 0n, flavour: "mysql" } as const;
    expect(summary(scanStatement("DROP TABLE /* 99999 a, */ b", options))).toBe("drop-table <b>");
    expect(summary(scanStatement("DROP TABLE /*!50001 a, */ b", options))).toBe("drop-table <a> <b> !");
    expect(summary(scanStatement("DROP TABLE /*M! a, */ b", options))).toBe("drop-table <b>");
    expect(summary(scanStatement("DROP TABLE /*M! a, */ b", { ...options, flavour: "mariadb" }))).toBe(
      "drop-table <a> <b> !",
    );
  });

  it("never throws, whatever the text", () => {
    const words = fc.constantFrom(
      ..."CREATE ALTER DROP TABLE RENAME TO t a ( ) , . ` ' \" /* */ /*! -- # ; INT ADD".split(" "),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 20 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(text, fc.constantFrom("mysql" as const, "mariadb" as const), (sql, flavour) => {
        const statement = scanStatement(sql, { sqlMode: 0n, flavour });
        for (const name of statement.tables) expect(name.start).toBeLessThan(name.end);
      }),
      { numRuns: 2000 },
    );
  });
});
