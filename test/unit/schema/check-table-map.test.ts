import { describe, expect, it } from "vitest";
import { ColumnType } from "../../../src/binlog/column-type.ts";
import { NO_METADATA, type TableMap, type TableMapMetadata } from "../../../src/binlog/table-map.ts";
import { matchTableMap } from "../../../src/schema/check-table-map.ts";
import type { Column, TableStructure } from "../../../src/schema/structure.ts";

function column(columnType: string, more: Partial<Column> = {}): Column {
  const dataType = /^\w+/.exec(columnType)?.[0] ?? "";
  const length = /\((\d+)\)/.exec(columnType)?.[1];
  return {
    name: "c",
    dataType,
    columnType,
    unsigned: columnType.includes("unsigned"),
    charset: null,
    collation: null,
    nullable: true,
    generated: "no",
    invisible: false,
    labels: null,
    length: length === undefined ? null : Number(length),
    compressed: false,
    ...more,
  };
}

function table(...columns: readonly Column[]): TableStructure {
  return { database: "d", table: "t", engine: "InnoDB", columns, uniqueKeys: [], foreignKeys: [], hasTriggers: false };
}

function logged(
  types: readonly (readonly [type: number, metadata: number])[],
  optional: Partial<TableMapMetadata> = {},
): TableMap {
  return {
    tableId: 1,
    database: "d",
    table: "t",
    types: Uint8Array.from(types, ([type]) => type),
    metadata: Uint16Array.from(types, ([, metadata]) => metadata),
    nullable: types.map(() => true),
    optional: { ...NO_METADATA, ...optional },
  };
}

const T = ColumnType;
const utf8mb4 = { charset: "utf8mb4" };

