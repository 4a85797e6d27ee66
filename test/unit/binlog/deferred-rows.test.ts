import { describe, expect, it } from "vitest";
import { namedTable, newAssembler, outline, pushAll } from "../../support/assemble.ts";
import { BinlogBuilder, int, varchar } from "../../support/binlog-builder.ts";

const orders = { id: 7, database: "shop", table: "orders", columns: [int("id"), varchar("name", 40)] };

describe("rows behind a statement", () => {
  it("D1: CREATE TABLE … SELECT: its rows are decoded when the statement has made their table, not before", () => {
    const log = new BinlogBuilder();
    let made = false;
    const assembler = newAssembler({
      resolve: (map) => {
        if (!made) throw new Error(`${map.table} is not there yet`);
        return namedTable(map);
      },
    });
    const [transaction, ...more] = pushAll(assembler, [
      log.formatDescription(),
      log.gtid(null),
      log.query("BEGIN"),
      log.query("CREATE TABLE `orders` (id int, name varchar(40)) START TRANSACTION"),
      log.tableMap(orders),
      log.writeRows(orders, [[1, "a"]]),
      log.tableMap(orders),
      log.writeRows(orders, [
        [2, "b"],
        [3, "c"],
      ]),
      log.xid(),
    ]);
    expect(more).toEqual([]);
    expect(transaction?.statement?.sql).toBe("CREATE TABLE `orders` (id int, name varchar(40))");
    expect(transaction?.end).toBe(log.offset);
    expect(() => transaction?.changes).toThrow("orders is not there yet");
    made = true;
    expect(transaction?.rowCount).toBe(3);
    expect(transaction?.changes.map(({ kind, rows }) => [kind, rows])).toEqual([
      ["insert", [[1, "a"]]],
      [
        "insert",
        [
          [2, "b"],
          [3, "c"],
        ],
      ],
    ]);
    // The stream goes on as if nothing had been put off.
    expect(pushAll(assembler, log.transaction(null, orders, [[4, "d"]])).map(outline)).toEqual([
      "anonymous insert shop.orders [4,d]",
    ]);
  });
});
