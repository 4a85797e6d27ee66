import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { seededRandom } from "../support/load/random.ts";
import { readStatus, waitForStatus } from "../support/tidemark/syncer-process.ts";
import type { Status } from "../support/tidemark/status-contract.ts";
import { logEnd, reached } from "../support/tidemark/upstream-end.ts";
import { killSessions } from "./faults/kill-sessions.ts";
import { makeDeadlock, otherWriter } from "./faults/other-writer.ts";
import { DATA, EXACTLY_ONCE, FaultScene } from "./faults/scene.ts";

const FLAVOURS: readonly Flavour[] = ["mysql", "mariadb"];
const seed = Number(process.env["TIDEMARK_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const retries = (status: Status | undefined): number => Number(status?.["batchRetries"] ?? 0);

describe.each(FLAVOURS)("%s: the task's sessions", (flavour) => {
  let scene: FaultScene;
  beforeAll(async () => {
    console.log(`[chaos] session faults: seed ${seed}`);
    scene = await FaultScene.open({ upstream: flavour, downstream: flavour });
  });
  afterAll(() => scene.close());
  afterEach(() => scene.end());

  test("S2, S5, S6: are ended one after the other, or their statements (KILL, KILL QUERY): each transaction is applied once", async () => {
    await scene.begin();
    await scene.writing(300);
    const syncer = scene.follow();
    await scene.following(syncer);
    const kills = await killSessions(scene, 40, seededRandom(seed), syncer);
    expect(Math.min(kills.connections, kills.statements)).toBeGreaterThan(5);
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test("S9: meet rows that another client holds for longer than innodb_lock_wait_timeout: the batch is tried again, whole", async () => {
    // With `ordered` a batch waits for a lock no longer than a second.
    await scene.begin({ apply: { consistency: "ordered" } });
    await scene.writing();
    const syncer = scene.follow();
    await scene.following(syncer);
    const other = await otherWriter(scene);
    await other.query("BEGIN");
    await other.query("SELECT * FROM accounts FOR UPDATE");
    const told = await waitForStatus(syncer, scene.task, "a batch was tried again", (status) => retries(status) > 1);
    expect(told).toMatchObject({ state: "running" });
    expect(syncer.stderr()).toContain("lock_wait_timeout");
    await other.leave();
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test("S6, S9: meet a table that another client has locked for longer than netTimeout: the task waits and goes on when it is free", async () => {
    await scene.begin({ downstreamMore: { netTimeout: "1s" } });
    await scene.writing();
    const syncer = scene.follow();
    await scene.following(syncer);
    const other = await otherWriter(scene);
    await other.query("LOCK TABLES accounts WRITE");
    const told = await scene.troubled(syncer, "answer_timeout");
    expect(told.error).toMatchObject({ kind: "resumable", stage: "apply" });
    expect(told.error?.message).toContain(`${DATA}.accounts`);
    await other.leave();
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test("S6, S10: are lost to the task, and the server has not noticed: the task ends its own left-overs and goes on, it is no other holder", async () => {
    await scene.begin();
    await scene.writing();
    const syncer = scene.follow();
    for (let round = 1; round <= 2; round += 1) {
      await scene.following(syncer);
      scene.proxy.abandon();
    }
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test("S9: get into deadlocks with another writer: the batch is rolled back and tried again, whole", async () => {
    await scene.begin();
    const syncer = scene.follow();
    await scene.insert(1);
    await scene.following(syncer);
    // Now and then the task is a little late, and there is none.
    while (retries(await readStatus(scene.task)) < 2) {
      await makeDeadlock(scene);
      const end = await logEnd(scene.upstream);
      await waitForStatus(syncer, scene.task, "it is applied", ({ applied }) => reached(applied, end));
    }
    expect(syncer.stderr()).toContain("deadlock");
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test("S5, V13: lose the upstream, which is killed again and again: what it has logged is applied once", async () => {
    await scene.begin();
    const syncer = scene.follow();
    for (let round = 1; round <= 3; round += 1) {
      const load = await scene.writing(200, seed + round);
      await scene.following(syncer);
      await scene.upstream.kill();
      await load.stop().catch(() => undefined);
      const told = await waitForStatus(
        syncer,
        scene.task,
        "the task has lost its connection",
        ({ upstream }) => upstream.connectedSince === null,
      );
      expect(told.state).not.toBe("failed");
      await scene.upstream.restart();
    }
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });
});
