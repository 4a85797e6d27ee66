import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeMysqlGtidSet,
  encodeMysqlGtidSet,
  parseMysqlGtidSet,
  type MysqlGtidSet,
} from "../../../src/binlog/gtid-set-mysql.ts";
import type { MysqlGtid } from "../../../src/binlog/gtid.ts";

const A = "00010203-0405-0607-0809-0a0b0c0d0e0f";
const B = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

/** The naive model: every GTID as a text in a set. */
const gtid = fc.record({
  flavour: fc.constant("mysql" as const),
  source: fc.constantFrom(A, B),
  tag: fc.constantFrom("", "", "a", "b_2"),
  number: fc.integer({ min: 1, max: 40 }),
});
const gtids = fc.array(gtid, { maxLength: 60 });
const key = ({ source, tag, number }: MysqlGtid): string => `${source}:${tag}:${number}`;
const modelOf = (list: readonly MysqlGtid[]): Set<string> => new Set(list.map(key));

function setOf(list: readonly MysqlGtid[]): MysqlGtidSet {
  const set = parseMysqlGtidSet("");
  for (const each of list) set.add(each);
  return set;
}

/** Every GTID of a set, from its text alone. */
function listed(text: string): Set<string> {
  const all = new Set<string>();
  for (const part of text === "" ? [] : text.split(",")) {
    const [source = "", ...rest] = part.split(":");
    let tag = "";
    for (const piece of rest) {
      const [first = 0, last = first] = piece.split("-").map(Number);
      if (Number.isNaN(first)) tag = piece;
      else for (let number = first; number <= last; number += 1) all.add(`${source}:${tag}:${number}`);
    }
  }
  return all;
}

describe("T7: MySQL GTID sets against a naive model", () => {
  it("hold what was added, in any order, and nothing else", () => {
    fc.assert(
      fc.property(gtids, gtid, (list, probe) => {
        const set = setOf(list);
        expect(listed(set.toString())).toEqual(modelOf(list));
        expect(set.contains(probe)).toBe(modelOf(list).has(key(probe)));
        expect(set.isEmpty).toBe(list.length === 0);
      }),
    );
  });

  it("union, subtraction, inclusion and equality are those of sets, and leave their operands as they were", () => {
    fc.assert(
      fc.property(gtids, gtids, (left, right) => {
        const [a, b] = [setOf(left), setOf(right)];
        const [ma, mb] = [modelOf(left), modelOf(right)];
        expect(listed(a.union(b).toString())).toEqual(ma.union(mb));
        expect(listed(a.subtract(b).toString())).toEqual(ma.difference(mb));
        expect(a.includes(b)).toBe(mb.isSubsetOf(ma));
        expect(a.equals(b)).toBe(ma.size === mb.size && mb.isSubsetOf(ma));
        expect(listed(a.toString())).toEqual(ma);
        expect(listed(b.toString())).toEqual(mb);
      }),
    );
  });

  it("text and both binary forms lead back to the same set; equal sets have equal texts", () => {
    fc.assert(
      fc.property(gtids, (list) => {
        const set = setOf(list);
        expect(parseMysqlGtidSet(set.toString()).equals(set)).toBe(true);
        const encoded = encodeMysqlGtidSet(set);
        expect(decodeMysqlGtidSet(encoded, 0, encoded.length).equals(set)).toBe(true);
        expect(setOf(list.toReversed()).toString()).toBe(set.toString());
      }),
    );
  });

  it("a clone goes its own way", () => {
    const set = parseMysqlGtidSet(`${A}:1-5`);
    const clone = set.clone();
    set.add({ flavour: "mysql", source: A, tag: "", number: 6 });
    expect([set.toString(), clone.toString()]).toEqual([`${A}:1-6`, `${A}:1-5`]);
  });
});

describe("MySQL GTID sets as text", () => {
  it("flink-cdc#3452: a gap is not collapsed", () => {
    expect(parseMysqlGtidSet(`${A}:1-5:7`).contains({ flavour: "mysql", source: A, tag: "", number: 6 })).toBe(false);
  });

  it.each([
    [`${B}:1-3:5,\n ${A.toUpperCase()}:4:1-2:3`, `${A}:1-4,${B}:1-3:5`],
    [`${A}:8-7:2`, `${A}:2`],
    [`${A}:1:Tag:5-6:2`, `${A}:1:tag:2:5-6`],
    [`${A}:b:1:a:1,${A}:7`, `${A}:7:a:1:b:1`],
    ["  ", ""],
  ])("%s is %s", (text, canonical) => {
    expect(parseMysqlGtidSet(text).toString()).toBe(canonical);
  });

  it.each([
    ",",
    A,
    `${A}:`,
    `${A}:0`,
    `${A}:1-`,
    `${A}:-1`,
    `${A}:9007199254740992`,
    `${A}:1-2-3`,
    `${A}:a:b:1`,
    `${A}:9x:1`,
    "x:1",
    `${A}:1,`,
    "0-1-5",
  ])("T6: %s is no set", (text) => {
    expect(() => parseMysqlGtidSet(text)).toThrow(expect.objectContaining({ name: "bad_gtid_set" }));
  });

  it("refuses GTIDs and sets of the other flavour", () => {
    const set = parseMysqlGtidSet("");
    expect(() => set.add({ flavour: "mariadb", domain: 0, server: 1, sequence: 1 })).toThrow(
      expect.objectContaining({ name: "gtid_flavour_mismatch" }),
    );
  });
});

describe("MySQL GTID sets as bytes", () => {
  it("the untagged form is used unless there is a tag, as older servers only know that one", () => {
    expect(encodeMysqlGtidSet(parseMysqlGtidSet(`${A}:1-5`)).toString("hex")).toBe(
      `0100000000000000${A.replaceAll("-", "")}010000000000000001000000000000000600000000000000`,
    );
    expect(
      encodeMysqlGtidSet(parseMysqlGtidSet(`${A}:x:1`))
        .subarray(0, 8)
        .toString("hex"),
    ).toBe("0101000000000001");
  });

  it("T6: counts that the bytes can't hold are refused, and allocate nothing", () => {
    for (const hex of [
      "ffffffffff000000",
      "0101000000000001896e788218fe11efab8822222d34d411",
      `0100000000000000${A.replaceAll("-", "")}ffffffffffff0000`,
    ]) {
      const bytes = Buffer.from(hex, "hex");
      expect(() => decodeMysqlGtidSet(bytes, 0, bytes.length)).toThrow(
        expect.objectContaining({ name: "event_truncated" }),
      );
    }
  });
});
