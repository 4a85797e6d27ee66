import { describe, expect, test } from "vitest";
import { readStatus, runTidemark, waitForStatus, type SyncerProcess } from "../support/tidemark/syncer-process.ts";
import { logEnd, reached, type LogEnd } from "../support/tidemark/upstream-end.ts";
import { waitFor } from "../support/wait-for.ts";
import { ACCOUNT, type Scene, useScene } from "./lifecycle/scene.ts";

let scene: Scene;
useScene((opened) => {
  scene = opened;
});

describe("servers that go and come back", () => {
  test("the downstream restarts in the middle of a run: the task waits, reconnects, and both sides are equal", async () => {
    const writer = await scene.writing();
    const syncer = scene.follow();
    await scene.following(syncer);
    await scene.downstream.restart();
    const before = writer.committed;
    await waitFor(() => (writer.committed > before + 100 ? true : undefined), { what: "writes after the restart" });
    await writer.stop();
    expect(await scene.caughtUp(syncer)).toBe("no differences");
  });

  test("the downstream is killed in the middle of a run (S6): nothing is lost and nothing comes twice", async () => {
    const writer = await scene.writing();
    const syncer = scene.follow();
    await scene.following(syncer);
    await scene.downstream.kill();
    await scene.downstream.restart();
    await writer.stop();
    expect(await scene.caughtUp(syncer)).toBe("no differences");
  });

  test("the upstream restarts in the middle of a run: the task reconnects, counts it, and goes on", async () => {
    await scene.insert(1);
    const syncer = scene.follow();
    await scene.following(syncer);
    await scene.upstream.restart();
    await scene.insert(2);
    expect(await scene.caughtUp(syncer)).toBe("no differences");
    expect((await readStatus(scene.task))?.upstream.reconnects).toBeGreaterThan(0);
    expect(await scene.inserted()).toEqual([1, 2]);
  });
});

describe("S1: workers whose transactions can't begin, while the checkpoint's own connection is well", () => {
  /** Ends the account's connections but for the one that holds the task's lock. */
  async function endWorkers(): Promise<void> {
    const rows = await scene.downstream.query(
      `SELECT p.ID AS id FROM information_schema.PROCESSLIST p WHERE p.USER = '${ACCOUNT.user}' AND p.ID NOT IN (
         SELECT t.PROCESSLIST_ID FROM performance_schema.metadata_locks m JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID WHERE m.OBJECT_TYPE = 'USER LEVEL LOCK')`,
    );
    for (const row of rows) await scene.downstream.query(`KILL ${String(row["id"])}`).catch(() => undefined);
  }

  /** The checkpoint as it is stored downstream. */
  async function storedCheckpoint(): Promise<LogEnd> {
    const [row] = await scene.downstream.query(
      `SELECT file, file_offset AS offset FROM tidemark.checkpoint WHERE task = '${scene.task.name}'`,
    );
    return { file: String(row?.["file"]), offset: Number(row?.["offset"]) };
  }

  /** Runs a task, breaks its workers by `lock`, writes upstream, and looks at the checkpoint before and after `repair`. */
  async function broken(lock: string, repair: string): Promise<{ name: string | undefined; syncer: SyncerProcess }> {
    const syncer = scene.follow();
    await scene.insert(1);
    await scene.following(syncer);
    const known = await logEnd(scene.upstream);
    await waitForStatus(syncer, scene.task, "the checkpoint is saved", ({ checkpoint }) => reached(checkpoint, known));
    await scene.downstream.query(lock);
    await endWorkers();
    for (let n = 2; n <= 20; n += 1) await scene.insert(n);
    const failed = await waitFor(
      async () => {
        const status = await readStatus(scene.task);
        return status !== undefined && status.error !== null ? status : undefined;
      },
      { what: "the task tells the error", explain: () => syncer.stderr() },
    );
    expect(await scene.inserted()).toEqual([1]);
    expect(await storedCheckpoint()).toEqual(known);
    expect(failed.checkpoint).toMatchObject(known);
    await scene.downstream.query(repair);
    return { name: failed.error?.name, syncer };
  }

  test("an account that was locked: the task fails, the checkpoint stays, and after `resume` every row is there", async () => {
    const { name, syncer } = await broken(
      `ALTER USER ${ACCOUNT.user} ACCOUNT LOCK`,
      `ALTER USER ${ACCOUNT.user} ACCOUNT UNLOCK`,
    );
    expect(name).toBe("account_unusable");
    expect(await runTidemark(["resume", scene.task.path])).toMatchObject({ code: 0 });
    expect(await scene.caughtUp(syncer)).toBe("no differences");
    expect(await scene.inserted()).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  test("max_connections reached: the task waits, the checkpoint stays, and once there is room every row is there", async () => {
    const { name, syncer } = await broken("SET GLOBAL max_connections = 1", "SET GLOBAL max_connections = 200");
    expect(name).toBe("too_many_connections");
    expect(await scene.caughtUp(syncer)).toBe("no differences");
    expect(await scene.inserted()).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });
});
