import { expect, test } from "vitest";
import { manualClock, seededRandom } from "../../support/manual-clock.ts";

test("timers fire at their own time and in order, those of one instant in the order they were set", async () => {
  const clock = manualClock();
  const fired: string[] = [];
  clock.timer(20, () => fired.push(`late at ${clock.monotonic()}`));
  clock.timer(10, () => fired.push(`first at ${clock.monotonic()}`));
  clock.timer(10, () => fired.push(`second at ${clock.monotonic()}`));
  await clock.advance(9);
  expect(fired).toEqual([]);
  await clock.advance(100);
  expect(fired).toEqual(["first at 10", "second at 10", "late at 20"]);
  expect(clock.monotonic()).toBe(109);
  expect(clock.waiting).toBe(0);
});

test("a loop of sleeps runs through one advance, because what wakes up may sleep again", async () => {
  const clock = manualClock();
  const woken: number[] = [];
  const loop = (async () => {
    for (let round = 0; round < 3; round += 1) {
      await clock.sleep(1000);
      woken.push(clock.monotonic());
    }
  })();
  await clock.advance(3000);
  await loop;
  expect(woken).toEqual([1000, 2000, 3000]);
});

test("a cancelled timer and an aborted sleep leave nothing waiting", async () => {
  const clock = manualClock();
  const abort = new AbortController();
  clock.timer(5, () => expect.unreachable("it was cancelled")).cancel();
  const sleep = clock.sleep(5, abort.signal);
  abort.abort();
  await sleep;
  await clock.sleep(5, abort.signal);
  expect(clock.waiting).toBe(0);
  await clock.advance(10);
});

test("the wall clock may jump without moving durations", async () => {
  const clock = manualClock(1, 1_000_000);
  clock.jumpWallClock(-5000);
  await clock.advance(10);
  expect([clock.now(), clock.monotonic()]).toEqual([995_010, 10]);
});

test("advanceToNext goes to the next timer and says when there is none", async () => {
  const clock = manualClock();
  clock.timer(70, () => {});
  expect(await clock.advanceToNext()).toBe(true);
  expect(clock.monotonic()).toBe(70);
  expect(await clock.advanceToNext()).toBe(false);
});

test("a seed gives the same numbers every time, another seed gives others, all in [0, 1) and spread evenly", () => {
  const take = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 10_000 }, () => random());
  };
  expect(take(7)).toEqual(take(7));
  expect(take(7)).not.toEqual(take(8));
  const numbers = take(7);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((sum, each) => sum + each, 0) / numbers.length).toBeCloseTo(0.5, 1);
});
