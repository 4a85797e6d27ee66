import { describe, expect, test } from "vitest";
import { namedError } from "../support/tidemark/named-error.ts";
import { StatusContract } from "../support/tidemark/status-contract.ts";
import { runTidemark, waitForStatus } from "../support/tidemark/syncer-process.ts";
import { logEnd, reached } from "../support/tidemark/upstream-end.ts";
import { waitFor } from "../support/wait-for.ts";
import { DATA, type Scene, useScene } from "./lifecycle/scene.ts";

let scene: Scene;
useScene((opened) => {
  scene = opened;
});

describe("run and stop", () => {
  test("M15: SIGTERM ends the run at a transaction boundary with exit 0, and the next run goes on from there", async () => {
    const writer = await scene.writing();
    const first = scene.follow();
    await scene.following(first);
    const ended = await first.stop();
    expect(ended).toMatchObject({ code: 0, signal: null });
    await writer.stop();
    const again = await runTidemark(["run", scene.task.path, "--until", "now"]);
    expect(again).toMatchObject({ code: 0 });
    expect(await scene.differences()).toBe("no differences");
  });

  test("V9, G20: --until FILE:OFFSET ends after the transaction that ends there, and applies no later one", async () => {
    await scene.insert(1);
    const goal = await scene.insert(2);
    await scene.insert(3);
    const ended = await runTidemark(["run", scene.task.path, "--until", `${goal.file}:${goal.offset}`]);
    expect(ended).toMatchObject({ code: 0 });
    expect(await scene.inserted()).toEqual([1, 2]);
  });

  test("V9, G20: --until a GTID set ends when all of it is applied", async () => {
    await scene.insert(1);
    const [row] = await scene.upstream.query("SELECT @@GLOBAL.gtid_executed AS gtids");
    await scene.insert(2);
    const ended = await runTidemark(["run", scene.task.path, "--until", String(row?.["gtids"]).replaceAll("\n", "")]);
    expect(ended).toMatchObject({ code: 0 });
    expect(await scene.inserted()).toEqual([1]);
  });

  test("V11, G20: --until now ends at the end as it was at start, while the upstream is written to", async () => {
    const writer = await scene.writing();
    await waitFor(() => (writer.committed > 100 ? true : undefined), { what: "some writes" });
    const ended = await runTidemark(["run", scene.task.path, "--until", "now"]);
    expect(ended).toMatchObject({ code: 0 });
    await writer.stop();
    expect(await runTidemark(["run", scene.task.path, "--until", "now"])).toMatchObject({ code: 0 });
    expect(await scene.differences()).toBe("no differences");
  });

  test("V10: a goal that is reached already is exit 0, and nothing more is applied", async () => {
    const goal = await scene.insert(1);
    expect(await runTidemark(["run", scene.task.path, "--until", "now"])).toMatchObject({ code: 0 });
    await scene.insert(2);
    expect(await runTidemark(["run", scene.task.path, "--until", `${goal.file}:${goal.offset}`])).toMatchObject({
      code: 0,
    });
    expect(await scene.inserted()).toEqual([1]);
  });

  test("S10: a second process of the same task refuses with exit 3, by the status address and by the lock downstream", async () => {
    const first = scene.follow();
    await waitForStatus(first, scene.task, "the task runs", ({ state }) => state === "running");
    const sameFile = await runTidemark(["run", scene.task.path]);
    expect([sameFile.code, namedError(sameFile).name]).toEqual([3, "task_running_elsewhere"]);
    const elsewhere = await scene.taskFile(scene.task.name, await logEnd(scene.upstream));
    const byLock = await runTidemark(["run", elsewhere.path]);
    expect([byLock.code, namedError(byLock).name]).toEqual([3, "task_running_elsewhere"]);
    // The first one doesn't notice.
    await scene.insert(1);
    expect(await scene.caughtUp(first)).toBe("no differences");
  });
});

describe("GET /status", () => {
  test("says what the contract says, from the start to the end", async () => {
    const syncer = scene.follow();
    const running = await waitForStatus(
      syncer,
      scene.task,
      "the task is caught up",
      ({ lag }) => lag.caughtUp === true,
    );
    expect(running).toMatchObject({
      task: scene.task.name,
      state: "running",
      error: null,
      upstream: { reconnects: 0 },
    });
    expect(running.upstream.server).toBe(`MySQL ${scene.upstream.version}`);
    const end = await scene.insert(1);
    await scene.upstream.exec(
      "UPDATE journal SET n = 2 WHERE writer = 77; DELETE FROM journal WHERE writer = 77",
      DATA,
    );
    const later = await logEnd(scene.upstream);
    const status = await waitForStatus(
      syncer,
      scene.task,
      "the checkpoint is saved behind the changes",
      ({ checkpoint }) => reached(checkpoint, later),
    );
    expect(reached(status.applied, end)).toBe(true);
    expect(status.rows).toMatchObject({ inserted: 1, updated: 1, deleted: 1 });
    expect(status.transactions.applied).toBe(3);
    expect(status.lag.behindBytes).toBe(0);
    expect(status.checkpoint?.savedAt).not.toBeNull();
    const told = await runTidemark(["status", scene.task.path, "--json"]);
    expect(told.code).toBe(0);
    expect(StatusContract.parse(JSON.parse(told.stdout))).toMatchObject({ task: scene.task.name, state: "running" });
    const metrics = await fetch(`${scene.task.statusUrl}/metrics`);
    expect(metrics.status).toBe(200);
    expect(await metrics.text()).toMatch(/^tidemark_\w+/m);
  });

  test("the orders of the command line are followed: pause, resume, stop", async () => {
    const syncer = scene.follow();
    await waitForStatus(syncer, scene.task, "the task runs", ({ state }) => state === "running");
    expect(await runTidemark(["pause", scene.task.path])).toMatchObject({ code: 0 });
    await waitForStatus(syncer, scene.task, "the task is paused", ({ state }) => state === "paused");
    await scene.insert(1);
    expect(await runTidemark(["resume", scene.task.path])).toMatchObject({ code: 0 });
    expect(await scene.caughtUp(syncer)).toBe("no differences");
    expect(await runTidemark(["stop", scene.task.path])).toMatchObject({ code: 0 });
    expect(await syncer.ended).toMatchObject({ code: 0 });
  });
});
