import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ColumnType } from "../../../src/binlog/column-type.ts";
import { timestampText } from "../../../src/binlog/read-temporal.ts";
import { errorName, readOne, vectors } from "../../support/binlog-values.ts";

const TYPES: Readonly<Record<string, number>> = ColumnType;

describe("dates and times", () => {
  test.each(vectors("temporal"))("T1: $type($fsp) $hex is $expected", ({ type, fsp, hex, expected }) => {
    expect(readOne(TYPES[String(type)] ?? 0, Number(fsp), String(hex))).toBe(expected);
  });

  test("T1: a TIMESTAMP is the UTC text of its seconds, up to 2106; 0 is the zero timestamp", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff_ffff }), (seconds) => {
        const wanted = new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
        expect(timestampText(seconds)).toBe(wanted);
      }),
      { numRuns: 2000 },
    );
    expect(readOne(17, 0, "00000000")).toBe("0000-00-00 00:00:00");
    expect(readOne(17, 3, "0000000004ce")).toBe("0000-00-00 00:00:00.123");
  });

  test("T1: zero and partial dates are values like others", () => {
    expect([readOne(10, 0, "000000"), readOne(10, 0, "0fd00f"), readOne(10, 0, "a0d00f")]).toEqual([
      "0000-00-00",
      "2024-00-15",
      "2024-05-00",
    ]);
  });

  test("T1: the formats before MySQL 5.6 are decimal numbers", () => {
    expect(readOne(12, 0, "a407486e0b120000")).toBe("1984-03-04 15:45:32");
    expect(readOne(12, 0, "0000000000000000")).toBe("0000-00-00 00:00:00");
    expect(readOne(11, 0, "a45b02")).toBe("15:45:32");
    expect(readOne(11, 0, "5ca4fd")).toBe("-15:45:32");
    expect(readOne(7, 0, "c537d158")).toBe("2017-03-21 14:25:09");
  });

  test.each([
    ["a month 13", 10, 0, "a1d10f"],
    ["a year beyond 9999", 18, 0, "feffffffff"],
    ["a second 60", 18, 0, "998caafb7c"],
    ["a negative DATETIME", 18, 0, "198caafb51"],
    ["a fraction beyond .99", 17, 2, "58d137c564"],
    ["839 hours", 19, 0, "b47000"],
    ["a decimal hour 24", 12, 0, "80e0a7bf1d120000"],
  ] as const)("T6: %s is a named error", (_, type, digits, hex) => {
    expect(errorName(() => readOne(type, digits, hex))).toBe("column_value_invalid");
  });
});
