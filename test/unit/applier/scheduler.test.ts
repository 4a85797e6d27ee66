import { describe, expect, it } from "vitest";
import { AppliedBefore } from "../../../src/applier/applied-before.ts";
import type { Batch } from "../../../src/applier/batch.ts";
import { ExecutionErrors } from "../../../src/applier/execution-errors.ts";
import { Ledger } from "../../../src/applier/ledger.ts";
import { Scheduler, type SchedulerOptions } from "../../../src/applier/scheduler.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { Transaction } from "../../../src/binlog/transaction.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { change, key, structure, target, transaction } from "../../support/tables.ts";

const t = target(structure("t", ["id int", "n int null"], [key("PRIMARY", "id")]));
const START = { file: "binlog.000001", offset: 4 };

/** A scheduler over workers that do nothing until the test says that a batch is done. */
function scene(options: Partial<SchedulerOptions> = {}, workers = 2) {
  const ledger = new Ledger(START, emptyGtidSet("mysql"), true);
  const errors = new ExecutionErrors();
  const running = new Map<number, { batch: Batch; done: () => void }>();
  const scheduler = new Scheduler({
    ledger,
    errors,
    runner: {
      get free() {
        return Math.max(0, workers - running.size);
      },
      run: (batch, done) => running.set(batch.sequence, { batch, done }),
    },
    start: START,
    emptyGtids: () => emptyGtidSet("mysql"),
    byGtid: false,
    appliedBefore: new AppliedBefore([]),
    batchRows: 100,
    batchBytes: 1_000_000,
    pendingMax: 4,
    pendingBytesMax: 1_000_000,
    splitBytes: null,
    clock: { now: () => 0 },
    ...options,
  });
  let end = 4;
  /** A transaction that inserts these rows; what the scheduler says. */
  const offer = (...ids: number[]): Promise<void> | null => {
    end += 100;
    return scheduler.add(
      transaction(end, ...(ids.length === 0 ? [] : [change(t, "insert", ...ids.map((id) => [id, 0]))])),
    );
  };
  /** The same, by somebody who doesn't wait for room. */
  const add = (...ids: number[]): void => void offer(...ids);
  const finish = (sequence: number): void => {
    const found = running.get(sequence);
    if (found === undefined) throw new Error(`batch ${sequence} is not running`);
    running.delete(sequence);
    found.batch.state = "settled";
    found.done();
  };
  const sequences = (): number[] => [...running.keys()];
  return { scheduler, ledger, errors, add, offer, finish, running, sequences };
}

function fail(errors: ExecutionErrors): void {
  errors.record("execute", new TidemarkError("disk_full", "no room", { stage: "apply", hint: "" }));
}

