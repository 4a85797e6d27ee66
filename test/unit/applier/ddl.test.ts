import { describe, expect, it } from "vitest";
import {
  ddlLockName,
  executeDdl,
  Executed,
  fingerprint,
  waitForEarlierDdl,
  type Ddl,
} from "../../../src/applier/ddl.ts";
import type { StatementContext } from "../../../src/binlog/transaction.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { scanStatement } from "../../../src/schema/scan.ts";
import { Session } from "../../chaos/simulation/database/session.ts";
import type { DdlStep } from "../../chaos/simulation/database/tables.ts";
import { simulatedDownstream, type SimulatedDownstream } from "../../support/simulated-downstream.ts";
import { key, NOTHING_LOGGED, structure } from "../../support/tables.ts";

const table = (name: string, ...columns: string[]) => ({
  ...structure(name, ["id int", ...columns], [key("PRIMARY", "id")]),
  database: "sim",
});

/** What the texts of these tests do to the downstream. */
const EFFECTS: Readonly<Record<string, readonly DdlStep[]>> = {
  "ALTER TABLE a ADD COLUMN n INT": [{ kind: "add-column", table: "a", column: "n" }],
  "TRUNCATE TABLE a": [{ kind: "truncate", table: "a" }],
  "RENAME TABLE a TO x, b TO a, x TO b": [
    {
      kind: "rename",
      pairs: [
        ["a", "x"],
        ["b", "a"],
        ["x", "b"],
      ],
    },
  ],
  "DROP TABLE a, b": [
    { kind: "drop", table: "a" },
    { kind: "drop", table: "b" },
  ],
  "DROP TABLE IF EXISTS `sim`.`a`, `sim`.`b`": [{ kind: "drop", table: "b" }],
};
const ALTER = "ALTER TABLE a ADD COLUMN n INT";
const SWAP = "RENAME TABLE a TO x, b TO a, x TO b";
const DROP = "DROP TABLE a, b";

/** A downstream with two tables of one shape, and what it was asked to execute. */
async function scene() {
  const executed: string[] = [];
  const downstream = await simulatedDownstream([table("a"), table("b")], (sql) => {
    const steps = EFFECTS[sql];
    if (steps !== undefined) executed.push(sql);
    return steps ?? null;
  });
  return { downstream, executed, connection: await downstream.connect("ddl") };
}

function ddl(sql: string, context: Partial<StatementContext> = {}): Ddl {
  return {
    logged: { sql, database: "sim", context: { ...NOTHING_LOGGED, ...context } },
    sql,
    statement: scanStatement(sql, { sqlMode: 0n, flavour: "mysql" }),
    tables: ["a", "b"].map((name) => ({ database: "sim", table: name })),
    defaultDatabase: "sim",
    upstream: "mysql",
    downstream: "mysql",
    lockName: "lock",
    faults: null,
  };
}

const columnsOf = ({ database }: SimulatedDownstream, name: string): readonly string[] =>
  database.structure(`sim.${name}`)?.columns.map((column) => column.name) ?? [];

