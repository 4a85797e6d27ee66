import { describe, expect, it } from "vitest";
import type { Fault } from "../../chaos/simulation/server/dealer.ts";
import { applyBatch } from "../../../src/applier/apply-batch.ts";
import { Batch } from "../../../src/applier/batch.ts";
import { Committed } from "../../../src/applier/commit.ts";
import type { ExecutionError } from "../../../src/applier/execution-errors.ts";
import type { TargetTable } from "../../../src/applier/target.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { RowsChange } from "../../../src/binlog/transaction.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";
import { change, key, structure, target, transaction } from "../../support/tables.ts";

const plain = structure("t", ["id int", "n int null"], [key("PRIMARY", "id")]);
const t = target(plain);

function batchOf(...changes: RowsChange<TargetTable>[]): Batch {
  const batch = new Batch(1, { file: "binlog.000001", offset: 4 }, emptyGtidSet("mysql"));
  batch.add(transaction(100, ...changes), false, false);
  return batch;
}

const insert = (...ids: number[]): RowsChange<TargetTable> => change(t, "insert", ...ids.map((id) => [id, id]));

/** What a batch of one insert comes to when this goes wrong. */
async function applied(point: RegExp, fault: Fault, times = 1) {
  const downstream = await simulatedDownstream([plain]);
  const connection = await downstream.connect();
  downstream.dealer.at(point, fault, { times });
  const retries: string[] = [];
  const context = downstream.context({ onRetry: ({ name }) => retries.push(name) });
  const result = await downstream.done(applyBatch(connection, batchOf(insert(1)), context));
  const fences = downstream.rows("tidemark.applied_batch").length;
  return { result, retries, rows: downstream.rows("db.t").length, fences, passed: downstream.dealer.passed };
}

function failed(result: Committed | ExecutionError): ExecutionError {
  if (result instanceof Committed) throw new Error("it was committed");
  return result;
}

const CUT = { kind: "cut", takesEffect: false, later: false } as const;

