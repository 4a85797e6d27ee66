import { describe, expect, it } from "vitest";
import { BinlogBuilder, int, varchar, withChecksum } from "../../support/binlog-builder.ts";
import { assemble, newAssembler, outline, pushAll } from "../../support/assemble.ts";

const UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const orders = { id: 7, database: "shop", table: "orders", columns: [int("id"), varchar("name", 40)], primaryKey: [0] };
const items = { id: 8, database: "shop", table: "items", columns: [int("id"), varchar("name", 40)] };

describe("whole transactions", () => {
  it("G14: a transaction ends with Xid, and carries its GTID, place, time and rows", () => {
    const log = new BinlogBuilder({ timestamp: 1_700_000_123 });
    const before = [log.formatDescription()];
    const start = log.offset;
    const events = [
      ...before,
      log.gtid(`${UUID}:5`, { committedAtUs: 1_700_000_123_456_789 }),
      log.query("BEGIN"),
      log.tableMap(orders),
      log.writeRows(orders, [
        [1, "a"],
        [2, null],
      ]),
      log.xid(),
    ];
    const [transaction, ...more] = assemble(events);
    expect(more).toEqual([]);
    expect(transaction).toMatchObject({
      gtid: { source: UUID, tag: "", number: 5 },
      file: "binlog.000001",
      start,
      end: log.offset,
      timestamp: 1_700_000_123,
      committedAtUs: 1_700_000_123_456_789,
      bytes: log.offset - start,
      rowCount: 2,
      statement: null,
      heldFrom: null,
    });
    expect(transaction?.changes.map(({ kind, rows }) => ({ kind, rows }))).toEqual([
      {
        kind: "insert",
        rows: [
          [1, "a"],
          [2, null],
        ],
      },
    ]);
  });

  it("several statements and tables make one transaction, in the log's order", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.query("BEGIN"),
      log.tableMap(orders),
      log.tableMap(items),
      log.writeRows(orders, [[1, "a"]], false),
      log.deleteRows(items, [[9, "z"]]),
      log.tableMap(orders),
      log.updateRows(orders, [
        [1, "a"],
        [1, "b"],
      ]),
      log.xid(),
    ];
    expect(assemble(events).map(outline)).toEqual([
      "anonymous insert shop.orders [1,a]; delete shop.items [9,z]; update shop.orders [1,a] [1,b]",
    ]);
  });

  it("T5: MyISAM's COMMIT query ends one as Xid does", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.gtid(null),
      log.query("BEGIN"),
      log.tableMap(orders),
      log.writeRows(orders, [[1, "a"]]),
      log.query("COMMIT"),
    ];
    expect(assemble(events).map(outline)).toEqual(["anonymous insert shop.orders [1,a]"]);
  });

  it("a statement without BEGIN is a transaction of its own", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.gtid(`${UUID}:1`),
      log.query("ALTER TABLE t ADD c INT", { database: "shop" }),
      ...log.transaction(`${UUID}:2`, orders, [[1, "a"]]),
    ];
    const transactions = assemble(events);
    expect(transactions.map(outline)).toEqual([
      `${UUID}:1 ALTER TABLE t ADD c INT`,
      `${UUID}:2 insert shop.orders [1,a]`,
    ]);
    expect(transactions[0]?.statement?.database).toBe("shop");
  });

  it("a transaction of filtered tables comes out empty, and their rows are never decoded", () => {
    const log = new BinlogBuilder();
    const rows = log.writeRows(orders, [[1, "a"]]);
    rows.fill(0xff, 19 + 8, rows.length - 4); // no row event's content any more
    const events = [
      log.formatDescription(),
      log.gtid(`${UUID}:1`),
      log.query("BEGIN"),
      log.tableMap(orders),
      rows,
      log.xid(),
    ];
    const assembler = newAssembler({ resolve: () => null, verifyChecksum: false });
    expect(pushAll(assembler, events).map(outline)).toEqual([`${UUID}:1 empty`]);
  });

  it("rows without BEGIN end with their statement, as MySQL 5.1 logs them", () => {
    const log = new BinlogBuilder({ serverVersion: "5.1.34-log", checksums: false });
    const events = [
      log.formatDescription(),
      log.tableMap(orders),
      log.writeRows(orders, [[1, "a"]], false),
      log.writeRows(orders, [[2, "b"]]),
    ];
    expect(assemble(events).map(outline)).toEqual(["anonymous insert shop.orders [1,a]; insert shop.orders [2,b]"]);
  });

  it("MariaDB: a GTID implies BEGIN unless its group is standalone", () => {
    const log = new BinlogBuilder({ serverVersion: "10.11.14-MariaDB-log" });
    const events = [
      log.formatDescription(),
      log.mariadbGtid("0-1-5", 1),
      log.query("CREATE TABLE t (a INT)"),
      log.mariadbGtid("2-1-6"),
      log.tableMap(orders),
      log.writeRows(orders, [[1, "a"]]),
      log.query("COMMIT"),
    ];
    expect(assemble(events, { flavour: "mariadb" }).map(outline)).toEqual([
      "0-1-5 CREATE TABLE t (a INT)",
      "2-1-6 insert shop.orders [1,a]",
    ]);
  });

  it("asks for a table's handle once per table map, and again after a statement or when told to", () => {
    const log = new BinlogBuilder();
    const asked: string[] = [];
    const assembler = newAssembler({
      resolve: (map) => {
        asked.push(map.table);
        return null;
      },
    });
    pushAll(assembler, [
      log.formatDescription(),
      ...log.transaction(null, orders, [[1, "a"]]),
      ...log.transaction(null, orders, [[2, "b"]]),
    ]);
    expect(asked).toEqual(["orders"]);
    pushAll(assembler, [
      log.gtid(null),
      log.query("ALTER TABLE orders ADD c INT"),
      ...log.transaction(null, orders, [[3, "c"]]),
    ]);
    expect(asked).toEqual(["orders", "orders"]);
    assembler.forgetTables();
    pushAll(assembler, log.transaction(null, orders, [[4, "d"]]));
    expect(asked).toHaveLength(3);
  });

  it("T3: refuses rows without a table map, also when an earlier statement had one", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.query("BEGIN"),
      log.tableMap(orders),
      log.writeRows(orders, [[1, "a"]]),
      log.writeRows(orders, [[2, "b"]]),
    ];
    expect(() => assemble(events)).toThrow(expect.objectContaining({ name: "missing_table_map" }));
  });

  it("takes the rows event without a table that only ends its statement", () => {
    const log = new BinlogBuilder();
    const none = { ...orders, id: 0xffffff };
    const events = [
      log.formatDescription(),
      log.query("BEGIN"),
      log.tableMap(orders),
      log.writeRows(orders, [[1, "a"]], false),
      log.writeRows(none, []),
      log.xid(),
    ];
    expect(assemble(events).map(outline)).toEqual(["anonymous insert shop.orders [1,a]"]);
  });

  it("the caller may use the event's buffer again", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      ...log.transaction(`${UUID}:1`, orders, [[1, "kept"]]),
      ...log.transaction(`${UUID}:2`, orders, [[2, "too"]]),
    ];
    const assembler = newAssembler();
    const transactions = events.map((event) => {
      const transaction = assembler.push(event);
      event.fill(0xee);
      return transaction;
    });
    expect(transactions.filter((transaction) => transaction !== null).map(outline)).toEqual([
      `${UUID}:1 insert shop.orders [1,kept]`,
      `${UUID}:2 insert shop.orders [2,too]`,
    ]);
  });
});

