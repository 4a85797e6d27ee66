/** Around a session: the connection that holds its task, and what it means to hold it no longer. */
import { fenced } from "../applier/fence.ts";
import { isHolder, keepLease } from "../checkpoint/lease.ts";
import type { Store } from "../checkpoint/store.ts";
import type { TidemarkError } from "../errors.ts";
import { around, type Faults, type FaultStep, opening, underWay } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import type { SyncerOptions } from "./options.ts";

/** A connection to the task's own tables. */
export function connectStore({ doors, downstream, kill, clock }: SyncerOptions, step: FaultStep): Promise<Connection> {
  return opening(doors.faults, step, () => doors.connect(downstream, kill, { stage: "checkpoint", clock }));
}

/** Says goodbye; whatever becomes of that, the connection is gone afterwards, and with it the lock that it may hold. */
export async function leave(connection: Connection, faults: Faults | null, step: FaultStep): Promise<void> {
  try {
    await around(faults, step, () => connection.close());
  } finally {
    connection.destroy();
  }
}

/**
 * A process that was taken over from meets its successor in many ways (its connections are ended, its place at the
 * upstream is taken): what a person must know is that the task runs elsewhere.
 */
export async function underlying(options: SyncerOptions, store: Store, error: TidemarkError): Promise<TidemarkError> {
  if (error.kind !== "fatal" || options.kill.aborted) return error;
  try {
    const { faults } = options.doors;
    const connection = await connectStore(options, "end.connect");
    try {
      const ours = await around(faults, "end.askHolder", () => isHolder(connection, store.claim));
      return ours ? error : fenced();
    } finally {
      await leave(connection, faults, "end.close");
    }
  } catch {
    // The downstream doesn't answer: what we have is all that is known.
    return error;
  }
}

/** Runs `work` while the lease is kept; `lost` is aborted, with the error, when it can't be kept any more. */
export async function whileHolding<T>(
  options: SyncerOptions,
  store: Store,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const lost = new AbortController();
  const keeping = keepLease(store, options.clock, over.signal, options.doors.faults).catch((thrown: unknown) =>
    lost.abort(thrown),
  );
  try {
    return await work(lost.signal);
  } finally {
    over.abort();
    await underWay(options.doors.faults, "session.leaseEnd", keeping);
  }
}
