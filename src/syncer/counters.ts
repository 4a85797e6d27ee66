import type { Batch } from "../applier/batch.ts";

/** What was done since the process started, over all of its sessions. They never go back. */
export class Counters {
  inserted = 0;
  updated = 0;
  deleted = 0;
  transactions = 0;
  /** Whole batches tried again after a deadlock or lock wait timeout. */
  retries = 0;
  statementsExecuted = 0;
  statementsIgnored = 0;
  /** Rows that an UPDATE or DELETE didn't find and the policy passed over, by table. */
  readonly missingRows = new Map<string, number>();

  /** A batch is committed. */
  committed(batch: Batch): void {
    this.transactions += batch.transactions;
    this.inserted += batch.inserted;
    this.updated += batch.updated;
    this.deleted += batch.deleted;
  }

  missing(table: string): void {
    this.missingRows.set(table, (this.missingRows.get(table) ?? 0) + 1);
  }
}
