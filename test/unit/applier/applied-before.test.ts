import { describe, expect, it } from "vitest";
import { AppliedBefore } from "../../../src/applier/applied-before.ts";
import { Batch } from "../../../src/applier/batch.ts";
import type { AppliedBatch } from "../../../src/applier/fence.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { Gtid } from "../../../src/binlog/gtid.ts";
import type { Position } from "../../../src/binlog/position.ts";
import type { Transaction } from "../../../src/binlog/transaction.ts";
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
  return { epoch: 1, sequence: 1, start: { file, offset: start }, end: { file, offset: end }, gtids, through: null };
}

/** What a batch of these transactions writes downstream. */
function textOf(flavour: Flavour, gtids: readonly Gtid[]): string {
  const batch = new Batch(1, { file: "binlog.000001", offset: 4 }, emptyGtidSet(flavour));
  gtids.forEach((gtid, i) => batch.add({ ...transaction(100 * (i + 1)), gtid }, false, flavour === "mysql"));
  return batch.gtidText;
}

/** Whether a session that finds `batches` takes a transaction for applied; each question is the batch 1 of a session of its own. */
function isApplied(batches: readonly AppliedBatch[], one: Transaction): boolean {
  return new AppliedBefore(batches).take(one, 1);
}

const at = (file: string, offset: number, gtids = ""): Position => ({ file, offset, gtids });

describe("transactions that an earlier session has applied", () => {
  it("S5: are told by their place, both ends exact, where there are no GTIDs", () => {
    const batches = [stored(100, 300, "")];
    const ending = (end: number, file = "binlog.000007") => isApplied(batches, { ...transaction(end), file });
    expect([ending(100), ending(101), ending(300), ending(301)]).toEqual([false, true, true, false]);
    expect(ending(200, "binlog.000008")).toBe(false);
  });

  it("S5, T7: are told by MySQL's GTIDs on whatever server, and gaps stay gaps", () => {
    const batches = [stored(100, 300, textOf("mysql", [mysql(5), mysql(6), mysql(9)]))];
    const applied = [4, 5, 6, 7, 9].filter((number) =>
      isApplied(batches, { ...transaction(200), gtid: mysql(number) }),
    );
    expect(applied).toEqual([5, 6, 9]);
    expect(isApplied(batches, { ...transaction(90_000), file: "other.000001", gtid: mysql(5) })).toBe(true);
  });

  // What broke, twice: MariaDB's set says "everything up to", so batches were told by their place, and after a change of
  // upstream the same place was another transaction, which was skipped. Then they were told by the first and last number.
  it("S5, T7: are told by MariaDB's GTIDs on whatever server: domain, server and number, as they were logged", () => {
    const logged = [
      mariadb(0, 105),
      mariadb(1, 7),
      mariadb(0, 106),
      mariadb(0, 107, 2),
      mariadb(0, 200),
      mariadb(0, 108),
    ];
    const text = textOf("mariadb", logged);
    expect(text).toBe("0-1:105-106,0-2:107,0-1:200,0-1:108,1-1:7");
    const knows = (gtid: Gtid): boolean =>
      isApplied([stored(100, 300, text)], { ...transaction(200), file: "other.000007", gtid });
    expect(logged.filter((gtid) => !knows(gtid))).toEqual([]);
    const others = [
      mariadb(0, 104),
      mariadb(0, 107),
      mariadb(0, 107, 3),
      mariadb(0, 109),
      mariadb(0, 150),
      mariadb(1, 6),
    ];
    expect([...others, mariadb(1, 7, 9), mariadb(2, 7)].filter(knows)).toEqual([]);
  });
});

describe("pieces of a transaction that was cut", () => {
  const piece = { ...stored(100, 200, `${UUID}:5`), through: 4000 };
  const cut = { ...transaction(300), file: "binlog.000007", start: 100, gtid: mysql(5) };

  it("S12: are known by the place of their transaction in the log, up to where they go", () => {
    const before = new AppliedBefore([piece, { ...piece, sequence: 2, through: 9000 }]);
    expect(before.piecesOf(cut)).toEqual({ through: 9000, elsewhere: false });
    expect(before.piecesOf({ ...cut, start: 101 })).toEqual({ through: 0, elsewhere: true });
    expect(before.piecesOf({ ...cut, gtid: mysql(6) })).toBeNull();
    expect(before.take(cut, 1)).toBe(false);
  });

  // What broke: servers of one group may have a transaction at the same place, and not the same bytes in it.
  it("S12: are from elsewhere once another server is read, though the transaction stands at the same place there", () => {
    const before = new AppliedBefore([piece, stored(50, 100, `${UUID}:4`)]);
    expect(before.pieces).toEqual([piece]);
    before.forgetPlaces();
    expect(before.piecesOf(cut)).toEqual({ through: 0, elsewhere: true });
    expect(before.take({ ...transaction(100), gtid: mysql(4) }, 1)).toBe(true);
  });
});

