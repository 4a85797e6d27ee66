/**
 * The tracker against real servers: random DDL is executed on an upstream and a downstream; the tracker, which sees
 * only the statements and the downstream, must end with what the upstream's information_schema says.
 */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../../src/mysql/connection.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { readStructures } from "../../src/schema/read-structures.ts";
import { scanStatement } from "../../src/schema/scan.ts";
import type { TableStructure } from "../../src/schema/structure.ts";
import { SchemaTracker } from "../../src/schema/tracker.ts";
import { sharedServer } from "../support/servers/shared.ts";
import { randomDdl } from "../support/statements/random-ddl.ts";

const DATABASE = "schema_tracker";
const STATEMENTS = 14;
const START = [
  "CREATE TABLE t0 (id INT AUTO_INCREMENT PRIMARY KEY, a VARCHAR(20), b INT, p INT, UNIQUE KEY u (a, b))",
  "CREATE TABLE t1 (id INT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, b TEXT, p INT, FOREIGN KEY (p) REFERENCES t0 (id))",
];

describe.each(["mysql", "mariadb"] as const)("on %s", (flavour: Flavour) => {
  let upstream: Connection;
  let downstream: Connection;

  beforeAll(async () => {
    const [a, b] = await Promise.all([sharedServer(flavour, "a"), sharedServer(flavour, "b")]);
    upstream = await connect(a.address);
    downstream = await connect(b.address);
  });
  afterAll(async () => {
    for (const connection of [upstream, downstream]) {
      await connection.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
      await connection.close();
    }
  });

  const structures = (connection: Connection): Promise<TableStructure[]> =>
    readStructures(connection, (database) => database === DATABASE);

  /** The same statement on both sides; false when the upstream refuses it, and so it isn't in any log. */
  async function execute(sql: string): Promise<boolean> {
    try {
      await upstream.query(sql);
    } catch {
      return false;
    }
    await downstream.query(sql);
    return true;
  }

  /** Runs a random sequence; gives what was executed, what was derived, and what is. */
  async function run(choices: readonly number[], differ: readonly string[]) {
    for (const connection of [upstream, downstream]) {
      await connection.query("SET foreign_key_checks = 0");
      await connection.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
      await connection.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`);
      await connection.query(`USE ${DATABASE}`);
      for (const sql of START) await connection.query(sql);
    }
    for (const sql of differ) await downstream.query(sql);
    const tracker = SchemaTracker.from(await structures(upstream));
    const executed: string[] = [];
    let next = 0;
    const choose = (n: number): number => (n === 0 ? 0 : (choices[next++ % choices.length] ?? 0) % n);
    for (let n = 0; n < STATEMENTS; n++) {
      const sql = randomDdl(choose, tracker.snapshot(), flavour);
      if (!(await execute(sql))) continue;
      executed.push(sql);
      const statement = scanStatement(sql, { sqlMode: 0n, flavour });
      const after = await structures(downstream);
      const real = await structures(upstream);
      try {
        tracker.apply(statement, DATABASE, (_, table) => after.find((structure) => structure.table === table) ?? null);
      } catch (error) {
        return { executed, derived: String(error), real: null };
      }
      const derived = tracker.snapshot();
      if (!same(derived, real, differ.length === 0)) return { executed, ...difference(derived, real) };
    }
    return { executed, derived: null, real: null };
  }

  const sequences = fc.array(fc.nat(9999), { minLength: 60, maxLength: 120 });

  it(
    "D2: after random DDL the derived structures are the upstream's, downstream alike",
    { timeout: 240_000 },
    async () => {
      let executed = 0;
      const property = fc.asyncProperty(sequences, async (choices) => {
        const outcome = await run(choices, []);
        executed += outcome.executed.length;
        if (outcome.derived !== null) throw new Error(JSON.stringify(outcome, null, 1));
      });
      await expect(fc.check(property, { numRuns: runs(5), endOnFailure: true })).resolves.toMatchObject(PASSED);
      expect(executed).toBeGreaterThan(runs(5) * 2);
    },
  );

  it(
    "K7: the same with a downstream that has its columns in another order, and more of them",
    { timeout: 240_000 },
    async () => {
      const differ = [
        "ALTER TABLE t0 ADD COLUMN extra1 INT FIRST, MODIFY b INT FIRST, ADD UNIQUE KEY ours (extra1)",
        "ALTER TABLE t1 MODIFY a INT NOT NULL AFTER p, ADD COLUMN extra2 TEXT AFTER id",
      ];
      const property = fc.asyncProperty(sequences, async (choices) => {
        const outcome = await run(choices, differ);
        if (outcome.derived !== null) throw new Error(JSON.stringify(outcome, null, 1));
      });
      await expect(fc.check(property, { numRuns: runs(4), endOnFailure: true })).resolves.toMatchObject(PASSED);
    },
  );
});

/** What fast-check says of a property that holds. Where it doesn't, seed, path and the statements are in the difference. */
const PASSED = { failed: false, errorInstance: null };

/** More with TRACKER_RUNS=100, for a long look. */
function runs(usual: number): number {
  return Number(process.env["TRACKER_RUNS"] ?? usual);
}

/** `exact`: keys as well, in any order; else the upstream's keys must be among those derived. */
function same(derived: readonly TableStructure[], real: readonly TableStructure[], exact: boolean): boolean {
  const keys = (structure: TableStructure): readonly string[] =>
    [...structure.uniqueKeys, ...structure.foreignKeys].map((key) => JSON.stringify(key));
  return (
    JSON.stringify(derived.map(withoutKeys)) === JSON.stringify(real.map(withoutKeys)) &&
    derived.every((structure, index) => {
      const wanted = real[index];
      const [have, want] = [keys(structure), wanted === undefined ? [] : keys(wanted)];
      return want.every((key) => have.includes(key)) && (!exact || have.length === want.length);
    })
  );
}

function withoutKeys({ database, table, columns }: TableStructure): unknown {
  return { database, table, columns };
}

/** The tables that differ. */
function difference(derived: readonly TableStructure[], real: readonly TableStructure[]) {
  const texts = (list: readonly TableStructure[]): Set<string> => new Set(list.map((s) => JSON.stringify(s)));
  const [mine, theirs] = [texts(derived), texts(real)];
  return {
    derived: derived.filter((s) => !theirs.has(JSON.stringify(s))),
    real: real.filter((s) => !mine.has(JSON.stringify(s))),
  };
}
