import { describe, expect, it } from "vitest";
import { appliedBefore } from "../../../src/applier/applied-before.ts";
import { Batch } from "../../../src/applier/batch.ts";
import type { AppliedBatch } from "../../../src/applier/fence.ts";
import { emptyGtidSet, parseGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { Gtid } from "../../../src/binlog/gtid.ts";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { readAppliedGtids } from "../../../src/applier/applied-gtids.ts";
import { transaction } from "../../support/tables.ts";

const UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const mysql = (number: number): Gtid => ({ flavour: "mysql", source: UUID, tag: "", number });
const mariadb = (domain: number, sequence: number, server = 1): Gtid => ({
  flavour: "mariadb",
  domain,
  server,
  sequence,
});

/** A batch over the places (start, end] of binlog.000007, as it is found downstream. */
function stored(start: number, end: number, gtids: string): AppliedBatch {
  const file = "binlog.000007";
  return { epoch: 1, sequence: 1, start: { file, offset: start }, end: { file, offset: end }, gtids };
}

/** What a batch of these transactions writes downstream. */
function textOf(flavour: Flavour, gtids: readonly Gtid[]): string {
  const batch = new Batch(1, { file: "binlog.000001", offset: 4 }, emptyGtidSet(flavour));
  gtids.forEach((gtid, i) => batch.add({ ...transaction(100 * (i + 1)), gtid }, false, flavour === "mysql"));
  return batch.gtidText;
}

describe("transactions that an earlier session has applied", () => {
  it("S5: are told by their place, both ends exact, where there are no GTIDs", () => {
    const isApplied = appliedBefore([stored(100, 300, "")]);
    const ending = (end: number, file = "binlog.000007") => ({ ...transaction(end), file });
    expect([ending(100), ending(101), ending(300), ending(301)].map(isApplied)).toEqual([false, true, true, false]);
    expect(isApplied(ending(200, "binlog.000008"))).toBe(false);
  });

  it("S5, T7: are told by MySQL's GTIDs on whatever server, and gaps stay gaps", () => {
    const isApplied = appliedBefore([stored(100, 300, textOf("mysql", [mysql(5), mysql(6), mysql(9)]))]);
    const applied = [4, 5, 6, 7, 9].filter((number) => isApplied({ ...transaction(200), gtid: mysql(number) }));
    expect(applied).toEqual([5, 6, 9]);
    expect(isApplied({ ...transaction(90_000), file: "other.000001", gtid: mysql(5) })).toBe(true);
  });

  // What broke: MariaDB's set says "everything up to", so batches were told by their place; after a change of
  // upstream the same place was another transaction, which was then skipped.
  it("S5, T7: are told by MariaDB's GTIDs on whatever server: only the batch's own, in each domain", () => {
    const text = textOf("mariadb", [mariadb(0, 105), mariadb(1, 7), mariadb(0, 106, 2), mariadb(0, 108)]);
    expect(text).toBe("0:105-108,1:7-7");
    const isApplied = appliedBefore([stored(100, 300, text)]);
    const at = (gtid: Gtid, file = "other.000007"): boolean => isApplied({ ...transaction(200), file, gtid });
    expect([104, 105, 106, 108, 109].map((sequence) => at(mariadb(0, sequence)))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(at(mariadb(1, 6))).toBe(false);
    expect(at(mariadb(1, 7, 9))).toBe(true);
    expect(at(mariadb(2, 7))).toBe(false);
  });
});

describe("a batch's GTIDs", () => {
  it("are in a checkpoint's set when all of them are", () => {
    const one = readAppliedGtids(`${UUID}:5-6:9`);
    expect(one?.isIn(parseGtidSet("mysql", `${UUID}:1-9`))).toBe(true);
    expect(one?.isIn(parseGtidSet("mysql", `${UUID}:1-8`))).toBe(false);
    const two = readAppliedGtids("0:105-108,1:7-7");
    expect(two?.isIn(parseGtidSet("mariadb", "0-3-108,1-1-7"))).toBe(true);
    expect(two?.isIn(parseGtidSet("mariadb", "0-3-107,1-1-7"))).toBe(false);
    expect(two?.isIn(parseGtidSet("mariadb", "0-3-108"))).toBe(false);
  });

  it("are none where the text names none", () => {
    expect(readAppliedGtids("")).toBeNull();
  });
});
