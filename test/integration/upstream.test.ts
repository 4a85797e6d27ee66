import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Position } from "../../src/binlog/position.ts";
import { connect, type Connection, type ServerAddress } from "../../src/mysql/connection.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/log.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { openReader } from "../../src/upstream/reader.ts";
import type { UpstreamOptions } from "../../src/upstream/session.ts";
import { checkPosition, readEnd, readLogFiles, resolveStart } from "../../src/upstream/start.ts";
import { gtidsOf, startReading, type Reading, type ReadingOptions } from "../support/read-upstream.ts";
import { waitFor } from "../support/wait-for.ts";
import { startServer, type Server } from "../support/servers/index.ts";

const MODES = ["gtid", "file"] as const;

describe.each(["mysql", "mariadb"] as const)("the log of %s", (flavour: Flavour) => {
  let server: Server;
  let admin: Connection;
  let reading: Reading | null = null;

  beforeAll(async () => {
    server = await startServer({ flavour });
    admin = await connect(server.address);
    await server.exec(`CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY AUTO_INCREMENT, v LONGBLOB)`);
  });

  afterEach(async () => {
    await reading?.stop();
    reading = null;
  });

  afterAll(async () => {
    admin.destroy();
    await server.stop();
  });

  const upstream = (change: Partial<UpstreamOptions> = {}): UpstreamOptions => ({
    ...server.address,
    netTimeoutMs: 5000,
    serverId: 4711,
    ...change,
  });

  const read = (start: Position, change: Partial<ReadingOptions> = {}): Reading => {
    reading = startReading({ upstream: upstream(), flavour, start, database: "shop", ...change });
    return reading;
  };

  const insert = async (count: number): Promise<number[]> => {
    const ids: number[] = [];
    for (let each = 0; each < count; each++) {
      await admin.run("INSERT INTO shop.orders (v) VALUES ('x')");
      const [row] = await admin.query<{ id: number | string }>("SELECT LAST_INSERT_ID() AS id");
      ids.push(Number(row?.id));
    }
    return ids;
  };

  const killDumps = async (): Promise<number> => {
    const rows = await admin.query<{ id: number | string }>(
      "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
    );
    // One that has ended in the meantime is as good as killed.
    for (const { id } of rows) await admin.run(`KILL ${id}`).catch(() => undefined);
    return rows.length;
  };

  describe.each(MODES)("read by %s", (mode) => {
    const gtidsComplete = mode === "gtid";

    test("R15, R16, G8: a killed dump is resumed behind the last whole transaction, and nothing comes twice", async () => {
      const start = await readEnd(admin);
      const now = read(start, { gtidsComplete });
      const first = await insert(3);
      await now.until("the first rows", () => now.inserted.length === 3);
      expect(now.reader.state.mode).toBe(mode);
      await killDumps();
      const second = await insert(3);
      await now.until("the second rows", () => now.inserted.length >= 6);
      expect(now.inserted).toEqual([...first, ...second]);
      expect(now.reader.state.reconnects).toBe(1);
      expect(now.reader.state.reconnectCounts).toEqual([{ step: "stream", reason: "connection_lost", count: 1 }]);
      const end = await readEnd(admin);
      expect(now.reader.state.received).toEqual(gtidsComplete ? end : { ...end, gtids: start.gtids });
    });

    test("a new binlog file, with nothing in it, moves the position and not the GTID set", async () => {
      const start = await readEnd(admin);
      const now = read(start, { gtidsComplete });
      await now.until("the stream", () => now.reader.state.connectedSinceMs !== null);
      await admin.run("FLUSH BINARY LOGS");
      const end = await readEnd(admin);
      await now.until("the new file", () => now.reader.state.received.file === end.file);
      expect(now.reader.state.received.gtids).toBe(start.gtids);
      expect(now.handedOut.map(({ gtid, rowCount }) => [gtid, rowCount])).toContainEqual([null, 0]);
      const ids = await insert(1);
      await now.until("the row", () => now.inserted.length === 1);
      expect(now.inserted).toEqual(ids);
    });
  });

  test("a reader that begins with the earliest file reads every transaction once, with its GTID", async () => {
    await insert(2);
    const { position, gtidsComplete } = await resolveStart(admin, { kind: "earliest" });
    const end = await readEnd(admin);
    const now = read(position, { gtidsComplete });
    await now.until(
      "the end",
      () => now.reader.state.received.offset === end.offset && now.reader.state.received.file === end.file,
    );
    expect(now.reader.state.received.gtids).toBe(end.gtids);
    const gtids = gtidsOf(now.transactions);
    expect(new Set(gtids).size).toBe(gtids.length);
    expect(gtids).not.toContain("none");
  });

  test("R6: an idle upstream is told apart from a dead one by its heartbeats", async () => {
    const now = read(await readEnd(admin), { upstream: upstream({ netTimeoutMs: 400 }) });
    await now.until("five heartbeats", () => now.reader.state.heartbeats >= 5);
    expect(now.reader.state.reconnects).toBe(0);
    const [row] = await insert(1);
    await now.until("the row", () => now.inserted.length === 1);
    expect(now.inserted).toEqual([row]);
  });

  test("R9, G16: a frozen upstream is noticed within the net timeout, and close() does not wait for it", async () => {
    const now = read(await readEnd(admin), { upstream: upstream({ netTimeoutMs: 600, connectTimeoutMs: 300 }) });
    await now.until("a heartbeat", () => now.reader.state.heartbeats >= 1);
    await server.freeze();
    try {
      const frozenAt = performance.now();
      await now.until("the end of the connection", () => now.reader.state.connectedSinceMs === null);
      expect(performance.now() - frozenAt).toBeLessThan(1600);
      expect(now.reader.state.recentReconnects.at(-1)?.reason).toBe("read_timeout");
      const before = performance.now();
      await now.reader.close();
      await now.ended;
      expect(performance.now() - before).toBeLessThan(1000);
    } finally {
      await server.thaw();
    }
  });

  test("the upstream's restart is survived, and what was written around it is read once", async () => {
    const now = read(await readEnd(admin));
    const first = await insert(2);
    await now.until("the first rows", () => now.inserted.length === 2);
    await server.restart();
    admin.destroy();
    admin = await connect(server.address);
    const second = await insert(2);
    await now.until("the second rows", () => now.inserted.length >= 4);
    expect(now.inserted).toEqual([...first, ...second]);
    expect(now.reader.state.reconnects).toBeGreaterThan(0);
  });

  test("R15: the upstream is killed in the middle of writing: what it had committed is read once, the rest never", async () => {
    const now = read(await readEnd(admin));
    const before = await insert(2);
    const open = await connect(server.address);
    await open.run("BEGIN");
    await open.run("INSERT INTO shop.orders (v) VALUES ('never committed')");
    await now.until("the first rows", () => now.inserted.length === 2);
    await server.kill();
    open.destroy();
    await server.restart();
    admin.destroy();
    admin = await connect(server.address);
    const after = await insert(2);
    await now.until("the last rows", () => now.inserted.length >= 4);
    expect(now.inserted).toEqual([...before, ...after]);
    expect(now.reader.state.received).toEqual(await readEnd(admin));
  });

  test("G17: what waits in memory stays below the limit while nobody pulls", async () => {
    const start = await readEnd(admin);
    const rows = 24;
    for (let each = 0; each < rows; each++)
      await admin.run("INSERT INTO shop.orders (v) VALUES (REPEAT('x', 1 << 20))");
    const bytesMax = 4 << 20;
    const stop = new AbortController();
    const reader = openReader({
      upstream: upstream({ netTimeoutMs: 300 }),
      task: "test",
      flavour,
      start,
      bytesMax,
      resolve: () => null,
      backoff: { baseMs: 20, capMs: 200 },
      clock: systemClock,
      log: silentLog,
    });
    let pulled = 0;
    let most = 0;
    for await (const chunk of reader.chunks(stop.signal)) {
      for (const transaction of chunk) {
        if (transaction.gtid === null) continue;
        pulled++;
        // Longer than the net timeout in all: an unread socket is not a dead one.
        await systemClock.sleep(40);
        most = Math.max(most, reader.state.queuedBytes);
      }
      if (pulled === rows) stop.abort();
    }
    expect(most).toBeGreaterThan(1 << 20);
    expect(most).toBeLessThan(bytesMax + (2 << 20));
    expect(reader.state.reconnects).toBe(0);
    await reader.close();
  });

  test("R2, V18: a wrong password and a missing privilege end the reader at the first attempt", async () => {
    const start = await readEnd(admin);
    const wrong = read(start, { upstream: upstream({ password: "wrong" }) });
    expect(await wrong.ended).toMatchObject({ name: "access_denied", kind: "fatal" });
    await server.exec("CREATE USER nobody IDENTIFIED BY 'pw'");
    const nobody = read(start, { upstream: upstream({ user: "nobody", password: "pw" }) });
    expect(await nobody.ended).toMatchObject({ name: "privilege_missing", kind: "fatal", facts: { step: "dump" } });
    expect(nobody.reader.state.reconnects).toBe(0);
  });

  test("R18: in file mode another server's positions are refused", async () => {
    const { position, server: found } = await resolveStart(admin, { kind: "now" });
    const owner = {
      ...found,
      uuid: found.uuid === null ? null : "3e11fa47-71ca-11e1-9e33-c80aa9429562",
      serverId: found.serverId + 1,
    };
    const now = read(position, { gtidsComplete: false, owner });
    expect(await now.ended).toMatchObject({ name: "source_replaced", kind: "fatal" });
  });

  test("R20, V12, V20: purged and unknown positions are told with the exact difference", async () => {
    await insert(1);
    const start = await resolveStart(admin, { kind: "now" });
    await insert(1);
    await admin.run("FLUSH BINARY LOGS");
    const end = await readEnd(admin);
    // A file that a dump still reads is not purged, nor (MariaDB) one that crash recovery still needs.
    const purge = async (): Promise<true | undefined> => {
      await killDumps();
      await admin.run(`PURGE BINARY LOGS TO '${end.file}'`);
      const [first] = await readLogFiles(admin);
      return first?.file === end.file ? true : undefined;
    };
    await waitFor(purge, { what: "the old files to be purged" });
    expect(await read(start.position, { gtidsComplete: false }).ended).toMatchObject({ name: "binlog_purged" });
    await reading?.stop();
    expect(await read(start.position).ended).toMatchObject({ name: "binlog_purged" });
    const lost = flavour === "mysql" ? /:\d+\.$/ : /0-\d+-\d+\.$/;
    await expect(checkPosition(admin, start.position)).rejects.toMatchObject({ name: "binlog_purged", message: lost });
    await expect(resolveStart(admin, { kind: "position", file: start.position.file, offset: 4 })).rejects.toMatchObject(
      {
        name: "start_position_gone",
      },
    );
    const beyond = flavour === "mysql" ? `${end.gtids},3e11fa47-71ca-11e1-9e33-c80aa9429562:7` : "0-99-999999";
    const ahead = { ...end, gtids: beyond };
    expect(await read(ahead).ended).toMatchObject({ name: "diverged" });
    await expect(checkPosition(admin, ahead)).rejects.toMatchObject({ name: "diverged" });
  });

  test("a start inside a transaction is refused", async () => {
    const before = await readEnd(admin);
    await insert(1);
    const events = await admin.query<{ Pos: string | number; Event_type: string }>(
      `SHOW BINLOG EVENTS IN '${before.file}' FROM ${before.offset}`,
    );
    const map = events.find(({ Event_type: type }) => type === "Table_map");
    await expect(
      resolveStart(admin, { kind: "position", file: before.file, offset: Number(map?.Pos) }),
    ).rejects.toMatchObject({ name: "bad_position" });
    const { position } = await resolveStart(admin, { kind: "position", file: before.file, offset: before.offset });
    expect(position).toEqual(before);
  });

  test("an unreachable server is named, and is tried again", async () => {
    const nowhere: ServerAddress = { ...server.address, port: 1 };
    await expect(connect(nowhere)).rejects.toMatchObject({ name: "server_unreachable", kind: "resumable" });
    const now = read(await readEnd(admin), { upstream: upstream({ port: 1 }) });
    await now.until("some attempts", () => now.reader.state.reconnects >= 3);
    const reasons = now.reader.state.recentReconnects.map(({ step, reason, attempt }) => [step, reason, attempt]);
    expect(reasons.slice(0, 3)).toEqual([
      ["connect", "server_unreachable", 1],
      ["connect", "server_unreachable", 2],
      ["connect", "server_unreachable", 3],
    ]);
  });
});
