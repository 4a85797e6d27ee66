import { request } from "node:http";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { silentLog } from "../../../src/log.ts";
import { openStatusServer, type StatusServer } from "../../../src/status/server.ts";
import { readStatus } from "../../../src/status/status.ts";
import { fakeTask, RUNNING, type FakeTask } from "../../support/fake-source.ts";
import { manualClock } from "../../support/manual-clock.ts";

const open: StatusServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(task: FakeTask | null = fakeTask()): Promise<number> {
  const server = await openStatusServer({ host: "127.0.0.1", port: 0 }, silentLog);
  open.push(server);
  if (task !== null) {
    const { read, close } = readStatus(task, manualClock());
    close();
    server.serve({ status: read, controls: task });
  }
  return server.port;
}

interface Reply {
  readonly code: number;
  readonly type: string | undefined;
  readonly allow: string | undefined;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(port: number, path: string, { method = "GET", body, headers = {} }: Ask = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { "content-type": type, allow } = response.headers;
        resolve({ code: response.statusCode ?? 0, type, allow, body: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const post = (body?: string, headers: Readonly<Record<string, string>> = {}): Ask => ({
  method: "POST",
  headers,
  ...(body === undefined ? {} : { body }),
});

/** Errors are JSON with a message, whatever they are. */
function messageOf(reply: Reply): string {
  expect(reply.type).toContain("application/json");
  const body: { message?: unknown } = JSON.parse(reply.body);
  return String(body.message);
}

describe("reading", () => {
  test("GET /status is the status as JSON, GET /metrics is Prometheus's text", async () => {
    const port = await serve();
    const status = await ask(port, "/status");
    expect(status.code).toBe(200);
    expect(JSON.parse(status.body)).toMatchObject({ task: "orders", state: "running", rows: { perSecond: null } });
    const metrics = await ask(port, "/metrics");
    expect(metrics).toMatchObject({ code: 200, type: "text/plain; version=0.0.4; charset=utf-8" });
    expect(metrics.body).toContain('tidemark_state{task="orders",state="running"} 1\n');
  });

  test("GET /healthz is 200 unless the task has failed", async () => {
    const task = fakeTask();
    const port = await serve(task);
    expect(await ask(port, "/healthz")).toMatchObject({ code: 200, body: '{"state":"running"}' });
    task.now = { ...RUNNING, state: "failed" };
    expect((await ask(port, "/healthz")).code).toBe(503);
  });

  test("before the task is there, it says so", async () => {
    const port = await serve(null);
    const reply = await ask(port, "/status");
    expect([reply.code, messageOf(reply)]).toEqual([503, "the task is starting"]);
    expect((await ask(port, "/pause", post())).code).toBe(503);
    expect((await ask(port, "/healthz")).code).toBe(200);
  });

  test("M18: fifty readers at once are answered while the task is busy with something else", async () => {
    const port = await serve();
    const replies = await Promise.all(Array.from({ length: 50 }, () => ask(port, "/status")));
    expect(replies.every(({ code }) => code === 200)).toBe(true);
  });
});

describe("orders", () => {
  test("are passed on and answered with a message", async () => {
    const task = fakeTask();
    const port = await serve(task);
    for (const order of ["pause", "resume", "stop", "reload"]) {
      expect(await ask(port, `/${order}`, post())).toMatchObject({
        code: 200,
        body: '{"message":"as you wish","task":"orders"}',
      });
    }
    await ask(port, "/stop", post('{"task":"orders","force":true}'));
    expect(task.orders).toEqual(["pause", "resume", "stop", "reload", "stop by force"]);
  });

  test("that are refused give 409 and the reason", async () => {
    const task = fakeTask();
    task.answer = { accepted: false, message: "it is stopping already" };
    const reply = await ask(await serve(task), "/pause", post());
    expect([reply.code, messageOf(reply)]).toEqual([409, "it is stopping already"]);
  });

  test("for another task are not passed on", async () => {
    const task = fakeTask();
    const reply = await ask(await serve(task), "/stop", post('{"task":"crm"}'));
    expect([reply.code, messageOf(reply)]).toEqual([409, "this is the task orders, not crm"]);
    expect(task.orders).toEqual([]);
  });

  test.each([
    ["text that isn't JSON", "/pause", "{"],
    ["a list", "/pause", "[]"],
    ["null", "/pause", "null"],
    ["a wrong type", "/pause", '{"task":3}'],
    ["an unknown field", "/pause", '{"mode":"x"}'],
    ["a field of another order", "/pause", '{"force":true}'],
    ["a wrong type of force", "/stop", '{"force":"yes"}'],
  ])("M19: %s gives 400 with a message, and nothing happens", async (_, path, body) => {
    const task = fakeTask();
    const reply = await ask(await serve(task), path, post(body));
    expect(reply.code).toBe(400);
    expect(messageOf(reply)).not.toBe("");
    expect(task.orders).toEqual([]);
  });

  test("M19: a body without end gives 413", async () => {
    const reply = await ask(await serve(), "/pause", post(`"${"x".repeat(5000)}"`));
    expect([reply.code, messageOf(reply)]).toEqual([413, "the body is longer than 4096 bytes"]);
  });
});

describe("what isn't there", () => {
  test("M19: unknown paths give 404, wrong methods 405 with what is allowed; never 500", async () => {
    const port = await serve();
    const missing = await ask(port, "/nothing");
    expect([missing.code, messageOf(missing)]).toEqual([404, "there is nothing at /nothing"]);
    for (const [path, method, allow] of [
      ["/status", "POST", "GET"],
      ["/metrics", "DELETE", "GET"],
      ["/healthz", "PUT", "GET"],
      ["/pause", "GET", "POST"],
      ["/stop", "PATCH", "POST"],
    ] as const) {
      const reply = await ask(port, path, { method });
      expect([reply.code, reply.allow]).toEqual([405, allow]);
      expect(messageOf(reply)).toBe(`${path} takes ${allow}`);
    }
  });

  test("facts that can't be read give 503 with a message, not 500", async () => {
    const task = fakeTask();
    const port = await serve(task);
    task.facts = () => {
      throw new Error("broken");
    };
    const reply = await ask(port, "/status");
    expect(reply.code).toBe(503);
    expect(messageOf(reply)).not.toContain("broken");
  });
});

describe("pages in the operator's browser", () => {
  test("a name that is made to point here (DNS rebinding) is refused", async () => {
    const port = await serve();
    const reply = await ask(port, "/status", { headers: { host: `evil.example:${port}` } });
    expect([reply.code, messageOf(reply)]).toEqual([
      403,
      "only requests to localhost are answered here: the Host header names another host",
    ]);
    for (const host of ["localhost", "127.0.0.1:9999", "[::1]:8261", "LOCALHOST:1"]) {
      expect((await ask(port, "/status", { headers: { host } })).code).toBe(200);
    }
    for (const host of ["127.0.0.1.evil.example", "localhost.evil", "127.1.1.1.1"]) {
      expect((await ask(port, "/status", { headers: { host } })).code).not.toBe(200);
    }
  });

  test("an order from another origin is refused, one from our own is taken", async () => {
    const task = fakeTask();
    const port = await serve(task);
    const here = `127.0.0.1:${port}`;
    expect((await ask(port, "/stop", post(undefined, { host: here, origin: "http://evil.example" }))).code).toBe(403);
    expect((await ask(port, "/stop", post(undefined, { host: here, origin: "null" }))).code).toBe(403);
    expect(task.orders).toEqual([]);
    expect((await ask(port, "/stop", post(undefined, { host: here, origin: `http://${here}` }))).code).toBe(200);
  });
});

describe("listening", () => {
  test("a port in use is a named error with a hint", async () => {
    const port = await serve();
    await expect(openStatusServer({ host: "127.0.0.1", port }, silentLog)).rejects.toMatchObject({
      name: "status_port_in_use",
      kind: "fatal",
      message: `another program listens on 127.0.0.1:${port} already`,
    });
  });

  test("an address that isn't ours is a named error", async () => {
    await expect(openStatusServer({ host: "192.0.2.1", port: 1 }, silentLog)).rejects.toMatchObject({
      name: "status_listen_failed",
    });
  });

  test("only the address of the task file answers", async () => {
    const port = await serve();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen({ host: "127.0.0.2", port }, resolve));
    await new Promise((resolve) => other.close(resolve));
    expect((await ask(port, "/healthz")).code).toBe(200);
  });

  test("closing ends connections that are kept alive", async () => {
    const server = await openStatusServer({ host: "127.0.0.1", port: 0 }, silentLog);
    const socket = connect(server.port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await new Promise((resolve) => socket.once("connect", resolve));
    await server.close();
    await closed;
    expect(socket.destroyed).toBe(true);
  });

  test("garbage in place of HTTP ends the connection and nothing else", async () => {
    const port = await serve();
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.resume();
    socket.write("\x16\x03\x01 not http\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    expect((await ask(port, "/healthz")).code).toBe(200);
  });
});

test("an order that ends the task is answered before the server closes", async () => {
  const task = fakeTask();
  const server = await openStatusServer({ host: "127.0.0.1", port: 0 }, silentLog);
  const { read, close } = readStatus(task, manualClock());
  close();
  const closing = Promise.withResolvers<void>();
  const stop: FakeTask["stop"] = (how) => {
    closing.resolve(server.close());
    return task.stop(how);
  };
  server.serve({ status: read, controls: { ...task, stop } });
  expect(await ask(server.port, "/stop", post())).toMatchObject({ code: 200 });
  await closing.promise;
  expect(task.orders).toEqual(["stop"]);
});
