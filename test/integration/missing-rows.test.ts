import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import type { Status } from "../../src/status/status.ts";
import { compareDatabases, describeDifferences } from "../support/compare.ts";
import type { RunningServer } from "../support/servers/index.ts";
import { sharedPair } from "../support/servers/shared.ts";
import { runInProcess, side, taskOf } from "../support/tidemark/task-in-process.ts";
import { logEnd, reached } from "../support/tidemark/upstream-end.ts";

const DATA = "missing_rows";
const META = "missing_rows_meta";

/**
 * `single` is written by upserts of many rows, `second` (two unique keys) by an UPDATE for each row, and rows of `heap` are found by all
 * that they hold. DELETEs of the first two name many keys at once.
 */
const TABLES = `
  CREATE TABLE single (id INT PRIMARY KEY, v INT, note VARCHAR(20));
  CREATE TABLE second (id INT PRIMARY KEY, u INT NOT NULL UNIQUE, v INT);
  CREATE TABLE heap (a INT, b VARCHAR(20));
  INSERT INTO single VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, 4, 'd'), (5, 5, 'e'), (6, 6, 'f');
  INSERT INTO second VALUES (1, 10, 1), (2, 20, 2), (3, 30, 3), (4, 40, 4), (5, 50, 5);
  INSERT INTO heap VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, 'y'), (NULL, NULL), (NULL, NULL)`;

/** What a change upstream finds missing downstream, and how many rows of it. */
const CASES = [
  {
    what: "an UPDATE of many rows by upsert",
    drift: "DELETE FROM single WHERE id IN (2, 4)",
    change: "UPDATE single SET v = v + 10",
    table: "single",
    missing: 2,
  },
  {
    what: "an UPDATE of many rows, one by one",
    drift: "DELETE FROM second WHERE id = 3",
    change: "UPDATE second SET v = v + 10",
    table: "second",
    missing: 1,
  },
  {
    what: "a DELETE of many rows by key",
    drift: "DELETE FROM single WHERE id IN (1, 5, 6)",
    change: "DELETE FROM single WHERE id > 0",
    table: "single",
    missing: 3,
  },
  {
    what: "an UPDATE of equal rows without a key",
    drift: "DELETE FROM heap WHERE a = 1 LIMIT 2",
    change: "UPDATE heap SET b = 'z' WHERE a = 1",
    table: "heap",
    missing: 2,
  },
  {
    what: "a DELETE of equal rows without a key",
    drift: "DELETE FROM heap WHERE a IS NULL LIMIT 1",
    change: "DELETE FROM heap WHERE a IS NULL",
    table: "heap",
    missing: 1,
  },
] as const;

