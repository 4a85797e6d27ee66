/** A mixed OLTP write load on a real server: several writers, each with a seed of its own, at a bounded rate. */

import { setTimeout as delay } from "node:timers/promises";
import mysql from "mysql2/promise";
import { nextTransaction } from "./load/operations.ts";
import { seededRandom } from "./load/random.ts";
import type { RunningServer } from "./servers/index.ts";

export { balanceSum, EXPECTED_SUM, makeLoadTables } from "./load/tables.ts";

export interface LoadOptions {
  readonly database: string;
  readonly seed: number;
  /** Default 4. */
  readonly writers?: number;
  /** All writers together; default 300. */
  readonly transactionsPerSecond?: number;
}

/** A load that runs. */
export interface Load {
  /** Transactions that the upstream has committed so far. */
  readonly committed: number;
  /** Transactions that met another writer (deadlock, lock wait, duplicate key) and were rolled back. */
  readonly rolledBack: number;
  /** Ends every writer after the transaction in hand. @throws what ended a writer before its time */
  stop(): Promise<void>;
}

/** Starts the writers on tables that {@link makeLoadTables} made. */
export async function startLoad(server: RunningServer, options: LoadOptions): Promise<Load> {
  const counts = { committed: 0, rolledBack: 0 };
  const stop = new AbortController();
  const writers = options.writers ?? 4;
  const pauseMs = (1000 * writers) / (options.transactionsPerSecond ?? 300);
  const connections = await Promise.all(Array.from({ length: writers }, () => open(server, options.database)));
  const running = connections.map((connection, writer) =>
    write(connection, writer, options.seed, pauseMs, counts, stop.signal),
  );
  // Whoever waits for `stop` hears of an error; until then it must not count as unhandled.
  const all = Promise.allSettled(running);
  return {
    get committed() {
      return counts.committed;
    },
    get rolledBack() {
      return counts.rolledBack;
    },
    async stop() {
      stop.abort();
      for (const result of await all) if (result.status === "rejected") throw result.reason;
    },
  };
}

async function write(
  connection: mysql.Connection,
  writer: number,
  seed: number,
  pauseMs: number,
  counts: { committed: number; rolledBack: number },
  stop: AbortSignal,
): Promise<void> {
  const random = seededRandom(seed * 1000 + writer);
  const started = performance.now();
  try {
    for (let n = 0; !stop.aborted; n += 1) {
      try {
        for (const statement of nextTransaction(random, { writer, n })) await connection.query(statement);
        counts.committed += 1;
      } catch (error) {
        if (!isConflict(error)) throw error;
        await connection.query("ROLLBACK");
        counts.rolledBack += 1;
      }
      // Paced by the clock since the start, so that a slow moment is made up for, within limits.
      const ahead = started + n * pauseMs - performance.now();
      if (ahead > 1) await delay(Math.min(ahead, 200));
    }
  } finally {
    connection.destroy();
  }
}

const CONFLICTS: readonly unknown[] = ["ER_LOCK_DEADLOCK", "ER_LOCK_WAIT_TIMEOUT", "ER_DUP_ENTRY"];

function isConflict(error: unknown): boolean {
  return error instanceof Error && "code" in error && CONFLICTS.includes(error.code);
}

function open(server: RunningServer, database: string): Promise<mysql.Connection> {
  const { host, port, user, password } = server;
  return mysql.createConnection({ host, port, user, password, database, charset: "utf8mb4" });
}
