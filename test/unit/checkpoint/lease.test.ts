import { describe, expect, it } from "vitest";
import { holdTask, keepLease, LEASE_MS } from "../../../src/checkpoint/lease.ts";
import { openStore } from "../../../src/checkpoint/open-store.ts";
import type { Store } from "../../../src/checkpoint/store.ts";
import { silentLog } from "../../../src/log.ts";
import type { Connection } from "../../../src/mysql/connection.ts";
import { simulatedDownstream, type SimulatedDownstream } from "../../support/simulated-downstream.ts";

const META = { metaSchema: "tidemark", task: "t", log: silentLog, faults: null };

/** A process that tries to get the lock. */
async function hold(downstream: SimulatedDownstream, connection: Connection, holder: string): Promise<void> {
  await downstream.done(holdTask({ ...META, connection, holder }));
}

/** A process that holds the task with all that belongs to it. */
async function open(downstream: SimulatedDownstream, holder: string): Promise<Store> {
  const connection = await downstream.connect("checkpoint");
  return downstream.done(openStore({ ...META, connection, holder, clock: downstream.clock }));
}

describe("who holds a task (S10)", () => {
  it("S10: a second process is refused, and told who holds the task and on which connection", async () => {
    const downstream = await simulatedDownstream([]);
    await open(downstream, "first:1");
    const second = await downstream.connect("checkpoint");
    await expect(hold(downstream, second, "second:2")).rejects.toMatchObject({
      name: "task_running_elsewhere",
      kind: "fatal",
      message: "The task t is held by first:1 (downstream connection 1); we are second:2.",
    });
  });

  it("the lock is free as soon as its holder's connection is gone", async () => {
    const downstream = await simulatedDownstream([]);
    const first = await open(downstream, "first:1");
    await downstream.done(first.close());
    expect((await open(downstream, "second:2")).claim.epoch).toBe(first.claim.epoch + 1);
  });

  it("S10: a holder that gives signs of life is not taken over from, however long it holds the task", async () => {
    const downstream = await simulatedDownstream([]);
    const first = await open(downstream, "first:1");
    const over = new AbortController();
    const keeping = keepLease(first, downstream.clock, over.signal, null);
    await downstream.clock.advance(10 * LEASE_MS + LEASE_MS / 4);
    const second = await downstream.connect("checkpoint");
    await expect(hold(downstream, second, "second:2")).rejects.toMatchObject({ name: "task_running_elsewhere" });
    over.abort();
    await downstream.done(keeping);
  });

  it("S10: a holder that was silent for the lease is taken over from, and its connections are ended", async () => {
    const downstream = await simulatedDownstream([]);
    const first = await open(downstream, "first:1");
    const worker = await downstream.connect("apply");
    await downstream.done(first.register(worker.threadId));
    await downstream.clock.advance(LEASE_MS);
    const second = await open(downstream, "second:2");
    expect(second.claim.epoch).toBe(first.claim.epoch + 1);
    await downstream.clock.advance(1000);
    expect(worker.closed).toBe(true);
    await expect(downstream.done(first.renewLease())).rejects.toMatchObject({ kind: "resumable" });
  });

  it("S10: a holder that froze before it could write its first lease is taken over from too", async () => {
    const downstream = await simulatedDownstream([]);
    const first = await downstream.connect("checkpoint");
    await hold(downstream, first, "first:1");
    const second = await downstream.connect("checkpoint");
    await expect(hold(downstream, second, "second:2")).rejects.toMatchObject({ name: "task_running_elsewhere" });
    await downstream.clock.advance(LEASE_MS + 1000);
    await hold(downstream, second, "second:2");
    await downstream.clock.advance(1000);
    expect(first.closed).toBe(true);
  });

  it("a holder that has only just come is not taken over from because of an old lease", async () => {
    const downstream = await simulatedDownstream([]);
    const before = await open(downstream, "before:0");
    await downstream.done(before.close());
    await downstream.clock.advance(10 * LEASE_MS);
    await hold(downstream, await downstream.connect("checkpoint"), "first:1");
    const second = await downstream.connect("checkpoint");
    await expect(hold(downstream, second, "second:2")).rejects.toMatchObject({ name: "task_running_elsewhere" });
  });

  it("a holder whose statement waits downstream can't renew its lease, and is not taken for frozen", async () => {
    const downstream = await simulatedDownstream([]);
    const first = await open(downstream, "first:1");
    downstream.dealer.at(/checkpoint: select task/, { kind: "delay", ms: 3 * LEASE_MS });
    const waiting = first.renewLease();
    await downstream.clock.advance(2 * LEASE_MS);
    const second = await downstream.connect("checkpoint");
    const refused = hold(downstream, second, "second:2");
    await expect(refused).rejects.toMatchObject({ name: "task_running_elsewhere" });
    await downstream.done(waiting);
  });

  it("S10: who was taken over from hears of it with the next sign of life", async () => {
    const downstream = await simulatedDownstream([]);
    const first = await open(downstream, "first:1");
    const keeping = keepLease(first, downstream.clock, new AbortController().signal, null);
    await downstream.execute("UPDATE `tidemark`.`task` SET epoch = 7 WHERE name = 't'");
    await expect(downstream.done(keeping)).rejects.toMatchObject({ name: "task_taken_over" });
  });
});