describe("a checkpoint covers a batch of an earlier session", () => {
  it("S5: without GTIDs, by its place", () => {
    const before = new AppliedBefore([stored(100, 300, "")]);
    expect(before.coveredBy({ position: at("binlog.000007", 299), sequence: 9 })).toEqual([]);
    expect(before.coveredBy({ position: at("binlog.000007", 300), sequence: 9 })).toHaveLength(1);
  });

  it("T7: with MySQL's, when all of them are in its set", () => {
    const before = new AppliedBefore([stored(100, 300, `${UUID}:5-6:9`)]);
    expect(before.coveredBy({ position: at("a.000001", 4, `${UUID}:1-8`), sequence: 9 })).toEqual([]);
    expect(before.coveredBy({ position: at("a.000001", 4, `${UUID}:1-9`), sequence: 9 })).toHaveLength(1);
  });

  it("S5, T7: with MariaDB's, when its end has come by in each domain and the checkpoint is there; then it is forgotten", () => {
    const batch = stored(100, 300, "0-2:110,0-1:101-102,1-1:7");
    const before = new AppliedBefore([batch]);
    // Of another server, with a larger number: says nothing of ours.
    const position = at("binlog.000007", 900, "0-2-110,1-1-7");
    const take = (gtid: Gtid, sequence: number): boolean => before.take({ ...transaction(200), gtid }, sequence);
    expect([take(mariadb(0, 110, 2), 1), take(mariadb(0, 101), 2)]).toEqual([true, true]);
    expect(before.coveredBy({ position, sequence: 2 })).toEqual([]);
    expect(take(mariadb(0, 102), 3)).toBe(true);
    expect(before.coveredBy({ position, sequence: 2 })).toEqual([]);
    // Domain 1 may come later, on another server: what is left of the batch is kept with the checkpoint.
    expect(before.coveredBy({ position, sequence: 3 })).toEqual([{ batch, left: "1-1:7" }]);
    before.forget({ position, sequence: 3 });
    expect(take(mariadb(1, 7), 4)).toBe(true);
    expect(before.coveredBy({ position, sequence: 4 })).toEqual([{ batch, left: "" }]);
    before.forget({ position, sequence: 4 });
    expect(before.coveredBy({ position, sequence: 4 })).toEqual([]);
  });
});

describe("two batches that name the same transaction", () => {
  it("are covered both: the later one had found it applied", () => {
    const batches = [stored(200, 300, "0-1:33"), { ...stored(100, 300, "0-1:32-33"), epoch: 2 }];
    const before = new AppliedBefore(batches);
    expect(before.take({ ...transaction(300), gtid: mariadb(0, 33) }, 1)).toBe(true);
    expect(before.coveredBy({ position: at("binlog.000007", 300, "0-1-33"), sequence: 1 })).toHaveLength(2);
  });
});

describe("a batch's GTIDs", () => {
  it("are none where the text names none", () => {
    expect(readAppliedGtids("")).toEqual([]);
  });

  it("T6: a text of neither flavour is refused", () => {
    expect(() => readAppliedGtids("0:101-105")).toThrow(expect.objectContaining({ name: "bad_gtid_set" }));
  });
});

describe("S12: pieces of a transaction that was cut", () => {
  const piece = (through: number, gtids: string, start = 100): AppliedBatch => ({
    ...stored(start, 150, gtids),
    through,
  });
  const one = { ...transaction(400), file: "binlog.000007", start: 100 };
  const five = { ...one, gtid: mysql(5) };

  it("are told by GTID or by where it begins, and are not the transaction", () => {
    const byGtid = new AppliedBefore([piece(10, `${UUID}:5`), piece(30, `${UUID}:5`), piece(99, `${UUID}:6`)]);
    expect(byGtid.piecesOf(five)).toEqual({ through: 30, elsewhere: false });
    expect(byGtid.take(five, 1)).toBe(false);
    const byPlace = new AppliedBefore([piece(10, ""), piece(20, "", 101)]);
    expect(byPlace.piecesOf(one)).toEqual({ through: 10, elsewhere: false });
    expect(new AppliedBefore([stored(100, 400, "")]).piecesOf(one)).toBeNull();
  });

  it("of another server's log are known to be, but not how far they go", () => {
    const pieces = new AppliedBefore([piece(70, `${UUID}:5`, 777), piece(10, `${UUID}:5`)]);
    expect(pieces.piecesOf(five)).toEqual({ through: 10, elsewhere: true });
  });

  it("are forgotten when a checkpoint covers the transaction", () => {
    const pieces = new AppliedBefore([piece(10, `${UUID}:5`), piece(20, "")]);
    expect(pieces.coveredBy({ position: at("binlog.000007", 120, `${UUID}:1-4`), sequence: 9 })).toEqual([]);
    const place = { position: at("binlog.000007", 400, `${UUID}:1-5`), sequence: 9 };
    expect(pieces.coveredBy(place)).toHaveLength(2);
    pieces.forget(place);
    expect(pieces.piecesOf(five)).toBeNull();
  });
});
