import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { cutAround, errorAnswer, type Packet } from "../../support/mysql-packets.ts";
import { startProxy, type TcpProxy } from "../../support/tcp-proxy.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A server that answers by `serve` (default: echoes), behind a proxy. */
async function setUp(serve: (socket: Socket) => void = (socket) => void socket.pipe(socket)): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const proxy = await startProxy({ host: "127.0.0.1", port: address.port });
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  ends.push(() => proxy.close());
  return proxy;
}

async function connectTo(proxy: TcpProxy): Promise<Socket> {
  const socket = createConnection(proxy.port, proxy.host);
  ends.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Everything that arrives until the end, and how it ended: "end" or an error's code. */
async function readToEnd(socket: Socket): Promise<{ text: string; ended: string }> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = await new Promise<string>((resolve) => {
    socket.once("end", () => resolve("end"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
  });
  return { text, ended };
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let answer = "";
  while (answer.length < text.length) {
    const [chunk] = await once(socket, "data");
    answer += String(chunk);
  }
  return answer;
}

test("without faults bytes go through both ways and are counted", async () => {
  const proxy = await setUp();
  expect(await ask(await connectTo(proxy), "hello")).toBe("hello");
  expect(proxy.passed).toEqual({ "to-server": 5, "to-client": 5 });
  expect([proxy.open, proxy.accepted]).toEqual([1, 1]);
});

test("a cut lets exactly so many bytes through, counted from now", async () => {
  const proxy = await setUp();
  const socket = await connectTo(proxy);
  await ask(socket, "12345");
  proxy.cutAfter("to-client", 3);
  socket.write("abcdef");
  expect(await readToEnd(socket)).toEqual({ text: "abc", ended: "end" });
});

test("latency delays an answer by both directions and keeps the order", async () => {
  const proxy = await setUp();
  const socket = await connectTo(proxy);
  proxy.setLatency(30);
  const start = performance.now();
  socket.write("a");
  socket.write("b");
  expect(await ask(socket, "cd")).toContain("ab");
  expect(performance.now() - start).toBeGreaterThanOrEqual(59);
});

test("reset ends open connections by RST; refuse turns new ones away; heal lets them in again on the same port", async () => {
  const proxy = await setUp();
  const socket = await connectTo(proxy);
  await ask(socket, "x");
  const end = readToEnd(socket);
  proxy.reset();
  expect((await end).ended).toBe("ECONNRESET");
  await proxy.refuse();
  await expect(connectTo(proxy)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await proxy.heal();
  expect(await ask(await connectTo(proxy), "again")).toBe("again");
});

test("a black hole accepts everything and answers nothing; heal resets what went into it", async () => {
  const proxy = await setUp();
  proxy.blackHole();
  const socket = await connectTo(proxy);
  const end = readToEnd(socket);
  socket.write("lost");
  while (proxy.swallowed < 4) await new Promise(setImmediate);
  expect(socket.readyState).toBe("open");
  await proxy.heal();
  expect(await end).toEqual({ text: "", ended: "ECONNRESET" });
  expect(proxy.passed["to-server"]).toBe(0);
});

test("a paused direction makes its sender feel back-pressure, and nothing is lost", async () => {
  const proxy = await setUp((socket) => {
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes === 32 * 1024 * 1024) socket.end("all of it");
    });
  });
  const socket = await connectTo(proxy);
  proxy.pause("to-server");
  let written = false;
  socket.write(Buffer.alloc(32 * 1024 * 1024), () => {
    written = true;
  });
  for (let round = 0; round < 200; round += 1) await new Promise(setImmediate);
  expect(written).toBe(false);
  await proxy.heal();
  expect((await readToEnd(socket)).text).toBe("all of it");
});

function packet(sequence: number, payload: string | readonly number[]): Buffer {
  const body = Buffer.from(payload);
  return Buffer.concat([Buffer.from([body.length & 0xff, body.length >> 8, 0, sequence]), body]);
}

const OK = [0, 0, 0, 2, 0, 0, 0];
const OK_MORE = [0, 0, 0, 10, 0, 0, 0];

