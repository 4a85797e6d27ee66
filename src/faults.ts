/**
 * Fault points: the named places, before and after everything that a session waits for, at which a test makes it fail,
 * stand still or die. They exist because faults at the edge (a server that answers with an error, a connection that is
 * cut) can't reach every place: a process may be gone *between* two answers.
 *
 * Outside of tests there are none: what is passed in is null, and a place costs one comparison, and through `around` a function that is
 * made for it (0 and 3 ns of the 29 ns of an await, measured). `test/chaos/every-fault.test.ts` goes through all of them, and
 * `test/support/tidemark/faulty-tidemark.ts` runs the real process with some.
 */

/** What is waited for at each step. */
export const FAULT_STEPS = {
  "session.connect": "the connection that holds the task and saves its checkpoint",
  "session.prepare": "both servers are looked at, and the stored state is read",
  "session.chunk": "before: a chunk of the log was read; after: it was handed on",
  "session.room": "the scheduler is full",
  "session.statement": "a statement of the log is taken care of, in its place",
  "session.drain": "the input has ended, and what is in hand is applied",
  "session.save": "the last checkpoint is saved",
  "session.closeReader": "the upstream's connection ends",
  "session.flushEnd": "the flush worker ends",
  "session.shutDown": "the workers end",
  "session.leaseEnd": "the signs of life end",
  "session.close": "the task is given up",
  "end.connect": "after a fatal error: a connection to ask who holds the task",
  "end.askHolder": "whether it is still us",
  "end.close": "that connection ends",
  "hold.migrate": "our own tables are made, or brought up to date",
  "hold.lock": "the task's named lock is asked for",
  "hold.askHolder": "it is taken: by whom, and when was the last sign of life",
  "hold.endHolder": "a silent holder's connection is ended",
  "hold.endWorkers": "the connections of its workers are ended",
  "hold.lockAgain": "the lock comes free",
  "epoch.begin": "BEGIN of the transaction that raises the epoch",
  "epoch.raise": "the epoch is raised",
  "epoch.read": "the new epoch is read",
  "epoch.commit": "its COMMIT",
  "epoch.rollback": "somebody holds the epoch's row: we give up for the moment",
  "epoch.endWorkers": "and end the connections of the last holder's workers",
  "lease.first": "the first sign of life",
  "lease.interval": "the time between two signs of life",
  "lease.renew": "a sign of life",
  "store.transaction": "a whole transaction of the store, its BEGIN and COMMIT included",
  "store.epoch": "the epoch is compared and locked",
  "store.load": "everything that the last session left is read",
  "store.writeCheckpoint": "the checkpoint's row",
  "store.forgetApplied": "rows of applied batches that the checkpoint covers",
  "store.writeStructure": "a table's structure",
  "store.forgetStructure": "the structure of a table that is gone",
  "store.writeIntent": "the intent of a DDL",
  "store.forgetIntent": "the intent of a DDL that is done",
  "flush.interval": "the time between two checkpoints",
  "flush.save": "a checkpoint is saved",
  "flush.backoff": "the time before a failed save is tried again",
  "worker.connect": "a worker's connection, up to its being set up",
  "worker.register": "the connection is registered with the lease",
  "worker.setup": "its session is set up",
  "workers.idle": "the batches in hand come to their end",
  "workers.close": "the workers' connections end",
  "batch.packet": "a packet of statements; the first begins with BEGIN and the applied-batch row",
  "batch.rollback": "ROLLBACK",
  "batch.turn": "`ordered`: an executed batch waits for its turn",
  "batch.yielded": "`ordered`: a batch that gave up its locks waits for its turn",
  "batch.backoff": "the time before a batch is tried again",
  "batch.commit": "COMMIT of a batch",
  "careful.begin": "BEGIN of a batch that is applied row by row",
  "careful.fence": "its applied-batch row",
  "careful.statement": "a statement of it",
  "careful.repair": "a missing row is put right",
  "parts.take": "a large transaction: its next part is read",
  "parts.packet": "a packet of statements of a part; the first begins with SAVEPOINT",
  "parts.undo": "ROLLBACK TO SAVEPOINT",
  "parts.backoff": "the time before a part is tried again",
  "parts.end": "the applied-batch row of a large transaction gets its end",
  "untransacted.fence": "rows of a table without transactions: is the task still ours",
  "untransacted.statement": "a statement of it",
  "untransacted.replace": "a row that stands in the way is replaced",
  "ddl.ignored": "a statement that isn't executed takes its place in the ledger",
  "ddl.drain": "everything before a DDL is applied",
  "ddl.saveBefore": "and saved",
  "ddl.connect": "the DDL's connection",
  "ddl.register": "it is registered with the lease",
  "ddl.lock": "a DDL of an earlier session ends",
  "ddl.definition": "the definition of a table, for the fingerprint",
  "ddl.intend": "the intent is written",
  "ddl.required": "a statement that sets up the DDL's session",
  "ddl.optional": "one that the server may refuse",
  "ddl.execute": "the DDL itself",
  "ddl.refused": "that the downstream refused it is written down",
  "ddl.affected": "which tables it has changed",
  "ddl.readTables": "their new structures",
  "ddl.rows": "the rows that came with it take their place",
  "ddl.saveBehind": "the checkpoint behind it is saved, with the structures",
  "ddl.close": "the DDL's connection ends",
} as const;

export type FaultStep = keyof typeof FAULT_STEPS;

/** Before the step, or when it is done and nobody has heard of it yet. */
export type Side = "before" | "after";

/** Whoever makes things fail. */
export interface Faults {
  /** A session is at this place. Resolves to go on, rejects to fail there; one that never resolves has died. */
  readonly at: (step: FaultStep, side: Side) => Promise<void>;
}

/** Does `work`, which is that step. Without faults it is `work` itself: no promise more, no turn of the event loop. */
export function around<T>(faults: Faults | null, step: FaultStep, work: () => Promise<T>): Promise<T> {
  return faults === null ? work() : between(faults, step, work);
}

/** A step that opens something: when it fails behind the opening, nobody has it, so it is closed again. */
export function opening<T extends { destroy(): void }>(
  faults: Faults | null,
  step: FaultStep,
  open: () => Promise<T>,
): Promise<T> {
  return faults === null ? open() : openBetween(faults, step, open);
}

/** The same as {@link around} for work that is under way already. */
export function underWay<T>(faults: Faults | null, step: FaultStep, promise: Promise<T>): Promise<T> {
  if (faults === null) return promise;
  // Whoever waits for it is held up first: until then its failure is nobody's fault.
  promise.catch(() => undefined);
  return between(faults, step, () => promise);
}

async function openBetween<T extends { destroy(): void }>(
  faults: Faults,
  step: FaultStep,
  open: () => Promise<T>,
): Promise<T> {
  await faults.at(step, "before");
  const opened = await open();
  try {
    await faults.at(step, "after");
  } catch (thrown) {
    opened.destroy();
    throw thrown;
  }
  return opened;
}

async function between<T>(faults: Faults, step: FaultStep, work: () => Promise<T>): Promise<T> {
  await faults.at(step, "before");
  const result = await work();
  await faults.at(step, "after");
  return result;
}
