import { expect, it } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { Counters } from "../../../src/syncer/counters.ts";
import { change, key, structure, target, transaction } from "../../support/tables.ts";

const t = target(structure("t", ["id int", "n int"], [key("PRIMARY", "id")]));

it("rows count by what the upstream did to them, not by the statements that they became", () => {
  const batch = new Batch(1, { file: "binlog.000001", offset: 4 }, emptyGtidSet("mysql"));
  batch.add(transaction(100, change(t, "insert", [1, 1], [2, 2]), change(t, "update", [1, 1], [1, 2])), false, false);
  batch.add(transaction(200, change(t, "update", [1, 2], [1, 3], [2, 2], [2, 3])), false, false);
  batch.add(transaction(300, change(t, "delete", [1, 3])), false, false);
  const counters = new Counters();
  counters.committed(batch);
  const { inserted, updated, deleted, transactions } = counters;
  expect({ inserted, updated, deleted, transactions }).toEqual({
    inserted: 2,
    updated: 3,
    deleted: 1,
    transactions: 3,
  });
});

it("S5: what an earlier session has applied counts as a transaction, and its rows don't count again", () => {
  const batch = new Batch(1, { file: "binlog.000001", offset: 4 }, emptyGtidSet("mysql"));
  batch.add(transaction(100, change(t, "insert", [1, 1])), true, false);
  const counters = new Counters();
  counters.committed(batch);
  expect([counters.inserted, counters.transactions]).toEqual([0, 1]);
});

it("S11: missing rows count by table", () => {
  const counters = new Counters();
  for (const table of ["db.a", "db.b", "db.a"]) counters.missing(table);
  expect([...counters.missingRows]).toEqual([
    ["db.a", 2],
    ["db.b", 1],
  ]);
});
