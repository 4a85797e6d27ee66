/** An update's after image is read beside its before image: what both have in common is read once. */
import { describe, expect, test } from "vitest";
import { rowsDecoder } from "../../../src/binlog/rows-decoder.ts";
import type { Row } from "../../../src/binlog/value.ts";
import { errorName, hintOf, mapFromHex, plainHandle, recordedColumns } from "../../support/binlog-values.ts";

/** `CREATE TABLE nk (a INT DEFAULT 5, b INT)` */
const TWO_INTS = "ec0100000000 0100 016d00 026e6b00 02 0303 00 03";

const INSERT_V1 = 23;

/** Where the columns' bitmap stands in an insert of two columns, and the update that has the same head. */
function headOf(insertType: number): { readonly bitmapAt: number; readonly updateType: number } {
  return insertType === INSERT_V1 ? { bitmapAt: 9, updateType: 24 } : { bitmapAt: 11, updateType: 31 };
}

/** The update from one recorded row to another: both rows' images behind a head and two bitmaps. */
function updateOf(insertType: number, before: Buffer, after: Buffer): Buffer {
  const { bitmapAt } = headOf(insertType);
  const bitmap = before.subarray(bitmapAt, bitmapAt + 1);
  const imageAt = bitmapAt + 1;
  return Buffer.concat([
    before.subarray(0, bitmapAt),
    bitmap,
    bitmap,
    before.subarray(imageAt),
    after.subarray(imageAt),
  ]);
}

describe("updates", () => {
  test.each([
    ["mysql", "values-mysql-9.7"],
    ["mariadb", "values-mariadb-10.11"],
    ["mariadb", "values-mariadb-11.8"],
  ] as const)(
    "T1, T2: from each recorded value of %s to itself, the next and back are both values",
    (flavour, fixture) => {
      let updates = 0;
      for (const { map, hint, rows } of recordedColumns(fixture)) {
        const decoder = rowsDecoder(mapFromHex(map, flavour), { columns: [hintOf({ name: "id" }), hint] });
        const decode = (bytes: Buffer, type: number): readonly Row[] =>
          decoder.decode(bytes, 0, bytes.length, type).rows.map((row) => [...row]);
        const bodies = rows.map(([type, body]) => ({ type, bytes: Buffer.from(body, "hex") }));
        bodies.forEach((before, index) => {
          for (const after of [before, bodies[index + 1] ?? before, bodies[index - 1] ?? before]) {
            const update = updateOf(before.type, before.bytes, after.bytes);
            expect(decode(update, headOf(before.type).updateType)).toEqual([
              ...decode(before.bytes, before.type),
              ...decode(after.bytes, after.type),
            ]);
            updates += 1;
          }
        });
      }
      expect(updates).toBeGreaterThan(4000);
    },
  );

  test("T2: NULLs that come or go move the columns behind them", () => {
    const map = mapFromHex(TWO_INTS);
    const decoder = rowsDecoder(map, plainHandle(map));
    const rows = (hex: string): readonly Row[] => {
      const bytes = Buffer.from(`ec0100000000 0100 0200 02 03 03 ${hex}`.replaceAll(" ", ""), "hex");
      return decoder.decode(bytes, 0, bytes.length, 31).rows;
    };
    expect(rows("00 01000000 01000000 01 01000000")).toEqual([[1, 1], [null, 1]]);
    expect(rows("01 01000000 00 01000000 01000000")).toEqual([[null, 1], [1, 1]]);
    expect(rows("02 01000000 01 01000000")).toEqual([[1, null], [null, 1]]);
    expect(rows("03 03 00 01000000 02000000 00 01000000 03000000")).toEqual([[null, null], [null, null], [1, 2], [1, 3]]);
  }); // prettier-ignore

  test("T6: an after image that is cut off is refused, also when what is behind the event looks like the rest", () => {
    const map = mapFromHex(TWO_INTS);
    const decoder = rowsDecoder(map, plainHandle(map));
    const whole = Buffer.from("ec0100000000010002000203030001000000020000000001000000020000000000", "hex");
    const end = whole.length - 2;
    expect(decoder.decode(whole, 0, end, 31).rows).toEqual([[1, 2], [1, 2]]);
    const firstRow = 13;
    for (let cut = firstRow + 1; cut < end; cut += 1)
      expect(errorName(() => decoder.decode(whole, 0, cut, 31))).toBe("event_truncated");
  }); // prettier-ignore
});
