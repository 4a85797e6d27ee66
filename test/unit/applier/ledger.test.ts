import { describe, expect, expectTypeOf, it } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { Committed } from "../../../src/applier/commit.ts";
import { Checkpoint, Ledger } from "../../../src/applier/ledger.ts";
import { emptyGtidSet, parseGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { Store } from "../../../src/checkpoint/store.ts";
import { change, key, structure, target, transaction } from "../../support/tables.ts";

const t = target(structure("t", ["id int"], [key("PRIMARY", "id")]));
const start = { file: "binlog.000001", offset: 4 };

function batch(sequence: number, rows: boolean): Batch {
  const made = new Batch(sequence, start, emptyGtidSet("mysql"));
  made.add(transaction(sequence * 100, ...(rows ? [change(t, "insert", [sequence])] : [])), false, false);
  return made;
}

describe("the ledger", () => {
  it("S1: stands before the first unsettled batch, whatever is settled behind it", () => {
    const ledger = new Ledger(start, emptyGtidSet("mysql"), true);
    const [first, second] = [batch(1, false), batch(2, false)];
    ledger.enter(first);
    ledger.enter(second);
    ledger.settleEmpty(second);
    expect(ledger.checkpoint().position.offset).toBe(4);
    ledger.settleEmpty(first);
    expect(ledger.checkpoint().position.offset).toBe(200);
    expect(ledger.length).toBe(0);
  });

  it("S1: refuses to settle a batch with changes without a proof", () => {
    const ledger = new Ledger(start, emptyGtidSet("mysql"), true);
    const full = batch(1, true);
    ledger.enter(full);
    expect(() => ledger.settleEmpty(full)).toThrow(/proof/);
    expect(ledger.checkpoint().position.offset).toBe(4);
  });

  it("T7: adds nothing to a GTID set that is not known to be whole", () => {
    const set = parseGtidSet("mysql", "");
    const ledger = new Ledger(start, set, false);
    const made = new Batch(1, start, emptyGtidSet("mysql"));
    const gtid = { flavour: "mysql", source: "3e11fa47-71ca-11e1-9e33-c80aa9429562", tag: "", number: 5 } as const;
    made.add({ ...transaction(100), gtid }, false, false);
    ledger.enter(made);
    ledger.settleEmpty(made);
    expect(ledger.checkpoint().position).toEqual({ file: "binlog.000001", offset: 100, gtids: "" });
  });

  it("S1: proofs and checkpoints can't be forged", () => {
    // @ts-expect-error the constructor is private: only a COMMIT that was answered makes one
    expectTypeOf(() => new Committed(batch(1, true))).toBeFunction();
    // @ts-expect-error the constructor is private: only a ledger makes one
    expectTypeOf(() => new Checkpoint({ file: "", offset: 4, gtids: "" }, 1)).toBeFunction();
    // @ts-expect-error a look-alike is not a proof, because of its #private field
    const forged: Committed = { batch: batch(1, true) };
    expectTypeOf<Parameters<Store["save"]>[0]>().toEqualTypeOf<Checkpoint>();
    expect(forged).toBeDefined();
  });
});

describe("XA", () => {
  const prepare = (end: number, heldFrom: number) => ({
    ...transaction(end),
    xa: { step: "prepared", xid: "x", prepareGtid: null } as const,
    heldFrom: { file: "binlog.000001", offset: heldFrom },
  });
  const made = (sequence: number, ...transactions: Parameters<Batch["add"]>[0][]): Batch => {
    const first = transactions[0];
    const result = new Batch(
      sequence,
      { file: "binlog.000001", offset: (first?.end ?? 104) - 100 },
      emptyGtidSet("mysql"),
    );
    for (const each of transactions) result.add(each, false, false);
    return result;
  };
  const held = (end: number, from: number) => ({
    ...transaction(end),
    heldFrom: { file: "binlog.000001", offset: from },
  });

  it("T5: the checkpoint stays before the prepare until the last XA transaction has ended", () => {
    const ledger = new Ledger(start, emptyGtidSet("mysql"), false);
    const offsets: number[] = [];
    const batches = [
      made(1, transaction(104)),
      made(2, prepare(204, 104)),
      made(3, prepare(304, 104)),
      made(4, held(404, 204)),
      made(5, transaction(504)),
    ];
    for (const each of batches) {
      ledger.enter(each);
      ledger.settleEmpty(each);
      offsets.push(ledger.checkpoint().position.offset);
    }
    expect(offsets).toEqual([104, 104, 104, 204, 504]);
    expect(ledger.checkpoint().sequence).toBe(5);
    expect(ledger.isHeld).toBe(false);
  });
});
