import { describe, expect, it } from "vitest";
import { applyAgain, applyWithoutTransactions, parted } from "../../../src/applier/without-transactions.ts";
import type { RowsChange } from "../../../src/binlog/transaction.ts";
import type { TargetTable } from "../../../src/applier/target.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";
import { change, key, structure, target } from "../../support/tables.ts";

const plain = structure("plain", ["id int", "n int null"], [key("PRIMARY", "id")]);
const t = target({ ...plain, engine: "MyISAM" });
const safe = target(structure("safe", ["id int", "n int null"], [key("PRIMARY", "id")]));
const keyless = target({ ...structure("keyless", ["n int null"], []), engine: "MyISAM" });

/** Applies changes so many times to a table that holds row 1, and says what came of it. */
async function applied(times: number, changes: readonly RowsChange<TargetTable>[], epoch = 1) {
  const downstream = await simulatedDownstream([plain]);
  await downstream.execute("INSERT INTO `db`.`plain` (id, n) VALUES (1, 1)");
  const connection = await downstream.connect();
  const missing: string[] = [];
  const context = downstream.context({
    claim: { metaSchema: "tidemark", task: "t", epoch },
    onMissingRow: (table) => missing.push(table),
  });
  const errors: (string | null)[] = [];
  for (let time = 1; time <= times; time += 1) {
    const error = await downstream.done(applyWithoutTransactions(connection, changes, context));
    errors.push(error === null ? null : `${error.kind} ${error.error.name}`);
  }
  const rows = downstream.rows("db.plain").map((row) => `${String(row["id"])}:${String(row["n"])}`);
  return { errors, missing, rows: rows.toSorted(), passed: downstream.dealer.passed };
}

describe("rows of tables without transactions (S12)", () => {
  const changes = [
    change(t, "insert", [2, 2], [3, 3]),
    change(t, "update", [1, 1], [1, 10], [2, 2], [2, 20]),
    change(t, "delete", [3, 3]),
  ];

  it("S12: end the same when they are applied a second time", async () => {
    const [once, twice] = [await applied(1, changes), await applied(2, changes)];
    expect(once).toMatchObject({ errors: [null], missing: [], rows: ["1:10", "2:20"] });
    expect(twice).toMatchObject({ errors: [null, null], rows: once.rows });
  });

  it("S11: one that isn't there is counted, and put there where the change says what it holds", async () => {
    const { errors, missing, rows } = await applied(1, [
      change(t, "update", [7, 7], [7, 70]),
      change(t, "delete", [8, 8]),
    ]);
    expect({ errors, missing, rows }).toEqual({
      errors: [null],
      missing: ["db.plain", "db.plain"],
      rows: ["1:1", "7:70"],
    });
  });

  it("S10: are not begun by a session whose epoch is over", async () => {
    const { errors, rows } = await applied(1, changes, 0);
    expect({ errors, rows }).toEqual({ errors: ["execute task_taken_over"], rows: ["1:1"] });
  });

  it("go before their batch's own transaction: nothing of that one is asked for here", async () => {
    const { passed } = await applied(1, changes);
    expect(passed.filter((name) => /begin|commit/.test(name) && name.startsWith("apply"))).toEqual([]);
    const mixed = [change(safe, "insert", [1, 1]), ...changes];
    expect(parted(mixed)).toEqual({ transactional: mixed.slice(0, 1), others: changes });
    expect(parted(mixed.slice(0, 1))).toEqual({ transactional: mixed.slice(0, 1), others: [] });
  });
});

// What broke: the row that was put back by the first change stayed beside what it had become.
it("S12: a row that has changed its key twice is one row after a second time", async () => {
  const moved = [change(t, "update", [1, 1], [5, 1]), change(t, "update", [5, 1], [6, 1])];
  const { errors, rows } = await applied(2, moved);
  expect({ errors, rows }).toEqual({ errors: [null, null], rows: ["6:1"] });
});

it("S12: a change that tells a part of its row is not made into a row", async () => {
  const partial = [change(t, "update", [7, undefined], [8, undefined])];
  expect(await applied(1, partial)).toMatchObject({ errors: [null], missing: ["db.plain"], rows: ["1:1"] });
  const downstream = await simulatedDownstream([plain]);
  const connection = await downstream.connect();
  const again = await downstream.done(applyAgain(connection, partial, downstream.context()));
  expect(again).toMatchObject({ kind: "execute", error: { name: "piece_uncertain" } });
});

it("S12: what may have been applied before is not applied again where no key tells a row", async () => {
  const downstream = await simulatedDownstream([plain]);
  const connection = await downstream.connect();
  const again = await downstream.done(applyAgain(connection, [change(keyless, "insert", [1])], downstream.context()));
  expect(again).toMatchObject({ kind: "execute", error: { kind: "fatal" } });
  expect(again?.error.message).toContain("db.keyless");
});
