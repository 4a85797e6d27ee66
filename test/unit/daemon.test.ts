import { afterEach, describe, expect, test } from "vitest";
import { TidemarkError, type ErrorKind } from "../../src/errors.ts";
import { exposition } from "../../src/status/task-metrics.ts";
import { placeBehind, scriptedTask, type ScriptedTask } from "../support/scripted-task.ts";

let scripted: ScriptedTask | null = null;

afterEach(async () => {
  await scripted?.stop();
  scripted = null;
});

/** A task that reads, has caught up and has saved that. */
async function running(options: Parameters<typeof scriptedTask>[0]): Promise<ScriptedTask> {
  const task = await scriptedTask(options);
  scripted = task;
  task.write(1);
  await task.pass(5_000);
  expect(task.status()).toMatchObject({ state: "running", checkpoint: placeBehind(1), error: null });
  return task;
}

function trouble(name: string, message = "as the test wants it", kind: ErrorKind = "resumable"): TidemarkError {
  return new TidemarkError(name, message, { stage: "upstream", kind, hint: "Wait." });
}

/** Time goes on, a little at a time, until the task has ended or failed; how long that took, s. */
async function untilFailed(task: ScriptedTask, mostSeconds: number): Promise<number> {
  let seconds = 0;
  while (task.status().state !== "failed" && seconds < mostSeconds) {
    await task.pass(100);
    seconds += 0.1;
  }
  return seconds;
}

describe("the error budget", () => {
  test("V1: five seconds of trouble, then more than the budget without being caught up: no abort, and the end at the goal", async () => {
    const task = await running({ budget: "60s", until: { kind: "position", ...placeBehind(200) } });
    task.failing = () => trouble("connection_lost");
    await task.pass(5_000);
    task.failing = null;
    for (let second = 0; second < 66; second += 1) {
      task.write(3);
      await task.pass(1_000);
    }
    expect(task.status()).toMatchObject({ state: "running", error: null });
    task.write(10);
    await task.pass(5_000);
    expect(task.outcome).toBeNull();
    expect(task.status()).toMatchObject({ state: "stopped", checkpoint: placeBehind(200) });
  });

  test("V2: one error that stays ends the task after the budget and within two seconds, with its name and its first sighting", async () => {
    const task = await running({ budget: "60s" });
    const since = Date.parse(task.status().asOf);
    task.failing = () => trouble("connection_lost");
    const seconds = await untilFailed(task, 100);
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(62);
    const { error } = task.status();
    expect(error).toMatchObject({ name: "connection_lost", retryAt: null });
    expect(Date.parse(error?.since ?? "") - since).toBeLessThan(200);
  });

  test("V3: an error, more than the budget of quiet, and the same error again: the time begins anew", async () => {
    const task = await running({ budget: "60s" });
    let times = 1;
    task.failing = () => (times-- > 0 ? trouble("connection_lost") : null);
    await task.pass(2_000);
    // It has caught up, so nothing is wrong any more; the time that it took is not forgotten yet.
    expect(task.status()).toMatchObject({ state: "running", lag: { caughtUp: true }, error: null });
    await task.pass(61_000);
    task.failing = () => trouble("connection_lost");
    await task.pass(30_000);
    expect(task.status().state).not.toBe("failed");
    expect(await untilFailed(task, 60)).toBeLessThan(32);
  });

  test("V4: errors that take turns without any progress spend one budget", async () => {
    const task = await running({ budget: "60s" });
    let count = 0;
    task.failing = () => trouble((count += 1) % 2 === 0 ? "server_shutdown" : "too_many_connections");
    const seconds = await untilFailed(task, 100);
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(62);
    expect(count).toBeGreaterThan(50);
  });

  test("V5: an error with another place in its text each time is the same error", async () => {
    const task = await running({ budget: "60s" });
    let place = 4;
    task.failing = () => trouble("connection_lost", `the connection was lost at binlog.000001:${(place += 1)}`);
    const seconds = await untilFailed(task, 100);
    expect(seconds).toBeLessThan(62);
    expect(place).toBeGreaterThan(50);
  });

  test("V6: without a budget it never gives up", { timeout: 60_000 }, async () => {
    const task = await running({ budget: "off" });
    task.failing = () => trouble("connection_lost");
    expect(await untilFailed(task, 300)).toBeGreaterThanOrEqual(300);
    task.failing = null;
    task.write(1);
    await task.pass(5_000);
    expect(task.status()).toMatchObject({ state: "running", error: null });
  });

  test("V7: connections with signs of life, and nothing saved, don't clear it", async () => {
    const task = await running({ budget: "60s" });
    let seconds = 0;
    for (; task.status().state !== "failed" && seconds < 100; seconds += 1) {
      // It connects and hears of the upstream; then the connection is lost.
      task.failing = null;
      await task.pass(500);
      task.failing = () => trouble("connection_lost");
      await task.pass(500);
    }
    expect(task.sessions).toBeGreaterThan(30);
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(seconds).toBeLessThan(63);
  });

  test("V7: a checkpoint that is saved clears it", async () => {
    const task = await running({ budget: "60s" });
    task.failing = () => trouble("connection_lost");
    await task.pass(50_000);
    expect(task.status().error).not.toBeNull();
    task.failing = null;
    task.write(1);
    await task.pass(3_000);
    expect(task.status()).toMatchObject({ checkpoint: placeBehind(2), error: null });
    task.failing = () => trouble("connection_lost");
    const seconds = await untilFailed(task, 100);
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(62);
  });
});

