/**
 * The task's state in the downstream, over one connection of its own: who holds the task, where it goes on,
 * what is applied beyond that, and the upstream's tables at that place. Everything that the store writes is
 * fenced by the epoch, as the batches are (see `applier/fence.ts`).
 */
import { type Kysely, sql, type Transaction } from "kysely";
import { AppliedBefore, type Covered } from "../applier/applied-before.ts";
import { type Claim, fenced } from "../applier/fence.ts";
import type { Checkpoint } from "../applier/ledger.ts";
import type { Position } from "../binlog/position.ts";
import { isoTime, type Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Connection } from "../mysql/connection.ts";
import { quoteTable, quoteText } from "../mysql/quote.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import type { TableStructure } from "../schema/structure.ts";
import { TidemarkError } from "../errors.ts";
import { endConnectionsOf, holdTask } from "./lease.ts";
import { kyselyOver, type MetaSchema, migrateMetaSchema } from "./meta-schema.ts";
import { CHECKPOINT_FORMAT, storedBatch, storedCheckpoint, storedIntent, storedStructure } from "./rows.ts";
import type { Intent, StoredCheckpoint, UpstreamIdentity } from "./rows.ts";

export interface StoredState {
  readonly checkpoint: StoredCheckpoint | null;
  readonly intent: Intent | null;
  readonly structures: readonly TableStructure[];
}

/** What a DDL has changed, waiting for the checkpoint that covers the batch with this sequence. */
export interface StagedStructures {
  readonly sequence: number;
  readonly changed: readonly TableStructure[];
  readonly gone: readonly { readonly database: string; readonly table: string }[];
}

export interface StoreOptions {
  readonly connection: Connection;
  readonly metaSchema: string;
  readonly task: string;
  /** Who we are, for the one who finds the task taken: `host:pid`. */
  readonly holder: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Prepares the meta schema, takes the task and raises its epoch: from then on nothing that an older session still
 * has under way can be committed. Throws `task_running_elsewhere` when another process holds the task.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { connection, metaSchema, task, clock } = options;
  await migrateMetaSchema(connection, metaSchema);
  await holdTask(options);
  const epoch = await raiseEpoch(options).catch(async (thrown: unknown) => {
    if (!(thrown instanceof TidemarkError) || thrown.name !== "lock_wait_timeout") throw thrown;
    // The named lock is ours, so this is a transaction of an earlier holder that stands still; it can't do anything any more.
    await connection.run("ROLLBACK");
    await endConnectionsOf(connection, metaSchema, task);
    return raiseEpoch(options);
  });
  const store = new Store(connection, { metaSchema, task, epoch }, clock);
  await store.renewLease();
  return store;
}

/** The new epoch. Waits for every transaction that has read the old one for its fence. */
async function raiseEpoch({ connection, metaSchema, task, holder }: StoreOptions): Promise<number> {
  const table = quoteTable(metaSchema, "task");
  // In one transaction: of two processes that raise it at the same time, each must read its own number.
  await connection.run("BEGIN");
  await connection.run(
    `INSERT INTO ${table} (name, epoch, holder, claimed_at) VALUES (${quoteText(task)}, 1, ${quoteText(holder)}, UTC_TIMESTAMP(3)) ` +
      "ON DUPLICATE KEY UPDATE epoch = epoch + 1, holder = VALUES(holder), claimed_at = VALUES(claimed_at)",
  );
  const [row] = await connection.query<{ epoch: string }>(`SELECT epoch FROM ${table} WHERE name = ${quoteText(task)}`);
  await connection.run("COMMIT");
  return Number(row?.epoch ?? 0);
}

