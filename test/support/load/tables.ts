/** The tables of the write load, and the rows that they begin with. */

import type { RunningServer } from "../servers/index.ts";

export const ACCOUNTS = 200;
export const BALANCE = 1000;
export const CUSTOMERS = 300;
export const ORDERS = 100;
export const WORDS = [
  "alpha",
  "beta",
  "gamma",
  "delta",
  "epsilon",
  "zeta",
  "eta",
  "theta",
  "straße",
  "résumé",
  "漢字",
  "emoji 😀",
] as const;

/**
 * - `accounts`: transfers between two of them, the sum never changes;
 * - `customers`: two unique keys beside the primary key, whose values move from row to row;
 * - `orders` and `lines`: a foreign key that cascades, and primary keys that change;
 * - `words`: a text key that compares without case and accents;
 * - `journal`: no key at all, and rows that are there several times;
 * - `documents`: rows of some kilobytes.
 */
const TABLES = `
CREATE TABLE accounts (id INT NOT NULL PRIMARY KEY, balance BIGINT NOT NULL, moves INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE customers (
  id INT NOT NULL PRIMARY KEY, mail VARCHAR(60) NOT NULL, seat INT NULL, name VARCHAR(60), visits INT NOT NULL DEFAULT 0, seen DATETIME(6),
  UNIQUE KEY by_mail (mail), UNIQUE KEY by_seat (seat)
);
CREATE TABLE orders (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer INT NOT NULL, total DECIMAL(12,2) NOT NULL, state ENUM('new','paid','sent') NOT NULL DEFAULT 'new', KEY (customer));
CREATE TABLE order_lines (
  order_id BIGINT NOT NULL, line INT NOT NULL, item VARCHAR(40), amount DOUBLE, PRIMARY KEY (order_id, line),
  CONSTRAINT of_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
);
CREATE TABLE words (word VARCHAR(40) NOT NULL PRIMARY KEY, n INT NOT NULL);
CREATE TABLE journal (writer INT, n INT, what VARCHAR(40), at DATETIME(3));
CREATE TABLE documents (id INT NOT NULL PRIMARY KEY, body TEXT, extra VARBINARY(200));
`;

/** Makes the database anew on one server; `onMade` is called while it is empty. */
export async function makeLoadTables(
  server: RunningServer,
  database: string,
  onMade: () => Promise<void> = async () => {},
): Promise<void> {
  const rows = (count: number, row: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => `(${row(n)})`).join(", ");
  await server.exec(
    `DROP DATABASE IF EXISTS \`${database}\`; CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`,
  );
  await onMade();
  await server.exec(
    `${TABLES}
INSERT INTO accounts (id, balance) VALUES ${rows(ACCOUNTS, (n) => `${n}, ${BALANCE}`)};
INSERT INTO customers (id, mail, seat, name) VALUES ${rows(CUSTOMERS, (n) => `${n}, 'c${n}@example.org', ${n % 3 === 0 ? "NULL" : n}, 'Customer ${n}'`)};
INSERT INTO orders (id, customer, total) VALUES ${rows(ORDERS, (n) => `${n + 1}, ${n}, ${n}.50`)};
INSERT INTO order_lines VALUES ${rows(ORDERS, (n) => `${n + 1}, 1, 'item ${n}', ${n / 3}`)};
INSERT INTO words VALUES ${rows(WORDS.length, (n) => `'${WORDS[n]}', 0`)};
INSERT INTO journal VALUES ${rows(30, (n) => `-1, ${n % 10}, 'twin', NULL`)};
INSERT INTO documents VALUES ${rows(50, (n) => `${n}, REPEAT('document ${n} ', 100), NULL`)};`,
    database,
  );
}

/** The sum of all balances on a server; equal to {@link EXPECTED_SUM} in every state that existed upstream. */
export async function balanceSum(server: RunningServer, database: string): Promise<number> {
  const [row] = await server.query(`SELECT CAST(SUM(balance) AS SIGNED) AS total FROM \`${database}\`.accounts`);
  return Number(row?.["total"]);
}

export const EXPECTED_SUM = ACCOUNTS * BALANCE;
