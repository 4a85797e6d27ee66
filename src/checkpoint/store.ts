/**
 * The task's state in the downstream, over one connection of its own: who holds the task, where it goes on,
 * what is applied beyond that, and the upstream's tables at that place. Everything that the store writes is
 * fenced by the epoch, as the batches are (see `applier/fence.ts`).
 */
import { type Expression, type Kysely, sql, type SqlBool, type Transaction } from "kysely";
import { AppliedBefore, type Covered, NOWHERE } from "../applier/applied-before.ts";
import { type AppliedBatch, type Claim, fenced } from "../applier/fence.ts";
import type { Checkpoint } from "../applier/ledger.ts";
import type { Position } from "../binlog/position.ts";
import { isoTime, type Clock } from "../clock.ts";
import type { Connection } from "../mysql/connection.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import type { TableStructure } from "../schema/structure.ts";
import { around, type Faults } from "../faults.ts";
import { kyselyOver, type MetaSchema } from "./meta-schema.ts";
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

export class Store {
  readonly claim: Claim;
  readonly #connection: Connection;
  readonly #db: Kysely<MetaSchema>;
  readonly #clock: Clock;
  readonly #faults: Faults | null;
  #appliedBefore = new AppliedBefore([]);
  #staged: readonly StagedStructures[] = [];
  readonly #threads = new Set<number>();
  #tail: Promise<unknown> = Promise.resolve();

  /** `claim`: its epoch is raised already (`open-store.ts`). */
  constructor(connection: Connection, claim: Claim, clock: Clock, faults: Faults | null) {
    this.#connection = connection;
    this.claim = claim;
    this.#db = kyselyOver(connection);
    this.#clock = clock;
    this.#faults = faults;
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
    let state: StoredState | null = null;
    await this.#fenced(async (db) => {
      state = await around(this.#faults, "store.load", () => this.#read(db));
    });
    return state ?? { checkpoint: null, intent: null, structures: [] };
  }

  async #read(db: Transaction<MetaSchema>): Promise<StoredState> {
    const { task } = this.claim;
    const found = await db.selectFrom("checkpoint").selectAll().where("task", "=", task).executeTakeFirst();
    const applied = await db.selectFrom("applied_batch").selectAll().where("task", "=", task).execute();
    const intent = await db.selectFrom("ddl_intent").selectAll().where("task", "=", task).executeTakeFirst();
    const tables = await db.selectFrom("table_structure").selectAll().where("task", "=", task).execute();
    this.#appliedBefore = new AppliedBefore(applied.map(storedBatch));
    return {
      checkpoint: found === undefined ? null : storedCheckpoint(found),
      intent: intent === undefined ? null : storedIntent(intent),
      structures: tables.map((row) => storedStructure(row.structure)),
    };
  }

  /** Saves a checkpoint, with all that is staged for it, and forgets the batches that it covers. Returns the wall clock of the save, ms. */
  async save(checkpoint: Checkpoint, upstream: UpstreamIdentity): Promise<number> {
    const due = this.#staged.filter(({ sequence }) => sequence <= checkpoint.sequence);
    const covered = this.#appliedBefore.coveredBy(checkpoint);
    const savedAtMs = await this.#fenced(async (db) => {
      await this.#writeCheckpoint(db, checkpoint.position, upstream);
      await around(this.#faults, "store.forgetApplied", () => this.#forgetApplied(db, checkpoint, covered));
      for (const { changed, gone } of due) await this.#writeStructures(db, changed, gone);
      if (due.length > 0) await around(this.#faults, "store.forgetIntent", () => this.#forgetIntent(db));
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

  /** Another server is read from now on (see `AppliedBefore.forgetPlaces`): also when this session ends before its first checkpoint. */
  async forgetPlaces(): Promise<void> {
    const { pieces } = this.#appliedBefore;
    if (pieces.length === 0) return;
    const place = { start_file: NOWHERE.file, start_offset: NOWHERE.offset };
    await this.#fenced(async (db) => {
      for (const piece of pieces)
        await db.updateTable("applied_batch").set(place).where(this.#isRowOf(piece)).execute();
    });
    this.#appliedBefore.forgetPlaces();
  }

  #isRowOf({ epoch, sequence }: AppliedBatch): Expression<SqlBool> {
    return sql<SqlBool>`task = ${this.claim.task} and epoch = ${String(epoch)} and sequence = ${String(sequence)}`;
  }

  /** Says which DDL comes next (everything before it is settled and saved), or that it was refused. */
  async intend(intent: Intent): Promise<void> {
    await this.#fenced(async (db) => {
      const row = {
        task: this.claim.task,
        end_file: intent.file,
        end_offset: intent.offset,
        gtid: intent.gtid,
        statement: intent.statement,
        before_fingerprint: intent.beforeFingerprint,
        refused: Number(intent.refused),
      };
      const { task: _, ...changed } = row;
      await around(this.#faults, "store.writeIntent", () =>
        db.insertInto("ddl_intent").values(row).onDuplicateKeyUpdate(changed).execute(),
      );
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
    const transact = (): Promise<void> =>
      this.#db.transaction().execute(async (db) => {
        const row = await around(this.#faults, "store.epoch", () => this.#lockedEpoch(db));
        if (Number(row?.epoch) !== this.claim.epoch) throw fenced();
        await work(db);
      });
    try {
      await around(this.#faults, "store.transaction", transact);
    } catch (thrown) {
      throw classifyServerError(thrown, "checkpoint");
    }
    return this.#clock.now();
  }

  /** The task's row, locked until the transaction ends, so that nobody raises the epoch meanwhile. */
  #lockedEpoch(db: Transaction<MetaSchema>): Promise<{ epoch: string } | undefined> {
    return db
      .selectFrom("task")
      .select("epoch")
      .where("name", "=", this.claim.task)
      .modifyEnd(sql`lock in share mode`)
      .executeTakeFirst();
  }

  #forgetIntent(db: Transaction<MetaSchema>): Promise<unknown> {
    return db.deleteFrom("ddl_intent").where("task", "=", this.claim.task).execute();
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
    const row = { task: this.claim.task, ...changed };
    await around(this.#faults, "store.writeCheckpoint", () =>
      db.insertInto("checkpoint").values(row).onDuplicateKeyUpdate(changed).execute(),
    );
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
      const isIt = this.#isRowOf(batch);
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
      const row = db
        .deleteFrom("table_structure")
        .where("task", "=", task)
        .where("database_name", "=", database)
        .where("table_name", "=", table);
      await around(this.#faults, "store.forgetStructure", () => row.execute());
    }
    for (const structure of changed) {
      const text = JSON.stringify(structure);
      const row = db
        .insertInto("table_structure")
        .values({ task, database_name: structure.database, table_name: structure.table, structure: text })
        .onDuplicateKeyUpdate({ structure: text });
      await around(this.#faults, "store.writeStructure", () => row.execute());
    }
  }

  /** Gives the task up, by ending the connection that holds its lock. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}
