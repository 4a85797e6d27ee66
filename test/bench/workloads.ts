/** The backlogs that are caught up with: sysbench's table and statements, made inside the server so that filling is quick. */
import type { Server } from "../support/servers/index.ts";

/** Four clients fill a backlog side by side, so that the log holds what concurrent clients leave in it. */
const CLIENTS = 4;
/** Rows that are there before a mixed load begins. */
const TABLE_ROWS = 100_000;

export interface Workload {
  readonly name: "one-row-inserts" | "mixed-oltp" | "bulk-inserts" | "one-transaction";
  /** Row changes of a whole backlog, and of a quick one. */
  readonly rows: { readonly full: number; readonly quick: number };
  readonly rowsPerTransaction: number;
  /** Whether the table holds {@link TABLE_ROWS} rows before the backlog begins. */
  readonly preloaded: boolean;
  /** Body of the loop that writes the backlog: one transaction, number `i` of all. */
  readonly transaction: string;
}

/** sysbench's columns: 119 and 59 characters of digits; here of hexadecimal digits. */
const c = (seed: string): string => `CONCAT_WS('-', SHA2(${seed}, 224), LEFT(SHA2(-${seed}, 256), 62))`;
const pad = (seed: string): string => `LEFT(SHA2(${seed} + 0.5, 256), 59)`;

export const WORKLOADS: readonly Workload[] = [
  {
    name: "one-row-inserts",
    rows: { full: 200_000, quick: 20_000 },
    rowsPerTransaction: 1,
    preloaded: false,
    transaction: `INSERT INTO sbtest VALUES (i, FLOOR(RAND() * 1000000), ${c("i")}, ${pad("i")});`,
  },
  {
    // The writing half of oltp_read_write: an update of an indexed column, one of another, a delete and an insert of
    // one row. The rows are taken in ascending order, so that the four clients don't deadlock.
    name: "mixed-oltp",
    rows: { full: 160_000, quick: 20_000 },
    rowsPerTransaction: 4,
    preloaded: true,
    transaction: `
      SET a = 1 + FLOOR(RAND() * ${TABLE_ROWS / 4}), b = a + ${TABLE_ROWS / 4}, d = b + ${TABLE_ROWS / 4};
      START TRANSACTION;
      UPDATE sbtest SET k = k + 1 WHERE id = a;
      UPDATE sbtest SET c = ${c("i + 0.25")} WHERE id = b;
      DELETE FROM sbtest WHERE id = d;
      INSERT INTO sbtest VALUES (d, FLOOR(RAND() * 1000000), ${c("i + 0.75")}, ${pad("i")});
      COMMIT;`,
  },
  {
    name: "bulk-inserts",
    rows: { full: 1_000_000, quick: 200_000 },
    rowsPerTransaction: 1000,
    preloaded: false,
    transaction: `
      INSERT INTO sbtest SELECT i * 1000 + n, n, ${c("i * 1000 + n")}, ${pad("i * 1000 + n")} FROM numbers WHERE n < 1000;`,
  },
];

/** All rows in one transaction: for what it takes of memory. */
export function oneTransaction(rows: number): Workload {
  return {
    name: "one-transaction",
    rows: { full: rows, quick: rows },
    rowsPerTransaction: rows,
    preloaded: false,
    transaction: `
      START TRANSACTION;
      SET a = 0;
      WHILE a < ${rows / TABLE_ROWS} DO
        INSERT INTO sbtest SELECT a * ${TABLE_ROWS} + n, n, ${c("n")}, ${pad("n")} FROM numbers;
        SET a = a + 1;
      END WHILE;
      COMMIT;`,
  };
}

export function databaseOf(workload: Workload): string {
  return `bench_${workload.name.replaceAll("-", "_")}`;
}

/** Makes the workload's tables as they are before the backlog, the same on both sides; not logged. */
export async function prepare(server: Server, workload: Workload): Promise<void> {
  const columns = "(id BIGINT PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL, KEY k_1 (k))";
  await server.exec(`
    SET SESSION sql_log_bin = 0;
    CREATE DATABASE ${databaseOf(workload)} CHARACTER SET utf8mb4;
    USE ${databaseOf(workload)};
    CREATE TABLE digits (n INT PRIMARY KEY);
    INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
    CREATE TABLE numbers (n INT PRIMARY KEY);
    INSERT INTO numbers SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n
      FROM digits a, digits b, digits c, digits d, digits e;
    CREATE TABLE sbtest ${columns};
    CREATE TABLE before_backlog ${columns};`);
  if (!workload.preloaded) return;
  await server.exec(
    `SET SESSION sql_log_bin = 0;
     INSERT INTO before_backlog SELECT n + 1, n, ${c("n")}, ${pad("n")} FROM numbers WHERE n < ${TABLE_ROWS};
     INSERT INTO sbtest SELECT * FROM before_backlog;`,
    databaseOf(workload),
  );
}

/** The tables as {@link prepare} left them; not logged. */
export async function putBack(server: Server, workload: Workload): Promise<void> {
  await server.exec(
    "SET SESSION sql_log_bin = 0; TRUNCATE sbtest; INSERT INTO sbtest SELECT * FROM before_backlog;",
    databaseOf(workload),
  );
}

/** Writes a backlog of `rows` row changes into the server's binary log. */
export async function fill(server: Server, workload: Workload, rows: number): Promise<void> {
  const database = databaseOf(workload);
  await server.exec(
    `SET SESSION sql_log_bin = 0;
     CREATE PROCEDURE fill(first INT, last INT)
     BEGIN
       DECLARE i INT DEFAULT first;
       DECLARE a, b, d INT;
       WHILE i < last DO
         ${workload.transaction}
         SET i = i + 1;
       END WHILE;
     END`,
    database,
  );
  const transactions = rows / workload.rowsPerTransaction;
  const share = Math.ceil(transactions / CLIENTS);
  // READ COMMITTED takes no gap locks, so the clients don't wait for each other more than they must.
  const calls = Array.from({ length: CLIENTS }, (_, client) =>
    server.exec(
      `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
       CALL fill(${client * share}, ${Math.min((client + 1) * share, transactions)})`,
      database,
    ),
  );
  await Promise.all(calls);
}
