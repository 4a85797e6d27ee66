/**
 * One process holds a task (S10). A named lock of the downstream says who: it is free again as soon as its holder's
 * connection is gone, however the process went. A process that is frozen keeps its connections, so the holder also
 * gives a sign of life; when that is older than the lease, the next one ends the silent holder's connections and
 * takes over. What the old holder still tries when it wakes is fenced by the epoch.
 */
import type { Claim } from "../applier/fence.ts";
import type { Clock } from "../clock.ts";
import { TidemarkError } from "../errors.ts";
import { around, type Faults } from "../faults.ts";
import type { Log } from "../log.ts";
import type { Connection } from "../mysql/connection.ts";
import { quoteTable, quoteText } from "../mysql/quote.ts";
import type { Store } from "./store.ts";

/** A holder that was silent for this long may be taken over from, ms; it gives three signs of life in that time. */
export const LEASE_MS = 15_000;
/** How long the lock may take to come free once its holder's connections are ended, seconds. */
const LOCK_WAIT_SECONDS = 10;

export interface HoldOptions {
  readonly connection: Connection;
  readonly metaSchema: string;
  readonly task: string;
  readonly holder: string;
  readonly log: Log;
  readonly faults: Faults | null;
}

/** Whoever has the lock. */
interface Holder {
  /** `host:pid`; null while it has not got as far as writing that down. */
  readonly holder: string | null;
  /** The connection that has the lock; null: it has ended meanwhile. */
  readonly thread: number | null;
  /** For how long it has surely done nothing, ms. */
  readonly silentMs: number;
}

/**
 * Takes the named lock. Throws `task_running_elsewhere` while another process holds the task and gives signs of life. One that is
 * called as we are is ourselves: a connection that we have lost, and the server has not noticed, which may take it hours.
 */
export async function holdTask(options: HoldOptions): Promise<void> {
  const { connection, metaSchema, task, holder, log, faults } = options;
  // MySQL limits the name to 64 characters, so it is the hash that tells tasks apart.
  const name = `CONCAT('tidemark:', LEFT(SHA2(${quoteText(`${metaSchema}/${task}`)}, 256), 40))`;
  if (await around(faults, "hold.lock", () => getLock(connection, name, 0))) return;
  const other = await around(faults, "hold.askHolder", () => askHolder(options, name));
  const { thread, silentMs } = other;
  const ours = other.holder === holder;
  if (!ours && silentMs < LEASE_MS) throw elsewhere(options, other);
  if (ours) log.warn({ thread }, "the downstream has not noticed that our last connection is gone; it is ended");
  else log.warn({ from: other.holder, silentMs }, "the task's holder gives no sign of life; it is taken over");
  // The workers' first: once the lock is free, whoever comes next asks no more which they were. Our own end by themselves,
  // or are ended when they are in the way of the new epoch: a DDL may still be at work on one.
  if (!ours) await around(faults, "hold.endWorkers", () => endConnectionsOf(connection, metaSchema, task));
  if (thread !== null) await around(faults, "hold.endHolder", () => endConnection(connection, thread));
  if (!(await around(faults, "hold.lockAgain", () => getLock(connection, name, LOCK_WAIT_SECONDS))))
    throw elsewhere(options, { ...other, holder });
}

/**
 * Two things tell a frozen holder: its lease is old, and the connection with the lock has asked for nothing. One that has only just
 * got the lock has no lease yet, or finds an old one; one whose statement waits for somebody's lock can't renew it.
 * So both must say so, as far as they are known.
 */
async function askHolder({ connection, metaSchema, task }: HoldOptions, name: string): Promise<Holder> {
  const [lock] = await connection.query<{ thread: string | null }>(`SELECT IS_USED_LOCK(${name}) AS thread`);
  const [lease] = await connection.query<{ holder: string; silentMs: string }>(
    `SELECT holder, TIMESTAMPDIFF(MICROSECOND, renewed_at, UTC_TIMESTAMP(3)) DIV 1000 AS silentMs
     FROM ${quoteTable(metaSchema, "task")} JOIN ${quoteTable(metaSchema, "lease")} ON name = task
     WHERE task = ${quoteText(task)}`,
  );
  const thread = lock === undefined || lock.thread === null ? null : Number(lock.thread);
  const idleMs = thread === null ? null : await idleTime(connection, thread);
  const known = [idleMs, lease === undefined ? null : Number(lease.silentMs)].filter((ms) => ms !== null);
  return { holder: lease?.holder ?? null, thread, silentMs: known.length === 0 ? 0 : Math.min(...known) };
}

/** For how long a connection has asked for nothing, ms; null where our account may not see it. */
async function idleTime(connection: Connection, thread: number): Promise<number | null> {
  const rows = await connection.query<{ Id: string | number; Command: string; Time: string | number | null }>(
    "SHOW PROCESSLIST",
  );
  const found = rows.find(({ Id }) => Number(Id) === thread);
  if (found === undefined) return null;
  return found.Command === "Sleep" ? Number(found.Time ?? 0) * 1000 : 0;
}

/** Ends the connections that the last holder has registered with its lease. */
export async function endConnectionsOf(connection: Connection, metaSchema: string, task: string): Promise<void> {
  const [lease] = await connection.query<{ connections: string }>(
    `SELECT connections FROM ${quoteTable(metaSchema, "lease")} WHERE task = ${quoteText(task)}`,
  );
  const threads = (lease?.connections ?? "").split(",").filter((thread) => thread !== "");
  for (const thread of threads) await endConnection(connection, Number(thread));
}

async function getLock(connection: Connection, name: string, seconds: number): Promise<boolean> {
  const [row] = await connection.query<{ held: string | number | null }>(
    `SELECT GET_LOCK(${name}, ${seconds}) AS held`,
  );
  return Number(row?.held) === 1;
}

/** Ends one connection of our own account. Connection numbers are not given twice while the server runs. */
async function endConnection(connection: Connection, thread: number): Promise<void> {
  if (!Number.isSafeInteger(thread) || thread === connection.threadId) return;
  try {
    await connection.run(`KILL ${thread}`);
  } catch (thrown) {
    // Unknown thread: it has ended already. Anything else shows when the lock doesn't come free.
    if (thrown instanceof TidemarkError && thrown.kind === "resumable") throw thrown;
  }
}

function elsewhere({ task, holder }: HoldOptions, other: Holder): TidemarkError {
  return new TidemarkError(
    "task_running_elsewhere",
    `The task ${task} is held by ${other.holder ?? "another process"} (downstream connection ${other.thread ?? "unknown"}); we are ${holder}.`,
    {
      stage: "checkpoint",
      hint: `One process runs a task. Stop the other one, or give this task another name. A holder that is frozen can be taken over from after ${LEASE_MS / 1000} s.`,
    },
  );
}

/** Whether this session is still the one that holds the task, asked on a connection of its own. */
export async function isHolder(connection: Connection, claim: Claim): Promise<boolean> {
  const [row] = await connection.query<{ epoch: string }>(
    `SELECT epoch FROM ${quoteTable(claim.metaSchema, "task")} WHERE name = ${quoteText(claim.task)}`,
  );
  return row === undefined || Number(row.epoch) === claim.epoch;
}

/** Gives the signs of life until `end` is aborted. Rejects when the task has been taken over, or the downstream is gone. */
export async function keepLease(store: Store, clock: Clock, end: AbortSignal, faults: Faults | null): Promise<void> {
  while (!end.aborted) {
    await around(faults, "lease.interval", () => clock.sleep(LEASE_MS / 3, end));
    if (!end.aborted) await around(faults, "lease.renew", () => store.renewLease());
  }
}
