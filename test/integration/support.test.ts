import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import mysql from "mysql2/promise";
import { afterEach, describe, expect, test } from "vitest";
import { makeCertificates } from "../support/certificates.ts";
import { assertNothingLeft, findSource, startServer, stopAll } from "../support/servers/index.ts";
import { sharedPair, sharedServer } from "../support/servers/shared.ts";

afterEach(async () => {
  await stopAll();
});

/** Waits until nothing of a process is left: the guard needs a moment after the kernel told it. */
async function untilNothingIsLeftOf(owner: number): Promise<void> {
  for (let round = 0; ; round += 1) {
    try {
      assertNothingLeft(owner);
      return;
    } catch (error) {
      if (round === 200) throw error;
      await sleep(50);
    }
  }
}

test("the servers that a run shares are there, and each is its own", async () => {
  const { upstream, downstream } = await sharedPair("mysql", "mariadb");
  expect(upstream.describe()).toMatch(/^MySQL \d+\.\d+\.\d+ \(.+\)$/);
  expect(downstream.describe()).toMatch(/^MariaDB \d+\.\d+\.\d+ \(.+\)$/);
  expect(await downstream.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  const again = await sharedServer("mysql", "a");
  expect(again.pid).toBe(upstream.pid);
  const ids = await Promise.all([upstream, downstream].map((server) => server.query("SELECT @@server_id AS id")));
  expect(ids[0]).not.toEqual(ids[1]);
});

const origins = { mysql: (await findSource("mysql")).origin, mariadb: (await findSource("mariadb")).origin };

describe.each(["mysql", "mariadb"] as const)("a %s server of our own", (flavour) => {
  test("writes a row log, keeps its data over restarts and kills, and leaves nothing when it is stopped", async () => {
    const server = await startServer({ flavour });
    expect(() => assertNothingLeft()).toThrow(/was not stopped/);
    const [settings] = await server.query(
      "SELECT @@log_bin AS log, @@binlog_format AS format, @@global.sync_binlog AS sync",
    );
    expect(settings).toEqual({ log: 1, format: "ROW", sync: 0 });
    await server.exec("CREATE DATABASE kept; USE kept; CREATE TABLE t (a INT); INSERT INTO t VALUES (1)");

    const first = { pid: server.pid, port: server.port };
    await server.restart({ options: { "max-connections": 33 } });
    expect(server.port).toBe(first.port);
    expect(server.pid).not.toBe(first.pid);
    expect(await server.query("SELECT a, @@max_connections AS m FROM kept.t")).toEqual([{ a: 1, m: 33 }]);

    await server.exec("INSERT INTO kept.t VALUES (2)");
    await server.kill();
    await expect(server.query("SELECT 1")).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    expect(await server.query("SELECT COUNT(*) AS n, @@max_connections AS m FROM kept.t")).toEqual([{ n: 2, m: 33 }]);

    await server.shutdown();
    expect(await server.errorLog()).toMatch(/Shutdown complete/);
    await server.restart();

    await server.stop();
    await server.stop();
    assertNothingLeft();
    expect(server.dataDir === null || !existsSync(server.dataDir)).toBe(true);
  });

  test("frozen keeps connections open and answers nothing, thawed answers what was asked meanwhile", async () => {
    const server = await startServer({ flavour });
    await server.query("SELECT 1");
    await server.freeze();
    const asked = server.query("SELECT 2 AS two");
    const socket = createConnection(server.port, server.host);
    await once(socket, "connect");
    expect(await Promise.race([asked.then(() => "answered"), sleep(200, "silent")])).toBe("silent");
    await server.thaw();
    expect(await asked).toEqual([{ two: 2 }]);
    socket.destroy();
  });

  test("durable means that a commit is on disk", async () => {
    const server = await startServer({ flavour, durable: true });
    const [settings] = await server.query(
      "SELECT @@global.sync_binlog AS log, @@global.innodb_flush_log_at_trx_commit AS redo",
    );
    expect(settings).toEqual({ log: 1, redo: 1 });
  });

  test("shows the certificate that it was given, and clients can verify it", async () => {
    const tls = makeCertificates();
    const server = await startServer({ flavour, tls });
    const connect = (ca: string): Promise<mysql.Connection> =>
      mysql.createConnection({
        host: server.host,
        port: server.port,
        user: server.user,
        password: server.password,
        ssl: { ca },
      });
    const connection = await connect(tls.ca);
    const [rows] = await connection.query("SHOW STATUS LIKE 'Ssl_cipher'");
    expect(rows).toMatchObject([{ Value: expect.stringMatching(/AES|CHACHA/) }]);
    await connection.end();
    await expect(connect(makeCertificates().ca)).rejects.toThrow(/certificate|signature/);
  });

  test("that doesn't start says why, and leaves nothing", async () => {
    await expect(startServer({ flavour, options: { "no-such-option": true } })).rejects.toThrow(/no-such-option/);
    assertNothingLeft();
  });

  // Containers are removed by testcontainers' own reaper.
  const signals = origins[flavour] === "docker" ? [] : (["SIGKILL", "SIGTERM", "SIGINT"] as const);
  test.each(signals)("doesn't outlive a runner that ends by %s", async (signal) => {
    const script = fileURLToPath(new URL("../support/servers/hold-server.ts", import.meta.url));
    const runner: ChildProcess = spawn(process.execPath, [script, flavour], { stdio: ["ignore", "pipe", "inherit"] });
    if (runner.stdout === null || runner.pid === undefined) throw new Error("the runner has no output");
    const owner = runner.pid;
    const exited = once(runner, "exit");
    try {
      const [line] = await once(createInterface(runner.stdout), "line");
      expect(String(line)).toMatch(/"pid":\d+/);
      expect(() => assertNothingLeft(owner)).toThrow(/left behind/);
    } finally {
      runner.kill(signal);
    }
    await exited;
    await untilNothingIsLeftOf(owner);
  });
});
