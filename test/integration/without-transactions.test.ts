import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApplyContext } from "../../src/applier/apply-context.ts";
import { sessionSettings } from "../../src/applier/session.ts";
import { applyWithoutTransactions, parted } from "../../src/applier/without-transactions.ts";
import { systemClock } from "../../src/clock.ts";
import { connect, type Connection } from "../../src/mysql/connection.ts";
import { sharedServer } from "../support/servers/shared.ts";
import type { RunningServer } from "../support/servers/index.ts";
import { change, key, structure, target } from "../support/tables.ts";

const DATA = "db";
const COLUMNS = ["id int", "u int", "v varchar null"];
const KEYS = [key("PRIMARY", "id"), key("u", "u")];
const plain = target({ ...structure("plain", COLUMNS, KEYS), engine: "MyISAM" });
const safe = target(structure("safe", COLUMNS, KEYS));

const counted: string[] = [];
const context: ApplyContext = {
  claim: { metaSchema: DATA, task: "t", epoch: 7 },
  limits: { rowsMax: 100, charactersMax: 10_000, rowAlias: true },
  settings: sessionSettings({ foreignKeyChecks: true }),
  packetBytesMax: 1_000_000,
  answerMs: 30_000,
  missingRow: "stop",
  clock: systemClock,
  onMissingRow: (table) => counted.push(table),
  turns: null,
  faults: null,
  onRetry: () => undefined,
};

describe.each(["mysql", "mariadb"] as const)("tables without transactions on %s", (flavour) => {
  let server: RunningServer;
  let connection: Connection;

  beforeAll(async () => {
    server = await sharedServer(flavour, "b");
    await server.exec(`DROP DATABASE IF EXISTS ${DATA}; CREATE DATABASE ${DATA}`);
    await server.exec(
      "CREATE TABLE task (name VARCHAR(64) PRIMARY KEY, epoch INT); INSERT INTO task VALUES ('t', 7)",
      DATA,
    );
    await server.exec(
      "CREATE TABLE plain (id INT PRIMARY KEY, u INT NOT NULL UNIQUE, v VARCHAR(10)) ENGINE=MyISAM",
      DATA,
    );
    connection = await connect(server.address, undefined, { stage: "apply", clock: systemClock });
  });
  afterAll(async () => {
    await connection.close();
    await server.exec(`DROP DATABASE ${DATA}`);
  });

  const changes = [
    change(plain, "insert", [1, 10, "a"], [2, 20, "b"]),
    // The unique value goes from one row to another: the second time it is taken when the first row comes again.
    change(plain, "update", [1, 10, "a"], [1, 11, "a"]),
    change(plain, "insert", [3, 10, "c"]),
    change(plain, "update", [2, 20, "b"], [4, 20, "moved"]),
    change(plain, "delete", [3, 10, "c"]),
    change(plain, "insert", [3, 10, "again"]),
  ];

  test("S12: the same changes a second time end in the same rows", async () => {
    for (let time = 1; time <= 2; time += 1) {
      expect(await applyWithoutTransactions(connection, changes, context)).toBeNull();
      expect(await server.query(`SELECT * FROM ${DATA}.plain ORDER BY id`)).toEqual([
        { id: 1, u: 11, v: "a" },
        { id: 3, u: 10, v: "again" },
        { id: 4, u: 20, v: "moved" },
      ]);
    }
  });

  test("S10: a session whose epoch is over doesn't begin", async () => {
    const older = { ...context, claim: { ...context.claim, epoch: 6 } };
    const error = await applyWithoutTransactions(connection, [change(plain, "insert", [9, 90, "late"])], older);
    expect(error?.error.name).toBe("task_taken_over");
    expect(await server.query(`SELECT * FROM ${DATA}.plain WHERE id = 9`)).toEqual([]);
  });

  test("S12: a row that isn't there is counted", async () => {
    counted.length = 0;
    expect(await applyWithoutTransactions(connection, [change(plain, "delete", [99, 990, null])], context)).toBeNull();
    expect(counted).toEqual(["db.plain"]);
  });
});

test("the changes of tables with transactions stay in theirs, in order", () => {
  const mixed = [
    change(safe, "insert", [1, 1, null]),
    change(plain, "insert", [1, 1, null]),
    change(safe, "delete", [1, 1, null]),
  ];
  const { transactional, others } = parted(mixed);
  expect([transactional, others]).toEqual([[mixed[0], mixed[2]], [mixed[1]]]);
});
