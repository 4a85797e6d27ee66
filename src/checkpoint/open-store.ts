/** How a session takes its task: the meta schema is there, nobody else holds the task, and older sessions are locked out. */
import type { Clock } from "../clock.ts";
import { TidemarkError } from "../errors.ts";
import { around, type Faults } from "../faults.ts";
import type { Log } from "../log.ts";
import type { Connection } from "../mysql/connection.ts";
import { quoteTable, quoteText } from "../mysql/quote.ts";
import { endConnectionsOf, holdTask } from "./lease.ts";
import { migrateMetaSchema } from "./meta-schema.ts";
import { Store } from "./store.ts";

export interface StoreOptions {
  readonly connection: Connection;
  readonly metaSchema: string;
  readonly task: string;
  /** Who we are, for the one who finds the task taken. No other process is called so. */
  readonly holder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: Faults | null;
}

/**
 * Prepares the meta schema, takes the task and raises its epoch: from then on nothing that an older session still
 * has under way can be committed. Throws `task_running_elsewhere` when another process holds the task.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { connection, metaSchema, task, clock, faults } = options;
  await around(faults, "hold.migrate", () => migrateMetaSchema(connection, metaSchema));
  await holdTask(options);
  const epoch = await raiseEpochAtLast(options);
  const store = new Store(connection, { metaSchema, task, epoch }, clock, faults);
  await around(faults, "lease.first", () => store.renewLease());
  return store;
}

/**
 * How long a transaction of an earlier session may hold the epoch's row before its connection is ended, seconds. The server may not have noticed
 * that its client is gone, and its own limit is 50.
 */
const EPOCH_WAIT_SECONDS = 5;

/**
 * How long we wait for such transactions to be undone once their connections are ended, seconds. That takes a large one as long as it took to
 * be applied, and nothing can be done before.
 */
const EPOCH_PATIENCE_SECONDS = 86_400;

async function raiseEpochAtLast(options: StoreOptions): Promise<number> {
  const { connection, metaSchema, task, log, faults } = options;
  for (let waited = 0; ; waited += EPOCH_WAIT_SECONDS) {
    try {
      return await raiseEpoch(options);
    } catch (thrown) {
      const locked = thrown instanceof TidemarkError && thrown.name === "lock_wait_timeout";
      if (!locked || waited >= EPOCH_PATIENCE_SECONDS) throw thrown;
      if (waited === 0)
        log.warn({ err: thrown }, "a transaction of an earlier session is ended; we wait until it is undone");
    }
    // The named lock is ours, so this is a transaction of an earlier holder that stands still; it can't do anything any more.
    await around(faults, "epoch.rollback", () => connection.run("ROLLBACK"));
    await around(faults, "epoch.endWorkers", () => endConnectionsOf(connection, metaSchema, task));
  }
}

/** The new epoch. Waits for every transaction that has read the old one for its fence. */
async function raiseEpoch({ connection, metaSchema, task, holder, faults }: StoreOptions): Promise<number> {
  const table = quoteTable(metaSchema, "task");
  const raise =
    `INSERT INTO ${table} (name, epoch, holder, claimed_at) VALUES (${quoteText(task)}, 1, ${quoteText(holder)}, UTC_TIMESTAMP(3)) ` +
    "ON DUPLICATE KEY UPDATE epoch = epoch + 1, holder = VALUES(holder), claimed_at = VALUES(claimed_at)";
  const read = `SELECT epoch FROM ${table} WHERE name = ${quoteText(task)}`;
  // In one transaction: of two processes that raise it at the same time, each must read its own number.
  await around(faults, "epoch.begin", async () => {
    await connection.run(`SET innodb_lock_wait_timeout=${EPOCH_WAIT_SECONDS}`);
    await connection.run("BEGIN");
  });
  await around(faults, "epoch.raise", () => connection.run(raise));
  const [row] = await around(faults, "epoch.read", () => connection.query<{ epoch: string }>(read));
  await around(faults, "epoch.commit", () => connection.run("COMMIT"));
  return Number(row?.epoch ?? 0);
}
