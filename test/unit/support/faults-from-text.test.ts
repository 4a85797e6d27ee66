import { describe, expect, it } from "vitest";
import { faultsFromText } from "../../support/tidemark/faults-from-text.ts";
import { manualClock } from "../../support/manual-clock.ts";

function faults(text: string) {
  const clock = manualClock();
  const struck: string[] = [];
  const options = {
    clock,
    die: () => void struck.push("died"),
    freeze: () => void struck.push("froze"),
    onFault: (fault: string) => void struck.push(fault),
  };
  return { ...faultsFromText(text, options), struck, clock };
}

describe("faults from a line of text", () => {
  it("strike at their place, the first time by default", async () => {
    const { at, struck } = faults("batch.commit.after:fail");
    await at("batch.commit", "before");
    await at("batch.packet", "after");
    expect(struck).toEqual([]);
    await expect(at("batch.commit", "after")).rejects.toMatchObject({ name: "connection_lost", kind: "resumable" });
    await at("batch.commit", "after");
    expect(struck).toEqual(["batch.commit.after:fail"]);
  });

  it("strike at the time that is named, from then on, or some times in a row", async () => {
    const outcome = async (text: string): Promise<string> => {
      const { at } = faults(text);
      const results: string[] = [];
      for (let i = 0; i < 5; i += 1)
        results.push(
          await at("flush.save", "before").then(
            () => ".",
            () => "x",
          ),
        );
      return results.join("");
    };
    expect(await outcome("flush.save.before:unknown@3")).toBe("..x..");
    expect(await outcome("flush.save.before:unknown@3+")).toBe("..xxx");
    expect(await outcome("flush.save.before:unknown@2-3")).toBe(".xx..");
  });

  it("a crash ends what runs there; a freeze and a delay let it go on", async () => {
    const dying = faults("ddl.execute.before:crash");
    let wentOn = false;
    void dying.at("ddl.execute", "before").then(() => {
      wentOn = true;
    });
    await dying.clock.advance(60_000);
    expect({ wentOn, struck: dying.struck }).toEqual({ wentOn: false, struck: ["ddl.execute.before:crash", "died"] });
    const slow = faults("ddl.execute.before:delay500,ddl.execute.after:freeze");
    const waiting = slow.at("ddl.execute", "before");
    await slow.clock.advance(500);
    await waiting;
    await slow.at("ddl.execute", "after");
    expect(slow.struck.at(-1)).toBe("froze");
  });

  it.each([
    "batch.comit.after:crash",
    "batch.commit:crash",
    "batch.commit.after:explode",
    "batch.commit.after:crash@x",
    "",
  ])("refuses %j", (text) => {
    expect(() => faults(text)).toThrow("no such fault");
  });
});
