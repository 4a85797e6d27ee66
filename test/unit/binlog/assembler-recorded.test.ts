/**
 * Binlog files that servers wrote (fixtures/README.md says how), read to their end, and what comes out
 * compared with what the server itself had in its tables afterwards.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventsOfFile } from "../../../src/binlog/binlog-file.ts";
import type { Transaction } from "../../../src/binlog/transaction.ts";
import { assembleFile, newAssembler, outline, pushAll, valueText, type NamedTable } from "../../support/assemble.ts";

const read = (name: string): Buffer => readFileSync(join(import.meta.dirname, "fixtures", name));

/** `s.m` is the MyISAM table. */
const survivesRollback = ({ name }: NamedTable): boolean => name === "s.m";

/** Applies the changes as a server would, by the first column; a table's rows at the end, first two columns. */
function tableAfter(transactions: readonly Transaction<NamedTable>[], table: string): Record<string, string> {
  const rows = new Map<string, string>();
  for (const change of transactions.flatMap(({ changes }) => changes)) {
    if (change.handle.name !== table) continue;
    const step = change.kind === "update" ? 2 : 1;
    for (let index = 0; index < change.rows.length; index += step) {
      const before = valueText(change.rows[index]?.[0]);
      if (change.kind !== "insert" && !rows.delete(before)) throw new Error(`no row ${before} to ${change.kind}`);
      const after = change.rows[index + step - 1];
      if (change.kind !== "delete") rows.set(valueText(after?.[0]), valueText(after?.[1]));
    }
  }
  return Object.fromEntries(rows);
}

describe("MySQL 9.7 with GTIDs", () => {
  const file = read("transactions-mysql-9.7.binlog");
  const transactions = assembleFile(file);

  it("T3, T5: compression, partial JSON, XA, savepoints, DDL and tags end as the server's tables did", () => {
    expect(tableAfter(transactions, "s.t")).toEqual({
      1: "one",
      2: "two",
      3: "drei",
      5: "x".repeat(30),
      10: "xa",
      13: "onephase",
      20: "s0",
      22: "s2",
      30: "tag",
      31: "tag",
      32: "tag",
      33: "payload",
    });
  });

  it("reads to the file's end, each transaction where the one before it ended", () => {
    const assembler = newAssembler();
    pushAll(assembler, eventsOfFile(file));
    expect(assembler).toMatchObject({ inTransaction: false, bufferedBytes: 0, format: { serverVersion: "9.7.4-2" } });
    expect(assembler.position.offset).toBe(4); // it ends in a Rotate
    expect(transactions.slice(1).map(({ start }) => start)).toEqual(transactions.slice(0, -1).map(({ end }) => end));
    for (const { start, end, bytes } of transactions) expect(bytes).toBe(end - start);
  });

  it("T3, G14: a compressed transaction has the changes of all its events, and the payload's end as its position", () => {
    const payloads = transactions.filter(({ changes }) => changes.length > 2);
    expect(payloads.map(outline).map((text) => text.replace(/^\S+ /, ""))).toEqual([
      `insert s.t [3,three,] [4,four,]; update s.t [3,three,] [3,drei,]; delete s.t [4,four,]; insert s.t [5,${"x".repeat(30)},]`,
      "update s.nums [1] [2]; insert s.t [33,payload,,]; update s.nums [2] [3]",
    ]);
  });

  it("T7: tagged GTIDs, and one beyond 2^32", () => {
    const gtids = transactions.map(outline).map((text) => text.split(" ")[0] ?? "");
    expect(gtids.filter((gtid) => gtid.includes("mytag"))).toEqual([
      expect.stringMatching(/:mytag:5$/),
      expect.stringMatching(/:mytag:6$/),
    ]);
    expect(gtids).toContain("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:t2:1000000000007");
    for (const { committedAtUs } of transactions) expect(committedAtUs).toBeGreaterThan(1_795_172_579_000_000);
  });

  it("an empty transaction comes out", () => {
    expect(transactions.map(outline)).toContain("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:6 empty");
  });

  it("CREATE TABLE … SELECT is a statement and changes in one transaction, without the end that only MySQL's replica knows", () => {
    const created = transactions.find(({ statement, changes }) => statement !== null && changes.length > 0);
    expect(created?.statement?.sql).toMatch(/^CREATE TABLE `c` \([^]*\)$/);
    expect(created?.rowCount).toBe(3);
  });

  it("D1: a statement carries the session that it ran in", () => {
    const created = transactions.find(({ statement }) => statement?.sql.startsWith("CREATE TABLE d"));
    expect(created?.statement).toMatchObject({
      database: "s",
      errorCode: 0,
      context: {
        timestamp: 1_700_000_000,
        sqlMode: 0n,
        foreignKeyChecks: false,
        uniqueChecks: true,
        charset: [8, 8, 255],
        explicitDefaultsForTimestamp: true,
      },
    });
  });
});

describe("MySQL 9.7 without GTIDs", () => {
  it("T5: MyISAM beside InnoDB, savepoints and rollbacks end as the server's tables did", () => {
    const transactions = assembleFile(read("anonymous-mysql-9.7.binlog"));
    expect(transactions.every(({ gtid }) => gtid === null)).toBe(true);
    expect(tableAfter(transactions, "s.t")).toEqual({ 4: "b", 23: "s3", 25: "s5", 28: "x", 29: "y" });
    expect(tableAfter(transactions, "s.m")).toEqual({ 1: "stays", 2: "stays too", 3: "my", 4: "a", 5: "stays" });
  });
});

