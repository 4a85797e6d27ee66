import { describe, expect, it } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { type Checkpoint, Ledger } from "../../../src/applier/ledger.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { openStore } from "../../../src/checkpoint/open-store.ts";
import type { UpstreamIdentity } from "../../../src/checkpoint/rows.ts";
import type { Store } from "../../../src/checkpoint/store.ts";
import { silentLog } from "../../../src/log.ts";
import { simulatedDownstream, type SimulatedDownstream } from "../../support/simulated-downstream.ts";
import { key, structure, transaction } from "../../support/tables.ts";

const UPSTREAM: UpstreamIdentity = { flavour: "mysql", uuid: "3e11fa47-71ca-11e1-9e33-c80aa9429562", serverId: 7 };
const START = { file: "binlog.000001", offset: 4, gtids: "" };
const INTENT = {
  file: "binlog.000001",
  offset: 300,
  gtid: "",
  statement: "ALTER TABLE t ADD n INT",
  beforeFingerprint: "f".repeat(64),
  refused: false,
};
const t = structure("t", ["id int"], [key("PRIMARY", "id")]);

async function open(downstream: SimulatedDownstream): Promise<Store> {
  const connection = await downstream.connect("checkpoint");
  return downstream.done(
    openStore({
      connection,
      metaSchema: "tidemark",
      task: "t",
      holder: "us",
      clock: downstream.clock,
      log: silentLog,
      faults: null,
    }),
  );
}

/** A checkpoint behind so many batches, each a transaction of 100 bytes. */
function checkpointBehind(batches: number): Checkpoint {
  const ledger = new Ledger(START, emptyGtidSet("mysql"), false);
  for (let sequence = 1; sequence <= batches; sequence += 1) {
    const batch = new Batch(sequence, START, emptyGtidSet("mysql"));
    batch.add(transaction(100 * sequence), false, false);
    ledger.enter(batch);
    ledger.settleEmpty(batch);
  }
  return ledger.checkpoint();
}

/** Rows as workers of a session write them, batch n from 100 (n - 1) to 100 n. */
async function apply(downstream: SimulatedDownstream, epoch: number, ...sequences: number[]): Promise<void> {
  for (const sequence of sequences) {
    await downstream.execute(
      "INSERT INTO `tidemark`.`applied_batch` (task, epoch, sequence, start_file, start_offset, end_file, end_offset, gtids, rows_through) " +
        `VALUES ('t', ${epoch}, ${sequence}, 'binlog.000001', ${100 * sequence - 100}, 'binlog.000001', ${100 * sequence}, '', NULL)`,
    );
  }
}

const appliedIn = (downstream: SimulatedDownstream): string[] =>
  downstream
    .rows("tidemark.applied_batch")
    .map((row) => `${String(row["epoch"])}/${String(row["sequence"])}`)
    .toSorted();

