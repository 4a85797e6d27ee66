/** One downstream transaction that stays open while its parts come. */
import { describe, expect, it } from "vitest";
import type { Fault } from "../../chaos/simulation/server/dealer.ts";
import type { ApplyContext } from "../../../src/applier/apply-context.ts";
import { applyParts } from "../../../src/applier/apply-parts.ts";
import { Batch } from "../../../src/applier/batch.ts";
import { Committed } from "../../../src/applier/commit.ts";
import { type ChangesPart, PartStream } from "../../../src/applier/part-stream.ts";
import type { TargetTable } from "../../../src/applier/target.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { RowsChange } from "../../../src/binlog/transaction.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";
import { change, key, structure, target, transaction } from "../../support/tables.ts";

const plain = structure("t", ["id int", "n int null"], [key("PRIMARY", "id")]);
const keyless = structure("k", ["n int null"], []);
const t = target(plain);
const k = target(keyless);
const START = { file: "binlog.000001", offset: 4 };

const insert = (...ids: number[]): RowsChange<TargetTable> => change(t, "insert", ...ids.map((id) => [id, id]));
const remove = (id: number): RowsChange<TargetTable> => change(t, "delete", [id, id]);

interface Scene {
  /** What goes wrong, at a point of the server. */
  readonly fault?: readonly [point: RegExp, fault: Fault];
  /** How often the point is passed before. */
  readonly skip?: number;
  /** Parts whose changes may have been applied before. */
  readonly again?: boolean;
  readonly context?: Partial<ApplyContext>;
  /** What is there downstream before. */
  readonly before?: string;
  /** It will have no end. */
  readonly cancelled?: boolean;
}

/** What a large transaction of these parts comes to. */
async function applied(parts: readonly (readonly RowsChange<TargetTable>[])[], scene: Scene = {}) {
  const downstream = await simulatedDownstream([plain, keyless]);
  const connection = await downstream.connect();
  if (scene.before !== undefined) await downstream.execute(scene.before);
  if (scene.fault !== undefined) downstream.dealer.at(...scene.fault, { skip: scene.skip ?? 0 });
  const stream = new PartStream();
  const batch = new Batch(1, START, emptyGtidSet("mysql"), stream);
  const retries: string[] = [];
  const context = downstream.context({ onRetry: ({ name }) => retries.push(name), ...scene.context });
  const feed = async (): Promise<void> => {
    for (const changes of parts) await stream.offer({ changes, again: scene.again === true } satisfies ChangesPart);
    if (scene.cancelled === true) return stream.cancel();
    batch.conclude(transaction(900), false);
    stream.end();
  };
  const work = applyParts(connection, batch, stream, context, () => downstream.connect());
  void feed();
  const result = await downstream.done(work.finally(() => stream.cancel()));
  const rows = downstream.rows("db.t").map((row) => row["id"]);
  const [fence] = downstream.rows("tidemark.applied_batch");
  return { result, retries, rows, fence, passed: downstream.dealer.passed, connection };
}

