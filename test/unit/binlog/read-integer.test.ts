import { describe, expect, test } from "vitest";
import { ColumnType } from "../../../src/binlog/column-type.ts";
import { readOne, vectors } from "../../support/binlog-values.ts";

const TYPES: Readonly<Record<string, number>> = ColumnType;

describe("integers", () => {
  test.each(vectors("unsigned-int"))("T1: $type $hex is $expected", ({ type, hex, unsigned, expected }) => {
    const value = readOne(TYPES[String(type)] ?? 0, 0, String(hex), { unsigned: unsigned === true });
    expect(`${typeof value === "bigint" ? value : Number(value)}`).toBe(expected);
  });

  test("T1: a BIGINT is a number as long as it is safe, and a bigint beyond", () => {
    const big = (value: bigint): string => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt.asIntN(64, value));
      return bytes.toString("hex");
    };
    const safe = BigInt(Number.MAX_SAFE_INTEGER);
    for (const value of [0n, -1n, safe, -safe]) expect(readOne(8, 0, big(value))).toBe(Number(value));
    for (const value of [safe + 1n, -safe - 1n, -safe - 2n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(readOne(8, 0, big(value))).toBe(value);
    }
    expect(readOne(8, 0, big(safe), { unsigned: true })).toBe(Number(safe));
    expect(readOne(8, 0, big(2n ** 64n - 1n), { unsigned: true })).toBe(2n ** 64n - 1n);
  });

  test("T1: YEAR counts from 1900, and 0 is the year 0", () => {
    expect([readOne(13, 0, "00"), readOne(13, 0, "01"), readOne(13, 0, "ff")]).toEqual([0, 1901, 2155]);
  });
});

describe("floating-point numbers", () => {
  test("T1: a FLOAT is its single-precision value, a DOUBLE the double, -0 included", () => {
    expect(readOne(4, 4, "cdcccc3d")).toBe(Math.fround(0.1));
    expect(readOne(5, 8, "9a9999999999b93f")).toBe(0.1);
    expect(readOne(5, 8, "0000000000000080")).toBe(-0);
    expect(readOne(5, 8, "ffffffffffffef7f")).toBe(Number.MAX_VALUE);
  });
});
