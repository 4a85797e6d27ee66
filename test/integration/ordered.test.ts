import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { applyBatch } from "../../src/applier/apply-batch.ts";
import type { ApplyContext } from "../../src/applier/apply-context.ts";
import { Batch } from "../../src/applier/batch.ts";
import { Committed } from "../../src/applier/commit.ts";
import { ExecutionErrors } from "../../src/applier/execution-errors.ts";
import { Ledger } from "../../src/applier/ledger.ts";
import { sessionSettings, sessionSetup } from "../../src/applier/session.ts";
import { Turns } from "../../src/applier/turns.ts";
import { emptyGtidSet } from "../../src/binlog/gtid-set.ts";
import { systemClock } from "../../src/clock.ts";
import { connect, type Connection } from "../../src/mysql/connection.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { runStatements } from "../../src/mysql/statements.ts";
import { seededRandom } from "../support/load/random.ts";
import type { RunningServer } from "../support/servers/index.ts";
import { sharedPair } from "../support/servers/shared.ts";
import { manualClock } from "../support/manual-clock.ts";
import { change, key, structure, target, transaction } from "../support/tables.ts";
import { runInProcess, side, taskOf } from "../support/tidemark/task-in-process.ts";
import { logEnd } from "../support/tidemark/upstream-end.ts";

const DATA = "ordered";
const META = "ordered_meta";
const ROWS = 300;
const TRANSACTIONS = 4000;
const START = { file: "binlog.000001", offset: 4 };

