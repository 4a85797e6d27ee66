/** A slow stream of DDL beside the write load: what a kill must find half done now and then. */

import { setTimeout as delay } from "node:timers/promises";
import type { RunningServer } from "../servers/index.ts";
import { seededRandom } from "./random.ts";

/** Statements that stand by themselves, whatever came before; `n` makes names of their own. */
const ROUNDS: readonly ((n: number) => readonly string[])[] = [
  (n) => [
    `ALTER TABLE customers ADD COLUMN extra_${n} INT NOT NULL DEFAULT ${n} AFTER name`,
    `UPDATE customers SET extra_${n} = id LIMIT 20`,
    `ALTER TABLE customers DROP COLUMN extra_${n}`,
  ],
  (n) => [
    `CREATE TABLE made_${n} LIKE documents`,
    `INSERT INTO made_${n} SELECT * FROM documents LIMIT 10`,
    `RENAME TABLE made_${n} TO kept_${n}`,
    `DELETE FROM kept_${n} LIMIT 3`,
  ],
  (n) => [
    `CREATE TABLE selected_${n} AS SELECT id, mail, seat FROM customers ORDER BY id LIMIT 50`,
    `UPDATE selected_${n} SET seat = NULL LIMIT 5`,
    `ALTER TABLE selected_${n} ADD PRIMARY KEY (id)`,
  ],
  (n) => [
    `CREATE TABLE scratch_${n} (v INT)`,
    `INSERT INTO scratch_${n} VALUES (1), (1), (2)`,
    `TRUNCATE TABLE scratch_${n}`,
    `INSERT INTO scratch_${n} VALUES (${n})`,
    n % 2 === 0 ? `DROP TABLE scratch_${n}` : `ALTER TABLE scratch_${n} COMMENT 'stays'`,
  ],
  (n) => [`CREATE INDEX by_state_${n} ON orders (state)`, `DROP INDEX by_state_${n} ON orders`],
  (n) => [
    `ALTER TABLE documents MODIFY extra VARBINARY(${200 + n}), ADD COLUMN at_${n} DATETIME DEFAULT CURRENT_TIMESTAMP`,
    `ALTER TABLE documents DROP COLUMN at_${n}`,
  ],
];

/** DDL that runs. */
export interface DdlLoad {
  /** Statements that the upstream has executed so far. */
  readonly statements: number;
  /** @throws what ended it before its time */
  stop(): Promise<void>;
}

/** Runs a round of DDL about every `everyMs` milliseconds. */
export function startDdl(
  server: RunningServer,
  options: { readonly database: string; readonly seed: number; readonly everyMs: number },
): DdlLoad {
  const random = seededRandom(options.seed);
  const stop = new AbortController();
  let statements = 0;
  const run = async (): Promise<void> => {
    for (let n = 1; !stop.signal.aborted; n += 1) {
      const round = ROUNDS[random.below(ROUNDS.length)] ?? (() => []);
      for (const statement of round(n)) {
        await untilNotInTheWay(() => server.exec(statement, options.database));
        statements += 1;
        await delay(random.below(options.everyMs / 2));
      }
      await delay(random.below(options.everyMs));
    }
  };
  const settled = Promise.allSettled([run()]);
  return {
    get statements() {
      return statements;
    },
    async stop() {
      stop.abort();
      for (const result of await settled) if (result.status === "rejected") throw result.reason;
    },
  };
}

/** Rows are written all the time: a DDL may lose against them, and is then tried again. */
async function untilNotInTheWay(run: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      const conflict =
        error instanceof Error &&
        "code" in error &&
        (error.code === "ER_LOCK_DEADLOCK" || error.code === "ER_LOCK_WAIT_TIMEOUT");
      if (!conflict) throw error;
    }
  }
}
