/**
 * The row that each batch writes in its own transaction, and that no other session's batch can write any more.
 *
 * It is inserted with the epoch as the task's row has it, if that is still ours. The locking read makes the next
 * session's raising of the epoch wait until every transaction that holds the row has ended: from then on an
 * older session's transaction is either committed, and its row is seen, or it never will be. That is what
 * decides a COMMIT whose answer was lost.
 */
import type { Position } from "../binlog/position.ts";
import { TidemarkError } from "../errors.ts";
import { quoteTable, quoteText } from "../mysql/quote.ts";
import type { Batch, Coordinates } from "./batch.ts";

/** ER_BAD_NULL_ERROR: what the fence says to a session whose epoch is over. */
export const FENCED_CODE = 1048;

/** Who writes: one task, one session of it. */
export interface Claim {
  readonly metaSchema: string;
  readonly task: string;
  /** Raised by each session; 1 is the first. */
  readonly epoch: number;
}

/** A batch that an earlier session has committed beyond the checkpoint. */
export interface AppliedBatch {
  readonly epoch: number;
  readonly sequence: number;
  readonly start: Coordinates;
  readonly end: Pick<Position, "file" | "offset">;
  /** GTIDs of its transactions as text (see `applied-gtids.ts`); "" without GTIDs. */
  readonly gtids: string;
  /** Only a piece of one large transaction is applied, up to here (see `TransactionPart.through`); null: all of it is. */
  readonly through: number | null;
}

/**
 * Fails with {@link FENCED_CODE} when another session holds the task: no row has our epoch then, and the column takes no
 * NULL. An error rather than a count, because it also keeps the rest of its packet from being executed.
 */
export function appliedBatchStatement(claim: Claim, batch: Batch): string {
  const epoch =
    `(SELECT epoch FROM ${quoteTable(claim.metaSchema, "task")} ` +
    `WHERE name = ${quoteText(claim.task)} AND epoch = ${claim.epoch} LOCK IN SHARE MODE)`;
  const values = [
    quoteText(claim.task),
    epoch,
    batch.sequence,
    quoteText(batch.start.file),
    batch.start.offset,
    quoteText(batch.end.file),
    batch.end.offset,
    quoteText(batch.gtidText),
  ];
  return (
    `INSERT INTO ${quoteTable(claim.metaSchema, "applied_batch")} ` +
    "(task, epoch, sequence, start_file, start_offset, end_file, end_offset, gtids) " +
    `VALUES (${values.join(", ")})`
  );
}

/**
 * Completes the row of a batch whose end wasn't known when its transaction began. In that transaction, so that nobody
 * ever sees the row without it.
 */
export function appliedBatchEnd(claim: Claim, batch: Batch): string {
  return (
    `UPDATE ${quoteTable(claim.metaSchema, "applied_batch")} SET end_file = ${quoteText(batch.end.file)}, ` +
    `end_offset = ${batch.end.offset}, gtids = ${quoteText(batch.gtidText)}, rows_through = ${batch.through ?? "NULL"} ` +
    `WHERE task = ${quoteText(claim.task)} AND epoch = ${claim.epoch} AND sequence = ${batch.sequence}`
  );
}

/** Asks, outside of any transaction, whether the epoch is ours: one row, or none. */
export function epochQuestion({ metaSchema, task, epoch }: Claim): string {
  return `SELECT epoch FROM ${quoteTable(metaSchema, "task")} WHERE name = ${quoteText(task)} AND epoch = ${epoch}`;
}

/** Another session has raised the epoch: this one must not write any more (S10). */
export function fenced(): TidemarkError {
  return new TidemarkError("task_taken_over", "Another process has taken this task over; nothing was written.", {
    stage: "apply",
    hint: "Run one process for each task. This one can be stopped.",
  });
}

/** What an error of the fence's statement means. */
export function fenceError(error: TidemarkError): TidemarkError {
  return error.facts["code"] === FENCED_CODE ? fenced() : error;
}
