import { deflateRawSync, deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ColumnType } from "../../../src/binlog/column-type.ts";
import { uncompressColumn } from "../../../src/binlog/mariadb-column.ts";
import { errorName, readOne } from "../../support/binlog-values.ts";

const { STRING } = ColumnType;

describe("MariaDB's own types", () => {
  // The texts of MariaDB 10.11, many more of them, are compared in rows-decoder.test.ts.
  test.each([
    ["00", "::"],
    ["1000000000000000000000000000000001", "::1"],
    ["0400010002", "1:2::"],
    ["1000000000000000000000ffff01020304", "::ffff:1.2.3.4"],
    ["1000000000000000000000000001020304", "::1.2.3.4"],
    ["1000010000000300040005000600070008", "1::3:4:5:6:7:8"],
  ])("T1: INET6 %s is %s", (hex, text) => {
    expect(readOne(STRING, 16, hex, { special: "inet6" })).toBe(text);
  });

  test("T1: INET4 and UUID stand in the log in the order of their text, without the zero bytes at their end", () => {
    expect(readOne(STRING, 4, "03010203", { special: "inet4" })).toBe("1.2.3.0");
    expect(readOne(STRING, 16, "10123e4567e89b12d3a456426655440000", { special: "uuid" })).toBe(
      "123e4567-e89b-12d3-a456-426655440000",
    );
    expect(readOne(STRING, 16, "00", { special: "uuid" })).toBe("00000000-0000-0000-0000-000000000000");
  });

  test("T6: more bytes than the type has are a named error", () => {
    expect(errorName(() => readOne(STRING, 16, "050102030405", { special: "inet4" }))).toBe("column_value_invalid");
  });
});

describe("COMPRESSED columns", () => {
  const text = Buffer.from("ab".repeat(300));
  const uncompress = (header: number[], stream: Buffer): Buffer => {
    const bytes = Buffer.concat([Buffer.from(header), stream]);
    return uncompressColumn(bytes, 0, bytes.length);
  };

  test("T3: with and without zlib's header, as it is, and empty", () => {
    expect(uncompress([0x82, 2, 88], deflateSync(text))).toEqual(text);
    expect(uncompress([0x8a, 2, 88], deflateRawSync(text))).toEqual(text);
    expect(uncompress([0], Buffer.from("plain"))).toEqual(Buffer.from("plain"));
    expect(uncompress([], Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  });

  test("T3: in a row: text by its charset, bytes as a Buffer", () => {
    const content = Buffer.concat([Buffer.from([0x82, 2, 88]), deflateSync(text)]);
    const hex = Buffer.concat([Buffer.from([content.length]), content]).toString("hex");
    expect(readOne(ColumnType.BLOB_COMPRESSED, 1, hex, { charset: "utf8mb4" })).toBe(text.toString());
    expect(readOne(ColumnType.VARCHAR_COMPRESSED, 200, hex)).toEqual(text);
  });

  test.each([
    ["an unknown method", [0x90, 1], deflateSync(text)],
    ["no length", [0x80], deflateSync(text)],
    ["a length too small", [0x82, 2, 87], deflateSync(text)],
    ["a length too large", [0x82, 2, 89], deflateSync(text)],
    ["a damaged stream", [0x82, 2, 88], Buffer.from("nonsense")],
    ["a header alone", [0x84, 1], Buffer.alloc(0)],
  ] as const)("T6: %s is a named error", (_, header, stream) => {
    expect(errorName(() => uncompress([...header], stream))).toBe("column_value_invalid");
  });
});
