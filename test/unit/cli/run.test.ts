import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ExitCode } from "../../../src/cli/io.ts";
import { run, type RunTask } from "../../../src/cli/run.ts";
import { fatal, type TidemarkError } from "../../../src/errors.ts";
import { silentLog } from "../../../src/log.ts";
import { openStatusServer } from "../../../src/status/server.ts";
import { readStatus } from "../../../src/status/status.ts";
import { fakeIo, type FakeIo, type FakeIoOptions } from "../../support/fake-io.ts";
import { fakeTask, type FakeTask } from "../../support/fake-source.ts";
import { GOOD } from "../../support/task-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(more: string): string {
  const path = join(folder, "task.yaml");
  writeFileSync(path, GOOD + more);
  return path;
}

type Told = Parameters<RunTask>[0];

interface Run {
  readonly io: FakeIo;
  readonly task: FakeTask;
  readonly ended: Promise<ExitCode>;
  readonly told: Promise<Told>;
  /** Lets the daemon end. */
  readonly end: (error?: TidemarkError) => void;
}

/** A run whose daemon does nothing until it is told to end. */
function start(options: FakeIoOptions = {}, more = "status: {listen: off}\n"): Run {
  const io = fakeIo(options);
  const task = fakeTask();
  const told = Promise.withResolvers<Told>();
  const over = Promise.withResolvers<TidemarkError | null>();
  const daemon: RunTask = async (given) => {
    given.onSource?.(task);
    told.resolve(given);
    return { error: await over.promise };
  };
  const ended = run({ file: file(more), until: null, logLevel: "info" }, io, daemon);
  return { io, task, ended, told: told.promise, end: (error) => over.resolve(error ?? null) };
}

describe("a run", () => {
  test("hands the task on and ends with 0", async () => {
    const { io, ended, told, end } = start();
    const given = await told;
    expect([given.task.name, given.until, given.holder, given.stop.aborted]).toEqual(["orders", null, "test:1", false]);
    end();
    expect(await ended).toBe(0);
    expect(io.said).toEqual({ out: "", err: "" });
  });

  test("leaves no timer and no signal handler behind", async () => {
    const { io, ended, told, end } = start({ terminal: true });
    await told;
    await io.clock.advance(1000);
    end();
    await ended;
    expect(io.clock.waiting).toBe(0);
    expect(io.signal("SIGTERM")).toBe(false);
    expect(io.signal("SIGHUP")).toBe(false);
  });

  test("tells an error as a JSON line where there is no terminal", async () => {
    const { io, ended, told, end } = start();
    await told;
    end(fatal("binlog_purged", "gone", { stage: "upstream", hint: "copy anew", position: "b.000001:4" }));
    expect(await ended).toBe(1);
    const line: unknown = JSON.parse(io.said.err);
    expect(line).toMatchObject({
      level: 60,
      error: "binlog_purged",
      stage: "upstream",
      kind: "fatal",
      hint: "copy anew",
      position: "b.000001:4",
      err: { message: "gone" },
    });
  });

  test("tells an error in lines for people on a terminal, below which nothing is drawn", async () => {
    const { io, ended, told, end } = start({ terminal: true });
    await told;
    await io.clock.advance(500);
    end(fatal("binlog_purged", "gone", { stage: "upstream", hint: "copy anew" }));
    expect(await ended).toBe(1);
    const last = io.said.err.slice(io.said.err.lastIndexOf("[2K") + 3);
    expect(last).toMatch(/^error: binlog_purged\n {2}gone\n {2}hint {6}copy anew\n.*\n$/);
  });

  test("ends with 3 when another process holds the task, and with 1 when the daemon throws", async () => {
    const taken = start();
    taken.end(fatal("task_running_elsewhere", "held", { stage: "checkpoint", hint: "h" }));
    expect(await taken.ended).toBe(3);
    const io = fakeIo();
    const daemon: RunTask = () => Promise.reject(new Error("broken"));
    expect(await run({ file: file("status: {listen: off}\n"), until: null, logLevel: "info" }, io, daemon)).toBe(1);
    expect(io.said.err).toContain('"error":"unexpected"');
  });

  test("logs lines for people on a terminal and JSON elsewhere, at the level that was asked for, and no secret", async () => {
    for (const terminal of [true, false]) {
      const { io, ended, told, end } = start({ terminal, environment: { NO_COLOR: "1" } });
      const { log } = await told;
      log.info({ rows: 3, text: "a secret-up b" }, "hello");
      log.debug("not this");
      end();
      await ended;
      expect(io.said.err).toContain(terminal ? 'INFO: hello {"rows":3' : '"rows":3,');
      expect(io.said.err.includes("not this")).toBe(false);
      expect(io.said.err).not.toContain("secret-up");
    }
  });
});

