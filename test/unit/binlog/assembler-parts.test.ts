/** Transactions larger than `streamBytes`: handed out while they are read, compressed ones included. */
import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Assembler } from "../../../src/binlog/assembler.ts";
import type { TableMap } from "../../../src/binlog/table-map.ts";
import { isEnded, type Transaction } from "../../../src/binlog/transaction.ts";
import { BinlogBuilder, int, varchar, type BuiltTable } from "../../support/binlog-builder.ts";
import { assemble, namedTable, newAssembler, outline, pushAll, type NamedTable } from "../../support/assemble.ts";

const GTID = "3e11fa47-71ca-11e1-9e33-c80aa9429562:7";
const orders: BuiltTable = { id: 7, database: "shop", table: "orders", columns: [int("id"), varchar("name", 200)] };
const others: BuiltTable = { ...orders, id: 8, table: "others" };

/** Rows events of some 110 bytes each, in one statement. */
function rows(log: BinlogBuilder, from: number, count: number, table = orders): Buffer[] {
  const events = Array.from({ length: count }, (_, i) =>
    log.writeRows(table, [[from + i, "x".repeat(60)]], i === count - 1),
  );
  return [log.tableMap(table), ...events];
}

function large(log: BinlogBuilder, count: number): Buffer[] {
  return [log.gtid(GTID), log.query("BEGIN"), ...rows(log, 1, count), log.xid()];
}