describe("executing a DDL (D1)", () => {
  it("D1: executes it and says so by a proof", async () => {
    const { downstream, executed, connection } = await scene();
    expect(await downstream.done(executeDdl(connection, ddl(ALTER), null))).toBeInstanceOf(Executed);
    expect(executed).toEqual([ALTER]);
    expect(columnsOf(downstream, "a")).toEqual(["id", "n"]);
  });

  it("D1: what was intended and shows an effect is not executed again", async () => {
    const { downstream, executed, connection } = await scene();
    const before = await downstream.done(fingerprint(connection, ddl(ALTER)));
    await downstream.done(executeDdl(connection, ddl(ALTER), null));
    const again = executeDdl(connection, ddl(ALTER), { beforeFingerprint: before, refused: false });
    expect(await downstream.done(again)).toBeInstanceOf(Executed);
    expect(executed).toEqual([ALTER]);
  });

  it.each([ALTER, "TRUNCATE TABLE a"])("D1: what was intended and shows no effect is executed: %s", async (sql) => {
    const { downstream, executed, connection } = await scene();
    const beforeFingerprint = await downstream.done(fingerprint(connection, ddl(sql)));
    await downstream.done(executeDdl(connection, ddl(sql), { beforeFingerprint, refused: false }));
    expect(executed).toEqual([sql]);
  });

  it("D1: a swap of two tables of one shape looks alike before and after: nobody can tell, so it stops", async () => {
    const { downstream, executed, connection } = await scene();
    const beforeFingerprint = await downstream.done(fingerprint(connection, ddl(SWAP)));
    const again = downstream.done(executeDdl(connection, ddl(SWAP), { beforeFingerprint, refused: false }));
    await expect(again).rejects.toMatchObject({ name: "ddl_uncertain", kind: "fatal" });
    expect(executed).toEqual([]);
  });

  it("D1: a swap that the downstream has refused did not take effect, so it is executed", async () => {
    const { downstream, executed, connection } = await scene();
    const beforeFingerprint = await downstream.done(fingerprint(connection, ddl(SWAP)));
    await downstream.done(executeDdl(connection, ddl(SWAP), { beforeFingerprint, refused: true }));
    expect(executed).toEqual([SWAP]);
  });

  it("D1: what was refused and shows an effect was done by hand", async () => {
    const { downstream, executed, connection } = await scene();
    const intended = { beforeFingerprint: await downstream.done(fingerprint(connection, ddl(ALTER))), refused: true };
    await downstream.done(connection.run(ALTER));
    await downstream.done(executeDdl(connection, ddl(ALTER), intended));
    expect(executed).toEqual([ALTER]);
  });

  it("D1: of a DROP that was cut short the rest is dropped", async () => {
    const { downstream, executed, connection } = await scene();
    const beforeFingerprint = await downstream.done(fingerprint(connection, ddl(DROP)));
    const half: DdlStep = { kind: "drop", table: "a" };
    await downstream.done(downstream.database.ddl(new Session("the server"), half, () => undefined));
    await downstream.done(executeDdl(connection, ddl(DROP), { beforeFingerprint, refused: false }));
    expect(executed).toEqual(["DROP TABLE IF EXISTS `sim`.`a`, `sim`.`b`"]);
    expect(downstream.database.structure("sim.b")).toBeNull();
  });
});

