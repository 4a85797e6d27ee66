import { describe, expect, it } from "vitest";
import { conditionFor, literalFor } from "../../../src/applier/literal.ts";
import type { Column } from "../../../src/schema/structure.ts";

/** A column of a type as the server prints it; text is utf8mb4. */
function column(columnType: string, labels: readonly string[] | null = null): Column {
  const dataType = /^[a-z0-9]+/.exec(columnType)?.[0] ?? "";
  const charset = ["char", "varchar", "text", "enum", "set"].includes(dataType) ? "utf8mb4" : null;
  return {
    name: "c",
    dataType,
    columnType,
    unsigned: columnType.includes("unsigned"),
    charset,
    collation: null,
    nullable: true,
    generated: "no",
    invisible: false,
    labels,
    length: null,
    compressed: false,
  };
}

describe("literals", () => {
  it("T1, T4: a FLOAT(M,D) whose greatest value was rounded up goes in by a text that the column lets in", () => {
    const literal = literalFor(column("float(10,3)"), column("float(10,3)"), "mysql");
    // What single precision makes of 9999999.999; the column refuses it as a number.
    expect(Math.fround(9_999_999.999)).toBe(10_000_000);
    expect([10_000_000, -10_000_000, 9_999_999, -0, null].map(literal)).toEqual([
      "9999999.999",
      "-9999999.999",
      "9999999",
      "-0e0",
      "NULL",
    ]);
    expect(literalFor(column("float"), column("float"), "mysql")(10_000_000)).toBe("10000000");
  });

  it("K5: vectors are found by their bytes, because MySQL compares no vectors", () => {
    const condition = conditionFor("`c`", column("vector(2)"), column("vector(2)"), "mysql");
    expect(condition(Buffer.from("0000803f00000040", "hex"))).toBe("CAST(`c` AS BINARY) <=> 0x0000803f00000040");
    expect(condition(null)).toBe("CAST(`c` AS BINARY) <=> NULL");
  });

  it("T1: ENUM goes in by number where both sides have the same labels, else by label", () => {
    const from = column("enum('a','b')", ["a", "b"]);
    expect(literalFor(from, from, "mysql")(0)).toBe("0");
    expect(literalFor(from, column("enum('b','a')", ["b", "a"]), "mysql")(1)).toBe("'a'");
    expect(() => literalFor(from, column("enum('b')", ["b"]), "mysql")(1)).toThrow("no member 'a'");
  });
});
