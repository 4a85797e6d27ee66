import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { silentLog, type Log } from "../../../src/log.ts";
import { Hosts } from "../../../src/upstream/hosts.ts";
import type { UpstreamOptions } from "../../../src/upstream/session.ts";
import type { ReadingOptions } from "../../support/read-upstream.ts";
import { endOf, followScripted, logFrom, type Followed } from "../../support/scripted-log.ts";
import { startScriptedServer, type Answer, type Failure, type Script } from "../../support/scripted-mysql-server.ts";

let followed: Followed | null = null;

afterEach(async () => {
  await followed?.stop();
  followed = null;
});

/** Timeouts are short here: much of it is waiting for one. */
async function follow(
  script: Script,
  upstream: Partial<UpstreamOptions> = {},
  options: Partial<ReadingOptions> = {},
  hosts?: (port: number) => Hosts,
): Promise<Followed> {
  followed = await followScripted(script, { netTimeoutMs: 120, connectTimeoutMs: 120, ...upstream }, options, hosts);
  return followed;
}

const STEP_OF = {
  greeting: "connect",
  auth: "connect",
  session: "session",
  register: "dump",
  event: "stream",
} as const;
const ANSWERS: readonly Answer[] = ["greeting", "auth", "session", "register", "event"];
const TRANSIENT: readonly { readonly failure: Failure; readonly reasons: readonly string[] }[] = [
  { failure: { how: "silence" }, reasons: ["server_unreachable", "read_timeout"] },
  { failure: { how: "reset" }, reasons: ["connection_lost"] },
  { failure: { how: "end" }, reasons: ["connection_lost"] },
  { failure: { how: "half" }, reasons: ["connection_lost"] },
  { failure: { how: "error", code: 1040 }, reasons: ["too_many_connections"] },
  { failure: { how: "error", code: 1053 }, reasons: ["server_shutdown"] },
  { failure: { how: "error", code: 1159 }, reasons: ["connection_lost"] },
  { failure: { how: "error", code: 1161 }, reasons: ["connection_lost"] },
  { failure: { how: "error", code: 1927 }, reasons: ["connection_lost"] },
  { failure: { how: "error", code: 1184 }, reasons: ["connection_lost"] },
  { failure: { how: "error", code: 1047 }, reasons: ["server_shutdown"] },
];
const name = (failure: Failure): string => (failure.how === "error" ? `error ${failure.code}` : failure.how);

const MATRIX = (["mysql", "mariadb"] as const).flatMap((flavour) =>
  ANSWERS.flatMap((answer) =>
    TRANSIENT.map((transient) => ({
      flavour,
      answer,
      ...transient,
      title: `${flavour}: ${name(transient.failure)} instead of ${answer}`,
    })),
  ),
);

describe("R1, R14, G12: no transient failure of any step is fatal, and each is counted by its step", () => {
  test.each(MATRIX)("$title", async ({ flavour, answer, failure, reasons }) => {
    // In the stream it is the middle of the second transaction that fails.
    const at = answer === "event" ? (flavour === "mysql" ? 9 : 8) : 0;
    // Only silence waits for a timeout; a busy machine must not make one of anything else.
    const timeoutMs = failure.how === "silence" ? 200 : 10_000;
    const { now } = await follow(
      {
        events: (_, { offset }) => logFrom([1, 2], offset, flavour),
        fail: (connection, what, event) => (connection === 1 && what === answer && event === at ? failure : null),
      },
      { netTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs },
      { flavour },
    );
    await now.until("both rows", () => now.inserted.length >= 2);
    expect(now.inserted).toEqual([1, 2]);
    const [first] = now.reader.state.recentReconnects;
    expect(first).toMatchObject({ attempt: 1, delayMs: 0 });
    expect(reasons).toContain(first?.reason);
    // A reset takes what was sent and not yet read with it: the stream may not have begun for us.
    const steps = answer === "event" && failure.how === "reset" ? ["stream", "dump"] : [STEP_OF[answer]];
    expect(steps).toContain(first?.step);
    expect(now.reader.state.reconnectCounts).toEqual([{ step: first?.step, reason: first?.reason, count: 1 }]);
  });
});

