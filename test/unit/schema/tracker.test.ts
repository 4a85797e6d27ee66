import { describe, expect, it } from "vitest";
import { scanStatement } from "../../../src/schema/scan.ts";
import type { Column, TableStructure } from "../../../src/schema/structure.ts";
import { type Change, SchemaTracker } from "../../../src/schema/tracker.ts";

function column(name: string, dataType = "int"): Column {
  return {
    name,
    dataType,
    columnType: dataType,
    unsigned: false,
    charset: null,
    collation: null,
    nullable: true,
    generated: "no",
    invisible: false,
    labels: null,
    length: null,
    compressed: false,
  };
}

function structure(name: string, columns: string): TableStructure {
  const [database = "", table = ""] = name.split(".");
  return {
    database,
    table,
    engine: "InnoDB",
    columns: columns.split(" ").map((text) => column(text.replace(/:.*/, ""), text.split(":")[1])),
    uniqueKeys: [],
    foreignKeys: [],
    hasTriggers: false,
  };
}

/** A tracker over the upstream's tables, and the downstream's tables after the statement. */
function scene(
  upstream: readonly TableStructure[],
  after: readonly TableStructure[] = [],
  lowerCaseTableNames: 0 | 1 = 0,
) {
  const tracker = SchemaTracker.from(upstream, { lowerCaseTableNames });
  const wanted = (database: string): boolean => database !== "unwanted";
  const apply = (sql: string): readonly Change[] =>
    tracker.apply(
      scanStatement(sql, { sqlMode: 0n, flavour: "mariadb" }),
      "d",
      (database, table) => after.find((s) => s.database === database && s.table === table) ?? null,
      wanted,
    );
  const columns = (name: string): string | null => {
    const [database = "", table = ""] = name.split(".");
    return (
      tracker
        .get(database, table)
        ?.columns.map((c) => `${c.name}:${c.dataType}`)
        .join(" ") ?? null
    );
  };
  return { tracker, apply, columns };
}

const MISSING = expect.objectContaining({ name: "schema_not_derivable" });

