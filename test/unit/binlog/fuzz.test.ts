import { expect, test } from "vitest";
import { fuzz } from "../../fuzz/fuzz.ts";
import { TARGETS } from "../../fuzz/targets.ts";

/** A short run with fixed seeds; `npm run fuzz` is the long one. */
const RUNS = 20_000;

test.each(TARGETS)("T6: $name: damaged bytes give a value or a named error", (target) => {
  const { failure, values, errors } = fuzz(target, 1, (runs) => runs >= (target.name === "events" ? RUNS / 10 : RUNS));
  expect(failure).toBeNull();
  // Both ends are reached, or the mutations would test nothing.
  expect(Math.min(values, errors)).toBeGreaterThan(100);
});
