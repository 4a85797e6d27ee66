import { type Kysely, sql } from "kysely";

/** Whether the downstream has refused the DDL of the intent: then it has not taken effect, and is executed again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE ddl_intent ADD COLUMN refused BOOLEAN NOT NULL DEFAULT FALSE`.execute(db);
}