describe.each(["mysql", "mariadb"] as const)("rows that are missing downstream, on %s", (flavour: Flavour) => {
  let upstream: RunningServer;
  let downstream: RunningServer;

  beforeAll(async () => {
    ({ upstream, downstream } = await sharedPair(flavour, flavour));
  });
  const clean = async (): Promise<void> => {
    for (const server of [upstream, downstream])
      await server.exec(`DROP DATABASE IF EXISTS ${DATA}; DROP DATABASE IF EXISTS ${META}`);
  };
  beforeEach(async () => {
    await clean();
    for (const server of [upstream, downstream])
      await server.exec(`CREATE DATABASE ${DATA} CHARACTER SET utf8mb4; USE ${DATA}; ${TABLES}`);
  });
  afterAll(clean);

  /** Makes the downstream drift, changes the upstream, and follows it: how that ended. */
  async function follow(
    missingRow: string,
    drift: string,
    change: string,
  ): Promise<{ readonly error: { readonly name: string; readonly message: string } | null; readonly status: Status }> {
    await downstream.exec(drift, DATA);
    const start = await logEnd(upstream);
    await upstream.exec(change, DATA);
    const end = await logEnd(upstream);
    const task = runInProcess(
      taskOf(`
name: missing-rows
upstream: { ${side(upstream)}, start: { file: ${start.file}, offset: ${start.offset} } }
downstream: { ${side(downstream)}, metaSchema: ${META} }
tables: { include: ["${DATA}.*"] }
apply: { missingRow: ${missingRow} }
status: { listen: "off" }`),
    );
    const applied = task.until("all is applied", (status) => reached(status.applied, end)).catch(() => null);
    await Promise.race([applied, task.ended]);
    const status = task.status();
    return { error: await task.stop(), status };
  }

  const differences = async (): Promise<string> =>
    describeDifferences(await compareDatabases(upstream, downstream, [DATA]));
  const rowsOf = (server: RunningServer, table: string): Promise<unknown> =>
    server.query(`SELECT * FROM ${DATA}.${table} ORDER BY 1, 2`);

  test.each(CASES)("S11: stop: $what stops the task, and nothing of its transaction is there", async (each) => {
    const { table, drift, change } = each;
    await downstream.exec(drift, DATA);
    const before = await rowsOf(downstream, table);
    const { error } = await follow("stop", "DO 0", `BEGIN; INSERT INTO second VALUES (9, 90, 9); ${change}; COMMIT`);
    expect(error).toMatchObject({ name: "row_missing" });
    expect(error?.message).toContain(`${DATA}.${table}`);
    expect(await rowsOf(downstream, table)).toEqual(before);
    expect(await downstream.query(`SELECT id FROM ${DATA}.second WHERE id = 9`)).toEqual([]);
  });

  test("S11: log: each is counted for its table, once, and the rows beside them are changed", async () => {
    const drift = CASES.map((each) => each.drift).join("; ");
    // The later changes find what the earlier ones have left.
    const change = `${CASES[0].change}; ${CASES[1].change}; ${CASES[3].change}; ${CASES[4].change}; DELETE FROM single WHERE id IN (1, 3, 5)`;
    const { error, status } = await follow("log", drift, change);
    expect(error).toBeNull();
    // Of `single` 1, 2, 4, 5 and 6 are missing for the UPDATE; 1 and 5 for the DELETE again.
    expect(status.missingRows.toSorted((a, b) => a.table.localeCompare(b.table))).toEqual([
      { table: `${DATA}.heap`, count: 3 },
      { table: `${DATA}.second`, count: 1 },
      { table: `${DATA}.single`, count: 7 },
    ]);
    expect(await rowsOf(downstream, "single")).toEqual([]);
    expect(await rowsOf(downstream, "second")).toEqual([1, 2, 4, 5].map((id) => ({ id, u: id * 10, v: id + 10 })));
    expect(await rowsOf(downstream, "heap")).toEqual([
      { a: 1, b: "z" },
      { a: 2, b: "y" },
    ]);
  });

  test("S11: repair: rows that an UPDATE lacks are put there, and a DELETE is content", async () => {
    const drift = CASES.map((each) => each.drift).join("; ");
    const change = `${CASES[0].change}; ${CASES[1].change}; DELETE FROM single WHERE id IN (1, 2); ${CASES[3].change}; ${CASES[4].change}`;
    const { error } = await follow("repair", drift, change);
    expect(error).toBeNull();
    expect(await differences()).toBe("no differences");
  });

  test("S11: rows that hold downstream already what an UPDATE writes are there: they match, although nothing changes", async () => {
    const change = "UPDATE single SET v = v + 10; UPDATE second SET v = v + 10";
    const { error, status } = await follow("stop", change, change);
    expect(error).toBeNull();
    expect(status.missingRows).toEqual([]);
    expect(status.rows).toMatchObject({ updated: 11 });
    expect(await differences()).toBe("no differences");
  });

  test("S4: a statement that fails is not asked how many rows it has matched: its own error stops the task", async () => {
    const drift = "DELETE FROM second WHERE id = 2; INSERT INTO second VALUES (7, 70, 7)";
    const { error } = await follow("log", drift, "UPDATE second SET v = v + 10; INSERT INTO second VALUES (8, 70, 8)");
    expect(error).toMatchObject({ name: "duplicate_key" });
  });
});
