import { afterEach, describe, expect, test, vi } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { ExecutionErrors } from "../../../src/applier/execution-errors.ts";
import { Ledger } from "../../../src/applier/ledger.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { FlushWorker } from "../../../src/checkpoint/flush.ts";
import { systemClock } from "../../../src/clock.ts";
import { TidemarkError } from "../../../src/errors.ts";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { endOf, followScripted, logFrom, type Followed } from "../../support/scripted-log.ts";
import type { Script } from "../../support/scripted-mysql-server.ts";

const ON = { rpl_semi_sync_source_enabled: "ON" };
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

let followed: Followed | null = null;

afterEach(async () => {
  await followed?.stop();
  followed = null;
});

/** Transactions are of five events, behind a fake Rotate and the format description: the last of each is marked. */
const lastOfEach = (event: number): boolean => event >= 2 && (event - 2) % 5 === 4;

async function follow(script: Script, settle?: () => Promise<void>): Promise<Followed> {
  followed = await followScripted(
    { variables: ON, semiSync: lastOfEach, ...script },
    { semiSync: true, netTimeoutMs: 10_000 },
    settle === undefined ? {} : { settle },
  );
  return followed;
}

const place = (rows: number) => ({ file: "binlog.000001", offset: endOf(rows) });

describe("what is said at the beginning", () => {
  test("R24: the session says that it acknowledges only when the task asks for it, and asks for the source's switch in the same question", async () => {
    const { server, now } = await follow({ events: (_, { offset }) => logFrom([1], offset) });
    await now.until("the row", () => now.inserted.length === 1);
    expect(server.connections[0]?.queries).toHaveLength(1);
    expect(server.connections[0]?.queries[0]).toMatch(
      /@rpl_semi_sync_replica = 1, @rpl_semi_sync_slave = 1.*'rpl_semi_sync_source_enabled'/,
    );
    await followed?.stop();
    followed = await followScripted({ events: (_, { offset }) => logFrom([1], offset) });
    await followed.now.until("the row", () => followed?.now.inserted.length === 1);
    expect(followed.server.connections[0]?.queries[0]).not.toContain("semi_sync");
    expect(followed.now.reader.state.semiSync).toBeNull();
  });

  test.each<readonly [Flavour, string, "on" | "off"]>([
    ["mysql", "rpl_semi_sync_source_enabled", "on"],
    ["mysql", "rpl_semi_sync_master_enabled", "on"],
    ["mysql", "something_else", "off"],
  ])("G5: %s with %s is seen to have it %s, and is read", async (_, variable, source) => {
    const { now } = await follow({
      variables: { [variable]: "ON" },
      events: (_n, { offset }) => logFrom([1], offset),
      semiSync: () => false,
    });
    await now.until("the row", () => now.inserted.length === 1);
    expect(now.reader.state.semiSync).toMatchObject({ source, waiting: 0 });
  });
});

describe("acknowledgements", () => {
  test("R24, G5: go out for marked events only, once they are durable, in a packet of number 0 that leaves the stream's numbers alone", async () => {
    // mysql2 complains there of packets that are out of order.
    const complained = vi.spyOn(console, "error").mockImplementation(() => undefined);
    // Only the second and the third transaction are marked; the source numbers its packets anew behind each.
    const { server, now } = await follow({
      events: (_, { offset }) => logFrom(range(5), offset),
      semiSync: (event) => event === 11 || event === 16,
    });
    await now.until("all rows", () => now.inserted.length === 5);
    const seen = server.connections[0]?.acknowledgements ?? [];
    // What the dump began behind is said at its beginning.
    expect(seen.filter(({ offset }) => offset > 4)).toEqual([]);
    now.reader.progress(place(1));
    now.reader.progress(place(2));
    await now.until("the first", () => seen.length === 2);
    now.reader.progress(place(5));
    await now.until("the second", () => seen.length === 3);
    expect(seen.slice(1)).toEqual([
      { ...place(2), sequence: 0 },
      { ...place(3), sequence: 0 },
    ]);
    expect(now.reader.state).toMatchObject({ reconnects: 0, semiSync: { source: "on", waiting: 0 } });
    expect(complained).not.toHaveBeenCalled();
    complained.mockRestore();
  });

  test("R24: to ask for the log is to acknowledge what is before: after a cut nothing is asked before all that was read is durable", async () => {
    const settled = Promise.withResolvers<void>();
    let asked = 0;
    const { server, now } = await follow(
      {
        events: (_, { offset }) => logFrom([1, 2], offset),
        fail: (connection, what, event) =>
          connection === 1 && what === "event" && event === 8 ? { how: "end" } : null,
      },
      () => {
        asked += 1;
        return settled.promise;
      },
    );
    await now.until("the reader to ask for it", () => asked === 1);
    expect(now.inserted).toEqual([1]);
    expect(server.connections).toHaveLength(1);
    now.reader.progress(place(1));
    settled.resolve();
    await now.until("the second row", () => now.inserted.length === 2);
    expect(server.connections[1]?.dump?.offset).toBe(endOf(1));
    // The acknowledgement that had no connection to go by.
    await now.until("it is owed", () => (server.connections[1]?.acknowledgements.length ?? 0) > 0);
    expect(server.connections[1]?.acknowledgements[0]).toMatchObject(place(1));
  });

  // It was taken for the upstream's: counted and retried there, and with several hosts the next one was tried.
  test("R24: what can't be made durable before the log is asked for again ends the reader with the downstream's error", async () => {
    const failure = new TidemarkError("privilege_missing", "no", { stage: "checkpoint", kind: "resumable", hint: "" });
    const { server, now } = await follow(
      {
        events: (_, { offset }) => logFrom([1, 2], offset),
        fail: (_n, what, event) => (what === "event" && event === 8 ? { how: "end" } : null),
      },
      () => Promise.reject(failure),
    );
    expect(await now.ended).toBe(failure);
    expect(server.connections).toHaveLength(1);
    expect(now.reader.state).toMatchObject({ reconnects: 1, step: "closed" });
  });

  test("R24: an acknowledgement that finds its connection broken ends nothing", async () => {
    const { server, now } = await follow({
      events: (_, { offset }) => logFrom([1, 2], offset),
      fail: (connection, what, event) =>
        connection === 1 && what === "event" && event === 9 ? { how: "reset" } : null,
    });
    await now.until("the cut", () => now.reader.state.reconnects === 1);
    for (let n = 1; n <= 2; n += 1) now.reader.progress(place(1));
    await now.until("the second row", () => now.inserted.length === 2);
    now.reader.progress(place(2));
    const seen = server.connections[1]?.acknowledgements ?? [];
    await now.until("its acknowledgement", () => seen.some(({ offset }) => offset === endOf(2)));
    expect(now.inserted).toEqual([1, 2]);
  });
});

