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
  lease: { task: string; epoch: Big; renewed_at: string; connections: string };
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
    rows_through: Big | null;
  };
  ddl_intent: {
    task: string;
    end_file: string;
    end_offset: Big;
    gtid: string;
    statement: string;
    before_fingerprint: string;
    refused: ColumnType<string | number, number, number>;
  };
  table_structure: { task: string; database_name: string; table_name: string; structure: string };
}

/** A kysely over one connection of ours; closing it is left to the connection's owner. */
export function kyselyOver(connection: Connection): Kysely<MetaSchema> {
  const pooled = new PooledConnection(connection);
  return new Kysely<MetaSchema>({
    dialect: new MysqlDialect({
      pool: { getConnection: (take) => take(undefined, pooled), end: (done) => done(undefined) },
    }),
  });
}

type Answer = (error: unknown, result: never) => void;

/**
 * What kysely takes for a connection of a pool. mysql2 forgets the callbacks of queries when the socket is closed from
 * our side, so the end of the connection answers them here: nobody may wait for ever.
 */
class PooledConnection implements MysqlPoolConnection {
  readonly config = {};
  readonly #connection: Connection;
  readonly #waiting = new Set<(error: unknown) => void>();
  /** What the connection ended with, where a query was told so before the connection's own end was. */
  #lostBy: unknown = null;

  constructor(connection: Connection) {
    this.#connection = connection;
    void this.#failAtEnd();
  }

  get threadId(): number {
    return this.#connection.threadId;
  }

  query(text: string, parameters: unknown[], answer?: Answer): { stream: () => never } {
    const done = (error: unknown, result?: never): void => {
      if (isEnd(error)) this.#lostBy ??= error;
      if (this.#waiting.delete(done)) Reflect.apply(answer ?? ignore, undefined, [error, result]);
    };
    this.#waiting.add(done);
    // kysely rolls back behind a COMMIT that failed: what it reports must be why the COMMIT did.
    if (this.#lostBy !== null) done(this.#lostBy);
    else if (this.#connection.closed) done(closed());
    else this.#connection.raw.query(text, parameters, (error: unknown, result: never) => done(error, result));
    return { stream: noStream };
  }

  connect(): void {
    // It is connected already.
  }

  destroy(): void {
    this.#connection.destroy();
  }

  release(): void {
    // It stays where it is.
  }

  async #failAtEnd(): Promise<void> {
    await this.#connection.ended;
    for (const done of this.#waiting) done(closed());
  }
}

/** mysql2 marks the errors that end a connection. */
function isEnd(error: unknown): boolean {
  return error instanceof Error && "fatal" in error && error.fatal === true;
}

function ignore(): void {
  // A query that nobody waits for.
}

function noStream(): never {
  throw new TypeError("results are not streamed here");
}

function closed(): Error {
  return Object.assign(new Error("the connection was closed"), { code: "CONNECTION_CLOSED" });
}

const MIGRATION_TABLE = "migration";

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
  const done = await recordedMigrations(connection);
  refuseNewer(done, metaSchema);
  // The usual start: the migrator's lock, which a frozen process may hold, is of no concern then.
  if (Object.keys(migrations).every((name) => done.includes(name))) return;
  const migrator = new Migrator({
    db: kyselyOver(connection),
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw classifyServerError(error, "checkpoint");
}

/** Names of the migrations that were carried out here; none where there is no meta schema yet. */
async function recordedMigrations(connection: Connection): Promise<readonly string[]> {
  const tables = await connection.query(`SHOW TABLES LIKE '${MIGRATION_TABLE}'`);
  if (tables.length === 0) return [];
  const rows = await connection.query<{ name: string }>(`SELECT name FROM ${quoteName(MIGRATION_TABLE)}`);
  return rows.map((row) => row.name);
}

/** Migrations that we don't know were made by a newer version: its tables are not ours to touch (M2). */
function refuseNewer(done: readonly string[], metaSchema: string): void {
  const unknown = done.filter((name) => !(name in migrations));
  if (unknown.length === 0) return;
  throw new TidemarkError("meta_schema_newer", `The meta schema ${metaSchema} was written by a newer Tidemark.`, {
    stage: "checkpoint",
    hint: "Run the newer version again, or name another metaSchema in the task file.",
    facts: { migrations: unknown.join(", ") },
  });
}
