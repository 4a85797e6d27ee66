import { describe, expect, it } from "vitest";
import { Batch } from "../../../src/applier/batch.ts";
import { appliedBatchStatement, epochQuestion, FENCED_CODE, fenceError } from "../../../src/applier/fence.ts";
import { emptyGtidSet, parseGtidSet } from "../../../src/binlog/gtid-set.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { runStatements } from "../../../src/mysql/statements.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";
import { transaction } from "../../support/tables.ts";

const CLAIM = { metaSchema: "tidemark", task: "t", epoch: 1 };
const batchOf = (sequence: number): Batch => {
  const batch = new Batch(sequence, { file: "binlog.000001", offset: 4 }, emptyGtidSet("mysql"));
  batch.add(transaction(100), false, false);
  return batch;
};

describe("the row that each batch writes in its own transaction", () => {
  it("S5: says which transactions it holds: by both ends, and by GTIDs", async () => {
    const downstream = await simulatedDownstream([]);
    const batch = new Batch(3, { file: "binlog.000001", offset: 4 }, parseGtidSet("mysql", ""));
    const uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    const gtid = { flavour: "mysql", source: uuid, tag: "", number: 7 } as const;
    batch.add({ ...transaction(100), gtid }, false, true);
    const connection = await downstream.connect();
    await downstream.done(connection.run(appliedBatchStatement(CLAIM, batch)));
    expect(downstream.rows("tidemark.applied_batch")).toMatchObject([
      { task: "t", epoch: 1, sequence: 3, start_offset: 4, end_offset: 100, gtids: `${uuid}:7` },
    ]);
  });

  it("S10: can't be written by a session whose epoch is over, nor can anything behind it in its packet", async () => {
    const downstream = await simulatedDownstream([]);
    const connection = await downstream.connect();
    const older = appliedBatchStatement({ ...CLAIM, epoch: 0 }, batchOf(1));
    const packet = `BEGIN;${older};INSERT INTO \`tidemark\`.\`lease\` (task, epoch, renewed_at, connections) VALUES ('t', 0, 0, '')`;
    const { results, error } = await downstream.done(runStatements(connection, packet));
    expect(results).toHaveLength(1);
    expect(error).toMatchObject({ errno: FENCED_CODE });
    expect(downstream.rows("tidemark.applied_batch")).toEqual([]);
  });

  it("S6: holds the next session's epoch off until its own transaction has ended", async () => {
    const downstream = await simulatedDownstream([]);
    const connection = await downstream.connect();
    await downstream.done(runStatements(connection, `BEGIN;${appliedBatchStatement(CLAIM, batchOf(1))}`));
    const next = await downstream.connect();
    let isRaised = false;
    const raising = next.run("UPDATE `tidemark`.`task` SET epoch = 2 WHERE name = 't'").then(() => {
      isRaised = true;
    });
    await downstream.clock.advance(5000);
    expect(isRaised).toBe(false);
    await downstream.done(connection.run("COMMIT"));
    await downstream.done(raising);
    expect(downstream.rows("tidemark.applied_batch")).toHaveLength(1);
  });

  it("an epoch is asked for by one row, or none", async () => {
    const downstream = await simulatedDownstream([]);
    const connection = await downstream.connect();
    const ask = (epoch: number) => downstream.done(connection.query(epochQuestion({ ...CLAIM, epoch })));
    expect([(await ask(1)).length, (await ask(0)).length]).toEqual([1, 0]);
  });

  it("only its own refusal means that the task was taken over", () => {
    const error = (code: number) => new TidemarkError("x", "x", { stage: "apply", hint: "x", facts: { code } });
    expect(fenceError(error(FENCED_CODE)).name).toBe("task_taken_over");
    expect(fenceError(error(1205)).name).toBe("x");
  });
});
