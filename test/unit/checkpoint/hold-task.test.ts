import { expect, test } from "vitest";
import { openStore, type StoreOptions } from "../../../src/checkpoint/open-store.ts";
import { silentLog } from "../../../src/log.ts";
import type { Connection } from "../../../src/mysql/connection.ts";
import { simulatedDownstream, type SimulatedDownstream } from "../../support/simulated-downstream.ts";

function holding(downstream: SimulatedDownstream, connection: Connection, holder: string): StoreOptions {
  return {
    connection,
    metaSchema: "tidemark",
    task: "t",
    holder,
    clock: downstream.clock,
    log: silentLog,
    faults: null,
  };
}

/** A first session of the process `first` that holds the task and has a connection of its own, still there for the server. */
async function held(): Promise<SimulatedDownstream> {
  const downstream = await simulatedDownstream([]);
  await downstream.done(openStore(holding(downstream, await downstream.connect("checkpoint"), "first")));
  return downstream;
}

test("S10: another process is refused while the holder gives signs of life", async () => {
  const downstream = await held();
  const second = downstream.done(openStore(holding(downstream, await downstream.connect("checkpoint"), "second")));
  await expect(second).rejects.toMatchObject({ name: "task_running_elsewhere" });
});

test("S6, S10: a connection of our own that the server has not noticed to be gone is ended, and is no other holder", async () => {
  const downstream = await held();
  const store = await downstream.done(openStore(holding(downstream, await downstream.connect("checkpoint"), "first")));
  expect(store.claim.epoch).toBeGreaterThan(1);
});
