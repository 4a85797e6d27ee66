import { type Kysely, sql } from "kysely";

/**
 * A large transaction that the task lets be cut is applied in pieces: how far the piece goes, in bytes of the transaction's rows
 * events. NULL: to the end, as every batch does that isn't a piece.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE applied_batch ADD COLUMN rows_through BIGINT UNSIGNED NULL`.execute(db);
}
