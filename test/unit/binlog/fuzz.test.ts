import { expect, test } from "vitest";
import { fuzz } from "../../fuzz/fuzz.ts";
import { TARGETS } from "../../fuzz/targets.ts";

/** A short run with fixed seeds. A million of them: test/integration/fuzz.test.ts. As long as you like: `npm run fuzz`. */
const RUNS = 10_000;

test.each(TARGETS)("T6: $name: damaged bytes give a value or a named error", async (target) => {
  const { failure, values, errors } = await fuzz(target, 1, (runs) => runs >= RUNS / (target.cost ?? 1));
  expect(failure).toBeNull();
  // Both ends are reached, or the mutations would test nothing.
  expect(Math.min(values, errors)).toBeGreaterThan(50);
});