describe.each(["mysql", "mariadb"] as const)("consistency: ordered on %s", (flavour: Flavour) => {
  let upstream: RunningServer;
  let downstream: RunningServer;

  beforeAll(async () => {
    ({ upstream, downstream } = await sharedPair(flavour, flavour));
  });
  const clean = async (): Promise<void> => {
    for (const server of [upstream, downstream])
      await server.exec(`DROP DATABASE IF EXISTS ${DATA}; DROP DATABASE IF EXISTS ${META}`);
  };
  afterAll(clean);

  describe("a reader downstream, while a backlog of small transactions is caught up with", () => {
    /** What each transaction writes: which two accounts, and how much goes from the first to the second. */
    const transfers = Array.from({ length: TRANSACTIONS }, (_, i) => {
      const random = seededRandom(i + 1);
      const from = random.below(ROWS);
      return { from, to: (from + 1 + random.below(ROWS - 1)) % ROWS, amount: random.below(100) };
    });
    /** The table before the first of them, and behind each. */
    const states = statesOf(transfers);

    beforeEach(async () => {
      await clean();
      const rows = Array.from({ length: ROWS }, (_, id) => `(${id}, 0, 1000)`).join(",");
      for (const server of [upstream, downstream])
        await server.exec(`CREATE DATABASE ${DATA}; USE ${DATA};
          CREATE TABLE accounts (id INT PRIMARY KEY, transfers INT NOT NULL, balance INT NOT NULL);
          INSERT INTO accounts VALUES ${rows}`);
    });

    test("S13: sees only states that existed upstream, in the upstream's order, and the sum of all accounts never broken", async () => {
      const start = await logEnd(upstream);
      const half = (id: number, amount: number): string =>
        `UPDATE accounts SET transfers = transfers + 1, balance = balance + ${amount} WHERE id = ${id}`;
      await upstream.exec(
        transfers
          .map(({ from, to, amount }) => `BEGIN; ${half(from, -amount)}; ${half(to, amount)}; COMMIT`)
          .join("; "),
        DATA,
      );
      const task = runInProcess(
        taskOf(`
name: ordered
upstream: { ${side(upstream)}, start: { file: ${start.file}, offset: ${start.offset} } }
downstream: { ${side(downstream)}, metaSchema: ${META} }
tables: { include: ["${DATA}.*"] }
apply: { workers: 4, batchRows: 6, consistency: ordered }
status: { listen: "off" }`),
      );
      const seen: string[] = [];
      try {
        while (seen.at(-1) !== states.at(-1)) {
          const rows = await downstream.query(`SELECT transfers, balance FROM ${DATA}.accounts ORDER BY id`);
          const state = rows.map((row) => `${String(row["transfers"])}:${String(row["balance"])}`).join(" ");
          if (state !== seen.at(-1)) seen.push(state);
          expect(["starting", "running"], JSON.stringify(task.status().error)).toContain(task.status().state);
        }
      } finally {
        await task.stop();
      }
      // One statement is one consistent look at the table: each is the state behind some transaction, later each time.
      const numbers = seen.map((state) => states.indexOf(state));
      expect(numbers.filter((number) => number === -1)).toEqual([]);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(numbers.length).toBeGreaterThan(20);
    }, 60_000);
  });

  describe("a later batch that holds what an earlier one needs", () => {
    // Rows 10, 20 and 30 by their second unique key.
    const plain = structure("g", ["id int", "u int", "v int", "w int"], [key("PRIMARY", "id"), key("u", "u")]);
    const t = target({ ...plain, database: DATA });
    const connections: Connection[] = [];

    beforeEach(async () => {
      await clean();
      await downstream.exec(`
        CREATE DATABASE ${META}; USE ${META};
        CREATE TABLE task (name VARCHAR(64) PRIMARY KEY, epoch INT); INSERT INTO task VALUES ('t', 1);
        CREATE TABLE applied_batch (task VARCHAR(64), epoch INT, sequence INT, start_file TEXT, start_offset INT, end_file TEXT, end_offset INT, gtids TEXT, PRIMARY KEY (task, epoch, sequence));
        CREATE DATABASE ${DATA}; USE ${DATA};
        CREATE TABLE g (id INT PRIMARY KEY, u INT NOT NULL, v INT NOT NULL, w INT NOT NULL, UNIQUE KEY u (u)); INSERT INTO g VALUES (1, 10, 0, 0), (2, 20, 0, 0), (3, 30, 0, 0)`);
    });
    afterEach(async () => {
      await Promise.all(connections.splice(0).map((connection) => connection.close()));
    });

    const worker = async (): Promise<Connection> => {
      const connection = await connect(downstream.address, undefined, { stage: "apply", clock: systemClock });
      connections.push(connection);
      await runStatements(connection, sessionSetup({ foreignKeyChecks: false, lockWaitSeconds: 1 }));
      return connection;
    };

    test.each([
      {
        // The unique value 20 goes from one row to another: looking for a duplicate, the server locks the gaps around it.
        what: "a lock of the engine's own between two keys",
        earlier: [change(t, "insert", [5, 25, 0, 0])],
        later: [change(t, "delete", [2, 20, 0, 0]), change(t, "insert", [4, 20, 0, 0])],
        patience: systemClock,
        errors: [],
        rows: ["1 10 0 0", "3 30 0 0", "4 20 0 0", "5 25 0 0"],
      },
      {
        // Nothing but the server's own limit ends the wait here: that there is one is seen by its error.
        what: "a row, without patience of ours,",
        earlier: [change(t, "update", [3, 30, 0, 0], [3, 30, 1, 0])],
        later: [change(t, "update", [3, 30, 1, 0], [3, 30, 1, 2])],
        patience: manualClock(),
        errors: ["lock_wait_timeout"],
        rows: ["1 10 0 0", "2 20 0 0", "3 30 1 2"],
      },
    ])(
      "S13: $what that an earlier batch needs is given up by the later one, and both commit in order",
      async (each) => {
        const ledger = new Ledger(START, emptyGtidSet(flavour), false);
        const [earlier, later] = [1, 2].map((sequence) => new Batch(sequence, START, emptyGtidSet(flavour)));
        if (earlier === undefined || later === undefined) throw new Error("two batches");
        earlier.add(transaction(100, ...each.earlier), false, false);
        later.add(transaction(200, ...each.later), false, false);
        for (const batch of [earlier, later]) ledger.enter(batch);

        // Asked for the first time when the later one has executed, holds its locks, and waits for its turn.
        const executed = Promise.withResolvers<void>();
        const isFront = (batch: Batch): boolean => {
          if (batch === later) executed.resolve();
          return ledger.isFront(batch);
        };
        const turns = new Turns(isFront, new ExecutionErrors().signal, each.patience);
        const retried: string[] = [];
        const context: ApplyContext = {
          claim: { metaSchema: META, task: "t", epoch: 1 },
          limits: { rowsMax: 100, charactersMax: 10_000, rowAlias: flavour === "mysql" },
          settings: sessionSettings({ foreignKeyChecks: false }),
          packetBytesMax: 1_000_000,
          answerMs: 30_000,
          missingRow: "stop",
          clock: systemClock,
          turns,
          faults: null,
          onMissingRow: () => undefined,
          onRetry: ({ name }) => retried.push(name),
        };
        const settled: number[] = [];
        const apply = async (batch: Batch): Promise<void> => {
          const result = await applyBatch(await worker(), batch, context);
          if (!(result instanceof Committed)) throw result.error;
          settled.push(batch.sequence);
          ledger.settle(result);
          turns.settled();
        };
        const second = apply(later);
        await executed.promise;
        await Promise.all([apply(earlier), second]);

        expect(settled).toEqual([1, 2]);
        expect(retried).toEqual(expect.arrayContaining(each.errors));
        const rows = await downstream.query(`SELECT CONCAT_WS(' ', id, u, v, w) AS r FROM ${DATA}.g ORDER BY id`);
        expect(rows.map((row) => row["r"])).toEqual(each.rows);
      },
    );
  });
});

interface Transfer {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

function statesOf(transfers: readonly Transfer[]): readonly string[] {
  const accounts = Array.from({ length: ROWS }, () => ({ transfers: 0, balance: 1000 }));
  const text = (): string => accounts.map((account) => `${account.transfers}:${account.balance}`).join(" ");
  const states = [text()];
  for (const { from, to, amount } of transfers) {
    for (const [id, added] of [
      [from, -amount],
      [to, amount],
    ] as const) {
      const account = accounts[id] ?? { transfers: 0, balance: 0 };
      accounts[id] = { transfers: account.transfers + 1, balance: account.balance + added };
    }
    states.push(text());
  }
  return states;
}
