import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import type { Probe } from "../../../src/cli/check.ts";
import { silentLog } from "../../../src/log.ts";
import type { Finding } from "../../../src/mysql/finding.ts";
import { openStatusServer, type StatusServer } from "../../../src/status/server.ts";
import { readStatus } from "../../../src/status/status.ts";
import { fakeIo, type FakeIo } from "../../support/fake-io.ts";
import { fakeTask, RUNNING, type FakeTask } from "../../support/fake-source.ts";
import { GOOD } from "../../support/task-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-main-"));
afterAll(() => rmSync(folder, { recursive: true }));
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function tidemark(
  args: readonly string[],
  findings: readonly Finding[] = [],
): Promise<FakeIo["said"] & { code: number }> {
  const io = fakeIo();
  const probe: Probe = () => Promise.resolve(findings);
  const runTask = (): never => {
    throw new Error("not in this test");
  };
  const code = await main(args, io, { runTask, probe: () => Promise.resolve(probe) });
  return { ...io.said, code };
}

function taskFile(port: number, name = "orders"): string {
  const path = join(folder, `${name}-${port}.yaml`);
  writeFileSync(path, `${GOOD.replace("name: orders", `name: ${name}`)}status: {listen: "127.0.0.1:${port}"}\n`);
  return path;
}

async function serve(task: FakeTask = fakeTask()): Promise<StatusServer> {
  const server = await openStatusServer({ host: "127.0.0.1", port: 0 }, silentLog);
  const { read, close } = readStatus(task, fakeIo().clock);
  close();
  server.serve({ status: read, controls: task });
  open.push(server);
  return server;
}

describe("status", () => {
  test("prints what the running task says, for people or as its JSON", async () => {
    const { port } = await serve();
    expect(await tidemark(["status", taskFile(port)])).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(/^task orders\n {2}state {8}running/),
    });
    const json = await tidemark(["status", taskFile(port), "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ task: "orders", rows: { inserted: 10, perSecond: null } });
  });

  test("of a task that doesn't run is task_not_running", async () => {
    const server = await openStatusServer({ host: "127.0.0.1", port: 0 }, silentLog);
    const { port } = server;
    await server.close();
    expect(await tidemark(["status", taskFile(port)])).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/^error: task_not_running\n/),
    });
  });

  test("of a task on whose address another one answers is other_task_answers", async () => {
    const { port } = await serve();
    expect(await tidemark(["status", taskFile(port, "crm")])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: other_task_answers\n/),
    });
  });

  test("of a task that is still starting is task_not_answering", async () => {
    const server = await openStatusServer({ host: "127.0.0.1", port: 0 }, silentLog);
    open.push(server);
    expect((await tidemark(["status", taskFile(server.port)])).err).toMatch(
      /^error: task_not_answering\n {2}.*the task is starting/,
    );
  });

  test.each([
    ["no JSON", "<html>"],
    ["JSON that is no status", '{"task":"orders"}'],
  ])("of something that answers with %s is answer_not_understood", async (_, body) => {
    const port = await stranger(body);
    expect(await tidemark(["status", taskFile(port)])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: answer_not_understood\n/),
    });
    expect((await tidemark(["pause", taskFile(port)])).err).toMatch(/^error: answer_not_understood\n/);
  });

  test("without a status address is a usage error", async () => {
    const path = join(folder, "off.yaml");
    writeFileSync(path, `${GOOD}status: {listen: off}\n`);
    expect(await tidemark(["status", path])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: status_off\n/),
    });
  });
});

describe("orders", () => {
  test("reach the task that the file names", async () => {
    const task = fakeTask();
    const file = taskFile((await serve(task)).port);
    for (const order of ["pause", "resume", "reload", "stop"]) {
      expect(await tidemark([order, file])).toEqual({ code: 0, out: "orders: as you wish\n", err: "" });
    }
    expect(await tidemark(["stop", file, "--force", "--json"])).toMatchObject({
      out: '{"task":"orders","message":"as you wish"}\n',
    });
    expect(task.orders).toEqual(["pause", "resume", "reload", "stop", "stop by force"]);
  });

  test("that are refused are order_refused, with the reason", async () => {
    const task = fakeTask({ ...RUNNING, state: "stopping" });
    task.answer = { accepted: false, message: "it is stopping already" };
    const { code, err } = await tidemark(["pause", taskFile((await serve(task)).port)]);
    expect([code, err.split("\n").slice(0, 2)]).toEqual([
      1,
      ["error: order_refused", "  pause was refused: it is stopping already"],
    ]);
  });

  test("don't reach another task", async () => {
    const task = fakeTask();
    const { code, err } = await tidemark(["stop", taskFile((await serve(task)).port, "crm")]);
    expect([code, err.includes("this is the task orders, not crm"), task.orders]).toEqual([1, true, []]);
  });
});

describe("check", () => {
  const path = (): string => taskFile(1);
  const finding = (level: Finding["level"], id: string): Finding => ({
    id,
    level,
    subject: "upstream",
    message: `about ${id}`,
    hint: level === "ok" ? null : `mend ${id}`,
  });

  test("prints the findings with their hints and a line of counts; 4 when one fails", async () => {
    expect(await tidemark(["check", path()], [finding("ok", "a"), finding("warn", "b"), finding("fail", "c")])).toEqual(
      {
        code: 4,
        err: "",
        out: "upstream\n  ok    about a [a]\n  warn  about b [b]\n        → mend b\n  FAIL  about c [c]\n        → mend c\n1 ok, 1 warnings, 1 failures\n",
      },
    );
    expect((await tidemark(["check", path()], [finding("warn", "b")])).code).toBe(0);
  });

  test("prints JSON for scripts", async () => {
    const { code, out } = await tidemark(["check", path(), "--json"], [finding("fail", "c")]);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toEqual({ task: "orders", findings: [finding("fail", "c")] });
  });
});

test("init writes a file once and never over another", async () => {
  const path = join(folder, "new.yaml");
  expect((await tidemark(["init", path])).code).toBe(0);
  const text = readFileSync(path, "utf8");
  expect(await tidemark(["init"])).toEqual({ code: 0, out: text, err: "" });
  expect(await tidemark(["init", path])).toMatchObject({ code: 2, err: expect.stringContaining("init_file_exists") });
  expect(existsSync(path) && readFileSync(path, "utf8") === text).toBe(true);
});

async function stranger(body: string): Promise<number> {
  const server: Server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => server.close() });
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}
