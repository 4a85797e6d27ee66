import { expect, test } from "vitest";
import { LogMarks } from "../../../src/syncer/log-marks.ts";

const at = (offset: number, file = "binlog.000001") => ({ file, offset });

test("tells the number of the last marked place that is not behind the one asked for", () => {
  const marks = new LogMarks();
  expect(marks.upTo(at(100))).toBeNull();
  marks.observe(at(100), 1);
  marks.observe(at(200), 2);
  marks.observe(at(200), 5);
  marks.observe(at(4, "binlog.000002"), 6);
  expect(
    [at(99), at(100), at(199), at(200), at(999), at(4, "binlog.000003")].map((place) => marks.upTo(place)),
  ).toEqual([null, 1, 1, 5, 5, 6]);
});

test("what comes from before, or from an unknown place, is not taken", () => {
  const marks = new LogMarks();
  marks.observe(at(200), 2);
  marks.observe(at(100), 9);
  marks.observe(at(300, ""), 9);
  expect(marks.upTo(at(150))).toBeNull();
  expect(marks.upTo(at(400))).toBe(2);
  expect(marks.upTo(at(400, ""))).toBeNull();
  marks.clear();
  expect(marks.upTo(at(400))).toBeNull();
});

test("keeps a limited number of places, the oldest ones thinned out, and the last ones all", () => {
  const marks = new LogMarks();
  for (let each = 1; each <= 100_000; each++) marks.observe(at(each), each);
  expect(marks.upTo(at(100_000))).toBe(100_000);
  expect(marks.upTo(at(99_900))).toBe(99_900);
  const old = marks.upTo(at(50_000));
  expect(old).toBeLessThanOrEqual(50_000);
  expect(old).not.toBeNull();
});
