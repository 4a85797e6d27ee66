/**
 * One session, from the upstream's log to the downstream's commits. START READING HERE.
 *
 *     reader → scheduler → workers → proofs → ledger → checkpoint
 *
 * A session begins by taking the task (raising its epoch) and ends with the first of: the goal, `stop`, an error.
 * It never repairs itself: whatever goes wrong ends it, and the next session finds the truth downstream.
 */
import { ExecutionErrors } from "./applier/execution-errors.ts";
import { Ledger } from "./applier/ledger.ts";
import { Scheduler } from "./applier/scheduler.ts";
import type { TargetTable } from "./applier/target.ts";
import { Turns } from "./applier/turns.ts";
import { WorkerPool } from "./applier/worker-pool.ts";
import { emptyGtidSet, parseGtidSet } from "./binlog/gtid-set.ts";
import { FlushWorker } from "./checkpoint/flush.ts";
import type { Store } from "./checkpoint/store.ts";
import { asTidemarkError } from "./errors.ts";
import { around, underWay } from "./faults.ts";
import { isEnded } from "./binlog/transaction.ts";
import { scanStatement } from "./schema/scan.ts";
import type { Reader } from "./upstream/reader.ts";
import { applyContext, connectWorker } from "./syncer/apply-setup.ts";
import { Barrier } from "./syncer/barrier.ts";
import { connectStore, leave, underlying, whileHolding } from "./syncer/holding.ts";
import type { SyncerOptions } from "./syncer/options.ts";
import type { Prepared } from "./syncer/prepare.ts";
import { SessionView } from "./syncer/session-view.ts";

export { realDoors } from "./syncer/doors.ts";
export type { SyncerOptions } from "./syncer/options.ts";
export { Counters } from "./syncer/counters.ts";
export { SessionView } from "./syncer/session-view.ts";

/** Why a session ended without an error. `switched`: another server is read from now on, in a session of its own. */
export type SessionEnd = "goal" | "stopped" | "switched";

/**
 * Runs one session. `view` is filled in as the session comes to know things; it may be read at any time.
 * Throws the session's first error, named and classified.
 */
export async function runSession(options: SyncerOptions, view: SessionView): Promise<SessionEnd> {
  options.onPhase("connecting");
  const { clock, downstream, task, holder } = options;
  const { faults } = options.doors;
  const connection = await connectStore(options, "session.connect");
  const destroy = (): void => connection.destroy();
  options.kill.addEventListener("abort", destroy, { once: true });
  try {
    const store = await options.doors.openStore({
      connection,
      metaSchema: downstream.metaSchema,
      task,
      holder,
      clock,
      log: options.log,
      faults,
    });
    try {
      return await whileHolding(options, store, async (lost) => {
        options.onPhase("preparing");
        const prepared = await around(faults, "session.prepare", () =>
          options.doors.prepare(options, store, connection),
        );
        view.prepared(prepared);
        return prepared.goal === "reached" ? "goal" : follow(options, prepared, store, view, lost);
      });
    } catch (thrown) {
      throw await underlying(options, store, asTidemarkError(thrown, "apply"));
    }
  } finally {
    options.kill.removeEventListener("abort", destroy);
    await leave(connection, faults, "session.close");
  }
}

/** The parts of a session, wired. */
interface Parts {
  readonly errors: ExecutionErrors;
  readonly ledger: Ledger;
  readonly pool: WorkerPool;
  readonly scheduler: Scheduler;
  readonly flush: FlushWorker;
  readonly reader: Reader<TargetTable>;
  readonly barrier: Barrier;
}

async function follow(
  options: SyncerOptions,
  prepared: Prepared,
  store: Store,
  view: SessionView,
  lost: AbortSignal,
): Promise<SessionEnd> {
  const { faults } = options.doors;
  const parts = wire(options, prepared, store, view);
  view.started(parts);
  // A lease that is lost is recorded like any other failure: it ends the session, and nothing is saved after it.
  const onLost = (): void => parts.errors.record("unexpected", asTidemarkError(lost.reason, "checkpoint"));
  lost.addEventListener("abort", onLost, { once: true });
  if (lost.aborted) onLost();
  const over = new AbortController();
  const kill = (): void => {
    parts.pool.destroy();
    void parts.reader.close();
  };
  options.kill.addEventListener("abort", kill, { once: true });
  // The flush worker's own failure is recorded like any other: it ends the session, and nothing is saved after it.
  const flushing = parts.flush.run(over.signal).catch((thrown: unknown) => {
    parts.errors.record("unexpected", asTidemarkError(thrown, "checkpoint"));
  });
  try {
    const end = await pump(options, prepared, parts, view);
    options.onPhase("draining");
    parts.scheduler.abandon();
    await around(faults, "session.drain", () => parts.scheduler.drain());
    await around(faults, "session.save", () => parts.flush.flush());
    return end;
  } finally {
    over.abort();
    parts.scheduler.abandon();
    lost.removeEventListener("abort", onLost);
    options.kill.removeEventListener("abort", kill);
    try {
      await around(faults, "session.closeReader", () => parts.reader.close());
      await underWay(faults, "session.flushEnd", flushing);
      await around(faults, "session.shutDown", () => shutDown(options, parts));
    } finally {
      // Whatever went wrong there: no worker outlives its session.
      parts.pool.destroy();
    }
  }
}