describe("signals", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s stops, once more kills, once more ends on the spot", async (signal) => {
    const { io, ended, told, end } = start();
    const { stop, kill } = await told;
    io.signal(signal);
    expect([stop.aborted, kill.aborted]).toEqual([true, false]);
    io.signal(signal);
    expect([kill.aborted, io.exits]).toEqual([true, []]);
    io.signal(signal);
    expect(io.exits).toEqual([1]);
    end();
    await ended;
  });

  test("M15: a stop that takes longer than apply.stopGrace is forced, and one that hangs even then is left behind", async () => {
    const { io, ended, told, end } = start({}, "apply: {stopGrace: 7s}\nstatus: {listen: off}\n");
    const { kill } = await told;
    io.signal("SIGTERM");
    await io.clock.advance(6999);
    expect(kill.aborted).toBe(false);
    await io.clock.advance(1);
    expect([kill.aborted, io.exits]).toEqual([true, []]);
    await io.clock.advance(5000);
    expect(io.exits).toEqual([1]);
    end();
    await ended;
  });

  test("a stop over HTTP has no more time than one by signal", async () => {
    const port = await freePort();
    const { io, ended, told, end, task } = start({}, `apply: {stopGrace: 7s}\nstatus: {listen: "127.0.0.1:${port}"}\n`);
    const { kill } = await told;
    const reply = await fetch(`http://127.0.0.1:${port}/stop`, { method: "POST" });
    expect([reply.status, task.orders]).toEqual([200, ["stop"]]);
    await io.clock.advance(7000);
    expect(kill.aborted).toBe(true);
    end();
    await ended;
  });

  test("SIGHUP asks for a reload, and the file is read again", async () => {
    const { io, ended, told, task, end } = start();
    const { reload } = await told;
    io.signal("SIGHUP");
    expect(task.orders).toEqual(["reload"]);
    file("status: {listen: off}\napply: {workers: 3}\n");
    expect(reload?.().apply.workers).toBe(3);
    file("aply: 1\n");
    expect(() => reload?.()).toThrow("unknown key `aply`");
    end();
    await ended;
  });
});

describe("the status address", () => {
  test("serves the task's status while it runs and not after", async () => {
    const port = await freePort();
    const { ended, told, end } = start({}, `status: {listen: "127.0.0.1:${port}"}\n`);
    await told;
    expect(await (await fetch(`http://127.0.0.1:${port}/status`)).json()).toMatchObject({ task: "orders" });
    end();
    await ended;
    await expect(fetch(`http://127.0.0.1:${port}/status`)).rejects.toThrow("fetch failed");
  });

  test("held by the same task ends with 3, by anything else with 1; the task isn't started", async () => {
    const other = await openStatusServer({ host: "127.0.0.1", port: 0 }, silentLog);
    const more = `status: {listen: "127.0.0.1:${other.port}"}\n`;
    const daemon: RunTask = () => Promise.reject(new Error("must not be started"));
    const command = { file: file(more), until: null, logLevel: "info" } as const;
    const stranger = fakeIo();
    expect(await run(command, stranger, daemon)).toBe(1);
    expect(stranger.said.err).toContain('"error":"status_port_in_use"');

    const first = fakeTask();
    const reader = readStatus(first, fakeIo().clock);
    other.serve({ status: reader.read, controls: first });
    const second = fakeIo();
    expect(await run(command, second, daemon)).toBe(3);
    expect(second.said.err).toContain('"error":"task_running_elsewhere"');
    await other.close();
  });
});

async function freePort(): Promise<number> {
  const server = await openStatusServer({ host: "127.0.0.1", port: 0 }, silentLog);
  await server.close();
  return server.port;
}
