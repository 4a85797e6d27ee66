import { expect, test } from "vitest";
import { tail, waitForStatus } from "../support/tidemark/syncer-process.ts";
import { logEnd, reached } from "../support/tidemark/upstream-end.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Scene, useScene } from "./lifecycle/scene.ts";

let scene: Scene;
useScene((opened) => {
  scene = opened;
});

test("S10: a frozen holder is taken over from after its lease, and what it still tries when it wakes changes nothing", async () => {
  const writer = await scene.writing();
  const frozen = scene.follow();
  await scene.following(frozen);
  process.kill(frozen.pid, "SIGSTOP");

  // Another status address, as on another machine: only the downstream tells that the task is held.
  const elsewhere = await scene.taskFile(scene.task.name, await logEnd(scene.upstream));
  const next = await waitFor(
    async () => {
      const attempt = scene.follow(elsewhere);
      const running = waitForStatus(attempt, elsewhere, "it runs", ({ state }) => state === "running");
      const refused = await Promise.race([
        attempt.ended,
        running.then(
          () => null,
          () => null,
        ),
      ]);
      if (refused === null) return attempt;
      expect(refused.code, tail(refused.stderr)).toBe(3);
      return undefined;
    },
    { what: "the lease to end", timeoutMs: 60_000 },
  );

  process.kill(frozen.pid, "SIGCONT");
  const woken = await frozen.ended;
  expect(woken.code, tail(woken.stderr)).toBe(3);
  await writer.stop();
  const end = await logEnd(scene.upstream);
  await waitForStatus(next, elsewhere, "all is applied", ({ applied }) => reached(applied, end));
  expect(await scene.differences()).toBe("no differences");
}, 120_000);