describe("MariaDB 10.11", () => {
  const transactions = assembleFile(read("transactions-mariadb-10.11.binlog"), { survivesRollback });

  it("T5: changes rolled back to a savepoint are an error where it isn't known which of them stay", () => {
    expect(() => assembleFile(read("transactions-mariadb-10.11.binlog"))).toThrow(
      expect.objectContaining({ name: "rolled_back_changes" }),
    );
  });

  it("T3, T5: XA, savepoints, MyISAM, compressed events and DDL end as the server's tables did", () => {
    expect(tableAfter(transactions, "s.t")).toEqual({
      1: "one",
      2: "two",
      3: "drei",
      10: "xa",
      13: "onephase",
      20: "s0",
      22: "s2",
      23: "s3",
      25: "s5",
      28: "x",
      29: "y",
      30: `${"z".repeat(200)}!`,
      32: "d3",
    });
    expect(tableAfter(transactions, "s.m")).toEqual({ 1: "stays", 2: "stays too", 3: "my" });
  });

  it("an ALTER in two phases runs once, when it is done, and not when it was rolled back", () => {
    const alters = transactions.map(outline).filter((text) => text.includes("k2") || text.includes("uk"));
    expect(alters.map((text) => text.replace(/^\S+ /, ""))).toEqual([
      "ALTER TABLE t ADD COLUMN k2 int",
      "ALTER TABLE t DROP COLUMN k2",
    ]);
    expect(transactions.map(outline).filter((text) => text.endsWith(" empty"))).toHaveLength(4);
  });

  it("a compressed statement is read like any other", () => {
    expect(transactions.map(outline).some((text) => text.includes("a long comment a long comment"))).toBe(true);
  });

  it("T7: GTIDs of more than one domain", () => {
    expect(transactions.map(({ gtid }) => gtid)).toContainEqual({
      flavour: "mariadb",
      domain: 3,
      server: 98,
      sequence: 1000,
    });
  });

  it("CREATE TABLE … SELECT is a statement and changes in one transaction, for MyISAM too", () => {
    const created = transactions.filter(({ statement, changes }) => statement !== null && changes.length > 0);
    expect(created.map(({ statement, rowCount }) => [statement?.sql.split(" (")[0], rowCount])).toEqual([
      ["CREATE TABLE `c`", 3],
      ["CREATE OR REPLACE TABLE `c`", 2],
      ["CREATE TABLE `cm`", 2],
    ]);
  });
});

describe("XA transactions", () => {
  for (const name of ["transactions-mysql-9.7.binlog", "transactions-mariadb-10.11.binlog"]) {
    const transactions = assembleFile(read(name), { survivesRollback });
    const steps = transactions.filter(({ xa }) => xa !== null);

    it(`T5: ${name}: changes come with XA COMMIT, and never after XA ROLLBACK`, () => {
      expect(steps.map(outline).map((text) => text.replace(/^\S+ /, ""))).toEqual([
        "prepared X'6f6e65',X'',1",
        expect.stringMatching(/^insert s\.t \[10,xa,?\]; committed X'6f6e65',X'',1$/),
        "prepared X'74776f',X'62',7",
        "rolledBack X'74776f',X'62',7",
      ]);
    });

    it(`${name}: while one is prepared, each transaction says from where to read again`, () => {
      const [prepared, committed] = steps;
      const between = transactions.filter(
        (transaction) => transaction.start >= (prepared?.start ?? 0) && transaction.end < (committed?.end ?? 0),
      );
      expect(between).toHaveLength(2);
      for (const { heldFrom } of between) expect(heldFrom).toEqual({ file: "binlog.000001", offset: prepared?.start });
      expect(committed?.heldFrom).toBeNull();
      expect(committed?.xa?.prepareGtid).toEqual(prepared?.gtid);
    });

    it(`${name}: XA COMMIT without its prepare is an error, never skipped`, () => {
      const events = [...eventsOfFile(read(name))];
      const from = steps[0]?.end ?? 0;
      const later = events.filter((event, index) => index < 1 || event.readUInt32LE(13) > from);
      const flavour = name.includes("mariadb") ? "mariadb" : "mysql";
      expect(() => pushAll(newAssembler({ flavour }), later)).toThrow(
        expect.objectContaining({ name: "xa_prepare_missed" }),
      );
    });
  }
});

describe("logs in statement format", () => {
  it.each(["statement-format-mysql-9.7.binlog", "statement-format-mariadb-10.11.binlog"])(
    "T5: %s is refused, or read to its end where the statement is filtered",
    (name) => {
      expect(() => assembleFile(read(name))).toThrow(
        expect.objectContaining({ name: "statement_format", facts: { statement: "INSERT", database: "s" } }),
      );
      expect(assembleFile(read(name), { dropStatement: () => true }).map(outline)).toEqual([
        expect.stringMatching(/ empty$/),
      ]);
    },
  );
});

describe("files of older servers", () => {
  it.each([
    ["golden-mysql-5.1.binlog", 1],
    ["golden-mysql-5.6.binlog", 20],
    ["golden-mysql-5.7.binlog", 7],
    ["golden-mysql-8.0-compressed.binlog", 1],
    ["golden-mariadb-10.0.binlog", 2],
  ])("%s has the rows that the server's own decoder prints", (name, rows) => {
    expect(assembleFile(read(name)).reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(rows);
  });

  it("R22: a cloud vendor's padding event of an unknown type carries the ignorable flag and is skipped", () => {
    expect(assembleFile(read("golden-aurora-padding.binlog"))).toEqual([]);
  });
});