describe("what can't be applied", () => {
  const refusedAfter = (events: (log: BinlogBuilder) => Buffer[], options = {}): unknown => {
    const log = new BinlogBuilder();
    try {
      assemble([log.formatDescription(), ...events(log)], options);
      return null;
    } catch (thrown) {
      return thrown;
    }
  };

  it("T5: a change in statement format is a named error with its position, unless it is filtered", () => {
    const events = (log: BinlogBuilder): Buffer[] => [
      log.gtid(null),
      log.query("BEGIN"),
      log.query("INSERT INTO t VALUES (1)", { database: "other" }),
      log.xid(),
    ];
    expect(refusedAfter(events)).toMatchObject({
      name: "statement_format",
      stage: "decode",
      facts: { database: "other" },
      position: expect.stringMatching(/^binlog\.000001:\d+$/),
    });
    const asked: unknown[] = [];
    const dropStatement = (database: string, sql: string): boolean => asked.push([database, sql]) > 0;
    expect(refusedAfter(events, { dropStatement })).toBeNull();
    expect(asked).toEqual([["other", "INSERT INTO t VALUES (1)"]]);
  });

  it("T5: a statement that takes session variables from the log is one in statement format", () => {
    const intvar = Buffer.alloc(9, 1);
    expect(
      refusedAfter((log) => [log.query("BEGIN"), log.event(5, intvar), log.query("CREATE TABLE t SELECT rand()")]),
    ).toMatchObject({ name: "statement_format" });
    expect(
      refusedAfter((log) => [log.query("BEGIN"), log.event(5, intvar), log.query("DELETE FROM t"), log.xid()], {
        dropStatement: () => true,
      }),
    ).toBeNull();
  });

  it("R22: an incident stops, with the upstream's own words", () => {
    const message = Buffer.from("error writing to the binary log");
    const body = Buffer.concat([Buffer.of(1, 0, message.length), message]);
    expect(refusedAfter((log) => [log.event(26, body)])).toMatchObject({
      name: "incident",
      facts: { incident: "error writing to the binary log" },
    });
  });

  it("R22: an unknown event is an error, unless it is marked as ignorable", () => {
    expect(refusedAfter((log) => [log.event(99, Buffer.alloc(4))])).toMatchObject({
      name: "unknown_event",
      facts: { type: 99 },
    });
    expect(refusedAfter((log) => [log.event(99, Buffer.alloc(4), { flags: 0x80 })])).toBeNull();
  });

  it("R22: Start_encryption and formats of long ago are refused by name", () => {
    for (const type of [164, 1, 6, 8, 12, 20, 172])
      expect(refusedAfter((log) => [log.event(type, Buffer.alloc(20))])).toMatchObject({ name: "refused_event" });
  });

  it("a transaction inside another, and an end without a beginning, are refused", () => {
    expect(refusedAfter((log) => [log.gtid(`${UUID}:1`), log.gtid(`${UUID}:2`)])).toMatchObject({
      name: "unexpected_event",
    });
    expect(refusedAfter((log) => [log.xid()])).toMatchObject({ name: "unexpected_event" });
    expect(
      refusedAfter((log) => [
        ...log.transaction(null, orders, [[1, "a"]]).slice(0, -1),
        log.query("ALTER TABLE t ADD x INT"),
      ]),
    ).toMatchObject({ name: "unexpected_event" });
  });

  it("a transaction beyond the limit is refused before it fills the memory", () => {
    const rows = (log: BinlogBuilder): Buffer[] =>
      Array.from({ length: 20 }, () => log.writeRows(orders, [[1, "x".repeat(39)]], false));
    expect(
      refusedAfter((log) => [log.query("BEGIN"), log.tableMap(orders), ...rows(log)], { transactionBytesMax: 1000 }),
    ).toMatchObject({ name: "transaction_too_large" });
  });

  it("R21, G18: a damaged event is found by its checksum, in the format description too, and can be read again", () => {
    const log = new BinlogBuilder();
    const [format, ...rest] = [log.formatDescription(), ...log.transaction(null, orders, [[1, "a"]])];
    const damaged = Buffer.from(rest[3] ?? "");
    damaged[30] = (damaged[30] ?? 0) ^ 1;
    const assembler = newAssembler();
    expect(() => pushAll(assembler, [format ?? damaged, ...rest.slice(0, 3), damaged])).toThrow(
      expect.objectContaining({ name: "checksum_mismatch", kind: "resumable" }),
    );
    assembler.reset(assembler.position);
    expect(pushAll(assembler, [format ?? damaged, ...rest])).toHaveLength(1);
    const broken = Buffer.from(format ?? "");
    broken[60] = (broken[60] ?? 0) ^ 1;
    expect(() => newAssembler().push(broken)).toThrow(expect.objectContaining({ name: "checksum_mismatch" }));
  });

  it("an event whose length is not its length, or that is cut off, is refused", () => {
    const log = new BinlogBuilder();
    const format = log.formatDescription();
    expect(() => newAssembler().push(format.subarray(0, 60))).toThrow(
      expect.objectContaining({ name: "event_malformed" }),
    );
    expect(() => newAssembler().push(format.subarray(0, 10))).toThrow(
      expect.objectContaining({ name: "event_truncated" }),
    );
    const empty = new BinlogBuilder().event(33, Buffer.alloc(5));
    expect(() => pushAll(newAssembler(), [format, empty])).toThrow(
      expect.objectContaining({ name: "event_truncated" }),
    );
    expect(() => newAssembler().push(withChecksum([log.event(33, Buffer.alloc(50)).subarray(0, -4)]))).toThrow(
      expect.objectContaining({ name: "unexpected_event" }),
    );
  });
});