describe("a table map and the structure that we hold", () => {
  it("D2: fit when the column is of the logged type and width, and not otherwise", () => {
    const cases: readonly (readonly [Column, number, number, boolean])[] = [
      [column("int"), T.LONG, 0, true],
      [column("int"), T.LONGLONG, 0, false],
      [column("varchar(20)", utf8mb4), T.VARCHAR, 80, true],
      [column("varchar(20)", utf8mb4), T.VARCHAR, 20, false],
      [column("varchar(20)", { charset: "latin1" }), T.VARCHAR, 20, true],
      [column("varchar(20)", { charset: "latin1" }), T.VARCHAR_COMPRESSED, 21, true],
      [column("char(255)", utf8mb4), T.STRING, 1020, true],
      [column("binary(3)"), T.STRING, 3, true],
      [column("uuid"), T.STRING, 16, true],
      [column("inet4"), T.STRING, 16, false],
      [column("decimal(10,2)"), T.NEWDECIMAL, 10 * 256 + 2, true],
      [column("decimal(10,2)"), T.NEWDECIMAL, 10 * 256 + 3, false],
      [column("bit(7)"), T.BIT, 7, true],
      [column("bit(7)"), T.BIT, 8, false],
      [column("datetime"), T.DATETIME2, 0, true],
      [column("datetime(3)"), T.DATETIME2, 0, false],
      [column("timestamp"), T.TIMESTAMP, 0, true],
      [column("time"), T.TIME, 0, true],
      [column("text", utf8mb4), T.BLOB, 2, true],
      [column("mediumtext", utf8mb4), T.BLOB, 2, false],
      [column("json"), T.JSON, 4, true],
      // Declared JSON, seen by the other family's server: MariaDB's is LONGTEXT.
      [column("longtext", utf8mb4), T.JSON, 4, true],
      [column("json"), T.BLOB, 4, true],
      [column("json"), T.BLOB, 2, false],
      [column("enum('a','b')", { labels: ["a", "b"] }), T.ENUM, 1, true],
      [column("enum(…)", { labels: Array.from({ length: 256 }, String) }), T.ENUM, 1, false],
      [column("set(…)", { labels: Array.from({ length: 33 }, String) }), T.SET, 8, true],
      [column("set(…)", { labels: Array.from({ length: 24 }, String) }), T.SET, 3, true],
      [column("point"), T.GEOMETRY, 4, true],
      [column("hologram"), T.STRING, 4, false],
    ];
    const found = cases.map(([held, type, metadata]) => fits(table(held), logged([[type, metadata]])));
    expect(found).toEqual(cases.map(([, , , expected]) => expected));
  });

  it("T6: refuse fractions of a second in MariaDB's format of before 10.1, which the log doesn't tell", () => {
    for (const [held, type] of [
      [column("time(3)"), T.TIME],
      [column("datetime(6)"), T.DATETIME],
      [column("timestamp(1)"), T.TIMESTAMP],
    ] as const) {
      expect(() => matchTableMap(table(held), logged([[type, 0]]))).toThrow(
        expect.objectContaining({
          name: "temporal_format_unsupported",
          facts: { table: "d.t", column: "c", columnType: held.columnType },
        }),
      );
    }
  });

  it("D2: name the table, the column and both sides when they don't fit", () => {
    const structure = table(column("int"), column("varchar(20)", { name: "note", ...utf8mb4 }));
    expect(() =>
      matchTableMap(
        structure,
        logged([
          [T.LONG, 0],
          [T.VARCHAR, 84],
        ]),
      ),
    ).toThrow(
      expect.objectContaining({
        name: "table_structure_mismatch",
        message: expect.stringMatching(/note of d\.t .*VARCHAR .*84.* varchar\(20\) in utf8mb4/),
        facts: { table: "d.t", column: "note" },
      }),
    );
    expect(() => matchTableMap(structure, logged([[T.LONG, 0]]))).toThrow(/1 columns, .* has 2 \(c, note\)/);
  });

  it("K7: must agree about names, signs, labels, and text or bytes, where the log has them", () => {
    const number = table(column("int unsigned"));
    expect(fits(number, logged([[T.LONG, 0]], { unsigned: [true], names: ["C"] }))).toBe(true);
    expect(fits(number, logged([[T.LONG, 0]], { unsigned: [false] }))).toBe(false);
    expect(fits(number, logged([[T.LONG, 0]], { names: ["d"] }))).toBe(false);
    const choice = table(column("enum('a','b')", { labels: ["a", "b"], ...utf8mb4 }));
    const labels = (...texts: readonly string[]) => ({ enumLabels: [texts.map((text) => Buffer.from(text))] });
    expect(fits(choice, logged([[T.ENUM, 1]], labels("a", "b")))).toBe(true);
    expect(fits(choice, logged([[T.ENUM, 1]], labels("a", "b", "c")))).toBe(false);
    const binary = { collations: Uint16Array.of(63) };
    expect(fits(table(column("text", utf8mb4)), logged([[T.BLOB, 2]], binary))).toBe(false);
    expect(fits(table(column("blob")), logged([[T.BLOB, 2]], binary))).toBe(true);
    expect(fits(table(column("blob")), logged([[T.BLOB, 2]], { collations: Uint16Array.of(8) }))).toBe(false);
    // MariaDB logs YEAR as an unsigned number.
    expect(fits(table(column("year(4)")), logged([[T.YEAR, 0]], { unsigned: [true] }))).toBe(true);
  });

  it("D2: uses the names of the log where it has them, so that another order does no harm", () => {
    const structure = table(column("int", { name: "a" }), column("int", { name: "b" }), column("date", { name: "c" }));
    const rows = [
      [T.DATE, 0],
      [T.LONG, 0],
      [T.LONG, 0],
    ] as const;
    const hints = matchTableMap(structure, logged(rows, { names: ["c", "B", "a"] }));
    expect(hints.map((hint) => hint.name)).toEqual(["c", "b", "a"]);
    expect(fits(structure, logged(rows, { names: ["a", "b", "c"] }))).toBe(false);
    expect(fits(structure, logged(rows))).toBe(false);
  });

  it("takes the charset from the log where the log has it: a DDL may have met another default downstream", () => {
    const structure = table(column("varchar(20)", utf8mb4));
    const latin1 = logged([[T.VARCHAR, 20]], { collations: Uint16Array.of(8) });
    expect(matchTableMap(structure, latin1)).toEqual([
      { name: "c", unsigned: false, charset: "latin1", special: null },
    ]);
  });

  it("gives the decoder names, signs, charsets and MariaDB's own types, in the log's order", () => {
    const structure = table(
      column("bigint unsigned", { name: "a" }),
      column("char(2)", { name: "b", charset: "latin1" }),
      column("varbinary(3)", { name: "c" }),
      column("uuid", { name: "d" }),
    );
    const map = logged([
      [T.LONGLONG, 0],
      [T.STRING, 2],
      [T.VARCHAR, 3],
      [T.STRING, 16],
    ]);
    expect(matchTableMap(structure, map)).toEqual([
      { name: "a", unsigned: true, charset: null, special: null },
      { name: "b", unsigned: false, charset: "latin1", special: null },
      { name: "c", unsigned: false, charset: "binary", special: null },
      { name: "d", unsigned: false, charset: null, special: "uuid" },
    ]);
  });

  it("D3: refuses system-versioned tables by name", () => {
    const structure: TableStructure = { ...table(column("int")), kind: "system-versioned" };
    expect(() => matchTableMap(structure, logged([[T.LONG, 0]]))).toThrow(
      expect.objectContaining({ name: "table_system_versioned" }),
    );
  });
});

function fits(structure: TableStructure, map: TableMap): boolean {
  try {
    matchTableMap(structure, map);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "table_structure_mismatch") return false;
    throw error;
  }
}
