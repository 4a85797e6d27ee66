import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { errorAnswer, queryText } from "../support/mysql-packets.ts";
import { readStatus, runTidemark, waitForStatus } from "../support/tidemark/syncer-process.ts";
import { reached } from "../support/tidemark/upstream-end.ts";
import { waitFor } from "../support/wait-for.ts";
import { occupyConnections } from "./faults/idle-clients.ts";
import { EXACTLY_ONCE, FaultScene } from "./faults/scene.ts";

const FLAVOURS: readonly Flavour[] = ["mysql", "mariadb"];

describe.each(FLAVOURS)("%s: a downstream that", (flavour) => {
  let scene: FaultScene;
  beforeAll(async () => {
    scene = await FaultScene.open({ upstream: flavour, downstream: flavour });
  });
  afterAll(() => scene.close());
  beforeEach(() => scene.begin());
  afterEach(() => scene.end());

  test("S5, S6: is killed under load, again and again: the task waits, reconnects, and each transaction is applied once", async () => {
    const load = await scene.writing();
    const syncer = scene.follow();
    for (let round = 1; round <= 3; round += 1) {
      await scene.following(syncer);
      await scene.downstream.kill();
      const told = await waitForStatus(syncer, scene.task, "the task waits", ({ state }) => state === "waiting");
      expect(told.error).toMatchObject({ kind: "resumable" });
      await scene.written(load, 20);
      await scene.downstream.restart();
    }
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test("S5: takes no writes for a while: the task waits with read_only and goes on by itself", async () => {
    const load = await scene.writing();
    const syncer = scene.follow();
    await scene.following(syncer);
    // With super_read_only even our own meta schema can't be prepared; its account has no rights beyond read_only in any case.
    const variable = flavour === "mysql" ? "super_read_only" : "read_only";
    await scene.downstream.query(`SET GLOBAL ${variable} = 1`);
    scene.atEnd(() => scene.downstream.query("SET GLOBAL read_only = 0"));
    const told = await scene.troubled(syncer, "read_only");
    expect(told.error).toMatchObject({ kind: "resumable" });
    await scene.written(load, 50);
    const still = await waitForStatus(syncer, scene.task, "it tries on", ({ error }) => (error?.attempt ?? 0) > 3);
    expect(still.error?.name).toBe("read_only");
    await scene.downstream.query("SET GLOBAL read_only = 0");
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test("S1: has no connection left: the task waits with too_many_connections, the checkpoint stays, and it goes on by itself", async () => {
    const load = await scene.writing();
    const syncer = scene.follow();
    await scene.following(syncer);
    const idle = await occupyConnections(scene, 12);
    await scene.troubled(syncer, "too_many_connections");
    const stood = await scene.storedCheckpoint();
    await scene.written(load, 50);
    expect(await scene.storedCheckpoint()).toEqual(stood);
    await idle.release();
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test.each([
    ["a shutdown", errorAnswer(1053, "08S01", "Server shutdown in progress"), "server_shutdown"],
    ["a KILL QUERY", errorAnswer(1317, "70100", "Query execution was interrupted"), "query_interrupted"],
  ] as const)(
    "S1, S3: answers one batch's BEGIN with %s: the checkpoint, whose own connection is well, stays before that batch",
    async (_, answer, name) => {
      await scene.writing();
      const syncer = scene.follow();
      await scene.following(syncer);
      // Connections that are there already don't meet a new hook.
      scene.proxy.setHook((packet) => {
        const sql = queryText(packet);
        return sql !== null && /BEGIN;/.test(sql) && sql.includes("unlucky") ? { answer } : "pass";
      });
      scene.proxy.reset();
      await scene.following(syncer);
      const place = await scene.insert(1, "unlucky");
      await scene.troubled(syncer, name);
      await waitForStatus(syncer, scene.task, "it tries on", ({ error }) => error?.name === name && error.attempt > 3);
      expect(reached({ ...(await scene.storedCheckpoint()), gtids: "" }, place)).toBe(false);
      scene.proxy.setHook(null);
      scene.proxy.reset();
      expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
    },
  );

  test("S1: refuses one batch's BEGIN as nothing that is known: the task fails, the checkpoint stays, and resume applies it", async () => {
    const syncer = scene.follow();
    await scene.insert(1);
    await scene.following(syncer);
    const answer = errorAnswer(9999, "HY000", "Something else");
    scene.proxy.setHook((packet) => (/BEGIN;/.test(queryText(packet) ?? "") ? { answer } : "pass"));
    scene.proxy.reset();
    const place = await scene.insert(2);
    const failed = await scene.failed(syncer);
    expect(failed.error).toMatchObject({ name: "server_error_9999", kind: "fatal", stage: "apply" });
    expect(reached({ ...(await scene.storedCheckpoint()), gtids: "" }, place)).toBe(false);
    scene.proxy.setHook(null);
    scene.proxy.reset();
    expect(await runTidemark(["resume", scene.task.path])).toMatchObject({ code: 0 });
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });

  test("S7: refuses to save the checkpoint: the failure is told, nothing is applied twice, and a later save succeeds", async () => {
    await scene.writing();
    const syncer = scene.follow();
    await scene.following(syncer);
    const answer = errorAnswer(1317, "70100", "Query execution was interrupted");
    scene.proxy.setHook((packet) => (/insert into .?checkpoint/i.test(queryText(packet) ?? "") ? { answer } : "pass"));
    scene.proxy.reset();
    await waitFor(() => (syncer.stderr().includes("the checkpoint could not be saved") ? true : undefined), {
      what: "the log tells the failed save",
      explain: async () => `${JSON.stringify(await readStatus(scene.task))}\n${syncer.stderr().slice(-6000)}`,
    });
    const stood = await scene.storedCheckpoint();
    await scene.following(syncer);
    expect(await scene.storedCheckpoint()).toEqual(stood);
    expect((await readStatus(scene.task))?.checkpoint).toMatchObject(stood);
    scene.proxy.setHook(null);
    scene.proxy.reset();
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });
});
