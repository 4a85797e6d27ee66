import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cursor } from "../../../src/binlog/cursor.ts";
import { decimalBytes } from "../../../src/binlog/read-decimal.ts";
import { errorName, readOne, vectors } from "../../support/binlog-values.ts";

const NEWDECIMAL = 246;

describe("DECIMAL", () => {
  test.each(vectors("decimal"))(
    "T1: DECIMAL($precision,$scale) $hex is $expected",
    ({ hex, precision, scale, expected, consumed }) => {
      expect(readOne(NEWDECIMAL, Number(precision) * 256 + Number(scale), String(hex))).toBe(expected);
      expect(cursor.offset).toBe(consumed);
    },
  );

  test("T1: any number of any precision and scale comes back digit for digit", () => {
    const number = fc
      .tuple(fc.integer({ min: 1, max: 65 }), fc.nat({ max: 30 }))
      .map(([precision, scale]) => ({ precision, scale: Math.min(scale, precision) }))
      .chain(({ precision, scale }) =>
        fc.record({
          precision: fc.constant(precision),
          scale: fc.constant(scale),
          digits: fc.array(fc.nat({ max: 9 }), { minLength: precision, maxLength: precision }),
          negative: fc.boolean(),
        }),
      );
    fc.assert(
      fc.property(number, ({ precision, scale, digits, negative }) => {
        const text = digits.join("");
        const whole = text.slice(0, precision - scale);
        const wanted = `${negative ? "-" : ""}${whole.replace(/^0+(?=\d)/, "") || "0"}${scale === 0 ? "" : `.${text.slice(precision - scale)}`}`;
        const bytes = encode(whole, text.slice(precision - scale), negative);
        expect(bytes.length).toBe(decimalBytes(precision, scale));
        expect(readOne(NEWDECIMAL, precision * 256 + scale, bytes.toString("hex"))).toBe(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [[18, 2], "ffffffffffffff63"],
    [[12, 4], "ffffffff0000"],
    [[3, 2], "8aff"],
  ] as const)("T6: digits that no server writes are a named error: DECIMAL(%j)", ([precision, scale], hex) => {
    expect(errorName(() => readOne(NEWDECIMAL, precision * 256 + scale, hex))).toBe("column_value_invalid");
  });
});

/** As `decimal2bin` of the servers writes it, from the format's description. */
function encode(whole: string, fraction: string, negative: boolean): Buffer {
  const groups: { digits: string; bytes: number }[] = [];
  const size = (digits: number): number => [0, 1, 1, 2, 2, 3, 3, 4, 4, 4][digits] ?? 0;
  const first = whole.length % 9;
  if (first > 0) groups.push({ digits: whole.slice(0, first), bytes: size(first) });
  for (let at = first; at < whole.length; at += 9) groups.push({ digits: whole.slice(at, at + 9), bytes: 4 });
  for (let at = 0; at < fraction.length; at += 9) {
    const digits = fraction.slice(at, at + 9);
    groups.push({ digits, bytes: size(digits.length) });
  }
  const bytes = Buffer.concat(
    groups.map((group) => {
      const part = Buffer.alloc(4);
      part.writeUInt32BE(Number(group.digits));
      return part.subarray(4 - group.bytes);
    }),
  );
  bytes[0] = (bytes[0] ?? 0) ^ 0x80;
  return negative ? Buffer.from(bytes.map((byte) => ~byte & 0xff)) : bytes;
}