describe("the scheduler", () => {
  it("hands out what came as one batch at the end of a chunk, while a worker is free", () => {
    const { scheduler, offer, running } = scene();
    expect(offer(1)).toBeNull();
    expect(offer(2)).toBeNull();
    expect(running.size).toBe(0);
    scheduler.flush();
    expect([...running.values()].map(({ batch }) => batch.transactions)).toEqual([2]);
  });

  it("lets the open batch grow while all workers are busy, and hands it out when one is done", () => {
    const { scheduler, add, finish, sequences, running } = scene({}, 1);
    add(1);
    scheduler.flush();
    for (const id of [2, 3, 4]) {
      add(id);
      scheduler.flush();
    }
    expect(sequences()).toEqual([1]);
    finish(1);
    expect(sequences()).toEqual([2]);
    expect(running.get(2)?.batch.transactions).toBe(3);
  });

  it("closes a batch at its rows or bytes, and never within a transaction", () => {
    const { add, running } = scene({ batchRows: 3 });
    add(1, 2);
    add(3, 4, 5, 6);
    add(7);
    expect([...running.values()].map(({ batch }) => batch.rows)).toEqual([6]);
    const small = scene({ batchBytes: 150 });
    small.add(1);
    small.add(2);
    small.add(3);
    expect([...small.running.values()].map(({ batch }) => batch.transactions)).toEqual([2]);
  });

  it("K2: a batch begins when those it shares keys with are settled", () => {
    const { scheduler, add, finish, sequences } = scene({}, 8);
    add(1);
    scheduler.flush();
    add(2);
    scheduler.flush();
    add(1, 2);
    scheduler.flush();
    expect(sequences()).toEqual([1, 2]);
    finish(2);
    expect(sequences()).toEqual([1]);
    finish(1);
    expect(sequences()).toEqual([3]);
  });

  it("settles what has nothing to execute without a worker", () => {
    const { scheduler, ledger, add, running } = scene();
    add();
    add();
    scheduler.flush();
    expect(running.size).toBe(0);
    expect(ledger.checkpoint().position.offset).toBe(204);
  });

  it("S5: what an earlier session has applied is not executed, and counts as done", () => {
    const appliedBefore = { take: (one: Transaction): boolean => one.end === 104, piecesOf: () => null };
    const { scheduler, add, running, ledger } = scene({ appliedBefore });
    add(1);
    scheduler.flush();
    expect(running.size).toBe(0);
    expect(ledger.checkpoint().position.offset).toBe(104);
    add(2);
    scheduler.flush();
    expect([...running.values()].map(({ batch }) => batch.rows)).toEqual([1]);
  });

  // What broke: the limit was only looked at when a batch was closed for its size, and small ones never are.
  it.each([
    ["small", (id: number) => [id], true],
    ["empty", () => [], false],
  ])("the ledger stays bounded while one batch stands still and %s ones go by it", (_, idsOf, waits) => {
    const { scheduler, ledger, add, offer, finish, sequences } = scene({}, 8);
    add(0);
    scheduler.flush();
    let room: Promise<void> | null = null;
    for (let id = 1; id < 12_000 && room === null; id += 1) {
      room = offer(...idsOf(id));
      scheduler.flush();
      for (const sequence of sequences()) if (sequence > 1) finish(sequence);
    }
    expect(room !== null).toBe(waits);
    expect(ledger.length).toBeLessThan(10_010);
  });

  it("pull, not push: takes no more input while too many batches are unfinished", async () => {
    const { offer, finish, sequences } = scene({ batchRows: 1, pendingMax: 2 }, 8);
    expect(offer(1)).toBeNull();
    const room = offer(2);
    expect(room).not.toBeNull();
    let isRoom = false;
    const waiting = (async () => {
      await room;
      isRoom = true;
    })();
    await Promise.resolve();
    expect(isRoom).toBe(false);
    finish(sequences()[0] ?? 0);
    await waiting;
    expect(isRoom).toBe(true);
  });

  it("drains: resolves when everything that was taken is settled", async () => {
    const { scheduler, add, finish, sequences } = scene({ batchRows: 1 }, 8);
    add(1);
    add(1);
    let isDrained = false;
    const drained = (async () => {
      await scheduler.drain();
      isDrained = true;
    })();
    finish(1);
    await Promise.resolve();
    expect(isDrained).toBe(false);
    expect(sequences()).toEqual([2]);
    finish(2);
    await drained;
    expect(isDrained).toBe(true);
  });

  it("S3: hands out nothing after an error, and says so to whoever waits or comes", async () => {
    const { scheduler, errors, add, finish, sequences } = scene({ batchRows: 1 }, 8);
    add(1);
    add(1);
    const drained = scheduler.drain();
    fail(errors);
    await expect(drained).rejects.toMatchObject({ name: "disk_full" });
    finish(1);
    expect(sequences()).toEqual([]);
    expect(() => add(3)).toThrow("no room");
    await expect(scheduler.drain()).rejects.toMatchObject({ name: "disk_full" });
  });

  it("S3: an error wakes whoever waits for room", async () => {
    const { errors, offer } = scene({ batchRows: 1, pendingMax: 1 }, 8);
    const room = offer(1);
    fail(errors);
    await expect(room).rejects.toMatchObject({ name: "disk_full" });
  });

  it("a statement stands alone, behind everything before it", async () => {
    const { scheduler, add, finish, ledger } = scene({}, 8);
    add(1);
    expect(() => scheduler.statement(transaction(900))).toThrow("after a drain");
    const drained = scheduler.drain();
    finish(1);
    await drained;
    expect(scheduler.nextSequence).toBe(2);
    const batch = scheduler.statement(transaction(900));
    expect(batch.sequence).toBe(2);
    expect(batch.start).toEqual({ file: "binlog.000001", offset: 104 });
    expect(ledger.length).toBe(2);
  });
});
