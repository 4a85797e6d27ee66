import { describe, expect, it } from "vitest";
import { applyBatch } from "../../../src/applier/apply-batch.ts";
import type { MissingRowPolicy } from "../../../src/applier/apply-context.ts";
import { Batch } from "../../../src/applier/batch.ts";
import { Committed } from "../../../src/applier/commit.ts";
import type { TargetTable } from "../../../src/applier/target.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { RowsChange } from "../../../src/binlog/transaction.ts";
import type { ScriptedDealer } from "../../support/scripted-dealer.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";
import { change, key, structure, target, transaction } from "../../support/tables.ts";

const plain = structure("t", ["id int", "n int null"], [key("PRIMARY", "id")]);
const t = target(plain);

/** Applies changes to a table that holds the rows 1 and 3, and says what came of it. */
async function applied(missingRow: MissingRowPolicy, ...changes: RowsChange<TargetTable>[]) {
  return appliedWith(missingRow, () => undefined, ...changes);
}

/** The same on a downstream that `plan` makes trouble in. */
async function appliedWith(
  missingRow: MissingRowPolicy,
  plan: (dealer: ScriptedDealer) => void,
  ...changes: RowsChange<TargetTable>[]
) {
  const downstream = await simulatedDownstream([plain]);
  await downstream.execute("INSERT INTO `db`.`t` (id, n) VALUES (1, 1), (3, 3)");
  const connection = await downstream.connect();
  plan(downstream.dealer);
  const missing: string[] = [];
  const batch = new Batch(1, { file: "binlog.000001", offset: 4 }, emptyGtidSet("mysql"));
  batch.add(transaction(100, ...changes), false, false);
  const context = downstream.context({ missingRow, onMissingRow: (table) => missing.push(table) });
  const result = await downstream.done(applyBatch(connection, batch, context));
  const rows = downstream.rows("db.t").map((row) => [Number(row["id"]), row["n"]]);
  return {
    result,
    missing,
    rows: rows.toSorted(([a], [b]) => Number(a) - Number(b)),
    fences: downstream.rows("tidemark.applied_batch").length,
  };
}

describe("a batch whose rows are not all there (S11)", () => {
  const updates = change(t, "update", [1, 1], [1, 10], [2, 2], [2, 20], [3, 3], [3, 30]);
  const deletes = change(t, "delete", [1, 1], [2, 2], [3, 3]);

  it.each([
    ["UPDATE", updates],
    ["DELETE", deletes],
  ])(
    "stop: an %s that finds no row ends the session, with the row's condition and nothing written",
    async (verb, changes) => {
      const { result, rows, missing, fences } = await applied("stop", changes);
      expect(result).toMatchObject({ kind: "execute", error: { name: "row_missing", kind: "fatal" } });
      expect(result instanceof Committed ? "committed" : result.error.message).toMatch(
        new RegExp(`${verb} on db.t .* \`id\`=2`),
      );
      expect({ rows, missing, fences }).toEqual({
        rows: [
          [1, 1],
          [3, 3],
        ],
        missing: [],
        fences: 0,
      });
    },
  );

  it("log: the row is counted, and the batch goes on", async () => {
    const { result, rows, missing, fences } = await applied("log", updates);
    expect(result).toBeInstanceOf(Committed);
    expect({ rows, missing, fences }).toEqual({
      rows: [
        [1, 10],
        [3, 30],
      ],
      missing: ["db.t"],
      fences: 1,
    });
  });

  it("log: a row that is missing counts once, however often its batch is tried, and not before it is committed", async () => {
    const deadlock = { kind: "error", errno: 1213 } as const;
    const { result, missing } = await appliedWith(
      "log",
      (dealer) => dealer.at(/commit/, deadlock, { times: 2 }),
      updates,
    );
    expect(result).toBeInstanceOf(Committed);
    expect(missing).toEqual(["db.t"]);
    const refused = await appliedWith("log", (dealer) => dealer.at(/commit/, { kind: "error", errno: 1290 }), updates);
    expect(refused).toMatchObject({ result: { kind: "commit" }, missing: [] });
  });

  it("repair: an UPDATE puts its row there, a DELETE is content", async () => {
    const repaired = await applied("repair", updates);
    expect(repaired.result).toBeInstanceOf(Committed);
    expect(repaired.rows).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    const deleted = await applied("repair", deletes);
    expect(deleted.result).toBeInstanceOf(Committed);
    expect({ rows: deleted.rows, missing: deleted.missing }).toEqual({ rows: [], missing: ["db.t"] });
  });

  it("repair: later changes of the batch find the row that was put there", async () => {
    const { rows, missing } = await applied(
      "repair",
      change(t, "update", [2, 2], [2, 20]),
      change(t, "update", [2, 20], [5, 20]),
      change(t, "update", [5, 20], [5, 50]),
    );
    expect(rows).toContainEqual([5, 50]);
    expect(missing).toHaveLength(1);
  });

  it("T2: repair writes what a MINIMAL image holds", async () => {
    const { rows } = await applied("repair", change(t, "update", [2, undefined], [undefined, 20]));
    expect(rows).toContainEqual([2, 20]);
  });

  it("a row that the batch itself brought is found", async () => {
    const { result, missing } = await applied("stop", change(t, "insert", [7, 7]), change(t, "delete", [7, 7]));
    expect(result).toBeInstanceOf(Committed);
    expect(missing).toEqual([]);
  });
});
