import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { tail, type SyncerProcess } from "../support/tidemark/syncer-process.ts";
import { waitFor } from "../support/wait-for.ts";
import { otherWriter } from "./faults/other-writer.ts";
import { DATA, EXACTLY_ONCE, FaultScene } from "./faults/scene.ts";

const FLAVOURS: readonly Flavour[] = ["mysql", "mariadb"];

/** Where the process is killed while rows are written, and which time it comes there. */
const ROW_POINTS = [
  "batch.packet.before:crash@3",
  "batch.packet.after:crash@3",
  "batch.commit.before:crash@3",
  "batch.commit.after:crash@3",
  "flush.save.before:crash@2",
  "store.writeCheckpoint.after:crash@2",
  "store.forgetApplied.after:crash@2",
  "flush.save.after:crash@2",
  "epoch.raise.after:crash",
  "epoch.commit.after:crash",
] as const;

/** Where it is killed around a DDL, and the DDL. */
const DDL_POINTS = [
  ["ddl.saveBefore.after", "ALTER TABLE customers ADD COLUMN one INT NOT NULL DEFAULT 1"],
  ["ddl.intend.before", "CREATE TABLE copies AS SELECT id, mail FROM customers ORDER BY id LIMIT 20"],
  ["ddl.intend.after", "ALTER TABLE copies ADD PRIMARY KEY (id)"],
  ["ddl.execute.before", "RENAME TABLE copies TO renamed"],
  ["ddl.execute.after", "RENAME TABLE renamed TO renamed_again"],
  ["ddl.execute.after", "ALTER TABLE customers DROP COLUMN one, ADD COLUMN two INT DEFAULT 2"],
  ["ddl.execute.after", "CREATE TABLE more AS SELECT id, mail FROM customers ORDER BY id LIMIT 20"],
  ["ddl.execute.after", "TRUNCATE TABLE more"],
  ["ddl.readTables.after", "ALTER TABLE more ADD COLUMN three INT"],
  ["ddl.saveBehind.before", "CREATE TABLE like_more LIKE more"],
  ["store.forgetIntent.after", "DROP TABLE like_more"],
  ["ddl.saveBehind.after", "CREATE INDEX by_mail ON more (mail)"],
] as const;

const ROWS = 1 << 16;
/** A table that takes a while to be copied. */
const BIG = `CREATE TABLE big (id INT PRIMARY KEY, pad VARCHAR(200)); INSERT INTO big VALUES (0, REPEAT('big ', 40));
  ${Array.from({ length: Math.log2(ROWS) }, (_, n) => `INSERT INTO big SELECT id + ${1 << n}, pad FROM big`).join(";")}`;

describe.each(FLAVOURS)("%s: kill -9", (flavour) => {
  let scene: FaultScene;
  beforeAll(async () => {
    scene = await FaultScene.open({ upstream: flavour, downstream: flavour });
  });
  afterAll(() => scene.close());
  afterEach(() => scene.end());

  /** Runs the task until it is killed at a point. */
  async function killedAt(fault: string): Promise<void> {
    const syncer = scene.followFaulty(fault);
    const { signal, stderr } = await syncer.ended;
    expect(signal, tail(stderr)).toBe("SIGKILL");
    expect(stderr).toContain(`fault: ${fault}`);
  }

  /** Waits until the downstream works on the ALTER of the big table, in a state that matches. */
  async function altering(state: RegExp): Promise<void> {
    await waitFor(
      async () => {
        const rows = await scene.downstream.query(
          "SELECT STATE AS state FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE%big%'",
        );
        return rows.some((row) => state.test(String(row["state"]))) ? true : undefined;
      },
      { what: `the downstream's ALTER is at ${String(state)}`, everyMs: 5 },
    );
  }

  const killed = async (syncer: SyncerProcess): Promise<void> => {
    syncer.signal("SIGKILL");
    await syncer.ended;
  };

  test("S5, S8: before and after COMMIT, between the steps of a checkpoint, while the epoch is raised: each transaction is applied once", async () => {
    await scene.begin();
    await scene.writing();
    for (const fault of ROW_POINTS) await killedAt(fault);
    expect(await scene.verdict(scene.follow())).toBe(EXACTLY_ONCE);
  });

  test("D1: before, at and after each step of a DDL: it is executed once, in its place among the rows", async () => {
    await scene.begin();
    await scene.started();
    for (const [index, [point, statement]] of DDL_POINTS.entries()) {
      await scene.insert(2 * index);
      await scene.upstream.exec(statement, DATA);
      await scene.insert(2 * index + 1);
      await killedAt(`${point}:crash`);
    }
    expect(await scene.verdict(scene.follow())).toBe(EXACTLY_ONCE);
  });

  test("D1: of the syncer, and of the downstream, in the middle of an ALTER: it is executed once", async () => {
    await scene.begin({}, BIG);
    await scene.started();
    for (const [n, victim] of ["syncer", "downstream", "syncer"].entries()) {
      await scene.upstream.exec(`ALTER TABLE big ADD COLUMN more_${n} INT DEFAULT 7, ALGORITHM=COPY`, DATA);
      await scene.insert(n);
      const syncer = scene.follow();
      await altering(/copy/i);
      if (victim === "downstream") {
        await scene.downstream.kill();
        await scene.downstream.restart();
      }
      // A process goes on by itself after a downstream's end; another one that comes then must do as well.
      await killed(syncer);
    }
    expect(await scene.verdict(scene.follow())).toBe(EXACTLY_ONCE);
  });

  test("D1: of the syncer while its ALTER waits for a lock: it is executed once, before or after the lock is free", async () => {
    await scene.begin({}, BIG);
    await scene.started();
    const other = await otherWriter(scene);
    await other.query("BEGIN");
    await other.query("SELECT * FROM big LIMIT 1");
    await scene.upstream.exec("ALTER TABLE big ADD COLUMN more INT DEFAULT 7, ALGORITHM=COPY", DATA);
    const syncer = scene.follow();
    await altering(/metadata lock/i);
    await killed(syncer);
    const next = scene.follow();
    await other.leave();
    expect(await scene.verdict(next)).toBe(EXACTLY_ONCE);
  });
});
