/** Another client that writes downstream and is in the way. What it does is rolled back, so that both sides can be equal in the end. */

import mysql from "mysql2/promise";
import type { Random } from "../../support/load/random.ts";
import { ACCOUNTS } from "../../support/load/tables.ts";
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
 * Makes deadlocks with the task until it has been the victim `times` times: locks accounts in an order of its own, one by one. Of two transactions in
 * a deadlock InnoDB rolls back the one that has changed less; so this one changes much, in a table of its own.
 */
export async function makeDeadlocks(
  scene: FaultScene,
  random: Random,
  enough: () => Promise<boolean>,
): Promise<{ readonly lost: number }> {
  await scene.downstream.exec(
    `CREATE DATABASE IF NOT EXISTS other; CREATE TABLE IF NOT EXISTS other.ballast (id INT PRIMARY KEY, n INT);
     INSERT IGNORE INTO other.ballast VALUES ${Array.from({ length: BALLAST_ROWS }, (_, id) => `(${id}, 0)`).join(", ")}`,
  );
  const writer = await otherWriter(scene);
  await writer.query("SET innodb_lock_wait_timeout = 5");
  let lost = 0;
  try {
    while (!(await enough())) {
      await writer.query("BEGIN");
      try {
        await writer.query("UPDATE other.ballast SET n = n + 1");
        for (let lock = 0; lock < 8; lock += 1)
          await writer.query(`SELECT * FROM accounts WHERE id = ${random.below(ACCOUNTS)} FOR UPDATE`);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ER_LOCK_DEADLOCK")) throw error;
        lost += 1;
      }
      await writer.query("ROLLBACK");
    }
  } finally {
    await writer.leave();
  }
  return { lost };
}
