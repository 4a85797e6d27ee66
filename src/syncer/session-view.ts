/** What can be seen of a session from the outside: live, and never waiting for anything. */
import type { Ledger } from "../applier/ledger.ts";
import type { TargetTable } from "../applier/target.ts";
import type { WorkerPool } from "../applier/worker-pool.ts";
import type { Position } from "../binlog/position.ts";
import type { ServerInfo } from "../mysql/flavour.ts";
import type { Reader, ReaderState } from "../upstream/reader.ts";
import type { WorkerFacts } from "./facts.ts";
import type { Prepared } from "./prepare.ts";

/** What a view looks at. */
export interface Viewed {
  readonly ledger: Ledger;
  readonly pool: WorkerPool;
  readonly reader: Reader<TargetTable>;
}

export class SessionView {
  /** Of the session before, what stays true until this one knows better. */
  readonly #before: {
    readonly server: ServerInfo | null;
    readonly end: Position | null;
    readonly applied: Position | null;
    readonly reconnects: number;
  };
  #parts: Viewed | null = null;
  #prepared: Prepared | null = null;
  #checkpoint: (Position & { readonly savedAtMs: number | null }) | null;

  /** @param before the view of the session before this one: a task that waits still knows how far it has come */
  constructor(before: SessionView | null = null) {
    this.#checkpoint = before?.checkpoint ?? null;
    this.#before = {
      server: before?.server ?? null,
      end: before?.end ?? null,
      applied: before?.applied ?? null,
      reconnects: before?.reconnects ?? 0,
    };
  }

  prepared(prepared: Prepared): void {
    this.#prepared = prepared;
    const { checkpoint } = prepared.stored;
    this.#checkpoint = { ...prepared.start, savedAtMs: checkpoint?.savedAtMs ?? null };
  }

  started(parts: Viewed): void {
    this.#parts = parts;
  }

  saved(position: Position, savedAtMs: number): void {
    this.#checkpoint = { ...position, savedAtMs };
  }

  get server(): ServerInfo | null {
    return this.#parts?.reader.state.server ?? this.#prepared?.upstream ?? this.#before.server;
  }

  /** The end of the upstream's log as it was when the session began. */
  get end(): Position | null {
    return this.#prepared?.end ?? this.#before.end;
  }

  /** Of all sessions of this process. */
  get reconnects(): number {
    return this.#before.reconnects + (this.#parts?.reader.state.reconnects ?? 0);
  }

  get reader(): ReaderState | null {
    return this.#parts?.reader.state ?? null;
  }

  /** The low-water mark. */
  get applied(): Position | null {
    return this.#parts?.ledger.checkpoint().position ?? this.#prepared?.start ?? this.#before.applied;
  }

  /** Header timestamp of the last transaction below the low-water mark, seconds by the upstream's clock; null before the first. */
  get appliedTimestamp(): number | null {
    return this.#parts?.ledger.timestamp ?? null;
  }

  get checkpoint(): (Position & { readonly savedAtMs: number | null }) | null {
    return this.#checkpoint;
  }

  get workers(): readonly WorkerFacts[] {
    return this.#parts?.pool.states ?? [];
  }
}
