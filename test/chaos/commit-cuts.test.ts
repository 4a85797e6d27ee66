import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { seededRandom } from "../support/load/random.ts";
import { cutCommits } from "./faults/cut-commits.ts";
import { EXACTLY_ONCE, FaultScene } from "./faults/scene.ts";

const FLAVOURS: readonly Flavour[] = ["mysql", "mariadb"];
const CUTS = 16;
const seed = Number(process.env["TIDEMARK_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

describe.each(FLAVOURS)("%s: a connection that is cut at its COMMIT", (flavour) => {
  let scene: FaultScene;
  beforeAll(async () => {
    console.log(`[chaos] cuts at COMMIT: seed ${seed}`);
    scene = await FaultScene.open({ upstream: flavour, downstream: flavour });
  });
  afterAll(() => scene.close());
  afterEach(() => scene.end());

  test.each(["transaction", "ordered"] as const)(
    "S5–S7: before the server has it, after it took effect, in the middle of the answer, of batches and of checkpoints: each transaction is applied once (%s)",
    async (consistency) => {
      await scene.begin({ apply: { consistency } });
      await scene.writing(300);
      const strike = cutCommits(scene, CUTS, seededRandom(seed));
      const syncer = scene.follow();
      await scene.following(syncer);
      strike.begin();
      await strike.done();
      expect(await scene.verdict(syncer)).toBe(EXACTLY_ONCE);
    },
  );
});
