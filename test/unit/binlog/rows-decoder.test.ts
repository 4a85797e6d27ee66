import { describe, expect, test } from "vitest";
import { rowsDecoder } from "../../../src/binlog/rows-decoder.ts";
import {
  decodeRecorded,
  errorName,
  hintOf,
  mapFromHex,
  plainHandle,
  readOne,
  recordedColumns,
  rowsFromHex,
  vectors,
} from "../../support/binlog-values.ts";
import { answerOf, isAnswer } from "../../integration/binlog-values/answer.ts";

/** `CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, a INT DEFAULT 5, b INT)` */
const THREE_INTS = "eb0100000000 0100 016d00 017400 03 030303 00 06";
/** `CREATE TABLE nk (a INT DEFAULT 5, b INT)` */
const TWO_INTS = "ec0100000000 0100 016d00 026e6b00 02 0303 00 03";

/**
 * The vectors have times as seconds, and JSON as values and as remarks: those count as text only; documents are compared
 * in json-binary.test.ts.
 */
function comparable(value: unknown): unknown {
  if (value === null) return null;
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  const time =
    typeof value === "string" && /^\d{4}-/.test(value) ? Date.parse(`${value.replace(" ", "T")}Z`) / 1000 : Number.NaN;
  return Number.isNaN(time) ? "text" : time;
}

/** The one row of seven columns has a wrong last value in the vectors: its bytes are those of the zero timestamp. */
function comparableRow(row: unknown): unknown[] {
  return Array.isArray(row) ? row.slice(0, 6).map(comparable) : [];
}

describe("rows as real servers logged them", () => {
  test.each([
    ["mysql", "values-mysql-9.7"],
    ["mariadb", "values-mariadb-10.11"],
    ["mariadb", "values-mariadb-11.8"],
  ] as const)("T1: every recorded value of %s is what the server told of it", (flavour, fixture) => {
    const columns = recordedColumns(fixture);
    const different = columns.flatMap((column) =>
      decodeRecorded(flavour, column).flatMap((row, index) => {
        const want = column.rows[index]?.[2] ?? null;
        const told = answerOf(row[1], column.question);
        return isAnswer(row[1], column.question, want) ? [] : [`${column.type}: ${told} instead of ${want}`];
      }),
    );
    expect(different).toEqual([]);
    expect(columns.flatMap(({ rows }) => rows).length).toBeGreaterThan(1500);
  });

  test.each(vectors("row-events").filter(({ expected_rows: rows }) => rows !== undefined))(
    "T2: $id $note",
    (vector) => {
      const { rows_body_hex: body, table_map_body_hex: map, expected_rows: wanted, note } = vector;
      const type = String(note).includes("update") || String(note).includes("bug") ? 31 : 30;
      const { rows, full } = rowsFromHex(String(map), String(body), type);
      const images: unknown[] = Array.isArray(wanted) ? wanted : [];
      expect(rows.map(comparableRow)).toEqual(images.map(comparableRow));
      expect(full).toBe(!rows.flat().includes(undefined));
    },
  );

  test.each(vectors("row-events").filter(({ expected_partition: partition }) => partition !== undefined))(
    "T2: extra data is skipped by its length: $id",
    ({ rows_body_hex: body, table_map_body_hex: map, event_type: type }) => {
      const { rows } = rowsFromHex(String(map), String(body), String(type).startsWith("UPDATE") ? 31 : 30);
      expect(rows.every((row) => row.every((value) => typeof value === "number"))).toBe(true);
      expect(rows.length).toBeGreaterThan(0);
    },
  );
});