/** A reader's transactions go through ledger and flush worker into a store; what happens is noted in order. */
async function pipeline(script: Script, store: (offset: number) => Promise<void>) {
  const order: { readonly what: "saved" | "acknowledged"; readonly offset: number }[] = [];
  const { now } = await follow({
    ...script,
    onAcknowledged: ({ offset }) => order.push({ what: "acknowledged", offset }),
  });
  const errors = new ExecutionErrors();
  const end = new AbortController();
  const moved = (): void => flush.moved();
  const ledger = new Ledger({ file: "binlog.000001", offset: 4 }, emptyGtidSet("mysql"), false, moved);
  let saves = 0;
  const flush: FlushWorker = new FlushWorker({
    ledger,
    errors,
    store: {
      async save({ position }) {
        await store(position.offset);
        saves += 1;
        order.push({ what: "saved", offset: position.offset });
        return 0;
      },
    },
    upstream: { flavour: "mysql", uuid: null, serverId: 1 },
    intervalMs: 3_600_000,
    isAwaited: (at) => now.reader.isAwaited(at),
    clock: systemClock,
    faults: null,
    onSaved: ({ position }) => now.reader.progress(position),
    onSaveFailed: () => undefined,
  });
  const running = flush.run(end.signal).catch((thrown: unknown) => errors.record("unexpected", asError(thrown)));
  let taken = 0;
  /** Of what the reader has handed out since, so many are applied. */
  const apply = (most = Number.POSITIVE_INFINITY): void => {
    for (let left = most; left > 0 && taken < now.handedOut.length; taken += 1, left -= 1) {
      const transaction = now.handedOut[taken];
      if (transaction === undefined) continue;
      const batch = new Batch(taken + 1, ledger.place, emptyGtidSet("mysql"));
      batch.add({ ...transaction, changes: [] }, false, false);
      ledger.enter(batch);
      ledger.settleEmpty(batch);
    }
  };
  return { now, order, errors, apply, saves: () => saves, stop: () => (end.abort(), running) };
}

function asError(thrown: unknown): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  throw thrown;
}

describe("with the flush worker", () => {
  test("G1, G4: of 1,000 transactions and saves that take 300 ms none is acknowledged before its save has returned, and groups share one", async () => {
    const count = 1000;
    const end = endOf(count);
    const { now, order, apply, saves, stop } = await pipeline(
      { events: (_, { offset }) => logFrom(range(count), offset) },
      () => new Promise((resolve) => setTimeout(resolve, 300)),
    );
    await now.until("all of them acknowledged", () => {
      apply(7);
      return order.some(({ what, offset }) => what === "acknowledged" && offset === end);
    });
    await stop();
    let durable = 4;
    const early = order.filter(({ what, offset }) => {
      if (what === "saved") durable = offset;
      return offset > durable;
    });
    expect(early).toEqual([]);
    expect(saves()).toBeGreaterThan(1);
    // One save and one acknowledgement for each group, and the word at the beginning.
    expect(saves()).toBeLessThan(20);
    expect(order.filter(({ what }) => what === "acknowledged").length).toBeLessThanOrEqual(saves() + 1);
  });

  test("G9: what could not be saved, and all behind it, is not acknowledged", async () => {
    const { now, order, errors, apply, stop } = await pipeline(
      { events: (_, { offset }) => logFrom([1, 2], offset) },
      (offset) =>
        offset > endOf(1)
          ? Promise.reject(
              new TidemarkError("task_taken_over", "elsewhere", { stage: "checkpoint", kind: "fatal", hint: "" }),
            )
          : Promise.resolve(),
    );
    await now.until("both rows", () => now.inserted.length === 2);
    apply();
    await now.until("the save to fail", () => errors.first !== null);
    await stop();
    expect(order.filter(({ offset }) => offset > endOf(1))).toEqual([]);
  });
});