describe("the task's state downstream", () => {
  it("is nothing before the first start, and then where the task begins, with the tables as they are", async () => {
    const downstream = await simulatedDownstream([]);
    const store = await open(downstream);
    expect(await downstream.done(store.load())).toEqual({
      checkpoint: null,
      intent: null,
      structures: [],
    });
    const savedAtMs = await downstream.done(store.begin(START, UPSTREAM, [t]));
    const { checkpoint, structures } = await downstream.done(store.load());
    expect(checkpoint).toMatchObject({ position: START, upstream: UPSTREAM });
    expect(Math.abs((checkpoint?.savedAtMs ?? 0) - savedAtMs)).toBeLessThan(1000);
    expect(structures).toEqual([t]);
  });

  it("each session has an epoch of its own, one above the last", async () => {
    const downstream = await simulatedDownstream([]);
    const first = await open(downstream);
    await downstream.done(first.close());
    const second = await open(downstream);
    expect([first.claim.epoch, second.claim.epoch]).toEqual([2, 3]);
  });

  it("a checkpoint takes with it the rows of the batches that it covers, and no others", async () => {
    const downstream = await simulatedDownstream([]);
    const before = await open(downstream);
    await downstream.done(before.begin(START, UPSTREAM, []));
    // An earlier session has applied 1, 2 and 5, and saved nothing of it.
    await apply(downstream, before.claim.epoch, 1, 2, 5);
    await downstream.done(before.close());
    const store = await open(downstream);
    await downstream.done(store.load());
    await apply(downstream, store.claim.epoch, 3, 4);
    await downstream.done(store.save(checkpointBehind(3), UPSTREAM));
    expect(appliedIn(downstream)).toEqual(["2/5", "3/4"]);
    const after = await downstream.done(store.load());
    expect(after.checkpoint?.position).toMatchObject({ file: "binlog.000001", offset: 300 });
  });

  it("D1: structures behind a DDL, and the end of its intent, come with the first checkpoint that covers it", async () => {
    const downstream = await simulatedDownstream([]);
    const store = await open(downstream);
    await downstream.done(store.begin(START, UPSTREAM, [t, { ...t, table: "gone" }]));
    await downstream.done(store.intend(INTENT));
    const altered = structure("t", ["id int", "n int"], [key("PRIMARY", "id")]);
    store.stage({ sequence: 3, changed: [altered], gone: [{ database: "db", table: "gone" }] });
    await downstream.done(store.save(checkpointBehind(2), UPSTREAM));
    const early = await downstream.done(store.load());
    expect(early.intent).toEqual(INTENT);
    expect(early.structures.map(({ table, columns }) => `${table} ${columns.length}`).toSorted()).toEqual([
      "gone 1",
      "t 1",
    ]);
    await downstream.done(store.save(checkpointBehind(3), UPSTREAM));
    const { intent, structures } = await downstream.done(store.load());
    expect({ intent, structures }).toEqual({ intent: null, structures: [altered] });
  });

  it("S12: places of pieces are forgotten for good when another server is read, and those of whole batches stay", async () => {
    const downstream = await simulatedDownstream([]);
    await apply(downstream, 1, 5, 6);
    await downstream.execute("UPDATE `tidemark`.`applied_batch` SET rows_through = 4000 WHERE sequence = 6");
    const store = await open(downstream);
    await downstream.done(store.load());
    await downstream.done(store.forgetPlaces());
    const starts = downstream.rows("tidemark.applied_batch").map((row) => [row["sequence"], row["start_file"]]);
    expect(starts).toEqual([
      [5, "binlog.000001"],
      [6, ""],
    ]);
  });

  it("D1: an intent is written over by the next word about it", async () => {
    const downstream = await simulatedDownstream([]);
    const store = await open(downstream);
    await downstream.done(store.intend(INTENT));
    await downstream.done(store.intend({ ...INTENT, refused: true }));
    expect((await downstream.done(store.load())).intent).toEqual({ ...INTENT, refused: true });
  });

  it("S7: what a failed save would have written comes with the next one", async () => {
    const downstream = await simulatedDownstream([]);
    const store = await open(downstream);
    await downstream.done(store.begin(START, UPSTREAM, [t]));
    await apply(downstream, store.claim.epoch, 1);
    store.stage({ sequence: 1, changed: [], gone: [{ database: "db", table: "t" }] });
    downstream.dealer.at(/checkpoint: commit/, { kind: "error", errno: 1205 });
    await expect(downstream.done(store.save(checkpointBehind(1), UPSTREAM))).rejects.toMatchObject({
      name: "lock_wait_timeout",
    });
    expect(appliedIn(downstream)).toEqual(["2/1"]);
    expect((await downstream.done(store.load())).structures).toEqual([t]);
    await downstream.done(store.save(checkpointBehind(1), UPSTREAM));
    expect(appliedIn(downstream)).toEqual([]);
    expect((await downstream.done(store.load())).structures).toEqual([]);
  });

  it("S10: nothing of it is written any more once the epoch is another's", async () => {
    const downstream = await simulatedDownstream([]);
    const store = await open(downstream);
    await downstream.done(store.begin(START, UPSTREAM, [t]));
    await downstream.execute("UPDATE `tidemark`.`task` SET epoch = 9 WHERE name = 't'");
    store.stage({ sequence: 1, changed: [], gone: [{ database: "db", table: "t" }] });
    const writes: readonly (() => Promise<unknown>)[] = [
      () => store.save(checkpointBehind(1), UPSTREAM),
      () => store.begin({ ...START, offset: 9 }, UPSTREAM, []),
      () => store.intend(INTENT),
      () => store.renewLease(),
      () => store.load(),
    ];
    for (const write of writes) {
      await expect(downstream.done(write())).rejects.toMatchObject({ name: "task_taken_over", kind: "fatal" });
    }
    expect(downstream.rows("tidemark.checkpoint").map((row) => Number(row["file_offset"]))).toEqual([4]);
    expect(downstream.rows("tidemark.ddl_intent")).toEqual([]);
    expect(downstream.rows("tidemark.table_structure")).toHaveLength(1);
  });

  it("its writes come one after the other, although they share a connection", async () => {
    const downstream = await simulatedDownstream([]);
    const store = await open(downstream);
    const begun = store.begin(START, UPSTREAM, [t]);
    const renewed = store.renewLease();
    const saved = store.save(checkpointBehind(2), UPSTREAM);
    await downstream.done(Promise.all([begun, renewed, saved]));
    const transactions = downstream.dealer.passed.filter((name) => /: (begin|commit)$/.test(name)).slice(-6);
    expect(transactions).toEqual(Array.from({ length: 3 }, () => ["checkpoint: begin", "checkpoint: commit"]).flat());
    expect((await downstream.done(store.load())).checkpoint?.position.offset).toBe(200);
  });
});
