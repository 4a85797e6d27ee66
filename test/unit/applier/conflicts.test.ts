import { describe, expect, it } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { Conflicts } from "../../../src/applier/conflicts.ts";
import type { TargetTable } from "../../../src/applier/target.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { RowsChange } from "../../../src/binlog/transaction.ts";
import type { Column, TableStructure } from "../../../src/schema/structure.ts";
import { change, column, key, structure, target } from "../../support/tables.ts";

/** Whether a batch with the second change must wait for one with the first. */
function conflict(first: RowsChange<TargetTable>, second: RowsChange<TargetTable>): boolean {
  const conflicts = new Conflicts();
  const [a, b] = [1, 2].map((n) => new Batch(n, { file: "f", offset: 4 }, emptyGtidSet("mysql")));
  if (a === undefined || b === undefined) throw new Error("two batches");
  conflicts.track(a, first);
  conflicts.track(b, second);
  return b.waitsFor.has(a);
}

function withCollation(of: TableStructure, name: string, other: Partial<Column>): TableStructure {
  return { ...of, columns: of.columns.map((c) => (c.name === name ? { ...c, ...other } : c)) };
}

const plain = target(structure("t", ["id int", "u int null", "n int"], [key("PRIMARY", "id"), key("u", "u")]));

describe("conflicts", () => {
  it("K2: a row conflicts by each unique key, before and after", () => {
    expect(conflict(change(plain, "insert", [1, 1, 0]), change(plain, "insert", [2, 2, 0]))).toBe(false);
    expect(conflict(change(plain, "insert", [1, 1, 0]), change(plain, "delete", [1, 9, 0]))).toBe(true);
    expect(conflict(change(plain, "update", [1, 5, 0], [1, 6, 0]), change(plain, "insert", [2, 5, 0]))).toBe(true);
    expect(conflict(change(plain, "update", [1, 5, 0], [1, 6, 0]), change(plain, "insert", [2, 6, 0]))).toBe(true);
  });

  it("K2: a NULL in a key conflicts on nothing", () => {
    expect(conflict(change(plain, "insert", [1, null, 0]), change(plain, "insert", [2, null, 0]))).toBe(false);
  });

  it("K2: tables without a usable key go one batch at a time", () => {
    const nokey = target(structure("nokey", ["a int null"], []));
    expect(conflict(change(nokey, "insert", [1]), change(nokey, "insert", [2]))).toBe(true);
  });

  it("K2: prefix and expression keys make the table go one batch at a time", () => {
    const prefix = structure(
      "t",
      ["id int", "s varchar"],
      [key("PRIMARY", "id"), { name: "s", primary: false, parts: [{ column: "s", prefix: 3 }] }],
    );
    const expression = structure(
      "t",
      ["id int"],
      [key("PRIMARY", "id"), { name: "e", primary: false, parts: [{ column: "", prefix: null }] }],
    );
    for (const of of [prefix, expression]) expect(target(of).conflictKeys).toBeNull();
  });

  it("K2: a key whose periods may not overlap makes the table go one batch at a time, and its rows in their order", () => {
    const stays = target(
      structure(
        "stays",
        ["room int", "arrival date", "departure date"],
        [{ ...key("stay", "room", "departure", "arrival"), withoutOverlaps: true }],
      ),
    );
    expect(stays.rowKey).toHaveLength(3);
    expect([stays.conflictKeys, stays.netted, stays.upsert]).toEqual([null, false, false]);
  });

  it("K1: columns of different charsets are compared only where no characters become one", () => {
    const of = (charset: string, collation: string): TableStructure =>
      withCollation(structure("s", ["s varchar"], [key("PRIMARY", "s")]), "s", { charset, collation });
    const keysOf = (up: TableStructure, down: TableStructure): unknown => target(up, down).conflictKeys;
    const utf8 = of("utf8mb4", "utf8mb4_bin");
    expect(keysOf(of("cp932", "cp932_bin"), utf8)).toBeNull();
    expect(keysOf(utf8, of("latin1", "latin1_bin"))).toBeNull();
    expect(keysOf(of("utf8mb3", "utf8mb3_bin"), utf8)).not.toBeNull();
    expect(keysOf(of("cp932", "cp932_bin"), of("cp932", "cp932_bin"))).not.toBeNull();
  });

  it("K1: text that a collation may take for equal conflicts", () => {
    const text = target(structure("s", ["s varchar"], [key("PRIMARY", "s")]));
    const pairs = [
      ["a", "A"],
      ["a", "a  "],
      ["e", "é"],
      ["ß", "ss"],
      ["😀", "🙈"],
      ["a", "a\u0001"],
      ["カ", "か"],
    ];
    for (const [a, b] of pairs)
      expect(conflict(change(text, "insert", [a]), change(text, "insert", [b])), `${a} ${b}`).toBe(true);
    expect(conflict(change(text, "insert", ["abc"]), change(text, "insert", ["abd"]))).toBe(false);
  });

  it("K1: under _bin only trailing spaces are the same", () => {
    const bin = target(
      withCollation(structure("s", ["s varchar"], [key("PRIMARY", "s")]), "s", { collation: "utf8mb4_bin" }),
    );
    expect(conflict(change(bin, "insert", ["a"]), change(bin, "insert", ["A"]))).toBe(false);
    expect(conflict(change(bin, "insert", ["a"]), change(bin, "insert", ["a "]))).toBe(true);
    expect(conflict(change(bin, "insert", ["é"]), change(bin, "insert", ["e"]))).toBe(false);
  });

  it("K1: a collation with rules of a language is compared as a whole table", () => {
    const german = withCollation(structure("s", ["s varchar"], [key("PRIMARY", "s")]), "s", {
      collation: "utf8mb4_hu_0900_ai_ci",
    });
    expect(target(german).conflictKeys).toBeNull();
  });

  it("K2: floats never tell rows apart", () => {
    const float = { ...structure("f", ["x int"], [key("PRIMARY", "x")]), columns: [column("x double")] };
    expect(target(float).rowKey).toBeNull();
    expect(target(float).conflictKeys).toBeNull();
  });

  it("waits only for the last of those that touched a key, and not for settled ones", () => {
    const conflicts = new Conflicts();
    const [a, b, c] = [1, 2, 3].map((n) => new Batch(n, { file: "f", offset: 4 }, emptyGtidSet("mysql")));
    if (a === undefined || b === undefined || c === undefined) throw new Error("three batches");
    conflicts.track(a, change(plain, "insert", [1, 1, 0]));
    conflicts.track(b, change(plain, "update", [1, 1, 0], [1, 1, 1]));
    expect([...b.waitsFor]).toEqual([a]);
    a.state = "settled";
    conflicts.release(a);
    conflicts.track(c, change(plain, "delete", [1, 1, 1]));
    expect([...c.waitsFor]).toEqual([b]);
  });
});
