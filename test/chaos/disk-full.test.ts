import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { startOnSmallDisk, whyNoSmallDisk, type SmallDisk } from "../support/servers/small-disk.ts";
import { waitForStatus } from "../support/tidemark/syncer-process.ts";
import { DATA, EXACTLY_ONCE, FaultScene } from "./faults/scene.ts";

const FLAVOURS: readonly Flavour[] = ["mysql", "mariadb"];
const reasons = Object.fromEntries(
  await Promise.all(FLAVOURS.map(async (flavour) => [flavour, await whyNoSmallDisk(flavour)] as const)),
);

describe.each(FLAVOURS)("%s: a downstream whose disk", (flavour) => {
  const reason = reasons[flavour] ?? null;
  if (reason !== null) {
    test.skip(`is full: not tested here, because ${reason}`);
    return;
  }
  let scene: FaultScene;
  let disk: SmallDisk | undefined;
  beforeAll(async () => {
    scene = await FaultScene.open({
      upstream: flavour,
      downstream: flavour,
      startDownstream: async () => {
        disk = await startOnSmallDisk(flavour);
        return disk.server;
      },
      onDatabaseMade: async () => disk?.shrink(DATA, 12),
    });
  });
  afterAll(() => scene.close());
  afterEach(() => scene.end());

  test("S5: is full: the task waits with disk_full, tells the table, and goes on by itself when there is room", async () => {
    await scene.begin();
    const load = await scene.writing(100);
    const syncer = scene.follow();
    await scene.following(syncer);
    await load.stop();
    // Rows that fit in a page: MariaDB 10.11 itself dies of a disk that is full when a column has pages of its own.
    for (let ids = 50; ids < 6_000; ids *= 2)
      await scene.upstream.exec(
        `INSERT INTO documents SELECT id + ${ids}, REPEAT('full', 600), NULL FROM documents WHERE id < ${ids}`,
        DATA,
      );
    const told = await waitForStatus(
      syncer,
      scene.task,
      "the task waits with disk_full",
      ({ error }) => error?.name === "disk_full" && error.attempt > 1,
    );
    expect(told.error).toMatchObject({ kind: "resumable" });
    expect(told.error?.message).toContain(DATA);
    await disk?.grow(DATA, 128);
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  });
});
