import { describe, expect, test } from "vitest";
import { charsetOfCollation, textEncoding } from "../../../src/binlog/charset.ts";

describe("charsets", () => {
  test.each([
    [8, "latin1"], [33, "utf8mb3"], [45, "utf8mb4"], [63, "binary"], [83, "utf8mb3"], [248, "gb18030"],
    [255, "utf8mb4"], [323, "utf8mb4"], [11, "ascii"], [28, "gbk"], [35, "ucs2"], [56, "utf16le"],
    [2048, "utf8mb3"], [2304, "utf8mb4"], [1069, "utf8mb4"],
  ] as const)("collation %i belongs to %s", (number, charset) => {
    expect(charsetOfCollation(number)).toBe(charset);
  });

  test("a number that no server gave belongs to none", () => {
    expect([charsetOfCollation(0), charsetOfCollation(65_535)]).toEqual([null, null]);
  });

  test("only UTF-8 and ASCII become JavaScript strings", () => {
    expect(["utf8mb4", "utf8mb3", "utf8", "ascii"].map(textEncoding)).toEqual(["utf8", "utf8", "utf8", "utf8"]);
    expect([null, "binary", "latin1", "gbk", "utf16"].map(textEncoding)).toEqual(["binary", "binary", "other", "other", "other"]);
  });
}); // prettier-ignore