describe("applying a large transaction", () => {
  it("writes its fence first and the fence's end last, a savepoint before each part, and gives a proof", async () => {
    const { result, rows, fence, passed } = await applied([[insert(1, 2)], [insert(3), remove(1)]]);
    expect(result).toBeInstanceOf(Committed);
    expect(rows).toEqual([2, 3]);
    expect(fence).toMatchObject({ start_offset: 4, end_offset: 900, rows_through: null });
    expect(passed.filter((name) => !name.endsWith("connect"))).toEqual([
      "apply: begin",
      "apply: insert applied_batch",
      "apply: savepoint",
      "apply: insert",
      "apply: savepoint",
      "apply: delete",
      "apply: insert",
      "apply: update applied_batch",
      "apply: commit",
    ]);
  });

  it("R15, M15: leaves nothing, and closes its connection, when it will have no end", async () => {
    const { result, rows, fence, connection } = await applied([[insert(1)], [insert(2)]], { cancelled: true });
    expect(result).toBe("abandoned");
    expect({ rows, fence, closed: connection.closed }).toEqual({ rows: [], fence: undefined, closed: true });
  });

  it("S9: tries a part again behind a lock wait timeout, without what it had done of it", async () => {
    const timeout = { kind: "error", errno: 1205 } as const;
    const parts = [[insert(1)], [insert(2), change(t, "insert", [3, 3]), remove(1)]];
    const { result, rows, retries } = await applied(parts, { fault: [/delete/, timeout] });
    expect(result).toBeInstanceOf(Committed);
    expect({ rows, retries }).toEqual({ rows: [2, 3], retries: ["lock_wait_timeout"] });
  });

  it("S9: leaves it to a new session behind a deadlock, which takes everything with it", async () => {
    const deadlock = { kind: "error", errno: 1213 } as const;
    const { result, rows, fence, retries } = await applied([[insert(1)], [remove(1)]], { fault: [/delete/, deadlock] });
    expect(result).toMatchObject({ kind: "execute", error: { name: "deadlock", kind: "resumable" } });
    expect({ rows, fence, retries }).toEqual({ rows: [], fence: undefined, retries: [] });
  });

  // The part before was lost: the only savepoint there was to go back to was its own.
  it("S5: a part without its savepoint ends the transaction; no part of it is undone and none stays", async () => {
    const timeout = { kind: "error", errno: 1205 } as const;
    const parts = [[insert(1)], [insert(2)], [insert(3)]];
    const { result, rows } = await applied(parts, { fault: [/apply: savepoint$/, timeout], skip: 1 });
    expect(result).toMatchObject({ kind: "execute", error: { name: "lock_wait_timeout", kind: "resumable" } });
    expect(rows).toEqual([]);
  });

  it.each([
    ["begin", /begin/, "begin"],
    ["execute", /insert applied_batch/, "execute"],
    ["execute", /savepoint/, "execute"],
    ["execute", /update applied_batch/, "execute"],
    ["commit", /commit/, "commit"],
  ])("S1: what fails is an error of kind %s (%s)", async (kind, point) => {
    const { result, rows } = await applied([[insert(1)]], { fault: [point, { kind: "error", errno: 1021 }] });
    expect(result).toMatchObject({ kind, error: { name: "disk_full" } });
    expect(rows).toEqual([]);
  });

  it.each(["stop", "log", "repair"] as const)(
    "S11: a row that is missing is found in its part: %s",
    async (missingRow) => {
      const missing: string[] = [];
      const parts = [[insert(1)], [insert(2), change(t, "update", [9, 9], [9, 8])], [insert(3)]];
      const context = { missingRow, onMissingRow: (table: string) => void missing.push(table) };
      const { result, rows } = await applied(parts, { context });
      const expected = { stop: [], log: [1, 2, 3], repair: [1, 2, 9, 3] }[missingRow];
      expect(rows).toEqual(expected);
      expect(missing).toEqual(missingRow === "stop" ? [] : ["db.t"]);
      const name =
        result instanceof Committed ? "committed" : Reflect.get(Object(Reflect.get(Object(result), "error")), "name");
      expect(name).toBe(missingRow === "stop" ? "row_missing" : "committed");
    },
  );

  it("S12: what may have been applied before is applied again to the same end", async () => {
    const parts = [
      [insert(1, 2), change(t, "update", [1, 1], [1, 5])],
      [remove(2), insert(3)],
    ];
    const { result, rows } = await applied(parts, {
      again: true,
      before: "INSERT INTO `db`.`t` (`id`,`n`) VALUES (1,5),(3,3)",
    });
    expect(result).toBeInstanceOf(Committed);
    expect(new Set(rows)).toEqual(new Set([1, 3]));
    expect(rows).toHaveLength(2);
  });

  it("S12: a table without a key can't be, and is named", async () => {
    const { result, fence } = await applied([[change(k, "insert", [1])]], { again: true });
    expect(result).toMatchObject({ kind: "execute", error: { name: "piece_uncertain", facts: { table: "db.k" } } });
    expect(fence).toBeUndefined();
  });
});
