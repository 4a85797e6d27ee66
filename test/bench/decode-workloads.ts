/** What is decoded: logs that a server writes of tables of its own making. Everything but the logged statements is done with sql_log_bin=0. */

export interface DecodeWorkload {
  readonly name: "bulk-inserts" | "one-row-inserts" | "updates" | "wide-rows" | "json" | "blobs";
  /** Makes the tables; not logged. */
  readonly prepare: string;
  /** What is logged. */
  readonly log: (rows: number) => string;
  /** Row changes of a whole run, and of a quick one. */
  readonly rows: { readonly full: number; readonly quick: number };
}

/** Eleven columns of the kinds that orders are made of, some 110 bytes in the log. */
const ORDERS = `(
  id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, product_id INT UNSIGNED NOT NULL, quantity SMALLINT NOT NULL,
  price DECIMAL(10,2) NOT NULL, status VARCHAR(20) NOT NULL, email VARCHAR(80), note VARCHAR(200), created_at DATETIME NOT NULL,
  updated_at TIMESTAMP(3) NULL, score DOUBLE)`;
const ORDER_NAMES = "(customer_id, product_id, quantity, price, status, email, note, created_at, updated_at, score)";
const ORDER = (n: string): string => `
  ${n} % 5000, ${n} * 7, ${n} % 100, (${n} % 99999) / 7, ELT(1 + ${n} % 4, 'pending', 'shipped', 'delivered', 'cancelled'),
  CONCAT('customer', ${n} % 5000, '@example.com'), IF(${n} % 3 = 0, NULL, CONCAT('order number ', ${n}, ', no remarks')),
  '2024-01-01' + INTERVAL ${n} * 13 SECOND, '2024-01-01' + INTERVAL ${n} SECOND, ${n} / 3`;

const WIDE_TYPES = ["INT", "VARCHAR(30)", "BIGINT", "DECIMAL(8,2)", "DATETIME"];
const WIDE_VALUES = ["n + 1", "CONCAT('value ', n)", "n * 1000000007", "n / 100", "'2024-01-01' + INTERVAL n SECOND"];
/** With the id, a hundred columns. */
const WIDE_COLUMNS = Array.from({ length: 99 }, (_, index) => index);

const DOCUMENT = `JSON_OBJECT('id', n, 'name', CONCAT('item ', n), 'price', n / 7e0, 'tags', JSON_ARRAY('red', 'green', CONCAT('t', n % 10)),
  'address', JSON_OBJECT('street', CONCAT(n, ' Main Street'), 'zip', 10000 + n, 'geo', JSON_ARRAY(n / 1e3, -n / 1e3)),
  'active', n % 2 = 0, 'note', NULL, 'description', REPEAT('lorem ipsum ', 10))`;

/** One transaction per thousand rows, as loaders do. */
function batches(rows: number, statement: (first: number, end: number) => string): string {
  const starts = Array.from({ length: Math.ceil(rows / 1000) }, (_, index) => index * 1000);
  return starts.map((first) => statement(first, Math.min(first + 1000, rows))).join(";\n");
}

export const DECODE_WORKLOADS: readonly DecodeWorkload[] = [
  {
    name: "bulk-inserts",
    prepare: `CREATE TABLE bulk_inserts ${ORDERS}`,
    log: (rows) =>
      batches(rows, (first, end) => `INSERT INTO bulk_inserts ${ORDER_NAMES} SELECT ${ORDER("n")} FROM numbers WHERE n >= ${first} AND n < ${end}`),
    rows: { full: 600_000, quick: 150_000 },
  },
  {
    name: "one-row-inserts",
    prepare: `CREATE TABLE one_row_inserts ${ORDERS};
      CREATE PROCEDURE one_by_one(last INT) BEGIN DECLARE i INT DEFAULT 0;
        WHILE i < last DO INSERT INTO one_row_inserts ${ORDER_NAMES} SELECT ${ORDER("i")}; SET i = i + 1; END WHILE; END`,
    log: (rows) => `CALL one_by_one(${rows})`,
    rows: { full: 150_000, quick: 30_000 },
  },
  {
    name: "updates",
    prepare: `CREATE TABLE updates ${ORDERS}; INSERT INTO updates ${ORDER_NAMES} SELECT ${ORDER("n")} FROM numbers`,
    log: (rows) =>
      batches(rows, (first, end) => `UPDATE updates SET status = 'returned', quantity = quantity + 1 WHERE id > ${first} AND id <= ${end}`),
    rows: { full: 300_000, quick: 75_000 },
  },
  {
    name: "wide-rows",
    prepare: `CREATE TABLE wide_rows (id INT PRIMARY KEY AUTO_INCREMENT, ${WIDE_COLUMNS.map((index) => `c${index} ${WIDE_TYPES[index % 5]}`).join(", ")})`,
    log: (rows) =>
      batches(rows, (first, end) => `INSERT INTO wide_rows (${WIDE_COLUMNS.map((index) => `c${index}`).join(", ")})
        SELECT ${WIDE_COLUMNS.map((index) => WIDE_VALUES[index % 5]).join(", ")} FROM numbers WHERE n >= ${first} AND n < ${end}`),
    rows: { full: 60_000, quick: 15_000 },
  },
  {
    name: "json",
    prepare: "CREATE TABLE json (id INT PRIMARY KEY AUTO_INCREMENT, doc JSON)",
    log: (rows) =>
      batches(rows, (first, end) => `INSERT INTO json (doc) SELECT ${DOCUMENT} FROM numbers WHERE n >= ${first} AND n < ${end}`),
    rows: { full: 150_000, quick: 40_000 },
  },
  {
    name: "blobs",
    prepare: "CREATE TABLE blobs (id INT PRIMARY KEY AUTO_INCREMENT, data MEDIUMBLOB, words MEDIUMTEXT)",
    // One megabyte or so in a transaction.
    log: (rows) =>
      Array.from({ length: Math.ceil(rows / 10) }, (_, index) =>
        `INSERT INTO blobs (data, words) SELECT REPEAT(CHAR(n % 256 USING binary), 80000), REPEAT('text and ', 4000)
         FROM numbers WHERE n >= ${index * 10} AND n < ${Math.min(index * 10 + 10, rows)}`).join(";\n"),
    rows: { full: 1500, quick: 500 },
  },
]; // prettier-ignore

/** A database `bench_decode` with `numbers.n` from 0 to 999,999; not logged. */
export const PREPARE = `
  SET SESSION sql_log_bin = 0;
  CREATE DATABASE bench_decode CHARACTER SET utf8mb4;
  USE bench_decode;
  CREATE TABLE digits (n INT PRIMARY KEY);
  INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
  CREATE TABLE numbers (n INT PRIMARY KEY);
  INSERT INTO numbers SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n + 100000 * f.n
    FROM digits a, digits b, digits c, digits d, digits e, digits f`;
