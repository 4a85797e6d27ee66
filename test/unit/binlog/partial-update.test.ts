import { describe, expect, test } from "vitest";
import { JsonDocument, JsonPathUpdate } from "../../../src/binlog/value.ts";
import { errorName, rowsFromHex } from "../../support/binlog-values.ts";

/** `CREATE TABLE js (id INT PRIMARY KEY AUTO_INCREMENT, j JSON, k JSON, b BLOB)`; the events are MySQL 9.7's. */
const JS = "ee0100000000 0100 016d00 026a7300 04 03f5f5fc 03 040402 0e";
const PARTIAL = 39;

/** `{"a": [1, 2, {"x": "y"}], "b": "long …"}` and `[1]` */
const BEFORE =
  "00 05000000 72000000 00 0200 7100 1200 0100 1300 0100 02 1400 0c 2f00 61 62 0300 1b00 05 0100 05 0200 00 0d00 0100 0e00 0b00 0100 0c 0c00 78 0179 41 6c6f6e6720737472696e6720746f206d616b65207061727469616c2075706461746520776f72746820697420303132333435363738392030313233343536373839 08000000 02 0100 0700 05 0100";
const LONG = "long string to make partial update worth it 0123456789 0123456789";

/** An after image with diffs for `j`: value options, partial columns, NULL bits, id, the diffs. */
function diffs(...each: readonly string[]): string {
  const bytes = each.join("").replaceAll(" ", "");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length / 2);
  return `01 01 00 ${length.toString("hex")} ${bytes}`;
}

function path(text: string): string {
  return `${text.length.toString(16).padStart(2, "0")}${Buffer.from(text).toString("hex")}`;
}

/** The document `j` after the diffs. */
function after(...each: readonly string[]): unknown {
  return rowsFromHex(JS, `ee0100000000 1100 0200 04 07 02 ${BEFORE} ${diffs(...each)}`, PARTIAL).rows[1]?.[1];
}

describe("partial updates of JSON", () => {
  test("T3: several diffs to one document and a whole second one, as MySQL 9.7 logged them", () => {
    // UPDATE js SET j = JSON_SET(j, '$.a[0]', 7, '$.c', 'new', '$.a[2].x', 'q'), k = JSON_ARRAY_APPEND(k, '$', 2)
    const image =
      "01 01 00 05000000 25000000 00 06 242e615b305d 03 050700 01 03 242e63 05 0c036e6577 00 08 242e615b325d2e78 03 0c0171 0b000000 02 0200 0a00 05 0100 05 0200";
    const change = rowsFromHex(JS, `ee0100000000 1100 0200 04 07 07 ${BEFORE} ${image}`, PARTIAL);
    expect(change.rows).toEqual([
      [5, `{"a": [1, 2, {"x": "y"}], "b": "${LONG}"}`, "[1]", undefined],
      [5, `{"a": [7, 2, {"x": "q"}], "b": "${LONG}", "c": "new"}`, "[1, 2]", undefined],
    ]);
    expect(change.full).toBe(false);
  });

  test("T3: an event without partial values is read like any other update", () => {
    const change = rowsFromHex(JS, `ee0100000000 1100 0200 04 07 01 ${BEFORE} 00 00 06000000`, PARTIAL);
    expect(change.rows[1]).toEqual([6, undefined, undefined, undefined]);
  });

  test("T3: replace, insert and remove, in arrays and objects", () => {
    expect(after(`00 ${path("$.b")} 03 050100`)).toBe('{"a": [1, 2, {"x": "y"}], "b": 1}');
    expect(after(`02 ${path("$.a[1]")}`, `02 ${path("$.b")}`)).toBe('{"a": [1, {"x": "y"}]}');
    expect(after(`01 ${path("$.a[0]")} 03 050900`, `02 ${path("$.b")}`)).toBe('{"a": [9, 1, 2, {"x": "y"}]}');
    expect(after(`01 ${path("$.a[99]")} 03 050900`, `02 ${path("$.b")}`)).toBe('{"a": [1, 2, {"x": "y"}, 9]}');
    expect(after(`00 ${path("$")} 03 050900`)).toBe("9");
  });

  test("T3: new members stand where the server keeps them: by length, then by bytes", () => {
    const inserts = ["zz", '"b c"', "B", "_"].map((key) => `01 ${path(`$.${key}`)} 03 050100`);
    expect(after(`02 ${path("$.b")}`, `02 ${path("$.a")}`, ...inserts)).toBe('{"B": 1, "_": 1, "zz": 1, "b c": 1}');
  });

  test("T3: opaque values keep their type and get their new path", () => {
    // A DECIMAL 3.25 behind the path $.b, then a cell in front of it.
    const document = after(
      `00 ${path("$.a[0]")} 07 0ff60403028319`,
      `01 ${path("$.a[0]")} 03 050100`,
      `02 ${path("$.b")}`,
    );
    expect(document).toEqual(
      new JsonDocument('{"a": [1, 3.25, 2, {"x": "y"}]}', [{ path: "$.a[1]", type: 246, value: "3.25" }]),
    );
  });

  test("T3: where the before image leaves the document out, the value is what was changed in it", () => {
    const image = diffs(`00 ${path('$.a[0]."x y"')} 03 050700`, `01 ${path("$.b[2]")} 03 040000`, `02 ${path("$.b")}`);
    const change = rowsFromHex(JS, `ee0100000000 1100 0200 04 01 02 00 05000000 ${image}`, PARTIAL);
    expect(change.full).toBe(false);
    expect(change.rows).toEqual([
      [5, undefined, undefined, undefined],
      [
        undefined,
        new JsonPathUpdate([
          { operation: "replace", legs: ["a", 0, "x y"], value: "7" },
          { operation: "insert", legs: ["b", 2], value: "null" },
          { operation: "remove", legs: ["b"], value: null },
        ]),
        undefined,
        undefined,
      ],
    ]);
  });

  test("T6: without the document, diffs are read with the same care", () => {
    const read = (diff: string): string | undefined =>
      errorName(() => rowsFromHex(JS, `ee0100000000 1100 0200 04 01 02 00 05000000 ${diffs(diff)}`, PARTIAL));
    expect(read(`02 ${path("$.a[*]")}`)).toBe("event_malformed");
    expect(read(`07 ${path("$.b")} 03 050100`)).toBe("event_malformed");
    expect(read(`01 ${path("$")} 03 050100`)).toBe("event_malformed");
    expect(read(`00 ${path("$.b")} 01 10`)).toBe("json_invalid");
    expect(read(`00 ${path("$.b")}`)).toBe("event_truncated");
  });

  test.each([
    ["a path to what isn't there", `00 ${path("$.q")} 03 050100`, "json_invalid"],
    ["a member that is there already", `01 ${path("$.b")} 03 050100`, "json_invalid"],
    ["a cell that isn't there", `02 ${path("$.a[3]")}`, "json_invalid"],
    ["a cell of an object", `02 ${path("$[0]")}`, "json_invalid"],
    ["a path with a wildcard", `02 ${path("$.a[*]")}`, "event_malformed"],
    ["an unknown operation", `07 ${path("$.b")} 03 050100`, "event_malformed"],
    ["the whole document removed", `02 ${path("$")}`, "event_malformed"],
    ["a diff cut off", `00 ${path("$.b")}`, "event_truncated"],
    ["a value that isn't JSON", `00 ${path("$.b")} 01 10`, "json_invalid"],
  ])("T6: %s is a named error", (_, diff, name) => {
    expect(errorName(() => after(diff))).toBe(name);
  });
});
