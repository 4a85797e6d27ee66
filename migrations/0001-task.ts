import { type Kysely, sql } from "kysely";

/**
 * The tables of the meta schema. Names are compared as bytes (utf8mb4_bin, ascii_bin), so that no collation
 * makes two tasks one. No table has a foreign key: batches of different workers must not wait for each other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createHolder(db);
  await createProgress(db);
}

/** Who runs a task. */
async function createHolder(db: Kysely<unknown>): Promise<void> {
  // One row per task: the epoch fences every session that came before the one that raised it last.
  await sql`
    CREATE TABLE task (
      name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      epoch BIGINT UNSIGNED NOT NULL,
      holder VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      claimed_at DATETIME(3) NOT NULL,
      PRIMARY KEY (name)
    ) ENGINE=InnoDB`.execute(db);

  // The holder's sign of life, apart from the task's row because that one is locked by every batch.
  await sql`
    CREATE TABLE lease (
      task VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      epoch BIGINT UNSIGNED NOT NULL,
      renewed_at DATETIME(3) NOT NULL,
      connections LONGTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      PRIMARY KEY (task)
    ) ENGINE=InnoDB`.execute(db);
}

/** How far a task has come. */
async function createProgress(db: Kysely<unknown>): Promise<void> {
  // Where a session goes on. The place is after a whole transaction that is applied, as is all before it.
  await sql`
    CREATE TABLE checkpoint (
      task VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      format INT UNSIGNED NOT NULL,
      flavour VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      upstream_uuid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
      upstream_server_id BIGINT UNSIGNED NOT NULL,
      file VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      file_offset BIGINT UNSIGNED NOT NULL,
      gtids LONGTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      saved_at DATETIME(3) NOT NULL,
      PRIMARY KEY (task)
    ) ENGINE=InnoDB`.execute(db);

  // One row per committed batch that the checkpoint has not passed yet, written in the batch's own transaction.
  await sql`
    CREATE TABLE applied_batch (
      task VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      epoch BIGINT UNSIGNED NOT NULL,
      sequence BIGINT UNSIGNED NOT NULL,
      start_file VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      start_offset BIGINT UNSIGNED NOT NULL,
      end_file VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      end_offset BIGINT UNSIGNED NOT NULL,
      gtids LONGTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      PRIMARY KEY (task, epoch, sequence)
    ) ENGINE=InnoDB`.execute(db);

  // The DDL that is being executed, if any: written before it, removed with the checkpoint behind it.
  await sql`
    CREATE TABLE ddl_intent (
      task VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      end_file VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      end_offset BIGINT UNSIGNED NOT NULL,
      gtid VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      statement LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      before_fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      PRIMARY KEY (task)
    ) ENGINE=InnoDB`.execute(db);

  // The upstream's tables as they are at the checkpoint, one row per table.
  await sql`
    CREATE TABLE table_structure (
      task VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      database_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      structure LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      PRIMARY KEY (task, database_name, table_name)
    ) ENGINE=InnoDB`.execute(db);
}
