/**
 * Every fault at every place. A survey plays seeds until each place has been come by in one of them; a run with a fault
 * is that seed again, which is the same up to the fault. So each fault strikes, or the test that asked for it fails.
 */
import { FAULT_STEPS, type FaultStep, type Side } from "../../../src/faults.ts";
import type { PlaceFault } from "./places.ts";
import type { Plan } from "./planned-faults.ts";
import { runSeed } from "./run-seed.ts";
import type { Fault } from "./server/dealer.ts";

/** A place that a fault may strike, and a seed that comes by it. */
export interface Found {
  readonly name: string;
  readonly seed: number;
}

export interface Survey {
  /** `batch.commit.after`, of `src/faults.ts`. */
  readonly places: readonly Found[];
  /** `apply: commit`, of the simulated server. */
  readonly points: readonly Found[];
  /** Places that no seed has come by. */
  readonly missing: readonly string[];
}

const SIDES: readonly Side[] = ["before", "after"];

/** All the names of places. */
export const PLACES: readonly string[] = Object.keys(FAULT_STEPS).flatMap((step) =>
  SIDES.map((side) => `${step}.${side}`),
);

/** Plays seeds 1, 2, … until each place was come by, `seedsMax` at most. */
export async function survey(seedsMax: number): Promise<Survey> {
  const places = new Map<string, number>();
  const points = new Map<string, number>();
  const note = (map: Map<string, number>, name: string, seed: number): null => {
    if (!map.has(name)) map.set(name, seed);
    return null;
  };
  for (let seed = 1; seed <= seedsMax && places.size < PLACES.length; seed += 1) {
    const { failure } = await runSeed(seed, {
      place: (step, side) => note(places, `${step}.${side}`, seed),
      statement: ({ name }) => note(points, name, seed),
    });
    if (failure !== null) throw new Error(`seed ${seed} fails without a planned fault: ${failure}`);
  }
  return {
    places: [...places].map(([name, seed]) => ({ name, seed })),
    points: [...points].map(([name, seed]) => ({ name, seed })),
    missing: PLACES.filter((name) => !places.has(name)),
  };
}

/** How often a fault strikes: the first time that somebody comes by, or each time until there is peace. */
export type Duration = "once" | "for ever";

/** Plays the place's seed with the fault. Null: it struck, and all went as it must. */
export async function strikePlace(
  { name, seed }: Found,
  fault: PlaceFault,
  duration: Duration,
): Promise<string | null> {
  const strikes = counter(duration);
  const place = (step: FaultStep, side: Side): PlaceFault | null =>
    `${step}.${side}` === name && strikes.next() ? fault : null;
  return play(seed, { place, statement: () => null }, strikes);
}

/** The same at a point of the server. */
export async function strikePoint(point: Found, fault: Fault, duration: Duration): Promise<string | null> {
  const strikes = counter(duration);
  const statement = ({ name }: { readonly name: string }): Fault | null =>
    name === point.name && strikes.next() ? fault : null;
  return play(point.seed, { place: () => null, statement }, strikes);
}

interface Strikes {
  count: number;
  readonly next: () => boolean;
}

function counter(duration: Duration): Strikes {
  const strikes = {
    count: 0,
    next: (): boolean => {
      if (duration === "once" && strikes.count > 0) return false;
      strikes.count += 1;
      return true;
    },
  };
  return strikes;
}

async function play(seed: number, plan: Plan, strikes: Strikes): Promise<string | null> {
  const { failure } = await runSeed(seed, plan);
  if (failure !== null) return `seed ${seed}: ${failure}`;
  return strikes.count === 0 ? `seed ${seed}: nobody came by` : null;
}