export class Store {
  readonly claim: Claim;
  readonly #connection: Connection;
  readonly #db: Kysely<MetaSchema>;
  readonly #clock: Clock;
  #appliedBefore = new AppliedBefore([]);
  #staged: readonly StagedStructures[] = [];
  readonly #threads = new Set<number>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(connection: Connection, claim: Claim, clock: Clock) {
    this.#connection = connection;
    this.claim = claim;
    this.#db = kyselyOver(connection);
    this.#clock = clock;
  }

  /** A connection of a worker or of a DDL: whoever takes over from us when we are frozen must end it. */
  async register(threadId: number): Promise<void> {
    this.#threads.add(threadId);
    await this.renewLease();
  }

  /** It is closed; the next sign of life leaves it out. */
  unregister(threadId: number): void {
    this.#threads.delete(threadId);
  }

  /** The holder's sign of life. Throws `task_taken_over` when it isn't us any more. */
  async renewLease(): Promise<void> {
    const connections = [...this.#threads].join(",");
    const now = sql<string>`UTC_TIMESTAMP(3)`;
    await this.#fenced(async (db) => {
      await db
        .insertInto("lease")
        .values({ task: this.claim.task, epoch: this.claim.epoch, renewed_at: now, connections })
        .onDuplicateKeyUpdate({ epoch: this.claim.epoch, renewed_at: now, connections })
        .execute();
    });
  }

  /** What earlier sessions have applied beyond the checkpoint, once it is loaded. */
  get appliedBefore(): AppliedBefore {
    return this.#appliedBefore;
  }

  /** What the last session left: one consistent state, read while the task is ours. */
  async load(): Promise<StoredState> {
    const { task } = this.claim;
    let state: StoredState | null = null;
    await this.#fenced(async (db) => {
      const found = await db.selectFrom("checkpoint").selectAll().where("task", "=", task).executeTakeFirst();
      const applied = await db.selectFrom("applied_batch").selectAll().where("task", "=", task).execute();
      const intent = await db.selectFrom("ddl_intent").selectAll().where("task", "=", task).executeTakeFirst();
      const tables = await db.selectFrom("table_structure").selectAll().where("task", "=", task).execute();
      this.#appliedBefore = new AppliedBefore(applied.map(storedBatch));
      state = {
        checkpoint: found === undefined ? null : storedCheckpoint(found),
        intent: intent === undefined ? null : storedIntent(intent),
        structures: tables.map((row) => storedStructure(row.structure)),
      };
    });
    return state ?? { checkpoint: null, intent: null, structures: [] };
  }

  /** Saves a checkpoint, with all that is staged for it, and forgets the batches that it covers. Returns the wall clock of the save, ms. */
  async save(checkpoint: Checkpoint, upstream: UpstreamIdentity): Promise<number> {
    const due = this.#staged.filter(({ sequence }) => sequence <= checkpoint.sequence);
    const covered = this.#appliedBefore.coveredBy(checkpoint);
    const savedAtMs = await this.#fenced(async (db) => {
      await this.#writeCheckpoint(db, checkpoint.position, upstream);
      await this.#forgetApplied(db, checkpoint, covered);
      for (const { changed, gone } of due) await this.#writeStructures(db, changed, gone);
      if (due.length > 0) await db.deleteFrom("ddl_intent").where("task", "=", this.claim.task).execute();
    });
    // Only now: a transaction that failed has deleted nothing.
    this.#staged = this.#staged.filter((stage) => !due.includes(stage));
    this.#appliedBefore.forget(checkpoint);
    return savedAtMs;
  }

  /**
   * A DDL is executed: the structures behind it are written, and its intent removed, in one transaction with the first
   * checkpoint that covers its batch. Structure and place in the log are never stored apart.
   */
  stage(stage: StagedStructures): void {
    this.#staged = [...this.#staged, stage];
  }

  /**
   * A first start, before anything is applied: where the task begins, and the upstream's tables as they are.
   * There is no proof because there is nothing to prove.
   */
  async begin(position: Position, upstream: UpstreamIdentity, structures: readonly TableStructure[]): Promise<number> {
    return this.#fenced(async (db) => {
      await this.#writeCheckpoint(db, position, upstream);
      await this.#writeStructures(db, structures, []);
    });
  }

  /** Says which DDL comes next; everything before it is settled and saved. */
  async intend(intent: Intent): Promise<void> {
    await this.#fenced(async (db) => {
      const row = {
        task: this.claim.task,
        end_file: intent.file,
        end_offset: intent.offset,
        gtid: intent.gtid,
        statement: intent.statement,
        before_fingerprint: intent.beforeFingerprint,
      };
      const { task: _, ...changed } = row;
      await db.insertInto("ddl_intent").values(row).onDuplicateKeyUpdate(changed).execute();
    });
  }

  /**
   * Runs in a transaction that only commits while the epoch is ours. One at a time: all share the connection, where
   * a second BEGIN would commit the first transaction half done.
   */
  #fenced(work: (db: Transaction<MetaSchema>) => Promise<void>): Promise<number> {
    const mine = this.#tail.then(() => this.#transaction(work));
    // The tail only orders; who asked hears of the failure.
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  async #transaction(work: (db: Transaction<MetaSchema>) => Promise<void>): Promise<number> {
    try {
      await this.#db.transaction().execute(async (db) => {
        const row = await db
          .selectFrom("task")
          .select("epoch")
          .where("name", "=", this.claim.task)
          .modifyEnd(sql`lock in share mode`)
          .executeTakeFirst();
        if (Number(row?.epoch) !== this.claim.epoch) throw fenced();
        await work(db);
      });
    } catch (thrown) {
      throw classifyServerError(thrown, "checkpoint");
    }
    return this.#clock.now();
  }

  async #writeCheckpoint(db: Transaction<MetaSchema>, position: Position, upstream: UpstreamIdentity): Promise<void> {
    const changed = {
      format: CHECKPOINT_FORMAT,
      flavour: upstream.flavour,
      upstream_uuid: upstream.uuid,
      upstream_server_id: upstream.serverId,
      file: position.file,
      file_offset: position.offset,
      gtids: position.gtids,
      saved_at: isoTime(this.#clock.now()).replace("T", " ").replace("Z", ""),
    };
    await db
      .insertInto("checkpoint")
      .values({ task: this.claim.task, ...changed })
      .onDuplicateKeyUpdate(changed)
      .execute();
  }

  /** Of this session's batches those up to the checkpoint; `covered`: of those of earlier ones. */
  async #forgetApplied(
    db: Transaction<MetaSchema>,
    checkpoint: Checkpoint,
    covered: readonly Covered[],
  ): Promise<void> {
    const { task, epoch } = this.claim;
    await db
      .deleteFrom("applied_batch")
      .where("task", "=", task)
      .where("epoch", "=", String(epoch))
      .where("sequence", "<=", String(checkpoint.sequence))
      .execute();
    for (const { batch, left } of covered) {
      const isIt = sql<boolean>`task = ${task} and epoch = ${String(batch.epoch)} and sequence = ${String(batch.sequence)}`;
      if (left === "") await db.deleteFrom("applied_batch").where(isIt).execute();
      else await db.updateTable("applied_batch").set({ gtids: left }).where(isIt).execute();
    }
  }

  async #writeStructures(
    db: Transaction<MetaSchema>,
    changed: readonly TableStructure[],
    gone: readonly { readonly database: string; readonly table: string }[],
  ): Promise<void> {
    const { task } = this.claim;
    for (const { database, table } of gone) {
      await db
        .deleteFrom("table_structure")
        .where("task", "=", task)
        .where("database_name", "=", database)
        .where("table_name", "=", table)
        .execute();
    }
    for (const structure of changed) {
      const text = JSON.stringify(structure);
      await db
        .insertInto("table_structure")
        .values({ task, database_name: structure.database, table_name: structure.table, structure: text })
        .onDuplicateKeyUpdate({ structure: text })
        .execute();
    }
  }

  /** Gives the task up, by ending the connection that holds its lock. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}
