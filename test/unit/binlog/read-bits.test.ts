import { describe, expect, test } from "vitest";
import { readOne } from "../../support/binlog-values.ts";

describe("BIT, ENUM and SET", () => {
  test.each([
    [1, "01", 1],
    [9, "01ff", 511],
    [48, "ffffffffffff", 2 ** 48 - 1],
    [53, "1fffffffffffff", Number.MAX_SAFE_INTEGER],
    [54, "20000000000000", 2n ** 53n],
    [64, "ffffffffffffffff", 2n ** 64n - 1n],
    [64, "0000000000000005", 5],
  ] as const)("T1: BIT(%i) %s is %s", (bits, hex, value) => {
    expect(readOne(16, bits, hex)).toBe(value);
  });

  test("T1: an ENUM is its index, beyond 255 members in two bytes; 0 is the empty value", () => {
    expect([readOne(247, 1, "ff"), readOne(247, 2, "2c01"), readOne(247, 1, "00")]).toEqual([255, 300, 0]);
  });

  test("T1: a SET is a mask of up to 64 members", () => {
    expect([
      readOne(248, 1, "05"),
      readOne(248, 2, "0180"),
      readOne(248, 3, "000080"),
      readOne(248, 4, "00000080"),
    ]).toEqual([5, 0x8001, 0x80_0000, 0x8000_0000]);
    expect(readOne(248, 8, "0000000000000080")).toBe(2n ** 63n);
    expect(readOne(248, 8, "ffffffffffffffff")).toBe(2n ** 64n - 1n);
  });
});