describe("row images", () => {
  test("T2: MINIMAL: an insert holds the columns that were named, as MySQL 9.7 logged it", () => {
    const { rows, full, kind } = rowsFromHex(THREE_INTS, "eb0100000000 1100 0200 03 05 00 04000000 03000000 00 05000000 04000000", 30);
    expect({ rows, full, kind }).toEqual({ rows: [[4, undefined, 3], [5, undefined, 4]], full: false, kind: "insert" });
  }); // prettier-ignore

  test("T2: MINIMAL: an update holds the key before and the changed columns after", () => {
    const { rows, full } = rowsFromHex(THREE_INTS, "eb0100000000 1100 0200 03 01 02 00 01000000 00 09000000", 31);
    expect({ rows, full }).toEqual({ rows: [[1, undefined, undefined], [undefined, 9, undefined]], full: false });
  }); // prettier-ignore

  test("T2: FULL_NODUP, and MINIMAL without a key: what an after image leaves out is what the whole before image has", () => {
    // Before 1, NULL, 3; after: b = 9, then a = NULL.
    const body = "eb0100000000 1100 0200 03 07 03  02 01000000 03000000  01 09000000";
    expect(rowsFromHex(THREE_INTS, body, 31)).toMatchObject({ full: true, rows: [[1, null, 3], [null, 9, 3]] });
  }); // prettier-ignore

  test("T2: MINIMAL: a row of no columns is a row", () => {
    // INSERT INTO nk () VALUES (), as MySQL 9.7 logged it: there are no bytes behind the empty bitmap.
    const { rows, full } = rowsFromHex(TWO_INTS, "ec0100000000 1100 0200 02 00", 30);
    expect({ rows, full }).toEqual({ rows: [[undefined, undefined]], full: false });
  });

  test("T2: NULL bits count the columns of the image, not of the table", () => {
    // Only column b is in the image, and the first bit is its own.
    const { rows } = rowsFromHex(TWO_INTS, "ec0100000000 1100 0200 02 02 01 00 07000000", 30);
    expect(rows).toEqual([
      [undefined, null],
      [undefined, 7],
    ]);
  });

  test("T2: FULL: before and after hold every column", () => {
    const body = "ec0100000000 1100 0200 02 ff ff 00 01000000 02000000 02 03000000";
    const change = rowsFromHex(TWO_INTS, body, 31);
    expect(change).toMatchObject({ kind: "update", full: true, rows: [[1, 2], [3, null]] });
  }); // prettier-ignore

  test("T3: v1 events have no extra data, and an update of v0 has one bitmap for both images", () => {
    expect(rowsFromHex(TWO_INTS, "ec0100000000 0100 02 ff 00 01000000 02000000", 23).rows).toEqual([[1, 2]]);
    expect(rowsFromHex(TWO_INTS, "ec0100000000 0100 02 ff 00 01000000 02000000", 25).kind).toBe("delete");
    const old = "ec0100000000 0100 02 ff 00 01000000 02000000 00 01000000 03000000";
    expect(rowsFromHex(TWO_INTS, old, 21).rows).toEqual([[1, 2], [1, 3]]);
  }); // prettier-ignore

  test("the event's flag tells that foreign keys were not checked", () => {
    expect(rowsFromHex(TWO_INTS, "ec0100000000 0300 0200 02 00", 30).foreignKeyChecksOff).toBe(true);
    expect(rowsFromHex(TWO_INTS, "ec0100000000 0100 0200 02 00", 30).foreignKeyChecksOff).toBe(false);
  });

  test("one decoder reads events of different images, one after the other", () => {
    const map = mapFromHex(TWO_INTS);
    const decoder = rowsDecoder(map, plainHandle(map));
    const decode = (hex: string): unknown => {
      const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
      return decoder.decode(bytes, 0, bytes.length, 30).rows;
    };
    expect(decode("ec0100000000 0100 0200 02 03 00 01000000 02000000")).toEqual([[1, 2]]);
    expect(decode("ec0100000000 0100 0200 02 02 00 07000000")).toEqual([[undefined, 7]]);
    expect(decode("ec0100000000 0100 0200 02 03 03")).toEqual([[null, null]]);
  });
});

describe("what does not fit", () => {
  test("a table with another number of columns is a named error with both numbers", () => {
    const map = mapFromHex(TWO_INTS);
    expect(() => rowsDecoder(map, { columns: [hintOf()] })).toThrow(
      expect.objectContaining({ name: "column_count_mismatch", facts: { table: "m.nk", logged: 2, known: 1 } }),
    );
  });

  test.each([
    ["a row cut off in a number", "ec0100000000 0100 0200 02 03 00 01000000 0200", "event_truncated"],
    ["an update without its after image", "ec0100000000 0100 0200 02 03 03 00 01000000 02000000", "event_truncated"],
    ["another number of columns than the table map's", "ec0100000000 0100 0200 03 07 00", "event_malformed"],
    ["rows of no columns that have bytes", "ec0100000000 0100 0200 02 00 0011", "event_malformed"],
    ["extra data of less than its own length", "ec0100000000 0100 0100 02 03", "event_malformed"],
    ["extra data beyond the end", "ec0100000000 0100 ff00 02 03", "event_truncated"],
    ["no more than half a header", "ec01000000", "event_truncated"],
  ])("T6: %s is a named error", (what, body, name) => {
    expect(errorName(() => rowsFromHex(TWO_INTS, body, what.startsWith("an update") ? 31 : 30))).toBe(name);
  });

  test("T6: a column of a type that can't be read is a named error", () => {
    for (const type of [0, 6, 244, 77]) expect(errorName(() => readOne(type, 0, "00"))).toBe("column_type_unsupported");
  });
});

describe("cells of another project's tests", () => {
  /** Vectors have metadata as vitess keeps it; CHAR, BIT, ENUM and SET are told apart by the table map here. */
  const cells = vectors("vitess-cells").filter(({ type }) => type !== 254 && type !== 16 && type !== 248);

  test.each(cells)(
    "T1: $type_name($metadata) $hex",
    ({ type, metadata, hex, unsigned, expected_text: wanted, out_type: out }) => {
      const hint = { unsigned: unsigned === true, charset: "utf8mb4" };
      const value = readOne(Number(type), Number(metadata), String(hex), hint);
      const isFloat = String(out).startsWith("FLOAT");
      const text = Buffer.isBuffer(value)
        ? value.toString()
        : typeof value === "number" || typeof value === "bigint"
          ? `${value}`
          : value;
      expect(isFloat ? Math.fround(Number(text)) : text).toBe(isFloat ? Math.fround(Number(wanted)) : wanted || text);
    },
  );
});
