import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeGtidList, parseMariadbGtidSet, type MariadbGtidSet } from "../../../src/binlog/gtid-set-mariadb.ts";
import { emptyGtidSet, parseGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { MariadbGtid } from "../../../src/binlog/gtid.ts";

const gtid = fc.record({
  flavour: fc.constant("mariadb" as const),
  domain: fc.integer({ min: 0, max: 3 }),
  server: fc.integer({ min: 1, max: 3 }),
  sequence: fc.integer({ min: 1, max: 20 }),
});
const gtids = fc.array(gtid, { maxLength: 20 });

function setOf(list: readonly MariadbGtid[]): MariadbGtidSet {
  const set = parseMariadbGtidSet("");
  for (const each of list) set.add(each);
  return set;
}

/** The naive model: where each domain is. */
function modelOf(list: readonly MariadbGtid[]): Map<number, number> {
  const last = new Map<number, number>();
  for (const { domain, sequence } of list) last.set(domain, sequence);
  return last;
}

describe("T7: MariaDB GTID sets against a naive model", () => {
  it("are everything up to each domain's last GTID", () => {
    fc.assert(
      fc.property(gtids, gtids, gtid, (left, right, probe) => {
        const [a, b] = [setOf(left), setOf(right)];
        const [ma, mb] = [modelOf(left), modelOf(right)];
        const sequences = (set: MariadbGtidSet): Map<number, number> =>
          new Map(set.gtids.map(({ domain, sequence }) => [domain, sequence]));
        expect(sequences(a)).toEqual(new Map([...ma].sort(([x], [y]) => x - y)));
        expect(a.contains(probe)).toBe((ma.get(probe.domain) ?? 0) >= probe.sequence);
        expect(a.includes(b)).toBe([...mb].every(([domain, sequence]) => (ma.get(domain) ?? 0) >= sequence));
        expect(sequences(a.union(b))).toEqual(
          modelOf([...a.gtids, ...b.gtids].sort((x, y) => x.sequence - y.sequence || 0)),
        );
        expect(sequences(a.followedBy(b))).toEqual(modelOf([...left, ...right]));
        expect(sequences(a.subtract(b))).toEqual(
          new Map([...ma].filter(([domain, sequence]) => (mb.get(domain) ?? 0) < sequence)),
        );
        expect(parseMariadbGtidSet(a.toString()).equals(a)).toBe(true);
        expect(a.equals(b)).toBe(a.toString() === b.toString());
      }),
    );
  });

  // What broke: the larger number was kept. A replica with transactions of its own logs 0-2-6 and then its source's 0-1-6; a
  // restart from 0-2-6 reads 0-1-6 again.
  it("G23: the domain is at the GTID logged last, whatever its number and server; one seen twice changes nothing", () => {
    const set = parseMariadbGtidSet("0-1-5,1-2-9");
    set.add({ flavour: "mariadb", domain: 0, server: 1, sequence: 5 });
    expect(set.toString()).toBe("0-1-5,1-2-9");
    set.add({ flavour: "mariadb", domain: 0, server: 2, sequence: 9 });
    set.add({ flavour: "mariadb", domain: 0, server: 1, sequence: 6 });
    expect(set.toString()).toBe("0-1-6,1-2-9");
    set.add({ flavour: "mariadb", domain: 0, server: 7, sequence: 6 });
    expect(set.toString()).toBe("0-7-6,1-2-9");
    expect(set.includes(parseMariadbGtidSet("0-1-6"))).toBe(true);
  });
});

describe("MariaDB GTID sets as text and bytes", () => {
  it.each([
    "0-1",
    "0-1-5,",
    ",",
    "a-1-1",
    "0-1--1",
    "4294967296-1-1",
    "0-1-9007199254740993",
    "0-1-5 1-1-1",
    "0-1-5,0-2-6",
  ])("T6: %s is no set", (text) => {
    expect(() => parseMariadbGtidSet(text)).toThrow(expect.objectContaining({ name: "bad_gtid_set" }));
  });

  it("T6: a list whose count its bytes can't hold is refused", () => {
    const bytes = Buffer.from("ffffff0f01000000", "hex");
    expect(() => decodeGtidList(bytes, 0, bytes.length)).toThrow(expect.objectContaining({ name: "event_truncated" }));
  });

  it("the flavour chooses the kind of set", () => {
    expect(parseGtidSet("mariadb", "0-1-5").flavour).toBe("mariadb");
    expect(emptyGtidSet("mysql").flavour).toBe("mysql");
    expect(() => parseGtidSet("mysql", "0-1-5")).toThrow(expect.objectContaining({ name: "bad_gtid_set" }));
    expect(() => parseGtidSet("mariadb", "0-1-5").includes(emptyGtidSet("mysql"))).toThrow(
      expect.objectContaining({ name: "gtid_flavour_mismatch" }),
    );
  });
});
