import { expect, test } from "vitest";
import type { Gtid } from "../../../src/binlog/gtid.ts";
import type { Transaction } from "../../../src/binlog/transaction.ts";
import { Received } from "../../../src/upstream/received.ts";

const UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

function transaction(gtid: Gtid | null, file: string, end: number): Transaction {
  return {
    gtid,
    file,
    start: 0,
    end,
    timestamp: 0,
    committedAtUs: null,
    bytes: 0,
    changes: [],
    rowCount: 0,
    statement: null,
  };
}

const mysql = (number: number): Gtid => ({ flavour: "mysql", source: UUID, tag: "", number });
const mariadb = (domain: number, server: number, sequence: number): Gtid => ({
  flavour: "mariadb",
  domain,
  server,
  sequence,
});

test("each transaction adds its GTID, and the text is the whole set", () => {
  const received = new Received("mysql", { file: "binlog.000001", offset: 4, gtids: `${UUID}:1-3` }, true);
  received.take(transaction(mysql(4), "binlog.000001", 100));
  received.take(transaction(mysql(6), "binlog.000001", 200));
  expect(received.position).toEqual({ file: "binlog.000001", offset: 200, gtids: `${UUID}:1-4:6` });
});

test("G23: one entry for each MariaDB domain, and a GTID seen twice counts once", () => {
  const received = new Received("mariadb", { file: "binlog.000001", offset: 4, gtids: "0-1-5" }, true);
  received.take(transaction(mariadb(0, 2, 6), "binlog.000001", 100));
  received.take(transaction(mariadb(1, 1, 9), "binlog.000001", 200));
  received.take(transaction(mariadb(1, 1, 9), "binlog.000001", 200));
  expect(received.position.gtids).toBe("0-2-6,1-1-9");
});

test("a set that is not known whole is not added to: it would claim a set with holes", () => {
  const received = new Received("mysql", { file: "binlog.000001", offset: 4, gtids: "" }, false);
  received.take(transaction(mysql(500), "binlog.000001", 100));
  expect(received.position).toEqual({ file: "binlog.000001", offset: 100, gtids: "" });
});

test("R8: coordinates follow heartbeats forward only, and the GTID set stays", () => {
  const received = new Received("mysql", { file: "binlog.000009", offset: 500, gtids: `${UUID}:1` }, true);
  expect(received.moveTo("binlog.000009", 400)).toBe(false);
  expect(received.moveTo("binlog.000009", 500)).toBe(false);
  expect(received.moveTo("binlog.000010", 4)).toBe(true);
  expect(received.position).toEqual({ file: "binlog.000010", offset: 4, gtids: `${UUID}:1` });
});

test("where only the GTID set is known, the first coordinates that come are taken", () => {
  const received = new Received("mysql", { file: "", offset: 4, gtids: `${UUID}:1` }, true);
  expect(received.moveTo("binlog.000002", 4)).toBe(true);
  expect(received.position.file).toBe("binlog.000002");
});