test("a hook sees whole packets however they are cut into chunks, and may drop them", async () => {
  const proxy = await setUp();
  const seen: Packet[] = [];
  proxy.setHook((each) => {
    seen.push(each);
    return each.payload.toString() === "two" ? "drop" : "pass";
  });
  const socket = await connectTo(proxy);
  const all = Buffer.concat([packet(0, "one"), packet(1, "two"), packet(2, "three")]);
  for (const byte of all) socket.write(Buffer.from([byte]));
  const expected = Buffer.concat([packet(0, "one"), packet(2, "three")]);
  let echoed = Buffer.alloc(0);
  while (echoed.length < expected.length) {
    const [chunk] = await once(socket, "data");
    if (Buffer.isBuffer(chunk)) echoed = Buffer.concat([echoed, chunk]);
  }
  expect(echoed).toEqual(expected);
  const toServer = seen.filter(({ direction }) => direction === "to-server");
  expect(toServer.map(({ sequence, payload }) => `${sequence} ${payload.toString()}`)).toEqual([
    "0 one",
    "1 two",
    "2 three",
  ]);
});

test.each([
  ["before", []],
  ["after", ["BEGIN", "COMMIT"]],
] as const)("cut %s a COMMIT: the client sees a reset, the server has seen what it should", async (when, reached) => {
  const statements: string[] = [];
  const proxy = await setUp((socket) => {
    socket.on("data", (chunk: Buffer) => {
      statements.push(...chunk.toString("utf8", 5).split("; "));
      // Two statements in one query have two answers.
      socket.write(Buffer.concat([packet(1, OK_MORE), packet(2, OK)]));
    });
  });
  const strike = cutAround(/COMMIT$/, when);
  proxy.setHook(strike.hook);
  const socket = await connectTo(proxy);
  socket.write(packet(0, "\x03BEGIN; COMMIT"));
  expect(await readToEnd(socket)).toEqual({ text: "", ended: "ECONNRESET" });
  expect(statements).toEqual(reached);
  expect(strike.struck).toBe(1);
  const second = await connectTo(proxy);
  second.write(packet(0, "\x03BEGIN; COMMIT"));
  await once(second, "data");
});

test("half of an answer: the client reads half of its bytes, then the end; the server has done the statement", async () => {
  const proxy = await setUp((socket) => socket.on("data", () => socket.write(packet(1, OK))));
  proxy.setHook(cutAround(/COMMIT$/, "half").hook);
  const socket = await connectTo(proxy);
  const end = readToEnd(socket);
  socket.write(packet(0, "\x03COMMIT"));
  const { text, ended } = await end;
  expect([text.length, ended]).toEqual([5, "end"]);
});

test("an answer of the proxy's own: the server sees nothing of the statement, and the connection lives on", async () => {
  const seen: string[] = [];
  const proxy = await setUp((socket) =>
    socket.on("data", (chunk: Buffer) => {
      seen.push(chunk.toString("utf8", 5));
      socket.write(packet(1, OK));
    }),
  );
  const answer = errorAnswer(1053, "08S01", "Server shutdown in progress");
  proxy.setHook(({ payload }) => (payload.toString("utf8", 1) === "BEGIN" ? { answer } : "pass"));
  const socket = await connectTo(proxy);
  socket.write(packet(0, "\x03BEGIN"));
  expect(await once(socket, "data")).toEqual([answer]);
  socket.write(packet(0, "\x03SELECT 1"));
  expect(await once(socket, "data")).toEqual([packet(1, OK)]);
  expect(seen).toEqual(["SELECT 1"]);
});

test("abandoned connections are gone for the client, and stay open for the server until heal", async () => {
  const heard: string[] = [];
  const proxy = await setUp((socket) => {
    socket.on("error", (error: NodeJS.ErrnoException) => heard.push(error.code ?? ""));
    socket.pipe(socket);
  });
  const socket = await connectTo(proxy);
  await ask(socket, "x");
  const end = readToEnd(socket);
  proxy.abandon();
  expect((await end).ended).toBe("ECONNRESET");
  expect(await ask(await connectTo(proxy), "another")).toBe("another");
  expect(heard).toEqual([]);
  await proxy.heal();
  while (heard.length === 0) await new Promise(setImmediate);
  expect(heard).toEqual(["ECONNRESET"]);
});