describe("applying a batch", () => {
  it("writes its rows and its applied-batch row in one transaction, and gives a proof", async () => {
    const { result, rows, fences, passed } = await applied(/nothing goes wrong/, CUT);
    expect(result).toBeInstanceOf(Committed);
    expect({ rows, fences }).toEqual({ rows: 1, fences: 1 });
    expect(passed.filter((name) => !name.endsWith("connect"))).toEqual([
      "apply: begin",
      "apply: insert applied_batch",
      "apply: insert",
      "apply: commit",
    ]);
  });

  it("S1: BEGIN on a connection that is closed is an error of kind begin", async () => {
    const { result, rows, fences } = await applied(/begin/, CUT);
    expect(failed(result)).toMatchObject({ kind: "begin", error: { name: "connection_lost", kind: "resumable" } });
    expect({ rows, fences }).toEqual({ rows: 0, fences: 0 });
  });

  it.each([
    [1040, "too_many_connections"],
    [1129, "host_blocked"],
    [1045, "access_denied"],
    [9999, "server_error_9999"],
  ])("S1: BEGIN that the server refuses with %i is an error of kind begin", async (errno, name) => {
    const { result } = await applied(/begin/, { kind: "error", errno });
    expect(failed(result)).toMatchObject({ kind: "begin", error: { name } });
  });

  it("S1: BEGIN without an answer within the deadline is an error of kind begin, and the connection is given up", async () => {
    const { result, rows } = await applied(/begin/, { kind: "delay", ms: 700_000 });
    expect(failed(result)).toMatchObject({ kind: "begin", error: { name: "answer_timeout" } });
    expect(rows).toBe(0);
  });

  it.each(["insert applied_batch", "insert$"])(
    "S1: a failing statement (%s) is an error of kind execute",
    async (point) => {
      const { result, rows, fences } = await applied(new RegExp(point), { kind: "error", errno: 1021 });
      expect(failed(result)).toMatchObject({ kind: "execute", error: { name: "disk_full" } });
      expect({ rows, fences }).toEqual({ rows: 0, fences: 0 });
    },
  );

  it("S1: a COMMIT that the server refuses is an error of kind commit", async () => {
    const { result, rows } = await applied(/commit/, { kind: "error", errno: 1290 });
    expect(failed(result)).toMatchObject({ kind: "commit", error: { name: "read_only" } });
    expect(rows).toBe(0);
  });

  it.each([true, false])(
    "S6: a COMMIT whose answer is lost is no proof, whether it took effect (%s) or not",
    async (takesEffect) => {
      const { result, rows, fences } = await applied(/commit/, { kind: "cut", takesEffect, later: false });
      expect(failed(result)).toMatchObject({ kind: "commit", error: { name: "connection_lost" } });
      // The row that decides is there exactly when the batch is.
      expect({ rows, fences }).toEqual(takesEffect ? { rows: 1, fences: 1 } : { rows: 0, fences: 0 });
    },
  );

  // What broke: the second try began with the checks off, so that rows which the upstream's own foreign keys had removed stayed.
  it.each([1213, 1205])(
    "S9: a batch that is broken off (%i) while its checks are off begins again with them on",
    async (errno) => {
      const parents = structure("p", ["id int"], [key("PRIMARY", "id")]);
      const foreignKeys = [
        {
          name: "fk",
          columns: ["p_id"],
          parentDatabase: "db",
          parentTable: "p",
          parentColumns: ["id"],
          onDelete: "CASCADE",
          onUpdate: "RESTRICT",
        },
      ];
      const children = { ...structure("c", ["id int", "p_id int"], [key("PRIMARY", "id")]), foreignKeys };
      const [p, c] = [parents, children].map((each) => target(each, each, "family"));
      if (p === undefined || c === undefined) throw new Error("two tables");
      const downstream = await simulatedDownstream([parents, children]);
      await downstream.execute("INSERT INTO `db`.`p` (id) VALUES (1)");
      await downstream.execute("INSERT INTO `db`.`c` (id, p_id) VALUES (1, 1)");
      const connection = await downstream.connect();
      downstream.dealer.at(/insert$/, { kind: "error", errno });
      const orphan = { ...change(c, "insert", [2, 99]), foreignKeyChecksOff: true };
      const batch = batchOf(change(p, "delete", [1]), orphan);
      expect(await downstream.done(applyBatch(connection, batch, downstream.context()))).toBeInstanceOf(Committed);
      expect(downstream.rows("db.c").map((row) => row["id"])).toEqual([2]);
    },
  );

  it("S1: anything that is thrown is an error of kind unexpected", async () => {
    const downstream = await simulatedDownstream([plain]);
    const connection = await downstream.connect();
    const [id, n] = t.writable;
    const broken = new Error("a value that can't be written");
    if (id === undefined || n === undefined) throw new Error("two columns");
    const literal = (): never => {
      throw broken;
    };
    const odd = { ...t, writable: [id, { ...n, literal }] };
    const batch = batchOf(change(odd, "insert", [1, 1]));
    const result = failed(await downstream.done(applyBatch(connection, batch, downstream.context())));
    expect(result).toMatchObject({ kind: "unexpected", error: { name: "unexpected", cause: broken } });
    const named = new TidemarkError("label_missing_downstream", "", { stage: "apply", hint: "" });
    const throwing = {
      ...t,
      writable: [
        {
          ...id,
          literal: () => {
            throw named;
          },
        },
      ],
    };
    const again = batchOf(change(throwing, "insert", [1, 1]));
    const second = failed(await downstream.done(applyBatch(connection, again, downstream.context())));
    expect(second).toEqual({ kind: "unexpected", error: named });
    expect(downstream.rows("db.t")).toEqual([]);
  });

  it.each([
    ["deadlock", 1213],
    ["lock_wait_timeout", 1205],
  ])("S9: after a %s the whole batch is rolled back and tried again, whole", async (name, errno) => {
    const { result, retries, rows, fences, passed } = await applied(/insert$/, { kind: "error", errno }, 2);
    expect(result).toBeInstanceOf(Committed);
    expect(retries).toEqual([name, name]);
    expect({ rows, fences }).toEqual({ rows: 1, fences: 1 });
    expect(passed.filter((point) => /begin|rollback/.test(point))).toEqual([
      "apply: begin",
      "apply: rollback",
      "apply: begin",
      "apply: rollback",
      "apply: begin",
    ]);
  });

  it("S9: a COMMIT that ends in a deadlock is tried again as well", async () => {
    const { result, rows } = await applied(/commit/, { kind: "error", errno: 1213 });
    expect(result).toBeInstanceOf(Committed);
    expect(rows).toBe(1);
  });

  it("S9: gives up after ten attempts; the next session goes on", async () => {
    const { result, retries, rows } = await applied(/insert$/, { kind: "error", errno: 1205 }, 99);
    const { kind, error } = failed(result);
    expect(kind).toBe("execute");
    expect(error).toMatchObject({ name: "lock_wait_timeout", kind: "resumable" });
    expect(error.message).toContain("10 attempts");
    expect(retries).toHaveLength(9);
    expect(rows).toBe(0);
  });

  it("S10: a session whose epoch is over changes nothing, not even for a moment", async () => {
    const downstream = await simulatedDownstream([plain]);
    const connection = await downstream.connect();
    await downstream.execute("UPDATE `tidemark`.`task` SET epoch = 2 WHERE name = 't'");
    const result = failed(await downstream.done(applyBatch(connection, batchOf(insert(1)), downstream.context())));
    expect(result).toMatchObject({ kind: "execute", error: { name: "task_taken_over", kind: "fatal" } });
    expect(downstream.dealer.passed).not.toContain("apply: insert");
    expect(downstream.rows("db.t")).toEqual([]);
  });

  it("S11: a statement of many rows that misses one is rolled back and looked at row by row", async () => {
    const downstream = await simulatedDownstream([plain]);
    const connection = await downstream.connect();
    await downstream.execute("INSERT INTO `db`.`t` (id, n) VALUES (1, 1), (3, 3)");
    const batch = batchOf(insert(9), change(t, "delete", [1, 1], [2, 2], [3, 3]));
    const result = failed(await downstream.done(applyBatch(connection, batch, downstream.context())));
    expect(result).toMatchObject({ kind: "execute", error: { name: "row_missing" } });
    expect(result.error.message).toContain("`id`=2");
    expect(result.error.position).toBe("binlog.000001:4 … binlog.000001:100");
    expect(downstream.rows("db.t").map(({ id }) => id)).toEqual([1, 3]);
    expect(downstream.rows("tidemark.applied_batch")).toEqual([]);
  });

  it("S4: a statement that failed is not asked how many rows it matched", async () => {
    const downstream = await simulatedDownstream([plain]);
    const connection = await downstream.connect();
    downstream.dealer.at(/delete/, { kind: "error", errno: 1021 });
    const batch = batchOf(change(t, "delete", [1, 1], [2, 2]));
    const result = failed(await downstream.done(applyBatch(connection, batch, downstream.context())));
    expect(result).toMatchObject({ kind: "execute", error: { name: "disk_full" } });
    expect(downstream.dealer.passed.filter((point) => point === "apply: delete")).toHaveLength(1);
  });

  it("K6: a batch that is too long for one packet goes in several, all in one transaction", async () => {
    const downstream = await simulatedDownstream([plain]);
    const connection = await downstream.connect();
    const limits = { rowsMax: 2, charactersMax: 100_000, rowAlias: true };
    const context = downstream.context({ limits, packetBytesMax: 300 });
    const result = await downstream.done(applyBatch(connection, batchOf(insert(1, 2, 3, 4, 5, 6, 7)), context));
    expect(result).toBeInstanceOf(Committed);
    expect(downstream.rows("db.t")).toHaveLength(7);
    expect(downstream.dealer.passed.filter((point) => /begin|commit/.test(point))).toHaveLength(2);
  });

  it("S5: a packet that fails behind the first one leaves nothing of the first", async () => {
    const downstream = await simulatedDownstream([plain]);
    const connection = await downstream.connect();
    const limits = { rowsMax: 2, charactersMax: 100_000, rowAlias: true };
    downstream.dealer.at(/insert$/, CUT, { skip: 2 });
    const context = downstream.context({ limits, packetBytesMax: 300 });
    const result = failed(await downstream.done(applyBatch(connection, batchOf(insert(1, 2, 3, 4, 5, 6, 7)), context)));
    expect(result).toMatchObject({ kind: "execute", error: { name: "connection_lost" } });
    expect(downstream.rows("db.t")).toEqual([]);
  });
});
