import { expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { startOnSmallDisk, whyNoSmallDisk } from "../support/servers/small-disk.ts";
import { waitForStatus } from "../support/tidemark/syncer-process.ts";
import { DATA, EXACTLY_ONCE, FaultScene } from "./faults/scene.ts";

const FLAVOURS: readonly Flavour[] = ["mysql", "mariadb"];
test.for(FLAVOURS)(
  "S5: a %s whose disk is full: the task waits with disk_full, tells the table, and goes on by itself when there is room",
  async (flavour, { skip, onTestFinished }) => {
    const reason = await whyNoSmallDisk(flavour);
    skip(reason !== null, reason ?? "");
    const disk = await startOnSmallDisk(flavour);
    const scene = await FaultScene.open({
      upstream: flavour,
      downstream: flavour,
      startDownstream: async () => disk.server,
      onDatabaseMade: () => disk.shrink(DATA, 12),
    });
    onTestFinished(async () => {
      await scene.end();
      await scene.close();
    });
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
    await disk.grow(DATA, 128);
    expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
  },
);
