import { describe, expect, it } from "vitest";
import type { Assembler } from "../../../src/binlog/assembler.ts";
import { BinlogBuilder, int, varchar } from "../../support/binlog-builder.ts";
import { newAssembler, outline, pushAll, type NamedTable } from "../../support/assemble.ts";

const UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const orders = { id: 7, database: "shop", table: "orders", columns: [int("id"), varchar("name", 40)] };
const items = { id: 8, database: "shop", table: "items", columns: [int("id"), varchar("name", 40)] };
const GIB = 2 ** 30;

function place(file: string, offset: number): { file: string; offset: number } {
  return { file, offset };
}

/** Pushes the events and notes the boundary after each. */
function boundaries(assembler: Assembler<NamedTable>, events: readonly Buffer[]): number[] {
  return events.map((event) => {
    assembler.push(event);
    return assembler.position.offset;
  });
}

describe("positions", () => {
  it("G14: GTID, BEGIN, table map, rows and savepoint never move the boundary; Xid, COMMIT, DDL and empty transactions do", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    assembler.push(log.formatDescription());
    const start = log.offset;
    const inside = [
      log.gtid(`${UUID}:1`),
      log.query("BEGIN"),
      log.query("SAVEPOINT a"),
      log.tableMap(orders),
      log.writeRows(orders, [[1, "a"]]),
    ];
    expect(boundaries(assembler, inside)).toEqual(inside.map(() => start));
    expect(assembler.inTransaction).toBe(true);
    expect(assembler.received.offset).toBe(log.offset);
    expect(assembler.bufferedBytes).toBe(log.offset - start);
    for (const end of [
      () => [log.xid()],
      () => [log.query("BEGIN"), log.query("COMMIT")],
      () => [log.query("DROP TABLE t")],
    ]) {
      pushAll(assembler, end());
      expect(assembler.position).toEqual(place("binlog.000001", log.offset));
      expect(assembler).toMatchObject({ inTransaction: false, bufferedBytes: 0 });
    }
  });

  it("follows a real Rotate to the next file, and is at its first event", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    pushAll(assembler, [
      log.formatDescription(),
      ...log.transaction(null, orders, [[1, "a"]]),
      log.rotate("binlog.000002"),
    ]);
    expect(assembler.position).toEqual(place("binlog.000002", 4));
    const [transaction] = pushAll(assembler, [
      log.fakeRotate(),
      log.formatDescription(),
      ...log.transaction(null, orders, [[2, "b"]]),
    ]);
    expect(transaction).toMatchObject({ file: "binlog.000002", end: log.offset });
    expect(assembler.position).toEqual(place("binlog.000002", log.offset));
  });

  it("R16: a fake Rotate and a format description sent in the middle of a file move nothing", () => {
    const log = new BinlogBuilder();
    log.offset = 5000;
    const assembler = newAssembler({ offset: 5000 });
    pushAll(assembler, [log.fakeRotate(), log.formatDescription({ artificial: true })]);
    expect(assembler.position).toEqual(place("binlog.000001", 5000));
    expect(assembler.format).toMatchObject({ serverVersion: "8.4.3", checksums: true });
    const [transaction] = pushAll(assembler, log.transaction(null, orders, [[1, "a"]]));
    expect(transaction).toMatchObject({ start: 5000, end: log.offset });
  });

  it("learns the file from the fake Rotate when only the GTID set was known", () => {
    const log = new BinlogBuilder({ file: "binlog.000042" });
    const assembler = newAssembler({ file: "", offset: 4 });
    pushAll(assembler, [log.fakeRotate(), log.formatDescription()]);
    expect(assembler.position).toEqual(place("binlog.000042", log.offset));
  });

  it("STOP settles nothing: who resumes before it reads it again", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    assembler.push(log.formatDescription());
    const before = log.offset;
    assembler.push(log.event(3, Buffer.alloc(0)));
    expect(assembler.position.offset).toBe(before);
  });

  it("keeps 64 bits of the offset where the header wraps at 4 GiB", () => {
    const log = new BinlogBuilder();
    log.offset = 4 * GIB - 100;
    const assembler = newAssembler({ offset: log.offset });
    const [first, second] = pushAll(assembler, [
      log.formatDescription({ artificial: true }),
      ...log.transaction(null, orders, [[1, "a"]]),
      ...log.transaction(null, orders, [[2, "b"]]),
    ]);
    expect(first?.end).toBeGreaterThan(4 * GIB);
    expect(second).toMatchObject({ start: first?.end, end: log.offset });
  });

  it("takes the header's word where the dump left transactions out, across 4 GiB too", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    assembler.push(log.formatDescription());
    for (const offset of [1_000_000, 3 * GIB, 4 * GIB + 50, 9 * GIB]) {
      if (offset === 9 * GIB) assembler.push(heartbeatV2(log, "binlog.000001", offset));
      log.offset = offset;
      const [transaction] = pushAll(assembler, log.transaction(null, orders, [[1, "a"]]));
      expect(transaction).toMatchObject({ start: offset, end: log.offset });
    }
  });
});

