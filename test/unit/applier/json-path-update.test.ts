/** What a partial update without its document becomes; the real server's word on it: cases replication-partial-json-minimal*. */
import { describe, expect, test } from "vitest";
import { changedDocument } from "../../../src/applier/json-path-update.ts";
import { batchStatements, carefulStatements, insertRow } from "../../../src/applier/statements.ts";
import { JsonDocument, type JsonPathStep, JsonPathUpdate } from "../../../src/binlog/value.ts";
import { change, key, structure, target } from "../../support/tables.ts";

const limits = { rowsMax: 1000, charactersMax: 100_000, rowAlias: true };
const partial: unknown = expect.objectContaining({ name: "partial_json_unsupported" });

function changed(...steps: readonly JsonPathStep[]): ReturnType<typeof changedDocument> {
  return changedDocument("`j`", new JsonPathUpdate(steps));
}

describe("a partial update of a JSON document that isn't known", () => {
  test("T3: each step presupposes what the upstream's document had", () => {
    expect(changed({ operation: "replace", legs: ["a"], value: "1" })).toEqual({
      document: `JSON_REPLACE(\`j\`,'$.\\"a\\"',CAST('1' AS JSON))`,
      condition: `JSON_CONTAINS_PATH(\`j\`,'one','$.\\"a\\"')`,
    });
    expect(changed({ operation: "remove", legs: ["a", 2], value: null })).toEqual({
      document: `JSON_REMOVE(\`j\`,'$.\\"a\\"[2]')`,
      condition: `JSON_TYPE(JSON_EXTRACT(\`j\`,'$.\\"a\\"'))='ARRAY' AND JSON_CONTAINS_PATH(\`j\`,'one','$.\\"a\\"[2]')`,
    });
    expect(changed({ operation: "insert", legs: ["a"], value: '"x"' })).toEqual({
      document: `JSON_INSERT(\`j\`,'$.\\"a\\"',CAST('\\"x\\"' AS JSON))`,
      condition: `JSON_TYPE(\`j\`)='OBJECT' AND NOT JSON_CONTAINS_PATH(\`j\`,'one','$.\\"a\\"')`,
    });
    expect(changed({ operation: "insert", legs: [0], value: "[]" })).toEqual({
      document: "JSON_ARRAY_INSERT(`j`,'$[0]',CAST('[]' AS JSON))",
      condition: "JSON_TYPE(`j`)='ARRAY'",
    });
  });

  test("T3: a step presupposes the document as the steps before it left it", () => {
    const { document, condition } = changed(
      { operation: "remove", legs: ["a"], value: null },
      { operation: "insert", legs: ["a"], value: new JsonDocument("1.5", [{ path: "$", type: 246, value: "1.5" }]) },
    );
    const first = `JSON_REMOVE(\`j\`,'$.\\"a\\"')`;
    expect(document).toBe(`JSON_INSERT(${first},'$.\\"a\\"',CAST(CAST(1.5 AS DECIMAL(2,1)) AS JSON))`);
    expect(condition.endsWith(`AND NOT JSON_CONTAINS_PATH(${first},'one','$.\\"a\\"')`)).toBe(true);
  });

  test("more steps than a statement should hold are a named error", () => {
    const steps = Array.from({ length: 65 }, (): JsonPathStep => ({ operation: "remove", legs: ["a"], value: null }));
    expect(() => changed(...steps)).toThrow(partial);
    expect(() => changed(...steps.slice(1))).not.toThrow();
  });
});

describe("rows with such an update", () => {
  const update = new JsonPathUpdate([{ operation: "replace", legs: [], value: "1" }]);
  const table = target(structure("t", ["id int", "j json null"], [key("PRIMARY", "id")]));
  const rows = [
    [1, undefined],
    [undefined, update],
  ] as const;
  const minimal = { ...change(table, "update", ...rows.map((row) => [...row])), full: false };

  test("T3: the row is found by its key and by what the update presupposes", () => {
    expect(batchStatements([minimal], limits).map(({ sql, expected }) => [sql, expected])).toEqual([
      [
        "UPDATE `db`.`t` SET `j`=JSON_REPLACE(`j`,'$',CAST('1' AS JSON)) WHERE JSON_CONTAINS_PATH(`j`,'one','$') AND `id`=1",
        { exactly: 1 },
      ],
    ]);
  });

  test("where it can't be made right, it is a named error: no JSON type, no transactions, a row to be written whole", () => {
    const text = target(structure("t", ["id int", "j longtext null"], [key("PRIMARY", "id")]));
    expect(() => batchStatements([{ ...minimal, handle: text }], limits)).toThrow(partial);
    expect(() => carefulStatements([{ ...minimal, handle: { ...table, transactional: false } }], limits)).toThrow(
      partial,
    );
    expect(() => insertRow(table, [1, update], limits)).toThrow(partial);
  });
});

describe("rows of tables without a key downstream", () => {
  const upstream = structure("t", ["a int", "b int null", "g int null"], [key("PRIMARY", "a")]);
  const keyless = { ...upstream, uniqueKeys: [] };
  const unidentified: unknown = expect.objectContaining({ name: "row_not_identified" });
  const deleted = (table: ReturnType<typeof target>, row: readonly (number | null | undefined)[]): string[] =>
    batchStatements([{ ...change(table, "delete", [...row]), full: false }], limits).map(({ sql }) => sql);

  test("K5: an image that leaves columns out may mean several rows, so none is touched", () => {
    const table = target(keyless);
    expect(() => deleted(table, [1, undefined, 1])).toThrow(unidentified);
    expect(() => deleted(table, [undefined, undefined, undefined])).toThrow(unidentified);
    expect(deleted(table, [1, null, 1])).toEqual([
      "DELETE FROM `db`.`t` WHERE `a` <=> 1 AND `b` <=> NULL AND `g` <=> 1 LIMIT 1",
    ]);
  });

  test("K5: it means one row where it holds a unique key of the upstream", () => {
    const table = { ...target(keyless), upstreamKeys: target(upstream).upstreamKeys };
    expect(deleted(table, [1, undefined, undefined])).toEqual(["DELETE FROM `db`.`t` WHERE `a` <=> 1 LIMIT 1"]);
    expect(() => deleted(table, [undefined, 1, 1])).toThrow(unidentified);
  });

  test("K5: a generated column that is left out follows from the others", () => {
    const columns = keyless.columns.map((column) =>
      column.name === "g" ? { ...column, generated: "virtual" as const } : column,
    );
    const table = target({ ...keyless, columns });
    expect(deleted(table, [1, 2, undefined])).toEqual(["DELETE FROM `db`.`t` WHERE `a` <=> 1 AND `b` <=> 2 LIMIT 1"]);
  });
});
