import { TidemarkError } from "../../src/errors.ts";
import { mutated, randomFrom } from "./mutate.ts";
import type { Target } from "./target.ts";

/** A case that broke the promise, with what is needed to repeat it. */
export interface Failure {
  readonly target: string;
  readonly seed: number;
  readonly hex: string;
  readonly thrown: unknown;
}

export interface Counts {
  readonly runs: number;
  readonly values: number;
  readonly errors: number;
  /** The longest single run in milliseconds. */
  readonly slowestMs: number;
  readonly failure: Failure | null;
}

/** Longer than this for some kilobytes is as good as hanging. */
const HANG_MS = 2000;

/** Runs one damaged case of a target, chosen by the seed alone. */
async function runOnce(
  target: Target,
  seed: number,
): Promise<{ failure: Failure | null; isValue: boolean; ms: number }> {
  const random = randomFrom(seed);
  const pick = (limit: number): number => Math.floor(random() * limit);
  const any = (): Buffer => target.seeds[pick(target.seeds.length)] ?? Buffer.alloc(0);
  const good = any();
  const kept = target.keep?.(good) ?? 0;
  const bytes = Buffer.concat([good.subarray(0, kept), mutated(good.subarray(kept), any(), random)]);
  const start = performance.now();
  let thrown: unknown = null;
  try {
    const running = target.run(bytes, pick);
    if (running !== undefined) await running;
  } catch (error) {
    thrown = error;
  }
  const ms = performance.now() - start;
  const isNamed = thrown instanceof TidemarkError && thrown.name !== "unexpected";
  const broken = thrown !== null && !isNamed ? thrown : ms > HANG_MS ? new Error(`${ms.toFixed(0)} ms`) : null;
  const failure = broken === null ? null : { target: target.name, seed, hex: bytes.toString("hex"), thrown: broken };
  return { failure, isValue: thrown === null, ms };
}

/** Runs cases from `firstSeed` on until `isEnough` or the first failure. */
export async function fuzz(target: Target, firstSeed: number, isEnough: (runs: number) => boolean): Promise<Counts> {
  let values = 0;
  let slowestMs = 0;
  let runs = 0;
  while (!isEnough(runs)) {
    const { failure, isValue, ms } = await runOnce(target, firstSeed + runs);
    runs += 1;
    if (isValue) values += 1;
    slowestMs = Math.max(slowestMs, ms);
    if (failure !== null) return { runs, values, errors: runs - values - 1, slowestMs, failure };
  }
  return { runs, values, errors: runs - values, slowestMs, failure: null };
}
