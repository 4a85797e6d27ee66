import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLabels } from "../../../src/schema/read-structures.ts";

/** As the servers print a label in COLUMN_TYPE (`append_unescaped`). */
function printed(label: string): string {
  const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\0": "\\0", "\n": "\\n", "\r": "\\r", "'": "''" };
  return `'${label.replaceAll(/[\\\0\n\r']/g, (character) => escapes[character] ?? character)}'`;
}

describe("labels of ENUM and SET", () => {
  it("are read exactly, with commas, quotes and backslashes in them", () => {
    expect(parseLabels(String.raw`enum('a','b,c','d''e','f"g','h\\i','','\n\0\r',''',''')`)).toEqual([
      "a",
      "b,c",
      "d'e",
      'f"g',
      "h\\i",
      "",
      "\n\0\r",
      "','",
    ]);
    expect(parseLabels("set()")).toEqual([]);
  });

  it("come back whatever they hold", () => {
    const label = fc.string({ unit: fc.constantFrom("a", "'", "\\", ",", "n", "0", "\n", "\0", "\r", "é", ")", '"') });
    fc.assert(
      fc.property(fc.array(label), (labels) => {
        expect(parseLabels(`enum(${labels.map(printed).join(",")})`)).toEqual(labels);
      }),
    );
  });
});
