import { describe, expect, it } from "vitest";
import { BinlogBuilder, int, varchar } from "../../support/binlog-builder.ts";
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
