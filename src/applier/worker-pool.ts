/** The workers: a p-queue of batches, each applied on a connection of its own, made when it is first needed. */
import PQueue from "p-queue";
import type { TidemarkError } from "../errors.ts";
import { asTidemarkError } from "../errors.ts";
import { around, opening } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import { applyBatch } from "./apply-batch.ts";
import { applyParts } from "./apply-parts.ts";
import type { ApplyContext } from "./apply-context.ts";
import type { Batch } from "./batch.ts";
import { Committed } from "./commit.ts";
import type { ExecutionError, ExecutionErrors } from "./execution-errors.ts";
import type { Ledger } from "./ledger.ts";
import type { BatchRunner } from "./scheduler.ts";

export interface WorkerPoolOptions {
  readonly workers: number;
  /** A connection with its session set up; throws a classified error. Gives up, and closes what it has opened, when `over` is aborted. */
  readonly connect: (over: AbortSignal) => Promise<Connection>;
  readonly context: ApplyContext;
  readonly errors: ExecutionErrors;
  readonly ledger: Ledger;
  /** Called after each commit, before the batch's changes are let go. */
  readonly onCommitted: (batch: Batch) => void;
}

/** What a worker does at this moment. */
export interface WorkerState {
  readonly state: "idle" | "applying";
  readonly batchRows: number;
}

export class WorkerPool implements BatchRunner {
  readonly #options: WorkerPoolOptions;
  readonly #queue: PQueue;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #running = new Set<Batch>();
  /** Aborted by {@link destroy}: connections that are only being made then are nobody's yet. */
  readonly #over = new AbortController();

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#queue = new PQueue({ concurrency: options.workers });
  }

  get free(): number {
    return Math.max(0, this.#options.workers - this.#running.size);
  }

  get states(): readonly WorkerState[] {
    const busy = [...this.#running]
      .slice(0, this.#options.workers)
      .map((batch) => ({ state: "applying" as const, batchRows: batch.rows }));
    const idle = { state: "idle" as const, batchRows: 0 };
    return [...busy, ...Array.from({ length: this.#options.workers - busy.length }, () => idle)];
  }

  run(batch: Batch, done: () => void): void {
    this.#running.add(batch);
    // The earliest first: with `ordered`, later ones may hold every worker until it is done.
    void this.#queue.add(
      async () => {
        try {
          await this.#apply(batch);
        } catch (thrown) {
          // Nobody else hears of it.
          this.#options.errors.record("unexpected", asTidemarkError(thrown, "apply"));
        }
        this.#running.delete(batch);
        done();
        this.#options.context.turns?.settled();
      },
      { priority: -batch.sequence },
    );
  }

  async #apply(batch: Batch): Promise<void> {
    const { errors, ledger } = this.#options;
    // S3: what was queued before the first error is not begun after it.
    if (errors.first !== null) return;
    const connection = await this.#take();
    if (connection === null) return;
    // Making a connection takes its time, in which another worker may have failed.
    if (this.#isOver) {
      this.#idle.push(connection);
      return;
    }
    const result = await this.#applyOn(connection, batch);
    if (result instanceof Committed) {
      ledger.settle(result);
      this.#options.onCommitted(batch);
      this.#idle.push(connection);
      return;
    }
    if (result !== "abandoned") errors.record(result.kind, result.error);
    this.#all.delete(connection);
    connection.destroy();
  }

  get #isOver(): boolean {
    return this.#options.errors.first !== null || this.#over.signal.aborted;
  }

  async #applyOn(connection: Connection, batch: Batch): Promise<Committed | ExecutionError | "abandoned"> {
    const { context } = this.#options;
    if (batch.stream === null) return applyBatch(connection, batch, context);
    let second: Connection | null = null;
    const aside = async (): Promise<Connection | null> => (second ??= await this.#take());
    const result = await applyParts(connection, batch, batch.stream, context, aside);
    if (second !== null) this.#idle.push(second);
    return result;
  }

  /** A connection that failed to open never began the batch: an error of kind `begin`. */
  async #take(): Promise<Connection | null> {
    const idle = this.#idle.pop();
    if (idle !== undefined && !idle.closed) return idle;
    try {
      const { connect, context } = this.#options;
      const connection = await opening(context.faults, "worker.connect", () => connect(this.#over.signal));
      this.#all.add(connection);
      return connection;
    } catch (thrown) {
      const error: TidemarkError = asTidemarkError(thrown, "apply");
      this.#options.errors.record("begin", error);
      return null;
    }
  }

  /** Waits for the batches in hand, then closes the connections. */
  async close(): Promise<void> {
    const { faults } = this.#options.context;
    await around(faults, "workers.idle", () => this.#queue.onIdle());
    await around(faults, "workers.close", () => Promise.all([...this.#all].map((connection) => connection.close())));
    this.#all.clear();
  }

  /** Closes the sockets at once; batches in hand fail, and what became of them the next session finds out. */
  destroy(): void {
    this.#over.abort();
    for (const connection of this.#all) connection.destroy();
    this.#all.clear();
  }
}
