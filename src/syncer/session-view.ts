/** What can be seen of a session from the outside: live, and never waiting for anything. */
import type { Ledger } from "../applier/ledger.ts";
import type { LargeFacts } from "../applier/large-transactions.ts";
import type { Scheduler } from "../applier/scheduler.ts";
import type { TargetTable } from "../applier/target.ts";
import type { WorkerPool } from "../applier/worker-pool.ts";
import type { Position } from "../binlog/position.ts";
import type { ServerInfo } from "../mysql/flavour.ts";
import type { SemiSyncState } from "../upstream/acknowledger.ts";
import { RECONNECTS_KEPT, type Reconnect, type ReconnectCount } from "../upstream/attempts.ts";
import type { Reader, ReaderState } from "../upstream/reader.ts";
import type { WorkerFacts } from "./facts.ts";
import type { Prepared } from "./prepare.ts";

/** What a view looks at. */
export interface Viewed {
  readonly ledger: Ledger;
  readonly pool: WorkerPool;
  readonly scheduler: Scheduler;
  readonly reader: Reader<TargetTable>;
}

export class SessionView {
  /** Of the session before, what stays true until this one knows better. */
  readonly #before: {
    readonly server: ServerInfo | null;
    readonly end: Position | null;
    readonly applied: Position | null;
    readonly appliedTimestamp: number | null;
    readonly gtidsComplete: boolean;
    readonly reconnects: number;
    readonly reconnectCounts: readonly ReconnectCount[];
    readonly recentReconnects: readonly Reconnect[];
    readonly semiSync: SemiSyncState | null;
  };
  #parts: Viewed | null = null;
  #prepared: Prepared | null = null;
  /** Wall clock, ms since 1970, since when the upstream is read no further because the downstream has enough in hand; null: it is read. */
  throttledSinceMs: number | null = null;
  #checkpoint: (Position & { readonly savedAtMs: number | null }) | null;

  /** @param before the view of the session before this one: a task that waits still knows how far it has come */
  constructor(before: SessionView | null = null) {
    this.#checkpoint = before?.checkpoint ?? null;
    this.#before = {
      server: before?.server ?? null,
      end: before?.end ?? null,
      applied: before?.applied ?? null,
      appliedTimestamp: before?.appliedTimestamp ?? null,
      gtidsComplete: before?.gtidsComplete ?? false,
      reconnects: before?.reconnects ?? 0,
      reconnectCounts: before?.reconnectCounts ?? [],
      recentReconnects: before?.recentReconnects ?? [],
      semiSync: before?.semiSync ?? null,
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

  /** What the session began with; null until it has. */
  get begun(): Prepared | null {
    return this.#prepared;
  }

  /** The end of the upstream's log as it was when the session began. */
  get end(): Position | null {
    return this.#prepared?.end ?? this.#before.end;
  }

  /** Of all sessions of this process. */
  get reconnects(): number {
    return this.#before.reconnects + (this.#parts?.reader.state.reconnects ?? 0);
  }

  get reconnectCounts(): readonly ReconnectCount[] {
    const sums = new Map(this.#before.reconnectCounts.map((each) => [`${each.step} ${each.reason}`, each]));
    for (const { step, reason, count } of this.#parts?.reader.state.reconnectCounts ?? []) {
      const key = `${step} ${reason}`;
      sums.set(key, { step, reason, count: count + (sums.get(key)?.count ?? 0) });
    }
    return [...sums.values()];
  }

  /** The last hundred, oldest first. */
  get recentReconnects(): readonly Reconnect[] {
    const now = this.#parts?.reader.state.recentReconnects ?? [];
    return [...this.#before.recentReconnects, ...now].slice(-RECONNECTS_KEPT);
  }

  /** Acknowledgements are those of all sessions of this process. */
  get semiSync(): SemiSyncState | null {
    const before = this.#before.semiSync;
    if (this.#parts === null) return before === null ? null : { ...before, waiting: 0 };
    const { semiSync } = this.#parts.reader.state;
    if (semiSync === null) return null;
    const { source, acknowledged, waiting } = semiSync;
    return {
      source: source ?? before?.source ?? null,
      acknowledged: acknowledged + (before?.acknowledged ?? 0),
      waiting,
    };
  }

  get reader(): ReaderState | null {
    return this.#parts?.reader.state ?? null;
  }

  /** The low-water mark. */
  get applied(): Position | null {
    return this.#parts?.ledger.checkpoint().position ?? this.#prepared?.start ?? this.#before.applied;
  }

  /** Time of the last transaction below the low-water mark, seconds by the upstream's clock; null before the first. */
  get appliedTimestamp(): number | null {
    return this.#parts?.ledger.timestamp ?? this.#before.appliedTimestamp;
  }

  /** The GTIDs of `applied` are the whole set. */
  get gtidsComplete(): boolean {
    return this.#prepared?.gtidsComplete ?? this.#before.gtidsComplete;
  }

  /** Transactions that were handed out by the reader and are not below the low-water mark; null while no session reads. */
  get inHand(): number | null {
    if (this.#parts === null) return null;
    return Math.max(0, this.#parts.reader.state.handedOut - this.#parts.ledger.transactions);
  }

  /** A large transaction that is being applied. */
  get large(): LargeFacts | null {
    return this.#parts?.scheduler.large ?? null;
  }

  get checkpoint(): (Position & { readonly savedAtMs: number | null }) | null {
    return this.#checkpoint;
  }

  get workers(): readonly WorkerFacts[] {
    return this.#parts?.pool.states ?? [];
  }
}
