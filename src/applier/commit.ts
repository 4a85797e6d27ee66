/**
 * The proof that a batch is committed downstream. {@link Committed} has a private constructor and is minted
 * here only, by the line after the server's OK to COMMIT; the ledger settles nothing without one.
 */
import type { Connection } from "../mysql/connection.ts";
import { type ApplyContext, runInTime } from "./apply-context.ts";
import type { Batch } from "./batch.ts";

/** "This batch is durable downstream", as a value that nobody else can make. */
export class Committed {
  readonly #batch: Batch;

  private constructor(batch: Batch) {
    this.#batch = batch;
  }

  get batch(): Batch {
    return this.#batch;
  }

  /**
   * Sends COMMIT. Returns the proof when the server says OK, else the error: what became of the transaction
   * is then unknown, and the next session's epoch decides (see `checkpoint/store.ts`).
   */
  static async commit(
    connection: Connection,
    batch: Batch,
    context: Pick<ApplyContext, "clock" | "answerMs" | "faults">,
  ): Promise<Committed | Error> {
    const outcome = await runInTime(connection, "COMMIT", context, "batch.commit");
    return outcome.error ?? new Committed(batch);
  }
}
