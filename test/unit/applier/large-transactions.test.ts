/** Large transactions among the others: what waits for what, and where a session goes on in one that was cut. */
import { describe, expect, it } from "vitest";
import { AppliedBefore } from "../../../src/applier/applied-before.ts";
import type { Batch } from "../../../src/applier/batch.ts";
import { ExecutionErrors } from "../../../src/applier/execution-errors.ts";
import type { AppliedBatch } from "../../../src/applier/fence.ts";
import { Ledger } from "../../../src/applier/ledger.ts";
import { Scheduler } from "../../../src/applier/scheduler.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { Transaction } from "../../../src/binlog/transaction.ts";
import type { TargetTable } from "../../../src/applier/target.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { change, key, structure, target, transaction } from "../../support/tables.ts";

const t = target(structure("t", ["id int"], [key("PRIMARY", "id")]));
const START = { file: "binlog.000001", offset: 4 };
/** A large transaction stands from here to 1000. */
const BEGIN = 500;

interface Taken {
  readonly sequence: number;
  readonly ids: unknown[];
  readonly again: boolean[];
  end: "open" | "cut" | "done" | "abandoned";
}

/** A scheduler over a worker that takes parts as they come, and settles what the test lets it. */
function scene(applied: readonly AppliedBatch[] = [], splitBytes: number | null = null) {
  const ledger = new Ledger(START, emptyGtidSet("mysql"), true);
  const errors = new ExecutionErrors();
  const taken: Taken[] = [];
  const waiting: (() => void)[] = [];
  const take = async (batch: Batch, done: () => void): Promise<void> => {
    const entry: Taken = { sequence: batch.sequence, ids: [], again: [], end: "open" };
    taken.push(entry);
    const { stream } = batch;
    if (stream === null) return void waiting.push(() => settle(batch, done));
    for (let next = await stream.take(); next !== null; next = await stream.take()) {
      entry.ids.push(...next.changes.flatMap(({ rows }) => rows.map(([id]) => id)));
      entry.again.push(next.again);
    }
    if (stream.cancelled.aborted) entry.end = "abandoned";
    else entry.end = batch.through === null ? "done" : "cut";
    if (entry.end === "abandoned") done();
    else settle(batch, done);
  };
  const settle = (batch: Batch, done: () => void): void => {
    // The ledger believes proofs only; one without anything to execute is settled as such.
    Object.defineProperty(batch, "content", { value: "nothing" });
    ledger.settleEmpty(batch);
    done();
  };
  const scheduler = new Scheduler({
    ledger,
    errors,
    runner: { free: 2, run: (batch, done) => void take(batch, done) },
    start: START,
    emptyGtids: () => emptyGtidSet("mysql"),
    byGtid: false,
    appliedBefore: new AppliedBefore(applied),
    batchRows: 1,
    batchBytes: 1_000_000,
    pendingMax: 10,
    pendingBytesMax: 1_000_000,
    splitBytes,
    clock: { now: () => 5 },
  });
  return { scheduler, ledger, errors, taken, release: () => waiting.splice(0).forEach((settled) => settled()) };
}

/** Part `number` of `count`: one row with that id, a hundred bytes. */
function part(number: number, count: number, start = BEGIN): Transaction<TargetTable> {
  const last = number === count;
  const end = last ? 1000 : start + 100 * number;
  return { ...transaction(end, change(t, "insert", [number])), start, part: { number, last, through: 100 * number } };
}

/** An earlier session has applied so much of it. */
function piece(through: number, start = BEGIN): AppliedBatch {
  const file = "binlog.000001";
  return {
    epoch: 1,
    sequence: 1,
    start: { file, offset: start },
    end: { file, offset: start + 1 },
    gtids: "",
    through,
  };
}

async function addAll(scheduler: Scheduler, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) await scheduler.add(part(number, count));
}

