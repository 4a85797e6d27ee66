import { expect, test } from "vitest";
import { fuzz } from "../fuzz/fuzz.ts";
import { TARGETS } from "../fuzz/targets.ts";

/** All targets together: more than a million damaged inputs, from seeds that no other run uses. */
const RUNS = 100_000;
const FIRST_SEED = 1_000_000;

test("T6: a million damaged inputs give values or named errors", async () => {
  let total = 0;
  for (const target of TARGETS) {
    const { runs, failure } = await fuzz(target, FIRST_SEED, (done) => done >= RUNS / (target.cost ?? 1));
    expect(failure).toBeNull();
    total += runs;
  }
  expect(total).toBeGreaterThan(1_000_000);
});
