import { describe, expect, it } from "vitest";
import { NO_METADATA, type TableMap } from "../../../src/binlog/table-map.ts";
import type { ForeignKey, TableStructure } from "../../../src/schema/structure.ts";
import { SchemaTracker } from "../../../src/schema/tracker.ts";
import { Tables, type TablesOptions } from "../../../src/syncer/tables.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";
import { key, structure } from "../../support/tables.ts";

const PRIMARY = [key("PRIMARY", "id")];
const LONG = 3;

/** A table map of a table of INTs, as the log has it. */
function mapOf({ database, table, columns }: TableStructure): TableMap {
  return {
    tableId: 1,
    database,
    table,
    types: new Uint8Array(columns.length).fill(LONG),
    metadata: new Uint16Array(columns.length),
    nullable: columns.map(() => false),
    optional: NO_METADATA,
  };
}

/** The tables of a session whose downstream holds `downstream`, changeable while it runs. */
async function scene(
  upstream: readonly TableStructure[],
  downstream: TableStructure[],
  options: Partial<TablesOptions> = {},
) {
  const connection = await (await simulatedDownstream([])).connect();
  const tracker = SchemaTracker.from(upstream);
  const tables = new Tables({
    tracker,
    wanted: (_, table) => table !== "unwanted",
    routed: (database, table) => ({ database, table }),
    readStructures: (_connection, wanted) =>
      Promise.resolve(
        downstream.filter(({ database, table }) =>
          typeof wanted === "function"
            ? wanted(database, table)
            : wanted.some((name) => name.database === database && name.table === table),
        ),
      ),
    downstream: "mysql",
    foreignKeyChecks: true,
    ...options,
  });
  await tables.readAll(connection);
  return { tables, tracker, connection };
}

const named = (name: string) => expect.objectContaining({ name });
const child = (table: string, parent: string, onDelete = "RESTRICT"): TableStructure => {
  const foreignKey: ForeignKey = {
    name: "f",
    columns: ["id"],
    parentDatabase: "db",
    parentTable: parent,
    parentColumns: ["id"],
    onDelete,
    onUpdate: "RESTRICT",
  };
  return { ...structure(table, ["id int"], PRIMARY), foreignKeys: [foreignKey] };
};

describe("binding a table of the log", () => {
  const t = structure("t", ["id int", "n int"], PRIMARY);

  it("an unwanted table has no binding, and nothing is asked about it", async () => {
    const { tables } = await scene([], []);
    expect(tables.resolve(mapOf(structure("unwanted", ["id int"], PRIMARY)))).toBeNull();
  });

  it("D2: a wanted one that we don't know, that isn't there downstream, or that has other columns, is named", async () => {
    const { tables } = await scene([t], []);
    expect(() => tables.resolve(mapOf(structure("new", ["id int"], PRIMARY)))).toThrow(named("table_unknown"));
    expect(() => tables.resolve(mapOf(t))).toThrow(named("table_missing_downstream"));
    const there = await scene([t], [t]);
    expect(() => there.tables.resolve(mapOf(structure("t", ["id int"], PRIMARY)))).toThrow(
      named("table_structure_mismatch"),
    );
  });

  it("the same table map gives the same binding, until either side's table has changed", async () => {
    const downstream = [t];
    const { tables, connection } = await scene([t], downstream);
    const first = tables.resolve(mapOf(t));
    expect(tables.resolve(mapOf(t))).toBe(first);
    downstream[0] = { ...t, hasTriggers: true };
    await tables.readAgain(connection, [t]);
    const second = tables.resolve(mapOf(t));
    expect(second).not.toBe(first);
    // Its conflicts are told by its number, which it keeps.
    expect(second?.id).toBe(first?.id);
  });

  it("tables have numbers of their own", async () => {
    const u = structure("u", ["id int"], PRIMARY);
    const { tables } = await scene([t, u], [t, u]);
    expect(tables.resolve(mapOf(t))?.id).not.toBe(tables.resolve(mapOf(u))?.id);
  });

  it("what a DDL has removed is forgotten", async () => {
    const downstream = [t];
    const { tables, connection } = await scene([t], downstream);
    downstream.splice(0);
    await tables.readAgain(connection, [t]);
    expect(tables.downstreamOf("db", "t")).toBeNull();
    expect(() => tables.resolve(mapOf(t))).toThrow(named("table_missing_downstream"));
  });
});

describe("tables that foreign keys connect", () => {
  const parent = structure("parent", ["id int"], PRIMARY);
  const alone = structure("alone", ["id int"], PRIMARY);
  const componentOf = ({ tables }: { readonly tables: Tables }, of: TableStructure) => {
    const bound = tables.resolve(mapOf(of));
    return { component: bound?.component ?? null, cascades: bound?.cascades ?? false };
  };

  it("K3: are one component, over any number of steps; the others are in none", async () => {
    const all = [child("grandchild", "child"), child("child", "parent"), parent, alone];
    const here = await scene(all, all);
    const components = all.map((table) => componentOf(here, table).component);
    expect(new Set(components.slice(0, 3)).size).toBe(1);
    expect(components[0]).not.toBeNull();
    expect(components[3]).toBeNull();
  });

  it.each([
    ["RESTRICT", false],
    ["NO ACTION", false],
    ["CASCADE", true],
    ["SET NULL", true],
  ])("K3: with ON DELETE %s a row may be gone by itself: %s, in all of its component", async (onDelete, cascades) => {
    const all = [child("child", "parent", onDelete), parent, alone];
    const here = await scene(all, all);
    expect(all.map((table) => componentOf(here, table).cascades)).toEqual([cascades, cascades, false]);
  });

  it("K3: are in none while the downstream checks no foreign keys: nothing happens by itself there", async () => {
    const all = [child("child", "parent", "CASCADE"), parent];
    const here = await scene(all, all, { foreignKeyChecks: false });
    expect(all.map((table) => componentOf(here, table))).toEqual(all.map(() => ({ component: null, cascades: false })));
  });

  it("a parent that isn't copied counts as well, and names its children", async () => {
    const all = [child("one", "elsewhere"), child("two", "elsewhere"), alone];
    const here = await scene(all, all);
    expect(componentOf(here, child("one", "elsewhere"))).toEqual(componentOf(here, child("two", "elsewhere")));
    expect(here.tables.childrenOf([{ database: "db", table: "elsewhere" }]).map(({ table }) => table)).toEqual([
      "one",
      "two",
    ]);
  });

  it("a key that a DDL adds is seen with the next rows", async () => {
    const before = structure("child", ["id int"], PRIMARY);
    const downstream = [before, parent];
    const here = await scene([before, parent], downstream);
    expect(componentOf(here, parent).component).toBeNull();
    downstream[0] = child("child", "parent");
    await here.tables.readAgain(here.connection, [before]);
    expect(componentOf(here, parent).component).not.toBeNull();
  });
});
