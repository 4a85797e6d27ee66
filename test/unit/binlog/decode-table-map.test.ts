import { describe, expect, test } from "vitest";
import { ColumnType } from "../../../src/binlog/column-type.ts";
import { decodeTableMap } from "../../../src/binlog/decode-table-map.ts";
import { charsetOfCollation } from "../../../src/binlog/charset.ts";
import type { TableMap } from "../../../src/binlog/table-map.ts";
import { errorName, mapFromHex, recordedColumns, vectors, type Vector } from "../../support/binlog-values.ts";

/** A table map of two columns, INT and VARCHAR(40), without optional metadata. */
const PLAIN = "6a00000000000100 0164 00 0174 00 02 030f 02 2800 02";

function flavourOf(vector: Vector): "mysql" | "mariadb" {
  return String(vector["server"]).startsWith("mariadb") ? "mariadb" : "mysql";
}

function texts(labels: readonly (readonly Buffer[] | null)[] | null): unknown {
  return labels?.map((column) => column?.map(String) ?? null) ?? null;
}

/** The fields of a vector, as they stand in the decoded map. */
const TOLD: Readonly<Record<string, (map: TableMap) => unknown>> = {
  nullable: ({ nullable }) => nullable,
  column_names: ({ optional }) => optional.names,
  visible: ({ optional }) => optional.visible,
  primary_key: ({ optional }) => optional.primaryKey?.map(({ column }) => column) ?? null,
  unsigned: ({ optional }) => optional.unsigned,
  enum: ({ optional }) => texts(optional.enumLabels),
  set: ({ optional }) => texts(optional.setLabels),
};

/** Vectors name some columns by number; those that they don't name are of another type. */
function wantedOf(wanted: unknown, columns: number): unknown {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return wanted;
  const named = new Map(Object.entries(wanted));
  const other = [...named.values()].some((value) => typeof value === "boolean") ? false : null;
  return Array.from({ length: columns }, (_, column) => named.get(String(column)) ?? other);
}

describe("table maps", () => {
  test.each(vectors("table-map"))("T3: $source of $server", (vector) => {
    const map = mapFromHex(String(vector["table_map_body_hex"]), flavourOf(vector));
    const fields = Object.keys(vector).filter((field) => field in TOLD);
    const told = fields.map((field) => TOLD[field]?.(map));
    expect(fields.length).toBeGreaterThan(0);
    expect(told).toEqual(fields.map((field) => wantedOf(vector[field], map.types.length)));
  });

  test("the plain parts: id, names, types, metadata, nullability", () => {
    expect(mapFromHex(PLAIN)).toMatchObject({
      tableId: 0x6a,
      database: "d",
      table: "t",
      types: Uint8Array.of(ColumnType.LONG, ColumnType.VARCHAR),
      metadata: Uint16Array.of(0, 40),
      nullable: [false, true],
      optional: { names: null, unsigned: null },
    });
  });

  test("ENUM, SET and CHARs of any length are told from STRING, and metadata is one number per column", () => {
    // ENUM of 2 bytes, SET of 8, CHAR(255) in utf8mb4 (1020 bytes), BINARY(5), BIT(28), DECIMAL(65,30), TIME(3)
    const columns = "fefefefe10f613";
    const metadata = "f702 f808 cefc fe05 0403 411e 03";
    const map = mapFromHex(`010000000000010001640001740007${columns}0d${metadata}00`);
    expect([...map.types]).toEqual([247, 248, 254, 254, 16, 246, 19]);
    expect([...map.metadata]).toEqual([2, 8, 1020, 5, 28, 65 * 256 + 30, 3]);
  });

  test("T3: VECTOR, visibility and dimensions as MySQL 9.7 logs them", () => {
    // CREATE TABLE m.t (y YEAR, i INT UNSIGNED, b BIT(5), f FLOAT UNSIGNED, …, j JSON, g GEOMETRY, …, ve VECTOR(3)), FULL metadata
    const map = mapFromHex(
      "7400000000000100016d00017400150d031004f6fefefefe0f0ffcfcf5fffeff01fc0df21a0500040502f701f801fe0cfe032c01040002020404ce20040104ffff1f0101fc030ffcff003f083ffcff003ffcff00083f070200010d0103043401790169016201660164016501730163026269017602766202747802626c016a01670263320267320274690274740279320276650b04fcff000905050201780179060502016101620c03fffff8",
    );
    expect(map.optional.vectorDimensions?.at(-1)).toBe(3);
    expect(map.optional.visible).toEqual(Array.from({ length: 21 }, () => true));
    expect(map.optional.names?.slice(0, 3)).toEqual(["y", "i", "b"]);
    // YEAR counts as numeric, and VECTOR as a (binary) text.
    expect(map.optional.unsigned?.slice(0, 5)).toEqual([true, true, false, true, true]);
    expect(map.optional.collations?.at(-1)).toBe(63);
  });

  test("T3: every recorded table map tells the charset of its text column", () => {
    for (const fixture of ["values-mysql-9.7", "values-mariadb-10.11"]) {
      const flavour = fixture.includes("mariadb") ? "mariadb" : "mysql";
      const columns = recordedColumns(fixture).filter(
        ({ type, hint }) => type.includes("character set") && hint.charset !== null,
      );
      expect(columns.length).toBeGreaterThan(70);
      for (const { map, hint } of columns) {
        expect(charsetOfCollation(mapFromHex(map, flavour).optional.collations?.[1] ?? 0)).toBe(hint.charset);
      }
    }
  });

  test("optional metadata of an unknown kind is skipped, as the server's own replica does", () => {
    expect(mapFromHex(`${PLAIN}6303aabbcc040401610162`).optional.names).toEqual(["a", "b"]);
  });

  test("T6: a table map cut off anywhere is a named error, or the same without its optional metadata", () => {
    const bytes = Buffer.from(`${PLAIN} 010180 040401610162`.replaceAll(" ", ""), "hex");
    expect(decodeTableMap(bytes, 0, bytes.length).optional.names).toEqual(["a", "b"]);
    const plain = Buffer.from(PLAIN.replaceAll(" ", ""), "hex").length;
    for (let end = 0; end < bytes.length; end += 1) {
      const name = errorName(() => decodeTableMap(bytes, 0, end));
      expect(name ?? "none").toMatch(end === plain || end === plain + 3 ? /^none$/ : /^event_(?:truncated|malformed)$/);
    }
  });

  test.each([
    ["a type that no server writes", PLAIN.replace("030f", "034d"), "column_type_unsupported"],
    ["metadata longer than its columns need", PLAIN.replace("02 2800", "03 2800"), "event_malformed"],
    ["a name without its zero byte", PLAIN.replace("0164 00", "0164 01"), "event_malformed"],
    ["7 fraction digits", "0100000000000100016400017400 01 12 0107 00", "event_malformed"],
    ["DECIMAL(66,0)", "0100000000000100016400017400 01 f6 024200 00", "event_malformed"],
    ["5,000 columns", "0100000000000100016400017400 fc8813", "event_malformed"],
    ["labels that can't be there", `${PLAIN.replace("030f 02 2800", "03fe 02 f701")}0605fdffffff00`, "event_truncated"],
  ])("T6: %s is a named error", (_, hex, name) => {
    expect(errorName(() => mapFromHex(hex))).toBe(name);
  });
});
