import { describe, expect, it } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { ExecutionErrors } from "../../../src/applier/execution-errors.ts";
import { Ledger } from "../../../src/applier/ledger.ts";
import { WorkerPool } from "../../../src/applier/worker-pool.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";
import { change, key, structure, target, transaction } from "../../support/tables.ts";

const plain = structure("t", ["id int", "n int null"], [key("PRIMARY", "id")]);
const t = target(plain);
const START = { file: "binlog.000001", offset: 4 };

/** A pool over a simulated downstream, and batches of one row each, entered in the ledger. */
async function scene(workers: number, onCommitted: () => void = () => undefined, connecting = Promise.resolve()) {
  const downstream = await simulatedDownstream([plain]);
  const errors = new ExecutionErrors();
  const ledger = new Ledger(START, emptyGtidSet("mysql"), true);
  const connections: number[] = [];
  const pool = new WorkerPool({
    workers,
    connect: async (over) => {
      const connection = await downstream.connecting();
      over.addEventListener("abort", () => connection.destroy());
      connections.push(connection.threadId);
      await connecting;
      return connection;
    },
    context: downstream.context(),
    errors,
    ledger,
    onCommitted,
  });
  let sequence = 0;
  const ended: number[] = [];
  const run = (): Batch => {
    sequence += 1;
    const batch = new Batch(sequence, START, emptyGtidSet("mysql"));
    batch.add(transaction(sequence * 100, change(t, "insert", [sequence, 0])), false, false);
    ledger.enter(batch);
    pool.run(batch, () => ended.push(batch.sequence));
    return batch;
  };
  const rest = (): Promise<void> => downstream.done(pool.close());
  return { downstream, errors, ledger, pool, run, rest, ended, connections };
}

describe("the worker pool", () => {
  it("applies batches side by side, each on its own connection, and settles them", async () => {
    const { downstream, errors, ledger, run, rest, ended, connections, pool } = await scene(2);
    for (let i = 0; i < 5; i += 1) run();
    expect(pool.states.map(({ state }) => state)).toEqual(["applying", "applying"]);
    await rest();
    expect(ended.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(downstream.rows("db.t")).toHaveLength(5);
    expect(ledger.checkpoint().position.offset).toBe(500);
    expect(connections).toHaveLength(2);
    expect(errors.first).toBeNull();
    expect(pool.states).toEqual(Array.from({ length: 2 }, () => ({ state: "idle", batchRows: 0 })));
  });

  it.each([
    [1040, "too_many_connections"],
    [1129, "host_blocked"],
    [1045, "access_denied"],
  ])(
    "S1: a connection that is refused with %i is an error of kind begin, and the checkpoint stays",
    async (errno, name) => {
      const { downstream, errors, ledger, run, rest, ended } = await scene(1);
      downstream.dealer.at(/connect/, { kind: "error", errno });
      const batch = run();
      await rest();
      expect(errors.first).toMatchObject({ kind: "begin", error: { name } });
      expect(errors.counts.begin).toBe(1);
      expect(batch.state).not.toBe("settled");
      expect(ended).toEqual([1]);
      expect(ledger.checkpoint().position.offset).toBe(4);
    },
  );

  it("S1: whatever else is thrown is an error of kind unexpected: the session ends, and doesn't wait for ever", async () => {
    const { errors, run, rest } = await scene(1, () => {
      throw new Error("broken");
    });
    run();
    await rest();
    expect(errors.first).toMatchObject({ kind: "unexpected", error: { cause: { message: "broken" } } });
    expect(errors.signal.aborted).toBe(true);
  });

  it("S2, S3: the first error stays, and no worker begins a batch after it", async () => {
    const { downstream, errors, run, rest, ended, ledger } = await scene(1);
    downstream.dealer.at(/insert$/, { kind: "error", errno: 1021 });
    for (let i = 0; i < 4; i += 1) run();
    await rest();
    expect(errors.first).toMatchObject({ kind: "execute", error: { name: "disk_full" } });
    expect(downstream.dealer.passed.filter((point) => point.endsWith("begin"))).toHaveLength(1);
    expect(ended).toEqual([1, 2, 3, 4]);
    expect(downstream.rows("db.t")).toEqual([]);
    expect(ledger.checkpoint().position.offset).toBe(4);
  });

  it("S3: nor does one whose connection was only being made then", async () => {
    const connecting = Promise.withResolvers<void>();
    const { downstream, errors, run, rest, ended } = await scene(1, () => undefined, connecting.promise);
    run();
    await downstream.clock.advance(100);
    errors.record("begin", new TidemarkError("too_many_connections", "another worker's", { stage: "apply", hint: "" }));
    connecting.resolve();
    await rest();
    expect(ended).toEqual([1]);
    expect(downstream.dealer.passed.filter((point) => point.endsWith("begin"))).toEqual([]);
  });

  it("destroyed, it leaves no connection behind, not even one that was only being made", async () => {
    const connecting = Promise.withResolvers<void>();
    const { downstream, run, rest, pool } = await scene(1, () => undefined, connecting.promise);
    run();
    await downstream.clock.advance(100);
    expect(downstream.server.openOf("apply")).toHaveLength(1);
    pool.destroy();
    expect(downstream.server.openOf("apply")).toEqual([]);
    connecting.resolve();
    await rest();
    expect(downstream.dealer.passed.filter((point) => point.endsWith("begin"))).toEqual([]);
  });

  it("S2: of two errors side by side the first one stays", async () => {
    const { downstream, errors, run, rest } = await scene(2);
    downstream.dealer.at(/begin/, { kind: "error", errno: 1040 });
    downstream.dealer.at(/commit/, { kind: "error", errno: 1290 });
    run();
    run();
    await rest();
    expect(errors.first).toMatchObject({ kind: "begin", error: { name: "too_many_connections" } });
    expect(errors.counts).toEqual({ begin: 1, execute: 0, commit: 1, unexpected: 0 });
  });

  it("a batch whose COMMIT got no answer is not settled", async () => {
    const { downstream, errors, ledger, run, rest } = await scene(1);
    downstream.dealer.at(/commit/, { kind: "cut", takesEffect: true, later: false });
    run();
    await rest();
    expect(errors.first?.kind).toBe("commit");
    expect(downstream.rows("db.t")).toHaveLength(1);
    expect(ledger.checkpoint().position.offset).toBe(4);
  });

  it("a connection that has ended meanwhile is replaced", async () => {
    const { downstream, run, rest, connections, errors } = await scene(1);
    run();
    await downstream.clock.advance(100);
    downstream.server.cutAll("apply", false);
    run();
    await downstream.clock.advance(100);
    await rest();
    expect(connections).toHaveLength(2);
    expect(errors.first).toBeNull();
    expect(downstream.rows("db.t")).toHaveLength(2);
  });

  it("destroyed, it ends its batches at once, unsettled", async () => {
    const { downstream, errors, run, pool, ledger, rest } = await scene(1);
    downstream.dealer.at(/insert$/, { kind: "delay", ms: 60_000 });
    run();
    await downstream.clock.advance(100);
    pool.destroy();
    await downstream.clock.advance(0);
    expect(errors.first).toMatchObject({ error: { name: "connection_lost" } });
    expect(ledger.checkpoint().position.offset).toBe(4);
    await rest();
    expect(downstream.rows("db.t")).toEqual([]);
  });
});