describe("the tracker", () => {
  it("K7: orders columns by the statement, and takes what they are from the downstream", () => {
    const { apply, columns } = scene([structure("d.t", "a b c")], [structure("d.t", "x c:text z:json a b y:date")]);
    apply("ALTER TABLE t ADD x INT, ADD y DATE AFTER a, MODIFY c TEXT FIRST, ADD z JSON AFTER x");
    expect(columns("d.t")).toBe("c:text a:int y:date b:int x:int z:json");
  });

  it("keeps the definition of columns that the statement leaves alone, whatever the downstream's is", () => {
    const { apply, columns } = scene(
      [structure("d.t", "a:varchar b:json")],
      [structure("d.t", "a:text b:longtext c:date")],
    );
    apply("ALTER TABLE t ADD c DATE");
    expect(columns("d.t")).toBe("a:varchar b:json c:date");
    apply("ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4");
    expect(columns("d.t")).toBe("a:text b:longtext c:date");
  });

  it("reads names in a list of parts as the old table's, and AFTER as the new table's", () => {
    const { apply, columns } = scene([structure("d.t", "a b:text c:date")], [structure("d.t", "b a:text c:date")]);
    apply("ALTER TABLE t CHANGE a b INT, CHANGE b a TEXT AFTER c");
    expect(columns("d.t")).toBe("b:int c:date a:text");
  });

  it("lets a column stand in its old place until its own part moves it, as the servers do", () => {
    // Each outcome was seen on MySQL 9.7 and MariaDB 10.11.
    for (const [parts, expected] of [
      ["ADD k INT AFTER b, MODIFY b INT AFTER d", "a k c d b"],
      ["MODIFY b INT AFTER d, ADD k INT AFTER b", "a c d b k"],
      ["ADD k INT AFTER y, CHANGE b y INT AFTER d", "a k c d y"],
      ["MODIFY b INT AFTER c, MODIFY c INT FIRST", "c a b d"],
      ["MODIFY c INT AFTER d, MODIFY b INT AFTER c, MODIFY d INT FIRST", "d a c b"],
      ["CHANGE a b INT AFTER c, CHANGE b a INT AFTER b", "c b a d"],
      ["MODIFY a INT AFTER b, MODIFY b INT AFTER a", "a b c d"],
      ["MODIFY b INT AFTER c, MODIFY c INT AFTER d, MODIFY d INT AFTER a", "a d b c"],
    ] as const) {
      const { apply, columns } = scene([structure("d.t", "a b c d")], [structure("d.t", "a b c d k y")]);
      apply(`ALTER TABLE t ${parts}`);
      expect(columns("d.t")).toBe(expected.replaceAll(/\w+/g, "$&:int"));
    }
  });

  it("compares column names without regard to case (gh-ost#441)", () => {
    const { apply, columns } = scene([structure("d.t", "Aa bB")], [structure("d.t", "AA:bigint Bb:text")]);
    apply("ALTER TABLE t MODIFY AA BIGINT AFTER bb, CHANGE BB Bb TEXT");
    expect(columns("d.t")).toBe("Bb:text AA:bigint");
  });

  it("D5: renames in chains and swaps, in the order of the text", () => {
    const { apply, columns, tracker } = scene([structure("d.a", "x"), structure("d.b", "y")]);
    apply("RENAME TABLE a TO tmp, b TO a, tmp TO e.b");
    expect([columns("d.a"), columns("d.b"), columns("e.b")]).toEqual(["y:int", null, "x:int"]);
    expect(tracker.snapshot().map((s) => `${s.database}.${s.table}`)).toEqual(["d.a", "e.b"]);
  });

  it("says of each statement what is new and what is gone, in order", () => {
    const { apply } = scene([structure("d.a", "x"), structure("d.b", "y")], [structure("d.c", "x z")]);
    expect(apply("ALTER TABLE a ADD z INT, RENAME TO c")).toEqual([
      { kind: "remove", database: "d", table: "a" },
      { kind: "put", structure: structure("d.c", "x z") },
    ]);
    expect(apply("DROP TABLE IF EXISTS b, nothing")).toEqual([{ kind: "remove", database: "d", table: "b" }]);
    expect(apply("DROP DATABASE d")).toEqual([{ kind: "remove", database: "d", table: "c" }]);
  });

  it("copies the upstream's table for LIKE, not the downstream's", () => {
    const { apply, columns } = scene([structure("d.a", "x y")], [structure("d.b", "y extra x")]);
    apply("CREATE TABLE b LIKE a");
    expect(columns("d.b")).toBe("x:int y:int");
  });

  it("takes a new table from the downstream, if it is the one that the text describes", () => {
    const { apply, columns } = scene([], [structure("d.t", "a b:text"), structure("d.u", "a b extra")]);
    apply("CREATE TABLE t (a INT, B TEXT, KEY (a))");
    expect(columns("d.t")).toBe("a:int b:text");
    expect(() => apply("CREATE TABLE u (a INT, b INT)")).toThrow(MISSING);
    expect(columns("d.u")).toBe(null);
  });

  it("takes a generated invisible primary key for the upstream's only where the statement names it", () => {
    const after = structure("d.t", "my_row_id a");
    const [key = column("my_row_id"), ...rest] = after.columns;
    const generated: TableStructure = {
      ...after,
      columns: [{ ...key, invisible: true }, ...rest],
      uniqueKeys: [{ name: "PRIMARY", primary: true, parts: [{ column: "my_row_id", prefix: null }] }],
    };
    const { apply, columns, tracker } = scene([], [generated]);
    apply("CREATE TABLE t (a INT)");
    expect([columns("d.t"), tracker.get("d", "t")?.uniqueKeys]).toEqual(["a:int", []]);
    apply(
      "CREATE OR REPLACE TABLE t (my_row_id BIGINT UNSIGNED /*!80023 INVISIBLE */, a INT, PRIMARY KEY (my_row_id))",
    );
    expect([columns("d.t"), tracker.get("d", "t")?.uniqueKeys]).toEqual(["my_row_id:int a:int", generated.uniqueKeys]);
  });

  it("leaves things as they are where the upstream's server did", () => {
    const before = structure("d.t", "a");
    const { apply, tracker } = scene([before], [structure("d.t", "other")]);
    for (const sql of [
      "CREATE TABLE IF NOT EXISTS t (other INT)",
      "CREATE TEMPORARY TABLE t (b INT)",
      "DROP TEMPORARY TABLE t",
      "ALTER TABLE IF EXISTS nothing ADD COLUMN b INT",
      "ALTER TABLE t ADD COLUMN IF NOT EXISTS A INT FIRST, DROP COLUMN IF EXISTS b, COMMENT 'x'",
      "RENAME TABLE IF EXISTS nothing TO u",
      "TRUNCATE TABLE t",
      "CREATE VIEW v AS SELECT 1",
      "ALTER TABLE unwanted.t ADD COLUMN b INT",
      "CREATE TABLE unwanted.t (b INT)",
    ]) {
      apply(sql);
      expect({ sql, snapshot: tracker.snapshot().map((s) => s.columns) }).toEqual({ sql, snapshot: [before.columns] });
    }
  });

  it("D6: forgets a table that is renamed out of the filter", () => {
    const { apply, tracker } = scene([structure("d.t", "a"), structure("d.u", "a")], [structure("unwanted.u", "a")]);
    apply("RENAME TABLE t TO unwanted.t");
    apply("ALTER TABLE u RENAME TO unwanted.u");
    expect(tracker.snapshot()).toEqual([]);
  });

  it("D2: stops where it would have to guess, and changes nothing then", () => {
    const upstream = [structure("d.t", "a b"), structure("d.u", "a")];
    for (const [sql, after] of [
      ["ALTER TABLE t ADD c INT", null],
      ["ALTER TABLE t ADD c INT", "a b"],
      ["ALTER TABLE t ADD c INT AFTER z", "a b c z"],
      ["ALTER TABLE t DROP z", "a b"],
      ["ALTER TABLE t MODIFY z INT", "a b z"],
      ["ALTER TABLE t CHANGE z y INT", "a b y"],
      ["ALTER TABLE t RENAME COLUMN z TO y", "a b y"],
      ["ALTER TABLE t ADD b INT", "a b"],
      ["ALTER TABLE nothing ADD b INT", "a b"],
      ["RENAME TABLE t TO v, nothing TO t", "a b"],
      ["CREATE TABLE w (a INT)", null],
    ] as const) {
      const { apply, tracker } = scene(
        upstream,
        after === null ? [] : [structure("d.t", after), structure("d.nothing", after)],
      );
      expect(() => apply(sql)).toThrow(MISSING);
      expect(tracker.snapshot()).toEqual(upstream);
    }
  });

  it("keeps keys of the upstream that the downstream lacks, and adds the downstream's over its columns", () => {
    const key = (name: string, ...columns: string[]) => ({
      name,
      primary: name === "PRIMARY",
      parts: columns.map((part) => ({ column: part, prefix: null })),
    });
    const upstream = {
      ...structure("d.t", "a b c"),
      uniqueKeys: [key("PRIMARY", "a"), key("u", "b", "c"), key("gone", "c")],
    };
    const after = {
      ...structure("d.t", "a e c extra"),
      uniqueKeys: [key("PRIMARY", "a"), key("v", "e"), key("w", "extra")],
    };
    const { apply, tracker } = scene([upstream], [after]);
    apply("ALTER TABLE t CHANGE b e INT, ADD UNIQUE v (e), DROP KEY gone");
    expect(tracker.get("d", "t")?.uniqueKeys).toEqual([key("PRIMARY", "a"), key("v", "e"), key("u", "e", "c")]);
  });

  it("lets children follow their parent's new name and its columns' new names", () => {
    const child = {
      ...structure("d.child", "p"),
      foreignKeys: [
        {
          name: "fk",
          columns: ["p"],
          parentDatabase: "d",
          parentTable: "t",
          parentColumns: ["id"],
          onDelete: "",
          onUpdate: "",
        },
      ],
    };
    const { apply, tracker } = scene([structure("d.t", "id"), child], [structure("d.t2", "key")]);
    apply("RENAME TABLE t TO t2");
    apply("ALTER TABLE t2 RENAME COLUMN id TO `key`");
    expect(tracker.get("d", "child")?.foreignKeys[0]).toMatchObject({ parentTable: "t2", parentColumns: ["key"] });
  });

  it("D5: tells tables apart by case only where the upstream does", () => {
    const exact = scene([structure("d.T", "a"), structure("d.t", "b")]);
    exact.apply("DROP TABLE T");
    expect([exact.columns("d.T"), exact.columns("d.t")]).toEqual([null, "b:int"]);
    const folded = scene([structure("d.t", "a")], [], 1);
    folded.apply("RENAME TABLE D.T TO D.U");
    expect([folded.columns("d.t"), folded.columns("d.u")]).toEqual([null, "a:int"]);
  });

  it("D1: comes back from its snapshot as it was", () => {
    const { tracker } = scene([structure("d.b", "x"), structure("d.a", "y")]);
    const again = SchemaTracker.from(JSON.parse(JSON.stringify(tracker.snapshot())));
    expect(again.snapshot()).toEqual(tracker.snapshot());
    expect(again.tablesOf("d").map((s) => s.table)).toEqual(["a", "b"]);
  });
});
