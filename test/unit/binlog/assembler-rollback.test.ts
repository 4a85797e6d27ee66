/** What is undone inside a transaction, what stays, and what is left out of one. */
import { describe, expect, it } from "vitest";
import { BinlogBuilder, int, varchar, type BuiltTable } from "../../support/binlog-builder.ts";
import { assemble, newAssembler, outline, pushAll, type NamedTable } from "../../support/assemble.ts";

const inno: BuiltTable = { id: 7, database: "shop", table: "inno", columns: [int("id"), varchar("name", 40)] };
const myisam: BuiltTable = { ...inno, id: 8, table: "myisam" };
const survivesRollback = ({ name }: NamedTable): boolean => name === "shop.myisam";

function insert(log: BinlogBuilder, table: BuiltTable, id: number): Buffer[] {
  return [log.tableMap(table), log.writeRows(table, [[id, "x"]])];
}

describe("T5: rolled-back changes", () => {
  it("ROLLBACK keeps those of tables without transactions", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.query("BEGIN"),
      ...insert(log, inno, 1),
      ...insert(log, myisam, 2),
      log.query("ROLLBACK"),
    ];
    const [transaction] = assemble(events, { survivesRollback });
    expect(transaction === undefined ? "" : outline(transaction)).toBe("anonymous insert shop.myisam [2,x]");
    expect(transaction?.rowCount).toBe(1);
    expect(() => assemble(events)).toThrow(expect.objectContaining({ name: "rolled_back_changes" }));
  });

  it("ROLLBACK of nothing is an empty transaction", () => {
    const log = new BinlogBuilder();
    expect(assemble([log.formatDescription(), log.query("BEGIN"), log.query("ROLLBACK")]).map(outline)).toEqual([
      "anonymous empty",
    ]);
  });

  it("ROLLBACK TO undoes back to its savepoint, again and again, and not what was before it", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.query("BEGIN"),
      ...insert(log, inno, 1),
      log.query("SAVEPOINT a"),
      ...insert(log, inno, 2),
      log.query("SAVEPOINT b"),
      ...insert(log, inno, 3),
      ...insert(log, myisam, 4),
      log.query("ROLLBACK TO `A`"),
      ...insert(log, inno, 5),
      log.query("ROLLBACK TO a"),
      ...insert(log, inno, 6),
      log.xid(),
    ];
    expect(assemble(events, { survivesRollback }).map(outline)).toEqual([
      "anonymous insert shop.inno [1,x]; insert shop.myisam [4,x]; insert shop.inno [6,x]",
    ]);
  });

  it("a savepoint that is set again holds from there; one that is gone, or was never set, is an error", () => {
    const log = new BinlogBuilder();
    const begin = [
      log.formatDescription(),
      log.query("BEGIN"),
      log.query("SAVEPOINT a"),
      ...insert(log, inno, 1),
      log.query("SAVEPOINT a"),
      ...insert(log, inno, 2),
    ];
    expect(assemble([...begin, log.query("ROLLBACK TO a"), log.xid()], { survivesRollback }).map(outline)).toEqual([
      "anonymous insert shop.inno [1,x]",
    ]);
    const unexpected = expect.objectContaining({ name: "unexpected_event" });
    expect(() =>
      assemble([...begin, log.query("RELEASE SAVEPOINT a"), log.query("ROLLBACK TO a")], { survivesRollback }),
    ).toThrow(unexpected);
    expect(() => assemble([...begin, log.query("ROLLBACK TO z")], { survivesRollback })).toThrow(unexpected);
  });

  it("savepoints end with their transaction", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.query("BEGIN"),
      log.query("SAVEPOINT a"),
      log.xid(),
      log.query("BEGIN"),
      log.query("ROLLBACK TO a"),
    ];
    expect(() => assemble(events, { survivesRollback })).toThrow(expect.objectContaining({ name: "unexpected_event" }));
  });
});

describe("what is left out of a transaction", () => {
  it("temporary tables, whose rows are never logged", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.query("BEGIN"),
      ...insert(log, inno, 1),
      log.query("CREATE TEMPORARY TABLE t (a INT)"),
      ...insert(log, inno, 2),
      log.query("DROP TEMPORARY TABLE IF EXISTS t"),
      log.xid(),
    ];
    expect(assemble(events).map(outline)).toEqual(["anonymous insert shop.inno [1,x]; insert shop.inno [2,x]"]);
  });

  it("filtered statements: inside BEGIN and COMMIT, or alone behind their GTID", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.gtid(null),
      log.query("DELETE FROM x"),
      log.query("BEGIN"),
      log.query("DELETE FROM x"),
      ...insert(log, inno, 1),
      log.xid(),
    ];
    expect(assemble(events, { dropStatement: () => true }).map(outline)).toEqual([
      "anonymous empty",
      "anonymous insert shop.inno [1,x]",
    ]);
  });

  it("comments alone, which end a group that is nothing else", () => {
    const log = new BinlogBuilder({ serverVersion: "10.11.14-MariaDB" });
    const events = [
      log.formatDescription(),
      log.mariadbGtid("0-1-5", 1),
      log.query("# Dummy event"),
      log.mariadbGtid("0-1-6"),
      log.query("# Dummy event"),
      log.xid(),
    ];
    expect(assemble(events, { flavour: "mariadb" }).map(outline)).toEqual(["0-1-5 empty", "0-1-6 empty"]);
  });
});

describe("table maps", () => {
  it("one of the same table id with more behind it is another one", () => {
    const log = new BinlogBuilder();
    const asked: number[] = [];
    const assembler = newAssembler({
      resolve: (map) => {
        asked.push(map.types.length);
        return null;
      },
    });
    // The same bytes, but for optional metadata at the end: what changes is the table's primary key.
    pushAll(assembler, [
      log.formatDescription(),
      ...log.transaction(null, inno, [[1, "a"]]),
      ...log.transaction(null, { ...inno, primaryKey: [0] }, [[1, "a"]]),
    ]);
    expect(asked).toEqual([2, 2]);
  });

  it("of a transaction that the upstream lost when it died hold no longer", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    pushAll(assembler, [
      log.formatDescription(),
      log.query("BEGIN"),
      log.tableMap(inno),
      log.rotate("binlog.000002"),
      log.formatDescription({ created: 1 }),
      log.query("BEGIN"),
    ]);
    expect(() => assembler.push(log.writeRows(inno, [[1, "a"]]))).toThrow(
      expect.objectContaining({ name: "missing_table_map" }),
    );
  });
});