describe("what is not transient", () => {
  const PERMANENT = [
    { answer: "auth", code: 1045, name: "access_denied" },
    { answer: "greeting", code: 1130, name: "host_not_allowed" },
    { answer: "session", code: 1227, name: "privilege_missing" },
    { answer: "session", code: 1193, name: "unknown_variable" },
    { answer: "register", code: 1045, name: "privilege_missing" },
    { answer: "event", code: 1049, name: "unknown_database" },
    { answer: "event", code: 9999, name: "server_error_9999" },
  ] as const;

  test.each(PERMANENT)("R2: $code instead of $answer is fatal at the first attempt, as $name", async (each) => {
    const { now, server: scripted } = await follow({
      events: (_, { offset }) => logFrom([1], offset),
      fail: (_, what) => (what === each.answer ? { how: "error", code: each.code } : null),
    });
    const step = each.answer === "event" ? "dump" : STEP_OF[each.answer];
    expect(await now.ended).toMatchObject({ name: each.name, kind: "fatal", facts: { step, attempts: 1 } });
    expect(scripted.connections).toHaveLength(1);
  });

  test("R2: a server whose id is ours is refused while housekeeping", async () => {
    const { now } = await follow({ variables: { server_id: "4711" }, events: () => [] });
    expect(await now.ended).toMatchObject({ name: "server_id_conflict", facts: { step: "session", attempts: 1 } });
  });

  test("R19: whom another replica with our id has thrown out does not come back", async () => {
    const message = "A replica with the same server_uuid/server_id as this replica has connected to the source";
    const { now, server: scripted } = await follow({
      events: (_, { offset }) => logFrom([1, 2], offset),
      fail: (_, what, event) => (what === "event" && event === 7 ? { how: "error", code: 1236, message } : null),
    });
    expect(await now.ended).toMatchObject({ name: "server_id_conflict" });
    expect(now.inserted).toEqual([1]);
    expect(scripted.connections).toHaveLength(1);
  });

  test("R18: another server_uuid behind the same address is refused in file mode, after a reconnect too", async () => {
    const variables = { server_uuid: "3e11fa47-71ca-11e1-9e33-c80aa9429562" };
    const { now } = await follow({
      get variables() {
        return { ...variables };
      },
      events: (connection, { offset }) => {
        variables.server_uuid = `0000000${connection}-71ca-11e1-9e33-c80aa9429562`;
        return logFrom([1], offset);
      },
      endAfterEvents: true,
    });
    expect(await now.ended).toMatchObject({ name: "source_replaced", facts: { step: "check" } });
    expect(now.inserted).toEqual([1]);
  });

  test("R25: a password that is wrong on reconnect is tried again a few times, then fatal", async () => {
    const { now, server: scripted } = await follow({
      events: (_, { offset }) => logFrom([1], offset),
      endAfterEvents: true,
      fail: (connection, what) => (connection > 1 && what === "auth" ? { how: "error", code: 1045 } : null),
    });
    expect(await now.ended).toMatchObject({ name: "access_denied", kind: "fatal" });
    expect(scripted.connections).toHaveLength(5);
  });
});