const ids = (transactions: readonly Transaction<NamedTable>[]): unknown[] =>
  transactions.flatMap(({ changes }) => changes.flatMap((change) => change.rows.map((row) => row[0])));

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe("a transaction larger than streamBytes", () => {
  it("comes in parts with its GTID and start, all of its rows in order, the last of which ends it", () => {
    const log = new BinlogBuilder();
    const parts = assemble([log.formatDescription(), ...large(log, 100)], { streamBytes: 1000 });
    expect(parts.length).toBeGreaterThan(5);
    expect(ids(parts)).toEqual(numbers(100));
    expect(parts.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(100);
    expect(parts.map(({ part }) => part?.number)).toEqual(numbers(parts.length));
    expect(parts.map(isEnded)).toEqual([...parts.slice(1).map(() => false), true]);
    expect(new Set(parts.map(({ start }) => start)).size).toBe(1);
    expect(new Set(parts.map((part) => outline(part).split(" ")[0]))).toEqual(new Set([GTID]));
    expect(parts.at(-1)?.end).toBe(log.offset);
    for (const { bytes } of parts) expect(bytes).toBeLessThan(1200);
  });

  it("G14: its parts move no boundary, and what comes behind it is whole again", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler({ streamBytes: 1000 });
    const [format, ...events] = [log.formatDescription(), ...large(log, 50)];
    pushAll(assembler, [format ?? Buffer.alloc(0)]);
    const boundary = assembler.position;
    pushAll(assembler, events.slice(0, -1));
    expect([assembler.position, assembler.inTransaction]).toEqual([boundary, true]);
    pushAll(assembler, events.slice(-1));
    expect(assembler.position.offset).toBe(log.offset);
    const [next] = pushAll(assembler, log.transaction(null, orders, [[1, "a"]]));
    expect(next?.part).toBeNull();
  });

  it("R15, R16: comes again from its first part when reading begins anew", () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler({ streamBytes: 1000 });
    const format = log.formatDescription();
    const events = large(log, 50);
    pushAll(assembler, [format, ...events.slice(0, 30)]);
    assembler.reset(assembler.position);
    const parts = pushAll(assembler, [format, ...events]);
    expect(parts[0]?.part?.number).toBe(1);
    expect(ids(parts)).toEqual(numbers(50));
  });

  it("S12: a part's place in it depends neither on the parts' size nor on which tables are wanted", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.query("BEGIN"),
      ...rows(log, 1, 40),
      ...rows(log, 1, 40, others),
      ...rows(log, 41, 40),
      log.xid(),
    ];
    const wanted = { resolve: (map: TableMap) => (map.table === "orders" ? namedTable(map) : null) };
    const at = (streamBytes: number, options: object): Map<unknown, number | undefined> => {
      const places = new Map<unknown, number | undefined>();
      for (const part of assemble(events, { streamBytes, ...options })) {
        const last = part.changes
          .filter(({ map }) => map.table === "orders")
          .at(-1)
          ?.rows.at(-1)?.[0];
        if (part.changes.at(-1)?.map.table === "orders") places.set(last, part.part?.through);
      }
      return places;
    };
    const [fine, coarse, filtered] = [at(1, {}), at(700, {}), at(700, wanted)];
    expect(coarse.size).toBeGreaterThan(5);
    // Of the last row the end of the transaction is told, which is the same place; behind row 40 rows of the other table may come first.
    const places = [...coarse, ...filtered].filter(([id]) => id !== 40 && id !== 80);
    expect(places).toEqual(places.map(([id]) => [id, fine.get(id)]));
  });

  it("comes in parts from its first rows on where the log says beforehand how large it is", () => {
    const options = { streamBytes: 5000, partBytes: 1000 };
    const made = (length: number, count: number): Transaction<NamedTable>[] => {
      const log = new BinlogBuilder();
      const events = [log.gtid(GTID, { length }), log.query("BEGIN"), ...rows(log, 1, count), log.xid()];
      return assemble([log.formatDescription(), ...events], options);
    };
    expect(made(100_000, 100)[0]?.rowCount).toBeLessThan(20);
    expect(made(0, 100)[0]?.rowCount).toBeLessThan(20);
    expect([made(100_000, 20).length, made(0, 20).length]).toEqual([2, 1]);
    for (const length of [0, 100_000]) expect(ids(made(length, 100))).toEqual(numbers(100));
  });

  it("has no parts where nothing of it is wanted, and is not refused for its size", () => {
    const log = new BinlogBuilder();
    const options = { streamBytes: 1000, transactionBytesMax: 2000, resolve: () => null };
    const found = assemble([log.formatDescription(), ...large(log, 100)], options);
    expect(found.map(({ part, changes }) => [part, changes.length])).toEqual([[null, 0]]);
  });

  it("is held whole when XA may only prepare it, up to the limit of what is held at all", () => {
    const log = new BinlogBuilder();
    const events = [
      log.formatDescription(),
      log.gtid(GTID),
      log.query("XA START X'67',X'',1"),
      ...rows(log, 1, 50),
      log.query("XA END X'67',X'',1"),
      log.query("XA COMMIT X'67',X'',1 ONE PHASE"),
    ];
    expect(assemble(events.slice(0, -2), { streamBytes: 1000 })).toEqual([]);
    expect(() => assemble(events, { streamBytes: 1000, transactionBytesMax: 3000 })).toThrow(
      expect.objectContaining({ name: "transaction_too_large" }),
    );
  });

  it("T5: a savepoint in the present part is rolled back to; one further back, or all of it, can't be", () => {
    const log = new BinlogBuilder();
    const survivesRollback = (): boolean => false;
    const begun = [
      log.formatDescription(),
      log.query("BEGIN"),
      ...rows(log, 1, 1),
      log.query("SAVEPOINT far"),
      ...rows(log, 2, 13),
    ];
    const near = [log.query("SAVEPOINT near"), ...rows(log, 90, 1), log.query("ROLLBACK TO near"), log.xid()];
    expect(ids(assemble([...begun, ...near], { streamBytes: 1000, survivesRollback }))).toEqual(numbers(14));
    for (const statement of ["ROLLBACK TO far", "ROLLBACK"]) {
      expect(() => assemble([...begun, log.query(statement)], { streamBytes: 1000, survivesRollback })).toThrow(
        expect.objectContaining({ name: "large_rollback" }),
      );
    }
  });
});

describe("an upstream that went down while it logged a large transaction", () => {
  // The parts stayed in the downstream's open transaction, without an end: the checkpoint stood still for ever.
  it("is an error once parts were handed out, and nothing where none were", () => {
    const cutOff = (count: number, log: BinlogBuilder): Buffer[] => [
      log.formatDescription(),
      log.gtid(GTID),
      log.query("BEGIN"),
      ...rows(log, 1, count),
      log.rotate("binlog.000002"),
      log.formatDescription({ created: 1_700_000_500 }),
      ...log.transaction(null, orders, [[90, "b"]]),
    ];
    expect(ids(assemble(cutOff(3, new BinlogBuilder()), { streamBytes: 1000 }))).toEqual([90]);
    expect(() => assemble(cutOff(30, new BinlogBuilder()), { streamBytes: 1000 })).toThrow(
      expect.objectContaining({ name: "large_rollback", kind: "fatal" }),
    );
  });
});

