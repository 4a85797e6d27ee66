import { describe, expect, it } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { Turns, type Verdict } from "../../../src/applier/turns.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { manualClock } from "../../support/manual-clock.ts";

/** Batches 1, 2, 3, … of which the first `settled` are settled. */
function scene() {
  const state = { settled: 0 };
  const over = new AbortController();
  const clock = manualClock();
  const turns = new Turns(({ sequence }) => sequence === state.settled + 1, over.signal, clock);
  const told: string[] = [];
  const batches = new Map<number, Batch>();
  const batchOf = (sequence: number): Batch => {
    const batch = batches.get(sequence) ?? new Batch(sequence, { file: "f", offset: 4 }, emptyGtidSet("mysql"));
    batches.set(sequence, batch);
    return batch;
  };
  const began = (sequence: number): void => turns.began(batchOf(sequence));
  const wait = (sequence: number, holdsLocks = true): void => {
    const batch = batchOf(sequence);
    void turns.wait(batch, holdsLocks).then((verdict: Verdict) => told.push(`${sequence} ${verdict}`));
  };
  const blocked = (sequence: number): void => turns.blocked(batchOf(sequence));
  const settle = (): void => {
    state.settled += 1;
    turns.settled();
  };
  const heard = async (): Promise<string[]> => {
    await Promise.resolve();
    await Promise.resolve();
    return told.splice(0).toSorted();
  };
  return { clock, over, began, wait, blocked, settle, heard };
}

describe("turns of ordered batches (S13)", () => {
  it("the front commits at once, the others when all before them are settled", async () => {
    const { wait, settle, heard } = scene();
    for (const sequence of [3, 2, 1]) wait(sequence);
    expect(await heard()).toEqual(["1 commit"]);
    settle();
    expect(await heard()).toEqual(["2 commit"]);
    settle();
    expect(await heard()).toEqual(["3 commit"]);
  });

  it("a batch that runs into a lock makes the later ones yield theirs, and not the earlier ones", async () => {
    const { wait, blocked, heard } = scene();
    for (const sequence of [2, 4, 5]) wait(sequence);
    blocked(3);
    expect(await heard()).toEqual(["4 yield", "5 yield"]);
    blocked(1);
    expect(await heard()).toEqual(["2 yield"]);
  });

  it("a batch that has yielded waits for its turn, and is not asked to yield again", async () => {
    const { wait, blocked, settle, heard } = scene();
    wait(2, false);
    blocked(1);
    expect(await heard()).toEqual([]);
    settle();
    expect(await heard()).toEqual(["2 commit"]);
  });

  it("a front batch that executes for much longer than those that wait for it makes them yield: it may wait for their locks", async () => {
    const { clock, began, wait, heard, settle } = scene();
    for (const sequence of [1, 2, 3]) began(sequence);
    await clock.advance(10);
    wait(3);
    await clock.advance(5);
    wait(2);
    // 20 ms and twice the 10 ms that the one took which waited first.
    await clock.advance(34);
    expect(await heard()).toEqual([]);
    await clock.advance(1);
    expect(await heard()).toEqual(["2 yield", "3 yield"]);
    wait(1);
    expect(await heard()).toEqual(["1 commit"]);
    settle();
    expect(clock.waiting).toBe(0);
  });

  it("a front batch that commits in time disturbs nobody, nor does one that nobody waits for", async () => {
    const { clock, began, wait, heard, settle } = scene();
    for (const sequence of [1, 2]) began(sequence);
    await clock.advance(1000);
    wait(2);
    await clock.advance(10);
    wait(1);
    settle();
    await clock.advance(10_000);
    expect(await heard()).toEqual(["1 commit", "2 commit"]);
    began(3);
    await clock.advance(10_000);
    expect(clock.waiting).toBe(0);
  });

  it("S2: after the session's first error nobody commits any more", async () => {
    const { over, wait, settle, heard } = scene();
    wait(2);
    over.abort();
    wait(1);
    settle();
    expect(await heard()).toEqual(["1 over", "2 over"]);
  });
});
