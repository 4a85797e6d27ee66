/** Another client that writes downstream and is in the way. What it does is rolled back, so that both sides can be equal in the end. */

import mysql from "mysql2/promise";
import { waitFor } from "../../support/wait-for.ts";
import { DATA, type FaultScene } from "./scene.ts";

export interface OtherWriter {
  query(sql: string): Promise<unknown>;
  /** Takes back what it did, and is gone. */
  leave(): Promise<void>;
}

/** A client of its own account, gone with the test at the latest. */
export async function otherWriter(scene: FaultScene): Promise<OtherWriter> {
  const { host, port, user, password } = scene.downstream;
  const connection = await mysql.createConnection({ host, port, user, password, database: DATA });
  connection.on("error", () => {});
  const leave = async (): Promise<void> => connection.destroy();
  scene.atEnd(leave);
  return { query: (sql) => connection.query(sql), leave };
}

const BALLAST_ROWS = 2_000;

/**
 * Gets into a deadlock with the task, in which the task is the victim: it has a row of one table and waits for one of another, which the other writer
 * has, and that one then wants the first. Of two transactions in a deadlock InnoDB rolls back the one that has changed less; so the other writer
 * changes much, in a table of its own. Nothing else may be written meanwhile.
 */
export async function makeDeadlock(scene: FaultScene): Promise<void> {
  await scene.downstream.exec(
    `CREATE DATABASE IF NOT EXISTS other; CREATE TABLE IF NOT EXISTS other.ballast (id INT PRIMARY KEY, n INT);
     INSERT IGNORE INTO other.ballast VALUES ${Array.from({ length: BALLAST_ROWS }, (_, id) => `(${id}, 0)`).join(", ")}`,
  );
  const writer = await otherWriter(scene);
  await writer.query("BEGIN");
  await writer.query("UPDATE other.ballast SET n = n + 1");
  await writer.query("SELECT * FROM accounts WHERE id = 1 FOR UPDATE");
  await scene.upstream.exec(
    "BEGIN; UPDATE documents SET body = CONCAT(body, '.') WHERE id = 1; UPDATE accounts SET moves = moves + 1 WHERE id = 1; COMMIT",
    DATA,
  );
  await waitFor(
    async () => {
      const waiting = await scene.downstream.query(
        "SELECT trx_id FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'",
      );
      return waiting.length > 0 ? true : undefined;
    },
    // InnoDB shows what it showed last to who asks more often than every tenth of a second.
    { what: "the task waits for the row", everyMs: 250 },
  );
  await writer.query("SELECT * FROM documents WHERE id = 1 FOR UPDATE");
  await writer.query("ROLLBACK");
  await writer.leave();
}