describe("a compressed transaction larger than streamBytes when inflated", () => {
  it("T3, G14: is inflated piece by piece; every event counts, and its end is the payload's", async () => {
    const log = new BinlogBuilder();
    const events = [log.formatDescription(), log.gtid(GTID), payload(log, 20_000)];
    const assembler = newAssembler({ streamBytes: 100_000 });
    expect(pushAll(assembler, events)).toEqual([]);
    expect(assembler.hasRest).toBe(true);
    const parts = await all(assembler);
    expect(parts.length).toBeGreaterThan(10);
    expect(ids(parts)).toEqual(numbers(20_000));
    expect(parts.map(isEnded).indexOf(true)).toBe(parts.length - 1);
    expect([parts.at(-1)?.end, assembler.position.offset, assembler.hasRest]).toEqual([log.offset, log.offset, false]);
    expect(pushAll(assembler, log.transaction(null, orders, [[1, "a"]]))).toHaveLength(1);
  });

  it("is one whole transaction when nothing of it is wanted", async () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler({ streamBytes: 1000, resolve: () => null });
    pushAll(assembler, [log.formatDescription(), log.gtid(GTID), payload(log, 100)]);
    const found = await all(assembler);
    expect(found.map(({ part }) => part)).toEqual([null]);
    expect(assembler.position.offset).toBe(log.offset);
  });

  it("R15: what is left of it is dropped when reading begins anew", async () => {
    const log = new BinlogBuilder();
    const assembler = newAssembler({ streamBytes: 100_000 });
    const events = [log.formatDescription(), log.gtid(GTID), payload(log, 20_000)];
    pushAll(assembler, events);
    const rest = assembler.rest();
    expect((await rest.next()).done).toBe(false);
    assembler.reset(assembler.position);
    expect((await rest.next()).done).toBe(true);
    pushAll(assembler, events);
    expect(ids(await all(assembler))).toEqual(numbers(20_000));
  });

  it("T6: a bomb, a lie about its size, damage, a nested payload and events behind the end are named errors", async () => {
    const cases: readonly (readonly [(log: BinlogBuilder) => Buffer, string])[] = [
      [(log) => wrapped(log, zstdCompressSync(Buffer.alloc(50_000_000)), 20_000), "bad_compression"],
      [(log) => wrapped(log, zstdCompressSync(inside(100)), inside(100).length - 1), "bad_compression"],
      [(log) => wrapped(log, zstdCompressSync(inside(100)), inside(100).length + 1), "bad_compression"],
      [(log) => wrapped(log, zstdCompressSync(inside(100)).subarray(0, 300), 11_000), "bad_compression"],
      [(log) => wrapped(log, zstdCompressSync(inside(100).subarray(0, -5)), inside(100).length - 5), "event_truncated"],
      [(log) => wrapped(log, zstdCompressSync(Buffer.concat([inside(100), inside(1)])), 11_000), "unexpected_event"],
      [(log) => wrapped(log, zstdCompressSync(nested()), nested().length), "event_malformed"],
    ];
    for (const [make, name] of cases) {
      const log = new BinlogBuilder();
      const assembler = newAssembler({ streamBytes: 1000 });
      pushAll(assembler, [log.formatDescription(), log.gtid(GTID), make(log)]);
      await expect(all(assembler), name).rejects.toMatchObject({ name, position: `binlog.000001:${log.offset}` });
    }
  });
});

async function all(assembler: Assembler<NamedTable>): Promise<Transaction<NamedTable>[]> {
  const found: Transaction<NamedTable>[] = [];
  for await (const transaction of assembler.rest()) found.push(transaction);
  return found;
}

/** The events of a transaction of `count` rows as they stand in a payload: without checksums. */
function inside(count: number): Buffer {
  const log = new BinlogBuilder({ checksums: false });
  return Buffer.concat([log.query("BEGIN"), ...rows(log, 1, count), log.xid()]);
}

function payload(log: BinlogBuilder, count: number): Buffer {
  const events = inside(count);
  return wrapped(log, zstdCompressSync(events), events.length);
}

/** A Transaction_payload event (type 40); each number takes the eight bytes of a length-encoded integer. */
function wrapped(log: BinlogBuilder, compressed: Buffer, inflatedSize: number): Buffer {
  const field = (type: number, value: number): Buffer => {
    const bytes = Buffer.alloc(11);
    bytes.set([type, 9, 0xfe]);
    bytes.writeBigUInt64LE(BigInt(value), 3);
    return bytes;
  };
  const body = [field(1, compressed.length), field(2, 0), field(3, inflatedSize), Buffer.of(0), compressed];
  return log.event(40, Buffer.concat(body));
}

function nested(): Buffer {
  const log = new BinlogBuilder({ checksums: false });
  return Buffer.concat([
    log.query("BEGIN"),
    ...rows(log, 1, 20),
    wrapped(log, zstdCompressSync(inside(20)), inside(20).length),
  ]);
}