describe("heartbeats", () => {
  it("R8: move the coordinates outside a transaction, and only forward", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    assembler.push(log.formatDescription());
    assembler.push(log.heartbeat("binlog.000001", 9000));
    expect(assembler.position).toEqual(place("binlog.000001", 9000));
    assembler.push(log.heartbeat("binlog.000001", 8000));
    expect(assembler.position.offset).toBe(9000);
    expect(assembler).toMatchObject({ heartbeats: 2, lastHeartbeat: { file: "binlog.000001" } });
  });

  it("say that the upstream lives, and no more, inside a transaction", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    pushAll(assembler, [log.formatDescription(), log.gtid(null), log.query("BEGIN")]);
    const before = assembler.position;
    assembler.push(log.heartbeat("binlog.000001", log.offset + 500));
    expect(assembler.position).toEqual(before);
    expect(assembler.heartbeats).toBe(1);
  });

  it("R7: of another file, or behind what was received, are a resumable error", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler({ offset: 5000 });
    assembler.push(log.formatDescription({ artificial: true }));
    const mismatch = expect.objectContaining({ name: "heartbeat_mismatch", kind: "resumable" });
    expect(() => assembler.push(log.heartbeat("binlog.000002", 6000))).toThrow(mismatch);
    expect(() => assembler.push(heartbeatV2(log, "binlog.000001", 4000))).toThrow(mismatch);
  });

  it("R7: version 2 is right beyond 4 GiB, and version 1 does not end the stream there", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    assembler.push(log.formatDescription());
    assembler.push(heartbeatV2(log, "binlog.000001", 5 * GIB));
    expect(assembler.position.offset).toBe(5 * GIB);
    assembler.push(log.heartbeat("binlog.000001", 5 * GIB + 100));
    expect(assembler.position.offset).toBe(5 * GIB);
  });

  it("R7: MariaDB's beyond 4 GiB has the position in front of the name", () => {
    const log = new BinlogBuilder({ serverVersion: "10.11.14-MariaDB-log" });
    const assembler = newAssembler({ flavour: "mariadb" });
    assembler.push(log.formatDescription());
    const position = Buffer.alloc(8);
    position.writeBigUInt64LE(BigInt(6 * GIB));
    assembler.push(log.event(27, Buffer.concat([position, Buffer.from("binlog.000001")]), { artificial: true }));
    expect(assembler.position).toEqual(place("binlog.000001", 6 * GIB));
  });
});

describe("a connection that is cut", () => {
  const transactionOf = (log: BinlogBuilder): Buffer[] => [
    log.gtid(`${UUID}:2`),
    log.query("BEGIN"),
    log.tableMap(orders),
    log.tableMap(items),
    ...Array.from({ length: 200 }, (_, id) => log.writeRows(id % 2 === 0 ? orders : items, [[id, "x"]], id === 199)),
    log.xid(),
  ];

  it("R15, R16, G10: at every event, the transaction is dropped and comes whole from the last boundary", () => {
    const log = new BinlogBuilder();
    const before = [log.formatDescription(), ...log.transaction(`${UUID}:1`, orders, [[1, "a"]])];
    const boundary = log.offset;
    const events = transactionOf(log);
    for (let cut = 0; cut < events.length; cut += 1) {
      const assembler = newAssembler();
      expect(pushAll(assembler, [...before, ...events.slice(0, cut)])).toHaveLength(1);
      expect(assembler.position).toEqual(place("binlog.000001", boundary));
      assembler.reset(assembler.position);
      const again = new BinlogBuilder();
      again.offset = boundary;
      const [transaction, ...more] = pushAll(assembler, [
        again.fakeRotate(),
        again.formatDescription({ artificial: true }),
        ...events,
      ]);
      expect(more).toEqual([]);
      expect(transaction).toMatchObject({ gtid: { number: 2 }, start: boundary, rowCount: 200 });
    }
  });

  it("what the upstream had logged when it died is dropped by the format description of its next start", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler();
    pushAll(assembler, [
      log.formatDescription(),
      log.query("BEGIN"),
      log.tableMap(orders),
      log.writeRows(orders, [[1, "lost"]]),
      log.rotate("binlog.000002"),
    ]);
    expect(assembler).toMatchObject({ inTransaction: true, position: { file: "binlog.000001" } });
    const transactions = pushAll(assembler, [
      log.formatDescription({ created: 1_700_000_500 }),
      ...log.transaction(null, orders, [[2, "b"]]),
    ]);
    expect(transactions.map(outline)).toEqual(["anonymous insert shop.orders [2,b]"]);
  });

  it("the fake Rotate may have a checksum or not; told or not, it is understood", () => {
    for (const checksums of [true, false]) {
      for (const told of [true, false]) {
        const log = new BinlogBuilder({ checksums, file: "binlog.000009" });
        const assembler = newAssembler();
        assembler.reset({ file: "", offset: 4, ...(told ? { checksums } : {}) });
        pushAll(assembler, [log.fakeRotate(), log.formatDescription()]);
        expect(assembler.position).toEqual(place("binlog.000009", log.offset));
      }
    }
  });

  it("R21: a fake Rotate whose checksum is wrong is an error where one is asked for", () => {
    const log = new BinlogBuilder();
    const rotate = log.fakeRotate();
    rotate[25] = (rotate[25] ?? 0) ^ 1;
    const assembler = newAssembler();
    assembler.reset({ file: "binlog.000001", offset: 4, checksums: true });
    expect(() => assembler.push(rotate)).toThrow(expect.objectContaining({ name: "checksum_mismatch" }));
  });
});

function heartbeatV2(log: BinlogBuilder, file: string, offset: number): Buffer {
  const position = Buffer.alloc(9, 254);
  position.writeBigUInt64LE(BigInt(offset), 1);
  return log.event(
    41,
    Buffer.concat([Buffer.of(1, file.length), Buffer.from(file), Buffer.of(2, 9), position, Buffer.of(0)]),
    { artificial: true },
  );
}