describe("every connection", () => {
  test("R3, R5: sets the session's variables again, the heartbeat at half of the net timeout in nanoseconds", async () => {
    const { now, server: scripted } = await follow({
      events: (_, { offset }) => logFrom([1], offset),
      endAfterEvents: true,
    });
    await now.until(
      "three connections",
      () => scripted.connections[2]?.dump !== undefined && scripted.connections[2].dump !== null,
    );
    for (const { queries } of scripted.connections.slice(0, 3)) {
      expect(queries).toHaveLength(1);
      expect(queries[0]).toContain("@source_heartbeat_period = 60000000,");
      expect(queries[0]).toContain("@source_binlog_checksum = @@GLOBAL.binlog_checksum");
      expect(queries[0]).toContain("net_write_timeout");
    }
    const uuids = scripted.connections
      .slice(0, 3)
      .map(({ queries }) => /@replica_uuid = ('[^']+')/.exec(queries[0] ?? "")?.[1]);
    expect(new Set(uuids).size).toBe(1);
  });

  test("R16, G10: asks for the last transaction boundary, wherever in a transaction the last one was cut", async () => {
    // The file's beginning, the end of its format description, and the end of each transaction.
    const boundaries = new Set([4, ...[0, 1, 2, 3].map((rows) => endOf(rows))]);
    let cut = 1;
    const { now, server: scripted } = await follow({
      events: (_, { offset }) => logFrom([1, 2, 3], offset),
      // Each connection comes one event further than the one before, over and over.
      fail: (_, what, event) => {
        if (what !== "event" || event !== cut || cut > 6) return null;
        cut += 1;
        return { how: "end" };
      },
    });
    await now.until("all rows", () => now.inserted.length >= 3);
    expect(now.inserted).toEqual([1, 2, 3]);
    expect(scripted.connections.length).toBeGreaterThan(3);
    // The last one may not have come as far as asking.
    const asked = scripted.connections.flatMap(({ dump }) => dump?.offset ?? []);
    expect(asked.filter((offset) => !boundaries.has(offset))).toEqual([]);
  });

  test("R13, G11: comes later and later to an upstream that flaps, until there is durable progress", async () => {
    const { now } = await follow(
      { events: (_, { offset }) => logFrom([], offset), endAfterEvents: true },
      {},
      { backoff: { baseMs: 4, capMs: 1000 } },
    );
    await now.until("six attempts", () => now.reader.state.reconnects >= 6);
    const before = now.reader.state.recentReconnects.map(({ delayMs }) => delayMs);
    expect(before[0]).toBe(0);
    expect(before[1]).toBe(4);
    expect(before[5]).toBeGreaterThanOrEqual(32);
    now.reader.progress(now.reader.state.received);
    const count = before.length;
    await now.until("the next attempt", () => now.reader.state.reconnects > count + 1);
    const after = now.reader.state.recentReconnects.filter(({ attempt }) => attempt === 1);
    expect(after).toHaveLength(2);
  });

  test("R14: says each reconnect in one line of the log: host, stage, reason, place, delay, how long the connection had lasted", async () => {
    const lines: unknown[] = [];
    const log: Log = Object.create(silentLog, { warn: { value: (facts: unknown) => lines.push(facts) } });
    const { now, server: scripted } = await follow(
      { events: (_, { offset }) => logFrom([1], offset), endAfterEvents: true },
      {},
      { log },
    );
    await now.until("four attempts", () => now.reader.state.reconnects >= 4);
    await now.stop();
    expect(lines).toHaveLength(now.reader.state.reconnects);
    expect(lines.map((line) => ({ ...Object(line), code: undefined }))).toEqual(
      now.reader.state.recentReconnects.map((each) => ({ ...each, code: undefined })),
    );
    expect(lines[0]).toMatchObject({
      host: `127.0.0.1:${scripted.port}`,
      step: "stream",
      reason: "connection_lost",
      position: `binlog.000001:${endOf(1)}`,
      delayMs: 0,
    });
    expect(now.reader.state.recentReconnects[0]?.connectedMs).toBeGreaterThanOrEqual(0);
  });

  test("R17: by file and offset goes back to the same host, however long it is gone, and never to another one", async () => {
    const other = await startScriptedServer({ events: (_, { offset }) => logFrom([9], offset) });
    try {
      const { now, server: scripted } = await follow(
        { events: (_, { offset }) => logFrom([1], offset), endAfterEvents: true },
        {},
        {},
        (port) => new Hosts({ list: [{ host: "127.0.0.1", port }, other], failoverAfterMs: 0, clock: systemClock }),
      );
      await now.until("six attempts", () => now.reader.state.reconnects >= 6);
      expect(other.connections).toEqual([]);
      expect(scripted.connections.length).toBeGreaterThanOrEqual(6);
    } finally {
      await other.close();
    }
  });

  test("V2, V4, G24: gives up when the time without a connection is spent, whatever the errors were", async () => {
    const { now } = await follow(
      {
        events: () => [],
        fail: (connection, what) =>
          what === "greeting" ? { how: "error", code: connection % 2 === 0 ? 1040 : 1053 } : null,
      },
      {},
      { budgetMs: 60 },
    );
    const error = await now.ended;
    expect(error).toMatchObject({ kind: "fatal", facts: { step: "connect" } });
    expect(["too_many_connections", "server_shutdown"]).toContain(error instanceof Error ? error.name : "");
    expect(new Set(now.reader.state.recentReconnects.map(({ reason }) => reason)).size).toBe(2);
  });
});
