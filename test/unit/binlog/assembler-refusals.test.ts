import { describe, expect, it } from "vitest";
import { errorName } from "../../support/binlog-values.ts";
import { eventTypes } from "../../../src/binlog/event-type.ts";
import { BinlogBuilder, int, varchar, withChecksum } from "../../support/binlog-builder.ts";
import { assemble, newAssembler, pushAll } from "../../support/assemble.ts";

const UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const orders = { id: 7, database: "shop", table: "orders", columns: [int("id"), varchar("name", 40)] };

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

  it("R22: Start_encryption is passed where the server decrypts what it sends, and stops where the bytes are the file's", () => {
    const start = Buffer.alloc(17, 1);
    expect(refusedAfter((log) => [log.event(164, start), ...log.transaction(null, orders, [[1, "a"]])])).toBeNull();
    const encrypted = (log: BinlogBuilder): Buffer => {
      const event = log.event(163, Buffer.alloc(20));
      event.fill(0xa7, 13);
      return event;
    };
    expect(refusedAfter((log) => [log.event(164, start), encrypted(log)])).toMatchObject({ name: "encrypted_log" });
    expect(refusedAfter((log) => [log.event(164, start), log.query("DROP TABLE t"), encrypted(log)])).toMatchObject({
      name: "checksum_mismatch",
    });
  });

  /** A transaction of one row with an event in it whose body means nothing: how many rows come out. */
  const rowsBeside = (code: number): number => {
    const log = new BinlogBuilder();
    const [begin, ...rest] = log.transaction(null, orders, [[1, "a"]]);
    const events = [
      log.formatDescription(),
      ...(begin === undefined ? [] : [begin]),
      log.event(code, Buffer.alloc(40, 0xff)),
      ...rest,
    ];
    return assemble(events).reduce((sum, { rowCount }) => sum + rowCount, 0);
  };
  // Of the events about the file, these say something that is needed.
  const read = [4, 15, 27, 41];
  const ignored = eventTypes.filter(
    ({ code, role }) => role === "pass" || role === "statement" || (role === "file" && !read.includes(code)),
  );

  it.each(ignored)(
    "R22: $name ($code) carries nothing to be applied, and the transaction around it is whole",
    ({ code }) => {
      expect(rowsBeside(code)).toBe(1);
    },
  );

  it.each(eventTypes.filter((row) => !ignored.includes(row)))(
    "T6, R22: $name ($code) is read, so a body that means nothing is a named error",
    ({ code }) => {
      expect(errorName(() => rowsBeside(code))).toMatch(/^(?!unexpected$)\w+$/);
    },
  );

  it("R22: formats of long ago, and rows in fragments, are refused by name", () => {
    for (const type of [1, 6, 7, 8, 10, 12, 20, 21, 22, 172])
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
