import { describe, expect, it } from "vitest";
import { AppliedBefore } from "../../../src/applier/applied-before.ts";
import { ExecutionErrors } from "../../../src/applier/execution-errors.ts";
import { Ledger } from "../../../src/applier/ledger.ts";
import { Scheduler, type BatchRunner } from "../../../src/applier/scheduler.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { Transaction } from "../../../src/binlog/transaction.ts";
import { FlushWorker } from "../../../src/checkpoint/flush.ts";
import { openStore } from "../../../src/checkpoint/open-store.ts";
import type { Intent } from "../../../src/checkpoint/rows.ts";
import type { Store } from "../../../src/checkpoint/store.ts";
import type { Clock } from "../../../src/clock.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { silentLog } from "../../../src/log.ts";
import type { Connection } from "../../../src/mysql/connection.ts";
import { compileFilter } from "../../../src/routing/filter.ts";
import { SchemaTracker } from "../../../src/schema/tracker.ts";
import { Barrier } from "../../../src/syncer/barrier.ts";
import { Counters } from "../../../src/syncer/counters.ts";
import { realDoors, type Doors } from "../../../src/syncer/doors.ts";
import { Tables } from "../../../src/syncer/tables.ts";
import type { TargetTable } from "../../../src/applier/target.ts";
import { Session } from "../../chaos/simulation/database/session.ts";
import { simulatedDownstream, type SimulatedDownstream } from "../../support/simulated-downstream.ts";
import { change, key, NOTHING_LOGGED, structure, target, transaction } from "../../support/tables.ts";

const AT = { file: "binlog.000001" };
const START = { file: "binlog.000001", offset: 4, gtids: "" };
const UPSTREAM = { flavour: "mysql", version: "9.7.4", versionText: "9.7.4", uuid: "u", serverId: 7 } as const;
const t = { ...structure("t", ["id int"], [key("PRIMARY", "id")]), database: "sim" };
const ALTER = "ALTER TABLE t ADD COLUMN n INT";

/** The tables of a session on `sim.t`, both sides alike. */
async function tablesOf({ database }: SimulatedDownstream, connection: Connection) {
  const doors: Doors = {
    ...realDoors,
    readStructures: (_connection, wanted) => {
      const names = typeof wanted === "function" ? [] : wanted;
      return Promise.resolve(names.flatMap(({ table }) => database.structure(`sim.${table}`) ?? []));
    },
  };
  const tracker = SchemaTracker.from([t]);
  const filter = compileFilter({ include: ["sim.*"], exclude: [], caseSensitive: true, metaSchema: "tidemark" });
  const tables = new Tables({
    tracker,
    wanted: filter,
    routed: (name, table) => ({ database: name, table }),
    readStructures: doors.readStructures,
    downstream: "mysql",
    foreignKeyChecks: false,
  });
  await tables.readAll(connection);
  return { doors, tracker, filter, tables };
}

/** What takes and settles batches: nothing is applied until a test runs what `running` holds. */
function settling(store: Store, clock: Clock) {
  const errors = new ExecutionErrors();
  const ledger = new Ledger(START, emptyGtidSet("mysql"), false);
  const running: (() => void)[] = [];
  const runner: BatchRunner = {
    free: 1,
    run: (batch, done) =>
      void running.push(() => {
        batch.state = "settled";
        done();
      }),
  };
  const scheduler = new Scheduler({
    ledger,
    runner,
    errors,
    start: START,
    emptyGtids: () => emptyGtidSet("mysql"),
    byGtid: false,
    appliedBefore: new AppliedBefore([]),
    batchRows: 100,
    batchBytes: 1_000_000,
    splitBytes: null,
    clock,
    pendingMax: 8,
    pendingBytesMax: 1_000_000,
  });
  const flush = new FlushWorker({
    ledger,
    errors,
    store,
    upstream: UPSTREAM,
    intervalMs: 1000,
    clock,
    onSaved: () => undefined,
    onSaveFailed: () => undefined,
    faults: null,
  });
  return { errors, ledger, running, scheduler, flush };
}

/** A session that has begun; `stored`: the intent that the last one left. */
async function scene(stored: Intent | null = null) {
  const executed: string[] = [];
  const downstream = await simulatedDownstream([t], (sql) => {
    if (sql !== ALTER) return null;
    executed.push(sql);
    return [{ kind: "add-column", table: "t", column: "n" }];
  });
  const { clock } = downstream;
  const connection = await downstream.connect("checkpoint");
  const session = { metaSchema: "tidemark", task: "t", holder: "us", clock, log: silentLog, faults: null };
  const store = await downstream.done(openStore({ connection, ...session }));
  await downstream.done(store.begin(START, UPSTREAM, [t]));
  const { doors, tracker, filter, tables } = await tablesOf(downstream, connection);
  const { errors, ledger, running, scheduler, flush } = settling(store, clock);
  const counters = new Counters();
  const phases: string[] = [];
  const forgotten = { times: 0 };
  const barrier = new Barrier({
    options: {
      doors: { ...doors, connect: () => downstream.connecting("ddl") },
      task: "t",
      downstream: { ...ADDRESS, metaSchema: "tidemark", netTimeoutMs: 60_000 },
      kill: new AbortController().signal,
      clock,
      log: silentLog,
      counters,
      onPhase: (phase) => phases.push(phase),
    },
    prepared: {
      upstream: UPSTREAM,
      downstream: { server: UPSTREAM },
      filter,
      tracker,
      tables,
      stored: { intent: stored },
    },
    store,
    scheduler,
    ledger,
    flush,
    errors,
    forgetTables: () => {
      forgotten.times += 1;
    },
    log: silentLog,
  });
  return { downstream, errors, store, tracker, scheduler, counters, phases, running, executed, barrier, forgotten };
}

