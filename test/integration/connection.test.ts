import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, readServerInfo, type Connection, type TlsOptions } from "../../src/mysql/connection.ts";
import { readEnd } from "../../src/upstream/start.ts";
import { makeCertificates } from "../support/certificates.ts";
import { startReading } from "../support/read-upstream.ts";
import { startServer, type Server } from "../support/servers/index.ts";
import { startProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { waitFor } from "../support/wait-for.ts";

describe.each(["mysql", "mariadb"] as const)("a connection to %s", (flavour) => {
  const good = makeCertificates();
  const other = makeCertificates();
  const elsewhere = makeCertificates("for another host");
  let server: Server;

  beforeAll(async () => {
    server = await startServer({ flavour, tls: good });
  });

  afterAll(async () => {
    await server.stop();
  });

  const by = (tls: TlsOptions): Promise<Connection> => connect({ ...server.address, tls });

  const cipher = async (connection: Connection): Promise<string | undefined> => {
    const [row] = await connection.query<{ Value: string }>("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    return row?.Value;
  };

  test.each([
    ["disabled", {}, false],
    ["preferred", {}, true],
    ["required", {}, true],
    ["verify-ca", { ca: good.ca }, true],
    ["verify-full", { ca: good.ca }, true],
  ] as const)("with tls: %s is made, and is encrypted or not as that says", async (mode, texts, encrypted) => {
    const connection = await by({ mode, ...texts });
    expect((await cipher(connection)) !== "").toBe(encrypted);
    expect(await readServerInfo(connection)).toMatchObject({
      flavour,
      serverId: server.serverId,
      version: server.version,
    });
    await connection.close();
    expect(connection.closed).toBe(true);
  });

  test("that must verify refuses a certificate of another authority", async () => {
    for (const mode of ["verify-ca", "verify-full"] as const) {
      await expect(by({ mode, ca: other.ca })).rejects.toMatchObject({ name: "tls_failed", kind: "fatal" });
    }
  });

  test("gives integers that JavaScript can't hold, decimals and times as exact text, and matched rows as a count", async () => {
    const connection = await connect(server.address);
    const [row] = await connection.query(
      "SELECT CAST(18446744073709551615 AS UNSIGNED) AS big, CAST('1.10' AS DECIMAL(5,2)) AS exact, TIMESTAMP('2026-01-02 03:04:05.678') AS at",
    );
    expect(row).toEqual({ big: "18446744073709551615", exact: "1.10", at: "2026-01-02 03:04:05.678" });
    await connection.run("CREATE DATABASE IF NOT EXISTS connection_test");
    await connection.run("CREATE OR REPLACE VIEW connection_test.unused AS SELECT 1 AS one");
    await connection.run("CREATE TABLE connection_test.t (id INT)");
    expect(await connection.run("INSERT INTO connection_test.t VALUES (1), (2)")).toEqual({ affectedRows: 2 });
    expect(await connection.run("UPDATE connection_test.t SET id = id")).toEqual({ affectedRows: 2 });
    const results = await connection.statements("SET @a = 1; SELECT @a + 1 AS b; SELECT 1 AS c WHERE FALSE");
    expect(results.map((result) => result?.length ?? null)).toEqual([null, 1, 0]);
    await connection.close();
  });

  test("that is destroyed ends what waits on it, at once", async () => {
    const connection = await connect(server.address);
    const before = performance.now();
    const sleeping = connection.query("SELECT SLEEP(20)");
    setImmediate(() => connection.destroy());
    await expect(sleeping).rejects.toMatchObject({ name: "connection_lost", kind: "resumable" });
    await expect(connection.query("SELECT 1")).rejects.toMatchObject({ name: "connection_lost" });
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test("that a signal cancels while it is made, is not made", async () => {
    const abort = new AbortController();
    const connecting = connect(server.address, abort.signal);
    abort.abort();
    await expect(connecting).rejects.toMatchObject({ name: "cancelled" });
    await expect(connect(server.address, abort.signal)).rejects.toMatchObject({ name: "cancelled" });
  });

  test("that verifies the host refuses a certificate which names another", async () => {
    await server.stop();
    server = await startServer({ flavour, tls: elsewhere });
    const ca = elsewhere.ca;
    await expect(by({ mode: "verify-full", ca })).rejects.toMatchObject({ name: "tls_failed" });
    const connection = await by({ mode: "verify-ca", ca });
    await connection.close();
  });
});

describe("a reader behind a bad network", () => {
  let server: Server;
  let admin: Connection;
  let proxy: TcpProxy;

  beforeAll(async () => {
    server = await startServer({ flavour: "mysql", tls: makeCertificates() });
    admin = await connect(server.address);
    proxy = await startProxy(server);
    await server.exec("CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, v LONGTEXT)");
  });

  afterAll(async () => {
    admin.destroy();
    await proxy.close();
    await server.stop();
  });

  test.each(["disabled", "required"] as const)(
    "R9, R15: goes on behind cuts at any byte and a black hole, each row once (tls: %s)",
    async (mode) => {
      await admin.run("TRUNCATE TABLE shop.orders");
      const reading = startReading({
        upstream: {
          ...server.address,
          port: proxy.port,
          tls: { mode },
          netTimeoutMs: 500,
          connectTimeoutMs: 500,
          serverId: 4711,
        },
        flavour: "mysql",
        start: await readEnd(admin),
        database: "shop",
      });
      try {
        // At least twenty places, and as many as it takes a busy machine's reader to meet some of them.
        let cuts = 0;
        while (cuts < 20 || (reading.reader.state.reconnects <= 5 && cuts < 500)) {
          cuts += 1;
          const id = cuts;
          const place = id % 20;
          // Somewhere in the handshake, the housekeeping, the preamble of the dump, or a transaction.
          proxy.cutAfter("to-client", 1097 + place * 397, id % 2 === 0 ? "close" : "reset");
          await admin.run(`INSERT INTO shop.orders VALUES (${id}, REPEAT('x', ${place * 100}))`);
          await admin.run(`INSERT INTO shop.orders VALUES (${id + 1000}, REPEAT('x', 3000))`);
        }
        await proxy.heal();
        await reading.until("all rows", () => reading.inserted.length >= 2 * cuts);
        proxy.blackHole();
        const before = performance.now();
        await reading.until("the end of the connection", () => reading.reader.state.connectedSinceMs === null);
        expect(performance.now() - before).toBeLessThan(1500);
        await admin.run("INSERT INTO shop.orders VALUES (999, 'behind the hole')");
        await proxy.heal();
        await reading.until("the last row", () => reading.inserted.length >= 2 * cuts + 1);
        const ids = Array.from({ length: cuts }, (_, index) => [index + 1, index + 1001]).flat();
        expect(reading.inserted).toEqual([...ids, 999]);
        expect(reading.reader.state.received).toEqual(await readEnd(admin));
        const { reconnectCounts, recentReconnects, reconnects } = reading.reader.state;
        expect(reconnectCounts.reduce((sum, { count }) => sum + count, 0)).toBe(reconnects);
        expect(reconnects).toBeGreaterThan(5);
        expect(recentReconnects.map(({ reason }) => reason)).toContain("read_timeout");
      } finally {
        await reading.stop();
      }
    },
  );
});

describe.each(["mysql", "mariadb"] as const)("two readers of %s with one server id", (flavour) => {
  test("R19: do not throw each other out in turn: one of them stops, and says why", async () => {
    const server = await startServer({ flavour });
    const admin = await connect(server.address);
    const start = await readEnd(admin);
    const upstream = { ...server.address, netTimeoutMs: 4000, serverId: 4711 };
    const first = startReading({ upstream, flavour, start, task: "first" });
    await first.until("the first stream", () => first.reader.state.connectedSinceMs !== null);
    // MySQL goes by the UUID that a replica registers with: two copies of one task have the same.
    const second = startReading({ upstream, flavour, start, task: "first" });
    try {
      await second.until("the second stream", () => second.reader.state.connectedSinceMs !== null);
      const ended = await waitFor(
        () =>
          Promise.race([
            first.ended,
            second.ended,
            new Promise<undefined>((resolve) => setImmediate(resolve, undefined)),
          ]),
        { what: "one of them to stop", timeoutMs: 20_000 },
      );
      expect(ended).toMatchObject({ name: "server_id_conflict", kind: "fatal" });
    } finally {
      await first.stop();
      await second.stop();
      await admin.close();
      await server.stop();
    }
  });
});
