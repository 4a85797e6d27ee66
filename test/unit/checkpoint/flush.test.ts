import { describe, expect, it } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { ExecutionErrors, type ExecutionKind } from "../../../src/applier/execution-errors.ts";
import { type Checkpoint, Ledger } from "../../../src/applier/ledger.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { FlushWorker } from "../../../src/checkpoint/flush.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { transaction } from "../../support/tables.ts";

const START = { file: "binlog.000001", offset: 4 };
const UPSTREAM = { flavour: "mysql", uuid: null, serverId: 1 } as const;

function error(name: string, kind: "fatal" | "resumable" = "resumable"): TidemarkError {
  return new TidemarkError(name, "as the test wants it", { stage: "checkpoint", kind, hint: "" });
}

/** The name of the error with which it ends; "" for none. */
async function nameOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (thrown) {
    return thrown instanceof Error ? thrown.name : "not an error";
  }
}

/** A ledger that moves when it is told to, a store that answers as it is told, and a flush worker between them. */
function scene() {
  const ledger = new Ledger(START, emptyGtidSet("mysql"), true);
  const errors = new ExecutionErrors();
  const clock = manualClock();
  const saved: number[] = [];
  const reported: string[] = [];
  const answers: (TidemarkError | "ok" | Promise<void>)[] = [];
  const store = {
    async save(checkpoint: Checkpoint): Promise<number> {
      const answer = answers.shift() ?? "ok";
      if (answer instanceof TidemarkError) throw answer;
      if (answer !== "ok") await answer;
      saved.push(checkpoint.position.offset);
      return clock.now();
    },
  };
  const flush = new FlushWorker({
    ledger,
    errors,
    store,
    upstream: UPSTREAM,
    intervalMs: 1000,
    clock,
    faults: null,
    onSaved: (checkpoint) => reported.push(`saved ${checkpoint.position.offset}`),
    onSaveFailed: ({ name }) => reported.push(name),
  });
  let sequence = 0;
  const move = (): void => {
    sequence += 1;
    const batch = new Batch(sequence, START, emptyGtidSet("mysql"));
    batch.add(transaction(sequence * 100), false, true);
    ledger.enter(batch);
    ledger.settleEmpty(batch);
  };
  return { ledger, errors, clock, saved, reported, answers, flush, move };
}

describe("the checkpoint-flush worker", () => {
  it("saves once an interval, and only what is new", async () => {
    const { clock, saved, flush, move } = scene();
    const end = new AbortController();
    const running = flush.run(end.signal);
    move();
    move();
    await clock.advance(999);
    expect(saved).toEqual([]);
    await clock.advance(1);
    expect(saved).toEqual([200]);
    await clock.advance(5000);
    expect(saved).toEqual([200]);
    move();
    await clock.advance(1000);
    expect(saved).toEqual([200, 300]);
    end.abort();
    await running;
    expect(clock.waiting).toBe(0);
  });

  const kinds: readonly ExecutionKind[] = ["begin", "execute", "commit", "unexpected"];
  it.each(kinds)("S1: does not move the checkpoint any more once an error of kind %s is recorded", async (kind) => {
    const { clock, errors, saved, flush, move } = scene();
    const running = flush.run(new AbortController().signal);
    move();
    errors.record(kind, error("first"));
    await clock.advance(10_000);
    await running;
    await expect(flush.flush()).rejects.toThrow("as the test wants it");
    expect(saved).toEqual([]);
  });

  it("S2: no later error opens the way for the checkpoint", async () => {
    const { errors, saved, flush, move } = scene();
    move();
    errors.record("begin", error("first"));
    errors.record("execute", error("second"));
    errors.record("unexpected", error("cancelled"));
    await expect(flush.flush()).rejects.toMatchObject({ name: "first" });
    expect(saved).toEqual([]);
  });

  // What broke: the last flush of a run said nothing when an error was recorded meanwhile, and the run ended as if all was saved.
  it("S1, V9: says so when an error came up while it saved", async () => {
    const { clock, errors, saved, flush, move, answers } = scene();
    answers.push(error("connection_lost"));
    move();
    const ended = nameOf(flush.flush());
    await clock.advance(10);
    errors.record("unexpected", error("lease_lost"));
    await clock.advance(10_000);
    expect(await ended).toBe("lease_lost");
    expect(saved).toEqual([]);
  });

  it("S7: a save that fails is tried again, and each failure is told", async () => {
    const { clock, saved, reported, flush, move, answers } = scene();
    answers.push(error("connection_lost"), error("lock_wait_timeout"));
    move();
    const flushed = flush.flush();
    await clock.advance(10_000);
    await flushed;
    expect(saved).toEqual([100]);
    expect(reported).toEqual(["connection_lost", "lock_wait_timeout", "saved 100"]);
  });

  it("S7: gives up after five failures in a row", async () => {
    const { clock, saved, reported, flush, move, answers } = scene();
    answers.push(...Array.from({ length: 9 }, () => error("read_only")));
    move();
    const ended = nameOf(flush.flush());
    await clock.advance(60_000);
    expect(await ended).toBe("read_only");
    expect(saved).toEqual([]);
    expect(reported).toHaveLength(5);
  });

  it("S10: a task that was taken over is not saved a second time", async () => {
    const { clock, reported, flush, move, answers } = scene();
    answers.push(error("task_taken_over", "fatal"));
    move();
    await expect(flush.flush()).rejects.toMatchObject({ name: "task_taken_over" });
    expect(reported).toEqual(["task_taken_over"]);
    expect(clock.waiting).toBe(0);
  });

  it("saves one at a time: a flush that is asked for meanwhile comes after, with what is new by then", async () => {
    const { saved, flush, move, answers } = scene();
    const gate = Promise.withResolvers<void>();
    answers.push(gate.promise);
    move();
    const first = flush.flush();
    await Promise.resolve();
    move();
    const second = flush.flush();
    await Promise.resolve();
    expect(saved).toEqual([]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(saved).toEqual([100, 200]);
  });
});
