/** What the write load does: each is one transaction of some statements. */

import type { Random } from "./random.ts";
import { ACCOUNTS, CUSTOMERS, WORDS } from "./tables.ts";

/** What a writer knows when it chooses: its own number and how many transactions it has tried. */
export interface Writer {
  readonly writer: number;
  readonly n: number;
}

type Operation = (random: Random, writer: Writer) => readonly string[];

/** Name, weight, statements. The mix is OLTP: mostly short updates and inserts, some deletes, rarely something large. */
const OPERATIONS: readonly (readonly [name: string, weight: number, make: Operation])[] = [
  ["transfer", 30, transfer],
  [
    "visit",
    15,
    (random) => [`UPDATE customers SET visits = visits + 1, seen = NOW(6) WHERE id = ${random.below(CUSTOMERS)}`],
  ],
  ["order", 15, order],
  [
    "pay",
    8,
    (random) => [
      `UPDATE orders SET state = '${random.pick(["new", "paid", "sent"])}', total = total * 1.01 WHERE customer = ${random.below(CUSTOMERS)} LIMIT 5`,
    ],
  ],
  ["cancel", 5, (random) => [`DELETE FROM orders WHERE customer = ${random.below(CUSTOMERS)} ORDER BY id LIMIT 2`]],
  [
    "renumber",
    3,
    (random) => [`UPDATE order_lines SET line = line + 1000 WHERE order_id = ${1 + random.below(100)} AND line < 1000`],
  ],
  ["swap seats", 8, swapSeats],
  [
    "change mail",
    4,
    (random) => {
      const id = random.below(CUSTOMERS);
      return [`UPDATE customers SET mail = '${random.pick(["c", "C", "ç"])}${id}@EXAMPLE.org' WHERE id = ${id}`];
    },
  ],
  ["replace customer", 3, replaceCustomer],
  ["word", 8, word],
  ["journal", 15, (_random, { writer, n }) => [`INSERT INTO journal VALUES (${writer}, ${n}, 'entry', NOW(3))`]],
  ["twins", 4, twins],
  [
    "document",
    3,
    (random) => [
      `UPDATE documents SET body = REPEAT('${random.below(1000)} é ', ${200 + random.below(800)}), extra = UNHEX(SHA2(RAND(), 256)) WHERE id = ${random.below(50)}`,
    ],
  ],
  [
    "bulk",
    1,
    (random) => [
      `UPDATE customers SET visits = visits + 1 WHERE id >= ${random.below(CUSTOMERS)} ORDER BY id LIMIT 150`,
    ],
  ],
  ["roll back", 2, (random) => [...transfer(random), "ROLLBACK"]],
];

const TOTAL = OPERATIONS.reduce((sum, [, weight]) => sum + weight, 0);

/** Chooses one by its weight and gives its statements, BEGIN and COMMIT included. */
export function nextTransaction(random: Random, writer: Writer): readonly string[] {
  let left = random.next() * TOTAL;
  for (const [, weight, make] of OPERATIONS) {
    left -= weight;
    if (left < 0) return ["BEGIN", ...make(random, writer), "COMMIT"];
  }
  return ["BEGIN", ...transfer(random), "COMMIT"];
}

function transfer(random: Random): readonly string[] {
  const from = random.below(ACCOUNTS);
  const to = (from + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
  const amount = 1 + random.below(100);
  return [
    `UPDATE accounts SET balance = balance - ${amount}, moves = moves + 1 WHERE id = ${from}`,
    `UPDATE accounts SET balance = balance + ${amount}, moves = moves + 1 WHERE id = ${to}`,
  ];
}

function order(random: Random): readonly string[] {
  const lines = 1 + random.below(4);
  return [
    `INSERT INTO orders (customer, total) VALUES (${random.below(CUSTOMERS)}, ${random.below(100_000) / 100})`,
    `INSERT INTO order_lines VALUES ${Array.from({ length: lines }, (_, line) => `(LAST_INSERT_ID(), ${line}, 'item ${random.below(1000)}', ${random.next()})`).join(", ")}`,
  ];
}

/** The two values of a unique key change places: by way of NULL, in one transaction. */
function swapSeats(random: Random): readonly string[] {
  const one = random.below(CUSTOMERS);
  const two = (one + 1 + random.below(CUSTOMERS - 1)) % CUSTOMERS;
  return [
    `SELECT seat INTO @one FROM customers WHERE id = ${one} FOR UPDATE`,
    `SELECT seat INTO @two FROM customers WHERE id = ${two} FOR UPDATE`,
    `UPDATE customers SET seat = NULL WHERE id IN (${one}, ${two})`,
    `UPDATE customers SET seat = @two WHERE id = ${one}`,
    `UPDATE customers SET seat = @one WHERE id = ${two}`,
  ];
}

/** A row goes and another with its unique values comes, sometimes under the same primary key. */
function replaceCustomer(random: Random): readonly string[] {
  const id = random.below(CUSTOMERS);
  return [
    `SELECT mail, seat INTO @mail, @seat FROM customers WHERE id = ${id} FOR UPDATE`,
    `DELETE FROM customers WHERE id = ${id}`,
    `INSERT INTO customers (id, mail, seat, name) VALUES (${id}, @mail, @seat, 'Successor ${random.below(1000)}')`,
  ];
}

function word(random: Random): readonly string[] {
  const one = random.pick(WORDS);
  const spelled = random.pick([one, one.toUpperCase(), `${one} `, one.normalize("NFD")]);
  switch (random.below(3)) {
    case 0:
      return [
        `DELETE FROM words WHERE word = '${one}'`,
        `INSERT IGNORE INTO words VALUES ('${spelled}', ${random.below(1000)})`,
      ];
    case 1:
      return [`UPDATE words SET word = '${one.toUpperCase()}', n = n + 1 WHERE word = '${one}'`];
    default:
      return [`INSERT INTO words VALUES ('${spelled}', 0) ON DUPLICATE KEY UPDATE n = n + 1`];
  }
}

/** Equal rows in the table without a key: one of them goes or changes, and another comes. */
function twins(random: Random): readonly string[] {
  const n = random.below(10);
  switch (random.below(3)) {
    case 0:
      return [
        `INSERT INTO journal VALUES (-1, ${n}, 'twin', NULL)`,
        `DELETE FROM journal WHERE writer = -1 AND n = ${(n + 5) % 10} LIMIT 1`,
      ];
    case 1:
      return [`UPDATE journal SET n = ${(n + 1) % 10} WHERE writer = -1 AND n = ${n} LIMIT 1`];
    default:
      return [
        `INSERT INTO journal VALUES (-1, ${n}, 'twin', NULL), (-1, ${n}, 'twin', NULL)`,
        `DELETE FROM journal WHERE writer = -1 AND n = ${n} LIMIT 2`,
      ];
  }
}
