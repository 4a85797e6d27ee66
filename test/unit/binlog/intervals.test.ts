import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Intervals } from "../../../src/binlog/intervals.ts";

const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 })), { maxLength: 12 });

function intervalsOf(list: readonly (readonly [number, number])[]): [Intervals, Set<number>] {
  const intervals = new Intervals();
  const model = new Set<number>();
  for (const [first, length] of list) {
    intervals.addRange(first, first + length);
    for (let number = first; number <= first + length; number += 1) model.add(number);
  }
  return [intervals, model];
}

describe("intervals", () => {
  it("T7: are sorted, disjoint and never adjacent, whatever was added in whatever order", () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const [{ bounds }, model] = intervalsOf(list);
        for (let index = 1; index < bounds.length; index += 1) {
          const [before = 0, here = 0] = [bounds[index - 1], bounds[index]];
          expect(index % 2 === 0 ? here > before + 1 : here >= before).toBe(true);
        }
        let count = 0;
        for (let index = 0; index < bounds.length; index += 2)
          count += (bounds[index + 1] ?? 0) - (bounds[index] ?? 0) + 1;
        expect(count).toBe(model.size);
      }),
    );
  });

  it("T7: subtract and include as sets do", () => {
    fc.assert(
      fc.property(ranges, ranges, (left, right) => {
        const [[a, ma], [b, mb]] = [intervalsOf(left), intervalsOf(right)];
        const rest = a.subtract(b);
        for (let number = 0; number < 72; number += 1)
          expect(rest.contains(number)).toBe(ma.has(number) && !mb.has(number));
        expect(a.includes(b)).toBe(mb.isSubsetOf(ma));
      }),
    );
  });

  it("a million numbers in order are one interval, added in well under a second", () => {
    const intervals = new Intervals();
    for (let number = 1; number <= 1_000_000; number += 1) intervals.add(number);
    expect(intervals.toString()).toBe("1-1000000");
  });
});