describe("a DDL that the downstream doesn't take", () => {
  it.each([
    [1064, "ddl_failed", "fatal", true],
    [9999, "ddl_failed", "fatal", true],
    [1205, "lock_wait_timeout", "retryable", true],
    [1317, "query_interrupted", "resumable", true],
    [1290, "read_only", "resumable", true],
    [1053, "server_shutdown", "resumable", false],
  ] as const)("%i is %s; whether it surely did not take effect: %s", async (errno, name, kind, refused) => {
    const { downstream, connection } = await scene();
    downstream.dealer.at(/ddl: statement/, { kind: "error", errno });
    const told: string[] = [];
    const thrown = await failure(
      downstream,
      executeDdl(connection, ddl(ALTER), null, async () => void told.push("refused")),
    );
    expect(thrown).toMatchObject({ name, kind });
    expect(told).toEqual(refused ? ["refused"] : []);
  });

  it.each([true, false])(
    "a connection that is lost says nothing, whether it took effect (%s) or not",
    async (effect) => {
      const { downstream, connection } = await scene();
      downstream.dealer.at(/ddl: statement/, { kind: "cut", takesEffect: effect, later: false });
      const told: string[] = [];
      const thrown = await failure(
        downstream,
        executeDdl(connection, ddl(ALTER), null, async () => void told.push("refused")),
      );
      expect(thrown).toMatchObject({ name: "connection_lost", kind: "resumable" });
      expect(told).toEqual([]);
    },
  );

  // A swap whose outcome was unknown was executed again after the question for its fingerprint had met a deadlock.
  it.each([/ddl: SHOW CREATE TABLE/, /ddl: set/])(
    "D1: what is refused before the statement (%s) says nothing of what became of it in an earlier session",
    async (point) => {
      const { downstream, connection } = await scene();
      const beforeFingerprint = await downstream.done(fingerprint(connection, ddl(ALTER)));
      downstream.dealer.at(point, { kind: "error", errno: 1213 });
      const told: string[] = [];
      const intended = { beforeFingerprint, refused: false };
      const again = executeDdl(connection, ddl(ALTER), intended, async () => void told.push("refused"));
      expect(await failure(downstream, again)).toMatchObject({ name: "deadlock" });
      expect(told).toEqual([]);
    },
  );

  it("names the statement, and says whether it may be done by hand", async () => {
    for (const [sql, hint] of [
      [ALTER, /by hand in a form that it takes/],
      [SWAP, /don't execute it by hand/],
    ] as const) {
      const { downstream, connection } = await scene();
      downstream.dealer.at(/ddl: statement/, { kind: "error", errno: 1050 });
      const thrown = await failure(downstream, executeDdl(connection, ddl(sql), null));
      expect(thrown.message).toContain(sql);
      expect(thrown.hint).toMatch(hint);
      expect(thrown.facts).toMatchObject({ error: "object_exists", code: 1050 });
    }
  });

  it("a setting of its session that must be is as good as the DDL, one that may be is left as it is", async () => {
    const { downstream, executed, connection } = await scene();
    downstream.dealer.at(/ddl: set/, { kind: "error", errno: 1231 });
    expect(await failure(downstream, executeDdl(connection, ddl(ALTER), null))).toMatchObject({
      name: "unknown_variable",
    });
    expect(executed).toEqual([]);
    downstream.dealer.at(/ddl: set/, { kind: "error", errno: 1227 }, { skip: 1 });
    await downstream.done(executeDdl(connection, ddl(ALTER, { autoIncrement: [2, 1] }), null));
    expect(downstream.dealer.left).toBe(0);
    expect(executed).toEqual([ALTER]);
  });
});

describe("a DDL of an earlier session that the server still works on", () => {
  it("is waited for: the server keeps its lock until it has ended", async () => {
    const { downstream, connection } = await scene();
    const earlier = await downstream.connect("ddl");
    await downstream.done(waitForEarlierDdl(earlier, ddl(ALTER)));
    let isOver = false;
    const waiting = waitForEarlierDdl(connection, ddl(ALTER)).then(() => {
      isOver = true;
    });
    await downstream.clock.advance(3_600_000);
    expect(isOver).toBe(false);
    earlier.destroy();
    await downstream.done(waiting);
    expect(isOver).toBe(true);
  });

  it("is named after a day", async () => {
    const { downstream, connection } = await scene();
    await downstream.done(waitForEarlierDdl(await downstream.connect("ddl"), ddl(ALTER)));
    expect(await failure(downstream, waitForEarlierDdl(connection, ddl(ALTER)))).toMatchObject({
      name: "ddl_still_running",
      kind: "resumable",
    });
  });
});

async function failure(downstream: SimulatedDownstream, work: Promise<unknown>): Promise<TidemarkError> {
  try {
    await downstream.done(work);
  } catch (thrown) {
    if (thrown instanceof TidemarkError) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
}

it("D1: tasks wait for their own DDL only, however alike their names, and the lock's name is short enough", () => {
  const [long, other] = [`${"x".repeat(63)}1`, `${"x".repeat(63)}2`];
  const names = [ddlLockName("tidemark", long), ddlLockName("tidemark", other), ddlLockName("elsewhere", long)];
  expect(new Set(names).size).toBe(3);
  expect(names.filter((name) => name.length > 64)).toEqual([]);
});
