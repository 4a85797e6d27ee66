import { describe, expect, test } from "vitest";
import type { Position } from "../../../src/binlog/position.ts";
import { goalOf, type Start } from "../../../src/syncer/goal.ts";
import type { ServerInfo } from "../../../src/mysql/flavour.ts";

const A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const server = (uuid: string): ServerInfo => ({
  flavour: "mysql",
  version: "9.7.0",
  versionText: "9.7.0",
  uuid,
  serverId: 1,
});
const place = (offset: number, gtids = "", file = "binlog.000001"): Position => ({ file, offset, gtids });
const start = (position: Position, change: Partial<Start> = {}): Start => ({
  upstream: server("one"),
  position,
  switched: false,
  ...change,
});
const textOf = (goal: ReturnType<typeof goalOf>): string | null =>
  goal === null || goal === "reached" ? goal : goal.text;

describe("the goal `now`", () => {
  test("is the upstream's end as the first session has read it", () => {
    expect(textOf(goalOf({ kind: "now" }, start(place(100)), place(500)))).toBe("binlog.000001:500");
  });

  test("V11: stays there in later sessions, wherever the end is by then", () => {
    const until = { kind: "now", known: { end: place(500), server: server("one") } } as const;
    expect(textOf(goalOf(until, start(place(300)), place(9000)))).toBe("binlog.000001:500");
    expect(goalOf(until, start(place(500)), place(9000))).toBe("reached");
  });

  test("is its GTID set on another server, and refused where there is none", () => {
    const begun = start(place(4, `${A}:1-3`, ""), { upstream: server("two"), switched: true });
    const known = { end: place(500, `${A}:1-7`), server: server("one") };
    expect(textOf(goalOf({ kind: "now", known }, begun, place(9000)))).toBe(`${A}:1-7`);
    const unknown = { end: place(500), server: server("one") };
    expect(() => goalOf({ kind: "now", known: unknown }, begun, place(9000))).toThrow(
      expect.objectContaining({ name: "goal_of_another_server" }),
    );
  });
});

test("V10: a place, or a GTID set, that the start is behind already is reached", () => {
  const begun = start(place(500, `${A}:1-9`));
  expect(goalOf({ kind: "position", file: "binlog.000001", offset: 400 }, begun, place(900))).toBe("reached");
  expect(goalOf({ kind: "gtids", text: `${A}:1-9` }, begun, place(900))).toBe("reached");
  expect(goalOf(null, begun, place(900))).toBeNull();
});

test("a place in the log of a server that is not read any more is refused; a GTID set holds anywhere", () => {
  const begun = start(place(4, `${A}:1-3`, ""), { upstream: server("two"), switched: true });
  expect(() => goalOf({ kind: "position", file: "binlog.000001", offset: 400 }, begun, place(900))).toThrow(
    expect.objectContaining({ name: "goal_of_another_server" }),
  );
  expect(textOf(goalOf({ kind: "gtids", text: `${A}:1-9` }, begun, place(900)))).toBe(`${A}:1-9`);
});
