import { describe, expect, it } from "vitest";
import { bindTable } from "../../../src/applier/target.ts";
import type { TableStructure, UniqueKey } from "../../../src/schema/structure.ts";
import { column, key, structure } from "../../support/tables.ts";

const PRIMARY = key("PRIMARY", "id");

function bind(upstream: TableStructure, downstream: TableStructure = upstream, component: string | null = null) {
  const hints = upstream.columns.map(({ name, unsigned, charset }) => ({ name, unsigned, charset, special: null }));
  return bindTable(hints, upstream, downstream, { id: 1, flavour: "mysql", component, cascades: false });
}

const keyNames = (bound: ReturnType<typeof bind>): readonly string[] | null =>
  bound.rowKey?.map(({ name }) => name) ?? null;

describe("columns", () => {
  it("K7: are mapped by name, whatever their order and case; those that only the downstream has are left to it", () => {
    const upstream = structure("t", ["id int", "A int", "b int"], [PRIMARY]);
    const downstream = structure("t", ["own int", "B int", "a int", "ID int"], [key("PRIMARY", "ID")]);
    expect(bind(upstream, downstream).writable.map(({ name, source }) => [name, source])).toEqual([
      ["`B`", 2],
      ["`a`", 1],
      ["`ID`", 0],
    ]);
  });

  it("K7: one that the downstream lacks is named, unless the upstream only calculates it", () => {
    const upstream = structure("t", ["id int", "extra int"], [PRIMARY]);
    const downstream = structure("t", ["id int"], [PRIMARY]);
    expect(() => bind(upstream, downstream)).toThrow(
      expect.objectContaining({
        name: "column_missing_downstream",
        facts: expect.objectContaining({ table: "db.t", column: "extra" }),
      }),
    );
    const calculated = {
      ...upstream,
      columns: [column("id int"), { ...column("extra int"), generated: "virtual" as const }],
    };
    expect(bind(calculated, downstream).writable).toHaveLength(1);
  });

  it("K5: that the downstream calculates are never written, and tell rows apart where nothing else does", () => {
    const columns = [column("a int"), { ...column("b int"), generated: "stored" as const }];
    const bound = bind({ ...structure("t", [], []), columns });
    expect(bound.writable.map(({ name }) => name)).toEqual(["`a`"]);
    expect(bound.wholeRow.map(({ name }) => name)).toEqual(["`a`", "`b`"]);
  });
});

describe("what finds a row (K5)", () => {
  const withKeys = (columns: readonly string[], ...keys: UniqueKey[]) => keyNames(bind(structure("t", columns, keys)));

  it("is the primary key, wherever it stands among the keys", () => {
    expect(withKeys(["id int", "u int"], key("u", "u"), PRIMARY)).toEqual(["`id`"]);
  });

  it("is else a unique key without NULLs", () => {
    expect(withKeys(["u int null", "v int", "w int"], key("u", "u"), key("vw", "v", "w"))).toEqual(["`v`", "`w`"]);
  });

  it("is never a float, a part of a column, or an expression: the whole row then", () => {
    expect(withKeys(["f double"], key("PRIMARY", "f"))).toBeNull();
    expect(withKeys(["s varchar"], { name: "s", primary: false, parts: [{ column: "s", prefix: 5 }] })).toBeNull();
    expect(withKeys(["s int"], { name: "s", primary: false, parts: [{ column: "", prefix: null }] })).toBeNull();
  });

  it("is the downstream's key, not the upstream's", () => {
    const columns = ["id int", "u int"];
    expect(keyNames(bind(structure("t", columns, [PRIMARY]), structure("t", columns, [key("u", "u")])))).toEqual([
      "`u`",
    ]);
    expect(keyNames(bind(structure("t", columns, [PRIMARY]), structure("t", columns, [])))).toBeNull();
  });
});

describe("what the applier may do with a table", () => {
  const t = structure("t", ["id int", "u int"], [PRIMARY]);

  it("K4: upserts need one unique key, and no triggers that an INSERT would fire", () => {
    expect(bind(t)).toMatchObject({ netted: true, upsert: true });
    expect(bind({ ...t, uniqueKeys: [PRIMARY, key("u", "u")] })).toMatchObject({ netted: true, upsert: false });
    expect(bind(t, { ...t, hasTriggers: true })).toMatchObject({ netted: true, upsert: false });
  });

  it("K4: net changes need a key, every column, and unique keys that are seen whole", () => {
    expect(bind({ ...t, uniqueKeys: [] })).toMatchObject({ netted: false, upsert: false });
    expect(bind(t, structure("t", ["id int", "u int", "own int"], [PRIMARY]))).toMatchObject({ netted: false });
    const expression = { name: "e", primary: false, parts: [{ column: "", prefix: null }] };
    expect(bind({ ...t, uniqueKeys: [PRIMARY, expression] })).toMatchObject({ netted: false });
  });

  it("K3: tables of one foreign key component are taken as they come, one batch at a time", () => {
    expect(bind(t, t, "component")).toMatchObject({
      netted: false,
      upsert: false,
      conflictKeys: null,
      component: "component",
    });
  });

  it("S12: an engine without transactions is known as such, on each side", () => {
    expect(bind({ ...t, engine: "MyISAM" }, t)).toMatchObject({ survivesRollback: true, transactional: true });
    expect(bind(t, { ...t, engine: "MyISAM" })).toMatchObject({ survivesRollback: false, transactional: false });
  });
});
