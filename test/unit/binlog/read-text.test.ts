import { describe, expect, test } from "vitest";
import { ColumnType } from "../../../src/binlog/column-type.ts";
import { rowsDecoder } from "../../../src/binlog/rows-decoder.ts";
import { errorName, hintOf, mapOf, readOne } from "../../support/binlog-values.ts";

const { BLOB, STRING, VARCHAR } = ColumnType;
const UTF8 = { charset: "utf8mb4" };

function counted(bytes: Buffer | string, prefix: number): string {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(prefix);
  length.writeUIntLE(content.length, 0, prefix);
  return Buffer.concat([length, content]).toString("hex");
}

describe("strings", () => {
  test.each(["", "abc", "x".repeat(255), "日本語 ü 😀", "\ufffd", "a\0b"])(
    "T1: UTF-8 text comes as a string: %j",
    (text) => {
      expect(readOne(VARCHAR, 4000, counted(text, 2), UTF8)).toBe(text);
      expect(readOne(VARCHAR, 4000, counted(text, 2), { charset: "utf8mb3" })).toBe(text);
    },
  );

  test("T1: bytes that aren't UTF-8 come as they are, never with replacement characters", () => {
    for (const hex of ["ff", "61c3", "eda080", "f0808080", "efbfbdff"]) {
      expect(readOne(VARCHAR, 10, counted(Buffer.from(hex, "hex"), 1), UTF8)).toEqual(Buffer.from(hex, "hex"));
    }
  });

  test("T1: text of any other charset, and bytes, come as a Buffer of their own", () => {
    for (const charset of ["latin1", "gbk", "utf16", null, "binary"]) {
      expect(readOne(VARCHAR, 10, "03616263", { charset })).toEqual(Buffer.from("abc"));
    }
    const source = Buffer.from("03616263", "hex");
    const value = readOne(BLOB, 1, "03616263");
    expect(Buffer.isBuffer(value) && value.buffer === source.buffer && value.byteOffset === source.byteOffset).toBe(
      false,
    );
  });

  test("T1: the length takes two bytes when the column may hold more than 255", () => {
    expect(readOne(VARCHAR, 255, "03616263", UTF8)).toBe("abc");
    expect(readOne(VARCHAR, 256, "0300616263", UTF8)).toBe("abc");
    expect(readOne(STRING, 1020, "0300616263", UTF8)).toBe("abc");
    for (const prefix of [1, 2, 3, 4]) expect(readOne(BLOB, prefix, counted("abc", prefix), UTF8)).toBe("abc");
  });

  test("T1: BINARY(n) gets the zero bytes back that the log leaves out", () => {
    expect(readOne(STRING, 5, "026162")).toEqual(Buffer.from("6162000000", "hex"));
    expect(readOne(STRING, 5, "00")).toEqual(Buffer.alloc(5));
    expect(readOne(STRING, 5, "026162", UTF8)).toBe("ab");
  });

  test("T6: a length that goes beyond the event is a named error", () => {
    for (const hex of ["04616263", "", "0500"])
      expect(errorName(() => readOne(VARCHAR, 10, hex, UTF8))).toBe("event_truncated");
    expect(errorName(() => readOne(BLOB, 4, "ffffffff61"))).toBe("event_truncated");
    expect(errorName(() => readOne(BLOB, 4, "ff"))).toBe("event_truncated");
  });

  test("T1: short texts of an event of any size are cut at the right places", () => {
    const map = mapOf(VARCHAR, 400, { collations: Uint16Array.of(255) });
    const decoder = rowsDecoder(map, { columns: [hintOf()] });
    const texts = Array.from({ length: 3000 }, (_, row) =>
      row % 7 === 0 ? `ü${row}` : "abcdefghijklmnop".repeat(row % 30),
    );
    const rows = texts.map((text) => `00${counted(text, 2)}`).join("");
    const body = Buffer.from(`0100000000000000020001ff${rows}`, "hex");
    expect(decoder.decode(body, 0, body.length, 30).rows).toEqual(texts.map((text) => [text]));
  });
});