describe("an operator's orders", () => {
  test("V16: a task that is paused for longer than any limit has no error, and its budget is whole afterwards", async () => {
    const task = await running({ budget: "60s" });
    task.failing = () => trouble("connection_lost");
    await task.pass(50_000);
    task.controls.pause();
    await task.pass(600_000);
    expect(task.status()).toMatchObject({ state: "paused", error: null });
    task.controls.resume();
    const seconds = await untilFailed(task, 100);
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(62);
  });

  test("a pause that comes while the task waits for its next session is kept", async () => {
    const task = await running({ budget: "off" });
    task.failing = () => trouble("connection_lost");
    // Waits of up to a second: sooner or later it waits.
    for (let tries = 0; tries < 1000 && task.status().state !== "waiting"; tries += 1) await task.pass(10);
    expect(task.status().state).toBe("waiting");
    expect(task.controls.pause()).toMatchObject({ accepted: true });
    const { sessions } = task;
    await task.pass(60_000);
    expect(task.status().state).toBe("paused");
    expect(task.sessions).toBe(sessions);
    task.failing = null;
    task.controls.resume();
    task.write(1);
    await task.pass(5_000);
    expect(task.status()).toMatchObject({ state: "running", checkpoint: placeBehind(2) });
  });

  test("a pause that comes while a session comes to its end with an error is kept", async () => {
    const task = await running({ budget: "off" });
    task.failing = () => {
      task.controls.pause();
      return trouble("connection_lost");
    };
    await task.pass(5_000);
    expect(task.status().state).toBe("paused");
    task.failing = null;
    task.controls.resume();
    await task.pass(5_000);
    expect(task.status().state).toBe("running");
  });

  // What broke: the answer was that the task runs, and then it paused, with nobody there to resume it.
  test("resume, while a pause has not come about yet, takes it back", async () => {
    const task = await running({ budget: "off" });
    task.controls.pause();
    expect(task.controls.resume()).toMatchObject({ accepted: true });
    await task.pass(5_000);
    expect(task.status().state).toBe("running");
  });

  test("resume, while the task waits, is the next attempt at once", async () => {
    const task = await running({ budget: "off" });
    task.failing = () => trouble("connection_lost");
    await task.pass(20_000);
    for (let tries = 0; tries < 1000 && task.status().state !== "waiting"; tries += 1) await task.pass(1);
    const { sessions } = task;
    task.controls.resume();
    await task.pass(50);
    expect(task.sessions).toBe(sessions + 1);
  });

  test("V17: a task that is paused gives its signs of life to whoever looks, with the reason", async () => {
    const task = await running({ budget: "60s" });
    task.controls.pause();
    await task.pass(1_000);
    const { since } = task.status();
    const seen = new Set<string>();
    for (let second = 0; second < 60; second += 1) {
      await task.pass(1_000);
      const status = task.status();
      expect(status).toMatchObject({ state: "paused", throttle: { reason: "paused", since }, error: null });
      seen.add(status.asOf);
    }
    expect(seen.size).toBe(60);
    task.controls.resume();
    await task.pass(5_000);
    expect(task.status().throttle).toBeNull();
  });
});

test("V19: a downstream that can't be written: metric and status say the same at each moment, no state is stored that could say another, and it is tried again", async () => {
  const task = await running({ budget: "off" });
  // ER_OPTION_PREVENTS_STATEMENT: --read-only.
  task.downstream.dealer.at(/^checkpoint: (insert|update|delete)/, { kind: "error", errno: 1290 }, { times: 1000 });
  task.write(5);
  const states = new Set<string>();
  for (let step = 0; step < 300; step += 1) {
    await task.pass(100);
    const status = task.status();
    states.add(status.state);
    const { text } = await exposition(status);
    const holding = [...text.matchAll(/^tidemark_state\{.*state="(\w+)".*\} 1$/gm)].map((found) => found[1]);
    expect(holding).toEqual([status.state]);
    expect(text.includes("tidemark_error{")).toBe(status.error !== null);
  }
  expect(states).toContain("waiting");
  expect(task.status().error).toMatchObject({ name: "read_only" });
  expect(task.status().error?.attempt).toBeGreaterThan(10);
  for (const table of ["task", "checkpoint", "lease"]) {
    const columns = task.downstream.rows(`tidemark.${table}`).flatMap((row) => Object.keys(row));
    expect(columns.filter((name) => /state|status|error/.test(name))).toEqual([]);
  }
  task.downstream.dealer.clear();
  await task.pass(10_000);
  expect(task.status()).toMatchObject({ state: "running", checkpoint: placeBehind(6), error: null });
});

test("V18: an error that stays is the end at once, with nothing tried again; one that may pass is tried again", async () => {
  const task = await running({ budget: "60s" });
  task.failing = () => trouble("binlog_purged", "gone", "fatal");
  await task.pass(1_000);
  expect(task.status()).toMatchObject({ state: "failed", error: { name: "binlog_purged", attempt: 1, retryAt: null } });
  const { sessions } = task;
  await task.pass(600_000);
  expect(task.sessions).toBe(sessions);
  task.failing = null;
  task.controls.resume();
  task.write(1);
  await task.pass(5_000);
  expect(task.status()).toMatchObject({ state: "running", checkpoint: placeBehind(2), error: null });
});
