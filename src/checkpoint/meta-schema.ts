/**
 * Our own tables in the downstream: their types, and how they are made and brought up to date.
 * They are the one place where kysely builds the SQL; a batch's own row is written by the applier.
 */
import { type ColumnType, Kysely, MysqlDialect, type MysqlPoolConnection } from "kysely";
import { Migrator } from "kysely/migration";
import { migrations } from "../../migrations/index.ts";
import { TidemarkError } from "../errors.ts";
import type { Connection } from "../mysql/connection.ts";
import { quoteName } from "../mysql/quote.ts";
import { classifyServerError } from "../mysql/server-error.ts";

/** A BIGINT: written as a number, read as text, because our connections give 64-bit numbers so. */
type Big = ColumnType<string, number, number>;

/** The meta schema's tables, as kysely sees them. */
export interface MetaSchema {
  task: { name: string; epoch: Big; holder: string; claimed_at: string };
  checkpoint: {
    task: string;
    format: number;
    flavour: string;
    upstream_uuid: string | null;
    upstream_server_id: Big;
    file: string;
    file_offset: Big;
    gtids: string;
    saved_at: string;
  };
  applied_batch: {
    task: string;
    epoch: Big;
    sequence: Big;
    start_file: string;
    start_offset: Big;
    end_file: string;
    end_offset: Big;
    gtids: string;
  };
  ddl_intent: {
    task: string;
    end_file: string;
    end_offset: Big;
    gtid: string;
    statement: string;
    before_fingerprint: string;
  };
  table_structure: { task: string; database_name: string; table_name: string; structure: string };
}

const MIGRATION_TABLE = "migration";

/** A kysely over one connection of ours; closing it is left to the connection's owner. */
export function kyselyOver(connection: Connection): Kysely<MetaSchema> {
  // What kysely gives back to a pool after each query stays where it is.
  const pooled: MysqlPoolConnection = Object.assign(connection.raw, { release: () => undefined });
  return new Kysely<MetaSchema>({
    dialect: new MysqlDialect({
      pool: { getConnection: (take) => take(undefined, pooled), end: (done) => done(undefined) },
    }),
  });
}

/**
 * Creates the meta schema where it is missing, selects it on `connection` and runs the migrations that it lacks.
 * Throws `meta_schema_newer` when a newer Tidemark has written it, and classified server errors.
 */
export async function migrateMetaSchema(connection: Connection, metaSchema: string): Promise<void> {
  try {
    await connection.run(
      `CREATE DATABASE IF NOT EXISTS ${quoteName(metaSchema)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    );
    await connection.run(`USE ${quoteName(metaSchema)}`);
  } catch (thrown) {
    throw classifyServerError(thrown, "checkpoint");
  }
  await refuseNewer(connection, metaSchema);
  const migrator = new Migrator({
    db: kyselyOver(connection),
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw classifyServerError(error, "checkpoint");
}

/** Migrations that we don't know were made by a newer version: its tables are not ours to touch (M2). */
async function refuseNewer(connection: Connection, metaSchema: string): Promise<void> {
  const tables = await connection.query(`SHOW TABLES LIKE '${MIGRATION_TABLE}'`);
  if (tables.length === 0) return;
  const rows = await connection.query<{ name: string }>(`SELECT name FROM ${quoteName(MIGRATION_TABLE)}`);
  const unknown = rows.filter((row) => !(row.name in migrations)).map((row) => row.name);
  if (unknown.length === 0) return;
  throw new TidemarkError("meta_schema_newer", `The meta schema ${metaSchema} was written by a newer Tidemark.`, {
    stage: "checkpoint",
    hint: "Run the newer version again, or name another metaSchema in the task file.",
    facts: { migrations: unknown.join(", ") },
  });
}
