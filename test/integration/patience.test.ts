import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startServer, type Server } from "../support/servers/index.ts";
import { runInProcess, side, taskOf, type RunningTask } from "../support/tidemark/task-in-process.ts";
import { waitFor } from "../support/wait-for.ts";

describe("V16, G11: limits that are for failures only", () => {
  let upstream: Server;
  let downstream: Server;
  let task: RunningTask | null = null;
  let number = 0;

  beforeAll(async () => {
    [upstream, downstream] = await Promise.all([startServer({ flavour: "mysql" }), startServer({ flavour: "mysql" })]);
  });
  afterAll(() => Promise.all([upstream.stop(), downstream.stop()]));
  beforeEach(async () => {
    number += 1;
    for (const server of [upstream, downstream])
      await server.exec("DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
  });
  afterEach(async () => {
    await downstream.query("UNLOCK TABLES");
    await task?.stop();
    task = null;
  });

  /** Net timeout and budget of a second; a downstream that doesn't answer for a while is given more. */
  const follow = async (apply = "{}"): Promise<RunningTask> => {
    task = runInProcess(
      taskOf(`
name: patience-${number}
upstream: { ${side(upstream)}, netTimeout: 1s }
downstream: { ${side(downstream)} }
tables: { include: ["shop.*"] }
checkpoint: { interval: 50ms }
apply: ${apply}
retry: { base: 50ms, cap: 200ms, budget: 1s }
status: { listen: "127.0.0.1:8261" }`),
    );
    await task.until("the task reads", ({ upstream: { connectedSince } }) => connectedSince !== null);
    return task;
  };
  /** Real time, because it is what the limits are measured against. */
  const pass = (seconds: number): Promise<unknown> => {
    const until = performance.now() + seconds * 1000;
    return waitFor(() => (performance.now() > until ? true : undefined), { what: "time to pass" });
  };

  test("a task that is paused for longer than any of them goes on as if nothing had been", async () => {
    const current = await follow();
    await upstream.exec("INSERT INTO shop.t VALUES (1)");
    await current.until("the row", ({ transactions }) => transactions.applied > 0);
    current.controls.pause();
    await current.until("paused", ({ state }) => state === "paused");
    await upstream.exec("INSERT INTO shop.t VALUES (2)");
    await pass(4);
    expect(current.status()).toMatchObject({ state: "paused", error: null });
    current.controls.resume();
    await current.until("both rows", ({ transactions, lag }) => transactions.applied > 1 && lag.caughtUp);
    expect(current.status()).toMatchObject({ error: null, upstream: { reconnects: 0 } });
  });

  test("a downstream that stands still for longer than the upstream's limits costs neither connection nor budget", async () => {
    const current = await follow();
    await upstream.exec("INSERT INTO shop.t VALUES (1)");
    await current.until("the row", ({ transactions }) => transactions.applied > 0);
    await downstream.query("LOCK TABLES shop.t READ");
    await upstream.exec("INSERT INTO shop.t VALUES (2)");
    await pass(4);
    expect(current.status()).toMatchObject({ state: "running", error: null, upstream: { reconnects: 0 } });
    await downstream.query("UNLOCK TABLES");
    await current.until(
      "both rows",
      ({ lag, applied, received }) => lag.caughtUp && applied?.offset === received?.offset,
    );
  });

  test("V17: a downstream that has enough in hand: the status says so, since when, and goes on being read anew", async () => {
    const current = await follow("{ workers: 1, batchRows: 1 }");
    await upstream.exec("INSERT INTO shop.t VALUES (1)");
    await current.until("the row", ({ transactions }) => transactions.applied > 0);
    expect(current.status().throttle).toBeNull();
    await downstream.query("LOCK TABLES shop.t READ");
    for (let id = 2; id <= 9; id += 1) await upstream.exec(`INSERT INTO shop.t VALUES (${id})`);
    const held = await current.until("the word of it", ({ throttle }) => throttle !== null);
    expect(held).toMatchObject({ state: "running", throttle: { reason: "downstream" }, error: null });
    const later = await current.until(
      "a later reading",
      ({ asOf }) => Date.parse(asOf) - Date.parse(held.asOf) >= 1000,
    );
    expect(later.throttle).toEqual(held.throttle);
    expect(later.lag.contactSeconds).toBeLessThan(1);
    await downstream.query("UNLOCK TABLES");
    await current.until(
      "all rows",
      ({ lag, throttle, transactions }) => lag.caughtUp && throttle === null && transactions.applied >= 9,
    );
    expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(9);
  });

  test("V2, V21: an upstream that is gone for longer than the budget fails the task, with the step that failed; resume finds it back", async () => {
    const current = await follow();
    await upstream.exec("INSERT INTO shop.t VALUES (1)");
    await current.until("the row", ({ transactions }) => transactions.applied > 0);
    await upstream.kill();
    const goneAt = performance.now();
    const failed = await waitFor(
      () => {
        const status = current.status();
        return status.state === "failed" ? status : undefined;
      },
      { what: "the failure", explain: () => JSON.stringify(current.status()) },
    );
    expect(failed.error).toMatchObject({ name: "server_unreachable", stage: "upstream" });
    expect(performance.now() - goneAt).toBeGreaterThan(1000);
    await upstream.restart();
    await upstream.exec("INSERT INTO shop.t VALUES (2)");
    current.controls.resume();
    await waitFor(() => (current.status().state === "running" ? true : undefined), { what: "the task to run again" });
    await current.until("the new row", ({ lag, error }) => lag.caughtUp && error === null);
    expect(await downstream.query("SELECT id FROM shop.t ORDER BY id")).toHaveLength(2);
  });
});