/** Moves transactions from the reader to the scheduler until the goal, `stop` or an error. */
async function pump(options: SyncerOptions, prepared: Prepared, parts: Parts, view: SessionView): Promise<SessionEnd> {
  const { reader, scheduler, barrier, errors } = parts;
  const { faults } = options.doors;
  const goal = prepared.goal === "reached" ? null : prepared.goal;
  options.onPhase("syncing");
  if (options.splitBytes !== null)
    options.log.warn(
      { bytes: options.splitBytes },
      "larger transactions are cut: readers downstream may see a part of one",
    );
  for await (const chunk of reader.chunks(AbortSignal.any([options.stop, options.kill, errors.signal]))) {
    if (faults !== null) await faults.at("session.chunk", "before");
    for (const transaction of chunk) {
      if (transaction.statement !== null) {
        await around(faults, "session.statement", () => barrier.take(transaction));
        options.onPhase("syncing");
      } else {
        const room = scheduler.add(transaction);
        if (room !== null) {
          view.throttledSinceMs = options.clock.now();
          await underWay(faults, "session.room", room);
          view.throttledSinceMs = null;
        }
      }
      if (isEnded(transaction) && goal?.reached(transaction) === true) return "goal";
      if (options.stop.aborted) return "stopped";
    }
    scheduler.flush();
    if (faults !== null) await faults.at("session.chunk", "after");
  }
  if (errors.first !== null) throw errors.first.error;
  return reader.state.successor === null ? "stopped" : "switched";
}

function wire(options: SyncerOptions, prepared: Prepared, store: Store, view: SessionView): Parts {
  const { clock, log, counters } = options;
  const { start, upstream, gtidsComplete } = prepared;
  const errors = new ExecutionErrors();
  const gtids = parseGtidSet(upstream.flavour, start.gtids);
  const ledger = new Ledger(start, gtids, gtidsComplete, () => flush.moved());
  const turns = options.consistency === "ordered" ? new Turns((b) => ledger.isFront(b), errors.signal, clock) : null;
  const pool = new WorkerPool({
    workers: options.workers,
    connect: (over) => connectWorker(options, prepared, store, over),
    context: applyContext(options, prepared, store, turns),
    errors,
    ledger,
    onCommitted: (batch) => counters.committed(batch),
  });
  const scheduler = new Scheduler({
    ledger,
    runner: pool,
    errors,
    start,
    // With an empty set the log is read by file and offset at first, and a prepared XA transaction holds the checkpoint.
    byGtid: gtidsComplete && start.gtids !== "" && upstream.flavour === "mysql",
    emptyGtids: () => emptyGtidSet(upstream.flavour),
    appliedBefore: store.appliedBefore,
    batchRows: options.batchRows,
    batchBytes: options.batchBytes,
    pendingMax: 2 * options.workers,
    pendingBytesMax: Math.max(64 * 1024 * 1024, 2 * options.batchBytes),
    splitBytes: options.splitBytes,
    clock,
  });
  const reader = openSessionReader(options, prepared, async () => {
    await scheduler.drain();
    await flush.flush();
  });
  const flush = new FlushWorker({
    ledger,
    errors,
    store,
    upstream: prepared.identity,
    intervalMs: options.checkpointIntervalMs,
    isAwaited: (place) => reader.isAwaited(place),
    clock,
    faults: options.doors.faults,
    onSaved: (checkpoint, savedAtMs) => {
      view.saved(checkpoint.position, savedAtMs);
      reader.progress(checkpoint.position);
      options.onSaved();
    },
    onSaveFailed: (error) => log.warn({ err: error }, "the checkpoint could not be saved"),
  });
  const barrier = new Barrier({
    options,
    prepared,
    store,
    scheduler,
    ledger,
    flush,
    errors,
    forgetTables: () => reader.forgetTables(),
    log,
  });
  return { errors, ledger, pool, scheduler, flush, reader, barrier };
}

/** `settle`: see `ReaderOptions`. */
function openSessionReader(
  options: SyncerOptions,
  prepared: Prepared,
  settle: () => Promise<void>,
): Reader<TargetTable> {
  const { upstream, start, gtidsComplete, tables } = prepared;
  return options.doors.openReader<TargetTable>({
    upstream: options.upstream,
    task: options.task,
    flavour: upstream.flavour,
    start,
    gtidsComplete,
    ...(options.hosts === undefined ? {} : { hosts: options.hosts }),
    owner: upstream,
    resolve: tables.resolve,
    dropStatement: (database, sql) => isUnwanted(prepared, database, sql),
    survivesRollback: (table) => table.survivesRollback,
    streamBytes: options.streamBytes,
    settle,
    backoff: options.backoff,
    budgetMs: options.budgetMs,
    clock: options.clock,
    log: options.log,
  });
}

/** Whether a statement-format INSERT, UPDATE or DELETE of the log is known to write to unwanted tables only. */
function isUnwanted(prepared: Prepared, defaultDatabase: string, sql: string): boolean {
  const statement = scanStatement(sql, { sqlMode: 0n, flavour: prepared.upstream.flavour });
  if (statement.kind !== "dml" || !statement.complete) return false;
  return !statement.tables.some((name) => prepared.filter(name.database ?? defaultDatabase, name.table));
}

/** How long batches in hand may take to end by themselves when the session is over. */
const SHUT_DOWN_MS = 5_000;

/** Batches in hand come to their end, within limits; what became of those cut off, the next session finds out. */
async function shutDown(options: SyncerOptions, parts: Parts): Promise<void> {
  const patience = new AbortController();
  await Promise.race([parts.pool.close(), options.clock.sleep(SHUT_DOWN_MS, patience.signal)]);
  patience.abort();
  parts.pool.destroy();
}