function statement(sql: string, end: number): Transaction<TargetTable> {
  return { ...transaction(end), statement: { sql, database: "sim", context: NOTHING_LOGGED } };
}

describe("a DDL among the transactions", () => {
  it("S3: waits until everything before it is settled and saved", async () => {
    const { downstream, scheduler, running, executed, barrier } = await scene();
    void scheduler.add(transaction(100, change(target(t), "insert", [1])));
    scheduler.flush();
    const taken = barrier.take(statement(ALTER, 200));
    await downstream.clock.advance(60_000);
    expect(executed).toEqual([]);
    for (const settle of running) settle();
    // The runner of this test settles nothing in the ledger, so the checkpoint stays where it was.
    await downstream.done(taken);
    expect(executed).toEqual([ALTER]);
  });

  // What broke: a session whose lease was lost waited for up to a day beside a frozen holder's DDL.
  it("S3: is not waited for any longer, nor begun, when the session has failed meanwhile", async () => {
    const { downstream, errors, executed, barrier } = await scene();
    downstream.dealer.at(/ddl: GET_LOCK/, { kind: "delay", ms: 80_000_000 });
    const taken = barrier.take(statement(ALTER, 200));
    const ended = taken.catch((thrown: unknown) => thrown);
    await downstream.clock.advance(60_000);
    errors.record("unexpected", new TidemarkError("connection_lost", "the lease", { stage: "checkpoint", hint: "" }));
    await downstream.clock.advance(10_000);
    expect(await ended).toMatchObject({ name: "connection_lost", message: "the lease" });
    expect(executed).toEqual([]);
  });

  it("D1: its intent stands before it, and is gone with the checkpoint behind it", async () => {
    const { downstream, store, tracker, executed, barrier, phases, counters, forgotten } = await scene();
    downstream.dealer.at(/ddl: statement/, { kind: "delay", ms: 100_000 });
    const taken = barrier.take(statement(ALTER, 200));
    await downstream.clock.advance(10_000);
    const { intent } = await downstream.done(store.load());
    expect(intent).toMatchObject({ file: "binlog.000001", offset: 200, statement: ALTER, refused: false });
    expect(executed).toHaveLength(1);
    await downstream.done(taken);
    const after = await downstream.done(store.load());
    expect(after.intent).toBeNull();
    expect(after.checkpoint?.position.offset).toBe(200);
    expect(after.structures.map(({ columns }) => columns.map(({ name }) => name))).toEqual([["id", "n"]]);
    expect(tracker.get("sim", "t")?.columns).toHaveLength(2);
    expect({ phases, executed: counters.statementsExecuted }).toEqual({ phases: ["ddl"], executed: 1 });
    // D2: what the decoder knew of the table is from before.
    expect(forgotten.times).toBe(1);
  });

  it("S10: its connection is registered before it waits for anybody, so that a takeover can end it", async () => {
    const { downstream, barrier } = await scene();
    downstream.dealer.at(/ddl: GET_LOCK/, { kind: "delay", ms: 100_000 });
    const taken = barrier.take(statement(ALTER, 200));
    await downstream.clock.advance(10_000);
    const [lease] = downstream.rows("tidemark.lease");
    expect(lease?.["connections"]).toBe("2");
    await downstream.done(taken);
  });

  it("D1: a refusal is written down, and the next session executes it again, whatever it is", async () => {
    const { downstream, store, barrier } = await scene();
    downstream.dealer.at(/ddl: statement/, { kind: "error", errno: 1050 });
    await expect(downstream.done(barrier.take(statement(ALTER, 200)))).rejects.toMatchObject({ name: "ddl_failed" });
    const { intent, checkpoint } = await downstream.done(store.load());
    expect(intent).toMatchObject({ offset: 200, refused: true });
    expect(checkpoint?.position.offset).toBe(4);
  });

  it("D1: a connection that is lost is no refusal", async () => {
    const { downstream, store, barrier } = await scene();
    downstream.dealer.at(/ddl: statement/, { kind: "cut", takesEffect: true, later: false });
    await expect(downstream.done(barrier.take(statement(ALTER, 200)))).rejects.toMatchObject({
      name: "connection_lost",
    });
    expect((await downstream.done(store.load())).intent).toMatchObject({ refused: false });
  });

  it.each([
    ["of this very statement", 200, 0],
    ["of another one", 900, 1],
  ])("D1: an intent of the last session %s", async (_, offset, times) => {
    const intent = { ...AT, offset, gtid: "", statement: ALTER, beforeFingerprint: "another", refused: false };
    const { downstream, executed, barrier } = await scene(intent);
    // It has taken effect.
    const session = new Session("the server");
    const step = { kind: "add-column", table: "t", column: "n" } as const;
    if (times === 0) await downstream.done(downstream.database.ddl(session, step, () => undefined));
    await downstream.done(barrier.take(statement(ALTER, 200)));
    expect(executed).toHaveLength(times);
  });

  it("G21: what isn't executed is counted, and takes its place among the transactions", async () => {
    const { downstream, scheduler, executed, barrier, counters } = await scene();
    await downstream.done(barrier.take(statement("CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1", 200)));
    await downstream.done(barrier.take(statement("DROP TABLE other.t", 300)));
    expect({ executed, ignored: counters.statementsIgnored }).toEqual({ executed: [], ignored: 2 });
    expect(scheduler.nextSequence).toBe(2);
  });
});

const ADDRESS = { host: "h", port: 1, user: "u", password: "", tls: { mode: "disabled" } } as const;