describe("a large transaction", () => {
  it("K2: begins when everything before it is settled, and nothing behind it begins before it is", async () => {
    const { scheduler, taken, release, ledger } = scene();
    void scheduler.add(transaction(104, change(t, "insert", [77])));
    const first = scheduler.add(part(1, 2));
    await Promise.resolve();
    expect(taken.map(({ sequence }) => sequence)).toEqual([1]);
    release();
    await first;
    expect(taken.at(-1)).toMatchObject({ sequence: 2, ids: [1], end: "open" });
    expect(ledger.checkpoint().position.offset).toBe(104);
    await scheduler.add(part(2, 2));
    expect(taken.at(-1)).toMatchObject({ sequence: 2, ids: [1, 2], end: "done" });
    expect(ledger.checkpoint().position.offset).toBe(1000);
  });

  it("tells of itself while it is under way", async () => {
    const { scheduler } = scene();
    expect(scheduler.large).toBeNull();
    await scheduler.add(part(1, 3));
    await scheduler.add(part(2, 3));
    const place = { file: "binlog.000001", offset: BEGIN };
    expect(scheduler.large).toEqual({ gtid: null, ...place, rows: 2, bytes: 200, splits: false, sinceMs: 5 });
    await scheduler.add(part(3, 3));
    expect(scheduler.large).toBeNull();
  });

  it("R15, M15: that is abandoned moves no checkpoint, and drains at once", async () => {
    const { scheduler, taken, ledger } = scene();
    await scheduler.add(part(1, 3));
    scheduler.abandon();
    await scheduler.drain();
    expect(taken).toMatchObject([{ ids: [1], end: "abandoned" }]);
    expect(ledger.checkpoint().position.offset).toBe(4);
  });

  it("S3: ends with the session's first error, also while a part is offered that nobody takes", async () => {
    const { scheduler, errors, taken } = scene();
    await scheduler.add(part(1, 3));
    errors.record("execute", new TidemarkError("disk_full", "no room", { stage: "apply", hint: "" }));
    await expect(Promise.resolve().then(() => scheduler.add(part(2, 3)))).rejects.toMatchObject({ name: "disk_full" });
    expect(taken[0]?.ids).toEqual([1]);
  });

  it("S5: that an earlier session has applied is passed over, and counts as done", async () => {
    const whole: AppliedBatch = { ...piece(0), end: { file: "binlog.000001", offset: 1000 }, through: null };
    const { scheduler, taken, ledger } = scene([whole]);
    await addAll(scheduler, 3);
    scheduler.flush();
    expect(taken).toEqual([]);
    expect(ledger.checkpoint().position.offset).toBe(1000);
  });
});

describe("S12: a large transaction that may be cut", () => {
  it("is several batches, of which only the last one moves the checkpoint", async () => {
    const { scheduler, taken, ledger } = scene([], 200);
    await scheduler.add(part(1, 5));
    await scheduler.add(part(2, 5));
    expect(scheduler.large?.splits).toBe(true);
    expect([ledger.checkpoint().position.offset, ledger.checkpoint().sequence]).toEqual([4, 0]);
    for (const number of [3, 4, 5]) await scheduler.add(part(number, 5));
    expect(taken.map(({ ids, end }) => [ids, end])).toEqual([
      [[1, 2], "cut"],
      [[3, 4], "cut"],
      [[5], "done"],
    ]);
    expect([ledger.checkpoint().position.offset, ledger.checkpoint().sequence]).toEqual([1000, 3]);
    expect(ledger.transactions).toBe(1);
  });

  it("goes on behind the last piece that an earlier session has applied", async () => {
    const { scheduler, taken } = scene([piece(100), piece(200)], 200);
    await addAll(scheduler, 4);
    expect(taken).toMatchObject([{ ids: [3, 4], again: [false, false], end: "done" }]);
  });

  it("is applied again where a piece ends inside a part", async () => {
    const { scheduler, taken } = scene([piece(150)], 10_000);
    await addAll(scheduler, 3);
    expect(taken).toMatchObject([{ ids: [2, 3], again: [true, false] }]);
  });

  it("is complete with a row of its own when all of its changes were applied, and its end was not", async () => {
    const { scheduler, taken, ledger } = scene([piece(300)], 200);
    await addAll(scheduler, 3);
    expect(taken).toMatchObject([{ ids: [], end: "done" }]);
    expect(ledger.checkpoint().position.offset).toBe(1000);
  });
});
