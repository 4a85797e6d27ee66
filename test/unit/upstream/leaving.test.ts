import dns from "node:dns";
import { afterEach, describe, expect, test } from "vitest";
import { followScripted, logFrom, type Followed } from "../../support/scripted-log.ts";
import { startScriptedServer, type Script } from "../../support/scripted-mysql-server.ts";
import { startReading } from "../../support/read-upstream.ts";

const { lookup: realLookup } = dns;
let followed: Followed | null = null;

afterEach(async () => {
  Reflect.set(dns, "lookup", realLookup);
  await followed?.stop();
  followed = null;
});

describe("V8: an upstream that takes connections and says nothing", () => {
  test("is left after the connect timeout, its name is looked up anew each time, and who answers there then is read on", async () => {
    // The same server, moved: what was at the first address accepts, and is silent.
    const script: Script = { events: (_, { offset }) => logFrom([1], offset), endAfterEvents: true };
    const old = await startScriptedServer({
      ...script,
      fail: (connection, what) => (connection > 1 && what === "greeting" ? { how: "silence" } : null),
    });
    const moved = await startScriptedServer(
      { events: (_, { offset }) => logFrom([1, 2], offset) },
      { host: "127.0.0.2", port: old.port },
    );
    let address = "127.0.0.1";
    let lookups = 0;
    // Node's net asks here for each connection that is made.
    const lookup = (_name: string, { all }: { readonly all?: boolean }, done: (...answer: unknown[]) => void): void => {
      lookups += 1;
      if (all === true) done(null, [{ address, family: 4 }]);
      else done(null, address, 4);
    };
    Reflect.set(dns, "lookup", lookup);
    const now = startReading({
      upstream: {
        host: "upstream.test",
        port: old.port,
        user: "repl",
        password: "secret",
        tls: { mode: "disabled" },
        netTimeoutMs: 5_000,
        connectTimeoutMs: 100,
        serverId: 4711,
      },
      start: { file: "binlog.000001", offset: 4, gtids: "" },
      flavour: "mysql",
      gtidsComplete: false,
      database: "shop",
      backoff: { baseMs: 5, capMs: 20 },
    });
    try {
      await now.until("three attempts that were not answered", () => now.reader.state.reconnects >= 4);
      expect(now.reader.state.reconnectCounts).toContainEqual(
        expect.objectContaining({ step: "connect", reason: "server_unreachable" }),
      );
      expect(now.reader.state.connectedSinceMs).toBeNull();
      expect(lookups).toBeGreaterThanOrEqual(4);
      address = "127.0.0.2";
      await now.until("the second row", () => now.inserted.length === 2);
      expect(now.inserted).toEqual([1, 2]);
      expect(moved.connections).toHaveLength(1);
    } finally {
      await now.stop();
      await Promise.all([old.close(), moved.close()]);
    }
  });
});

describe("G13: connections of ours that the upstream may still have", () => {
  test("are not killed by us: each new one only asks its own questions, and says by its UUID who we are", async () => {
    followed = await followScripted({ events: (_, { offset }) => logFrom([1], offset), endAfterEvents: true });
    const { now, server } = followed;
    await now.until("five connections", () => server.connections.length >= 5);
    const queries = server.connections.slice(0, 4).flatMap((connection) => connection.queries);
    expect(queries).toHaveLength(4);
    expect(queries.filter((sql) => /\bKILL\b/i.test(sql))).toEqual([]);
    const uuids = queries.map((sql) => /@slave_uuid = '([0-9a-f-]{36})'/.exec(sql)?.[1]);
    expect(new Set(uuids).size).toBe(1);
    expect(uuids[0]).toBeDefined();
  });
});

describe("G16: close() ends everything within a second", () => {
  const timeOf = async (work: Promise<unknown>): Promise<number> => {
    const before = performance.now();
    await work;
    return performance.now() - before;
  };

  test("while the upstream is silent before its greeting", async () => {
    followed = await followScripted(
      { events: () => [], fail: (_, what) => (what === "greeting" ? { how: "silence" } : null) },
      { connectTimeoutMs: 60_000 },
    );
    const { now, server } = followed;
    await now.until("a connection", () => server.connections.length === 1);
    expect(await timeOf(Promise.all([now.reader.close(), now.ended]))).toBeLessThan(1000);
  });

  test("while it owes an answer to our questions", async () => {
    followed = await followScripted(
      { events: () => [], fail: (_, what) => (what === "session" ? { how: "silence" } : null) },
      { netTimeoutMs: 60_000 },
    );
    const { now, server } = followed;
    await now.until("the question", () => server.connections[0]?.queries.length === 1);
    expect(await timeOf(Promise.all([now.reader.close(), now.ended]))).toBeLessThan(1000);
  });

  test("while it waits for its next attempt", async () => {
    followed = await followScripted(
      { events: () => [], endAfterEvents: true },
      {},
      { backoff: { baseMs: 60_000, capMs: 60_000 } },
    );
    const { now } = followed;
    await now.until("the wait", () => now.reader.state.reconnects === 2 && now.reader.state.step === "wait");
    expect(await timeOf(Promise.all([now.reader.close(), now.ended]))).toBeLessThan(1000);
  });

  test("while nobody pulls what it has read", async () => {
    followed = await followScripted({ events: (_, { offset }) => logFrom([1, 2, 3], offset) });
    const { now, server } = followed;
    const reader = now.reader;
    await now.until("a row", () => now.inserted.length > 0);
    expect(await timeOf(reader.close())).toBeLessThan(1000);
    expect(server.connections).toHaveLength(1);
    await now.ended;
    expect(reader.state.step).toBe("closed");
  });
});
