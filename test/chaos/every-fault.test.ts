import { beforeAll, describe, expect, it } from "vitest";
import { type Duration, PLACES, strikePlace, strikePoint, survey, type Survey } from "./simulation/every-fault.ts";
import type { PlaceFault } from "./simulation/places.ts";
import type { Fault } from "./simulation/server/dealer.ts";

const SEEDS_MAX = 600;
const TIMEOUT_MS = 300_000;

let surveyed: Survey;
beforeAll(async () => {
  surveyed = await survey(SEEDS_MAX);
}, TIMEOUT_MS);

it("the simulation comes by every fault point there is, and there are more than 60", () => {
  expect(surveyed.missing).toEqual([]);
  expect(surveyed.places).toHaveLength(PLACES.length);
  expect(PLACES.length).toBeGreaterThan(60);
});

const AT_PLACES: readonly (readonly [what: string, fault: PlaceFault, duration: Duration])[] = [
  ["fails once, as a lost connection would", { kind: "fail" }, "once"],
  ["fails for ever, and then no more", { kind: "fail" }, "for ever"],
  ["fails once with an error that nobody knows", { kind: "unknown" }, "once"],
  ["dies", { kind: "crash", later: false }, "once"],
  ["dies, and the server is slow to notice", { kind: "crash", later: true }, "once"],
  ["is held up for longer than its lease", { kind: "delay", ms: 40_000 }, "once"],
];

describe("S5: nothing is lost and nothing applied twice, and the task comes to its end, when at any place a session", () => {
  it.each(AT_PLACES)("%s", { timeout: TIMEOUT_MS }, async (_what, fault, duration) => {
    const wrong: string[] = [];
    for (const place of surveyed.places) {
      const failure = await strikePlace(place, fault, duration);
      if (failure !== null) wrong.push(`${place.name}: ${failure}`);
    }
    expect(wrong).toEqual([]);
  });
});

const AT_POINTS: readonly (readonly [what: string, fault: Fault, duration: Duration])[] = [
  ["is lost with its connection before it took effect", { kind: "cut", takesEffect: false, later: false }, "once"],
  ["takes effect, and its answer is lost", { kind: "cut", takesEffect: true, later: false }, "once"],
  ["takes effect later, long after its client is gone", { kind: "cut", takesEffect: true, later: true }, "once"],
  ["loses its answer each time", { kind: "cut", takesEffect: true, later: false }, "for ever"],
  [
    "is the last thing that a process asks for, and takes effect",
    { kind: "kill", takesEffect: true, later: true },
    "once",
  ],
  ["takes effect, and the server dies", { kind: "restart", takesEffect: true }, "once"],
  ["is refused as a deadlock", { kind: "error", errno: 1213 }, "once"],
];

describe("S6: the same when any statement, COMMIT among them,", () => {
  it.each(AT_POINTS)("%s", { timeout: TIMEOUT_MS }, async (_what, fault, duration) => {
    expect(surveyed.points.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["apply: commit", "checkpoint: commit", "ddl: statement"]),
    );
    const wrong: string[] = [];
    for (const point of surveyed.points) {
      const failure = await strikePoint(point, fault, duration);
      if (failure !== null) wrong.push(`${point.name}: ${failure}`);
    }
    expect(wrong).toEqual([]);
  });
});
