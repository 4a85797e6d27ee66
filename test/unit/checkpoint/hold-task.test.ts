import { expect, test } from "vitest";
import { openStore, type StoreOptions } from "../../../src/checkpoint/open-store.ts";
import { silentLog } from "../../../src/log.ts";
import type { Connection } from "../../../src/mysql/connection.ts";
import { Session } from "../../chaos/simulation/database/session.ts";
import { parseStatements } from "../../chaos/simulation/sql/parse.ts";
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

// What broke: a process that was killed amid a large transaction could not be started again while the server undid it.
test("S5: what an earlier session had under way is waited for while the server undoes it, however long that takes", async () => {
  const downstream = await simulatedDownstream([]);
  const { database, clock } = downstream;
  const earlier = new Session("earlier");
  await downstream.done(database.run(earlier, { kind: "begin" }));
  const fence = "SELECT epoch FROM `tidemark`.`task` WHERE name = 't' LOCK IN SHARE MODE";
  for (const statement of parseStatements(fence, [], clock.now())) {
    await downstream.done(database.run(earlier, statement));
  }
  const told = { isOpen: false };
  const opening = openStore(holding(downstream, await downstream.connect("checkpoint"), "second"));
  void opening.then(() => (told.isOpen = true));
  await clock.advance(3_600_000);
  expect(told.isOpen).toBe(false);
  database.rollback(earlier);
  expect((await downstream.done(opening)).claim.epoch).toBe(2);
});
