import { describe, expect, it } from "vitest";
import { applyParts } from "../../../src/applier/apply-parts.ts";
import { Batch } from "../../../src/applier/batch.ts";
import { Committed } from "../../../src/applier/commit.ts";
import { PartStream } from "../../../src/applier/part-stream.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";
import { change, key, structure, target } from "../../support/tables.ts";

const plain = structure("t", ["id int", "n int null"], [key("PRIMARY", "id")]);
const t = target(plain);

/** Three parts of one row each, with an error at the time-th statement of that name. */
async function applied(point: RegExp, errno: number, skip: number) {
  const downstream = await simulatedDownstream([plain]);
  const connection = await downstream.connect();
  downstream.dealer.at(point, { kind: "error", errno }, { skip });
  const stream = new PartStream();
  const feed = async (): Promise<void> => {
    for (const id of [1, 2, 3]) await stream.offer({ changes: [change(t, "insert", [id, id])], again: false });
    stream.end();
  };
  void feed();
  const batch = new Batch(1, { file: "binlog.000001", offset: 4 }, emptyGtidSet("mysql"));
  const none = (): Promise<null> => Promise.resolve(null);
  const result = await downstream.done(applyParts(connection, batch, stream, downstream.context(), none));
  connection.destroy();
  await downstream.clock.advance(1_000);
  return { result, rows: downstream.rows("db.t").length };
}

describe("a large transaction in parts", () => {
  it("S9: a part that meets a lock wait timeout is tried again, and it alone", async () => {
    const { result, rows } = await applied(/apply: insert$/, 1205, 1);
    expect(result).toBeInstanceOf(Committed);
    expect(rows).toBe(3);
  });

  // The part before was lost: the only savepoint there was to go back to was its own.
  it("S5: a part without its savepoint ends the transaction; no part of it is undone and none stays", async () => {
    const { result, rows } = await applied(/apply: savepoint$/, 1205, 1);
    expect(result).toMatchObject({ kind: "execute", error: { name: "lock_wait_timeout", kind: "resumable" } });
    expect(rows).toBe(0);
  });
});
