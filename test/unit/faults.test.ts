import { describe, expect, it } from "vitest";
import { around, type Faults, opening, underWay } from "../../src/faults.ts";

function recording(failsAt: string | null = null): { faults: Faults; seen: string[] } {
  const seen: string[] = [];
  const at: Faults["at"] = async (step, side) => {
    seen.push(`${step}.${side}`);
    if (seen.at(-1) === failsAt) throw new Error(failsAt);
  };
  return { faults: { at }, seen };
}

describe("fault points", () => {
  it("are passed before and after the work", async () => {
    const { faults, seen } = recording();
    const work = async (): Promise<number> => seen.push("work");
    expect(await around(faults, "batch.commit", work)).toBe(2);
    expect(seen).toEqual(["batch.commit.before", "work", "batch.commit.after"]);
  });

  it("keep the work from being done when they fail before it, and its result from being heard when they fail after it", async () => {
    const before = recording("batch.commit.before");
    await expect(around(before.faults, "batch.commit", async () => before.seen.push("work"))).rejects.toThrow("before");
    expect(before.seen).toEqual(["batch.commit.before"]);
    const after = recording("batch.commit.after");
    await expect(around(after.faults, "batch.commit", async () => after.seen.push("work"))).rejects.toThrow("after");
    expect(after.seen).toEqual(["batch.commit.before", "work", "batch.commit.after"]);
  });

  it("cost nothing where there are none: what comes back is the work's own promise", () => {
    const promise = Promise.resolve(1);
    expect(around(null, "batch.commit", () => promise)).toBe(promise);
    expect(underWay(null, "session.room", promise)).toBe(promise);
  });

  it("close again what was opened when they fail behind the opening", async () => {
    const { faults } = recording("worker.connect.after");
    const closed: string[] = [];
    const open = async () => ({ destroy: () => void closed.push("closed") });
    await expect(opening(faults, "worker.connect", open)).rejects.toThrow("after");
    expect(closed).toEqual(["closed"]);
  });

  it("hold up who waits for work that is under way, whose failure meanwhile is not lost", async () => {
    const held = Promise.withResolvers<void>();
    const failing = Promise.reject(new Error("the work failed"));
    const waiting = underWay({ at: () => held.promise }, "session.room", failing);
    held.resolve();
    await expect(waiting).rejects.toThrow("the work failed");
  });
});
