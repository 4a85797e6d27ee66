import { comparePositions } from "../binlog/position.ts";
import type { Transaction } from "../binlog/transaction.ts";
import { readAppliedGtids } from "./applied-gtids.ts";
import type { AppliedBatch } from "./fence.ts";

/**
 * Tells transactions that an earlier session has committed beyond the checkpoint. By GTID where the log has them
 * (they hold on any server), else by the place in the log, which is exact on the server that it is from, because a
 * batch is a contiguous run of transactions.
 */
export function appliedBefore(batches: readonly AppliedBatch[]): (transaction: Transaction) => boolean {
  if (batches.length === 0) return () => false;
  const known = batches.map((batch) => ({
    ...batch,
    set: readAppliedGtids(batch.gtids),
  }));
  return (transaction) => {
    const end = { file: transaction.file, offset: transaction.end };
    return known.some(({ set, start, end: last }) => {
      if (set !== null && transaction.gtid !== null) return set.contains(transaction.gtid);
      return comparePositions(start, end) < 0 && comparePositions(end, last) <= 0;
    });
  };
}
