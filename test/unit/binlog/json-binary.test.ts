import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeJson } from "../../../src/binlog/json-binary.ts";
import { JsonDocument } from "../../../src/binlog/value.ts";
import { errorName, recordedRows, vectors } from "../../support/binlog-values.ts";

function decode(hex: string): string | JsonDocument {
  const bytes = Buffer.from(hex, "hex");
  return decodeJson(bytes, 0, bytes.length);
}

/** The document or scalar that a vector's label names: `object {"a": 2}`, `-1`, `bit literal 0xCAFE`. */
function labelled(label: string): string {
  return label.replace(/^(?:[a-z]+ )*/, "");
}

/** A document without what its printer chose: blanks, and the quotes that a DECIMAL doesn't have. */
function normal(text: string): string {
  const base64 = /^"base64:type\d+:(.*)"$/.exec(text)?.[1];
  if (base64 !== undefined) return `0x${Buffer.from(base64, "base64").toString("hex").toUpperCase()}`;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" ? JSON.stringify(parsed) : text.replaceAll('"', "");
  } catch {
    return text;
  }
}

describe("binary JSON", () => {
  const all = vectors("json-binary");

  test.each(all.filter((vector) => vector["expected_error"] === true))("T6: $id $label", ({ hex }) => {
    expect(errorName(() => decode(String(hex)))).toBe("json_invalid");
  });

  test.each(all.filter((vector) => vector["expected_error"] !== true))("T1: $id $label", ({ hex, label }) => {
    const document = decode(String(hex));
    const wanted = labelled(String(label)) || String(label);
    expect(normal(typeof document === "string" ? document : document.text)).toBe(normal(wanted));
  });

  test("T1: opaque scalars stand apart with their path, type and exact value, so that they keep them downstream", () => {
    // What MySQL 9.7 logged for json_object('a', x'cafe', 'b c', json_array(b'101', x''), 'é', cast('2024-01-02' as date), 'q"', 1.25)
    const documents = recordedRows("values-mysql-9.7", "json").map((row) => row[1]);
    const object = documents.find((value) => value instanceof JsonDocument && value.text.startsWith('{"a": "base64'));
    expect(object).toMatchObject({
      opaques: [
        { path: "$.a", type: 15, value: Buffer.from("cafe", "hex") },
        { path: '$."q\\""', type: 246, value: "1.25" },
        { path: '$."é"', type: 10, value: "2024-01-02" },
        { path: '$."b c"[0]', type: 15, value: Buffer.from([5]) },
        { path: '$."b c"[1]', type: 15, value: Buffer.alloc(0) },
      ],
    });
  });

  test("T1: no bytes at all are the JSON null that a non-strict server reads there", () => {
    expect(decode("")).toBe("null");
  });

  test("T6: offsets that share bytes don't blow a document up", () => {
    const count = 4000;
    const entries = Buffer.alloc(count * 3);
    for (let index = 0; index < count; index += 1)
      entries.set([12, (4 + count * 3) & 0xff, (4 + count * 3) >> 8], index * 3);
    const text = Buffer.concat([Buffer.from([0xb8, 0x17]), Buffer.alloc(3000, "x")]);
    const size = 4 + entries.length + text.length;
    const head = Buffer.from([2, count & 0xff, count >> 8, size & 0xff, size >> 8]);
    expect(errorName(() => decode(Buffer.concat([head, entries, text]).toString("hex")))).toBe("json_invalid");
  });

  test("T6: a value that contains itself ends at the server's limit of depth", () => {
    expect(errorName(() => decode("0201000700020000"))).toBe("json_invalid");
  });

  test.each([
    "01",
    "0201",
    "02010007000c0700",
    "10",
    "0403",
    "0c0561",
    "0c8080808080",
    "0b000000000000f07f",
    "020100ffff0c",
  ])("T6: %s is a named error", (hex) => {
    expect(errorName(() => decode(hex))).toBe("json_invalid");
  });
});

describe("documents whose offsets share their values", () => {
  /** Arrays in arrays: sixty entries on each level, all of them of the same array below. */
  function nested(levels: number): Buffer {
    const entries = 60;
    const size = 4 + 3 * entries;
    const arrays = Array.from({ length: levels }, (_, level) => {
      const array = Buffer.alloc(size);
      array.writeUInt16LE(entries, 0);
      array.writeUInt16LE(size * (levels - level) + 4, 2);
      for (let at = 4; at < size; at += 3) {
        array.writeUInt8(2, at);
        array.writeUInt16LE(size, at + 1);
      }
      return array;
    });
    return Buffer.concat([Buffer.of(2), ...arrays, Buffer.of(0, 0, 4, 0)]);
  }

  test.each([2, 3])("T6: are refused before they fill the memory: %i levels", (levels) => {
    const bytes = nested(levels);
    expect(errorName(() => decodeJson(bytes, 0, bytes.length))).toBe("json_invalid");
  });
});

describe("doubles in JSON", () => {
  /** A document of one double. */
  function printed(value: number): unknown {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt8(11, 0);
    bytes.writeDoubleLE(value, 1);
    return decodeJson(bytes, 0, bytes.length);
  }

  /** The shortest digits that read back the same, as JavaScript has them too where it uses no exponent. */
  function shortest(value: number): string {
    const text = Object.is(value, -0) ? "-0" : String(value);
    return Number.isInteger(value) ? `${text}.0` : text;
  }

  test("T1: numbers of few decimals, which are printed digit by digit, are the shortest texts", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), fc.integer({ min: 0, max: 9 }), (digits, decimals) => {
        const value = digits / 10 ** decimals;
        fc.pre(value === 0 || Math.abs(value) >= 1e-6);
        expect(printed(value)).toBe(shortest(value));
      }),
      { numRuns: 5000 },
    );
  });

  test("T1: any number without an exponent, and those beside the numbers of few decimals", () => {
    const beside = fc
      .tuple(fc.integer({ min: 2, max: 1e15 }), fc.integer({ min: -2, max: 2 }))
      .map(([millionths, steps]) => millionths / 1e6 + steps * Number.EPSILON * (millionths / 1e6));
    fc.assert(
      fc.property(fc.oneof(fc.double({ min: 1e-6, max: 999_999_999_999_999, noNaN: true }), beside), (value) => {
        expect(printed(value)).toBe(shortest(value));
        expect(printed(-value)).toBe(shortest(-value));
      }),
      { numRuns: 5000 },
    );
    expect([999_999_999.999_999, 1e9, 0.000_001, -0.5, 0, -0].map(printed)).toEqual([
      "999999999.999999",
      "1000000000.0",
      "0.000001",
      "-0.5",
      "0.0",
      "-0.0",
    ]);
  });
});
