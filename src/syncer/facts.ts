import type { LargeFacts } from "../applier/large-transactions.ts";
import type { Position } from "../binlog/position.ts";
import type { ErrorKind, Stage } from "../errors.ts";
import type { SemiSyncState } from "../upstream/acknowledger.ts";
import type { Reconnect, ReconnectCount } from "../upstream/attempts.ts";

/** The task's state, as the state machine of the daemon has it. */
export const STATES = ["starting", "running", "waiting", "paused", "failed", "stopping", "stopped"] as const;
export type TaskState = (typeof STATES)[number];

/**
 * What the task does within its state. Exactly one holds at any moment; `none` outside a session
 * (waiting, paused, failed, stopped).
 */
export const PHASES = [
  "none",
  "connecting",
  "preparing",
  "catching-up",
  "syncing",
  "stalled",
  "ddl",
  "draining",
] as const;
export type Phase = (typeof PHASES)[number];

/** What the task knows of itself at this moment. What isn't known is null, never 0. */
export interface LiveFacts {
  readonly task: string;
  readonly state: TaskState;
  /** Wall clock, ms since 1970, of the last change of `state`. */
  readonly sinceMs: number;
  readonly phase: Phase;
  readonly upstream: {
    /** The one of its hosts that is read or tried, as `host:port`. */
    readonly host: string;
    /** `MySQL 9.7.4`; null until it answered once. */
    readonly server: string | null;
    readonly uuid: string | null;
    /** The end of the upstream's log as last heard of. */
    readonly end: Position | null;
    /** Wall clock, ms since 1970; null while disconnected. */
    readonly connectedSinceMs: number | null;
    /** Wall clock, ms since 1970; null while connected, and while no session runs. */
    readonly disconnectedSinceMs: number | null;
    /** Connections that were lost or not made, of all sessions; each was followed by another attempt. */
    readonly reconnects: number;
    readonly reconnectCounts: readonly ReconnectCount[];
    /** The last hundred, oldest first. */
    readonly recentReconnects: readonly Reconnect[];
    readonly headRoom: HeadRoom | null;
    /** Semi-synchronous replication; null: the task file doesn't ask for it. */
    readonly semiSync: SemiSyncState | null;
    /** The period at which it was asked to give a sign of life. */
    readonly heartbeatMs: number;
  };
  /** The end of the last transaction that was read whole. */
  readonly received: Position | null;
  /** The low-water mark: everything before it is committed downstream. */
  readonly applied: Position | null;
  /** The last checkpoint that was saved (or found at start); `savedAtMs` is wall clock, ms since 1970. */
  readonly checkpoint: (Position & { readonly savedAtMs: number | null }) | null;
  readonly lag: {
    /** `clock.monotonic()` of the last byte from the upstream. */
    readonly lastContactMs: number | null;
    /** The greatest age of what was committed upstream and is not received, or not applied; 0: there is nothing. */
    readonly receiveSeconds: number | null;
    readonly applySeconds: number | null;
    /** From the low-water mark to the upstream's end. */
    readonly behindBytes: number | null;
    readonly behindTransactions: number | null;
  };
  /** Counted since the process started; they never go back. */
  readonly rows: { readonly inserted: number; readonly updated: number; readonly deleted: number };
  readonly transactionsApplied: number;
  /** DDL and other statements of the log. */
  readonly statements: { readonly executed: number; readonly ignored: number };
  /** Whole batches tried again after a deadlock or a lock wait timeout. */
  readonly batchRetries: number;
  /** Rows that an UPDATE or DELETE didn't find and that `apply.missingRow` passed over, by table; in the order of their first one. */
  readonly missingRows: readonly MissingRows[];
  readonly workers: readonly WorkerFacts[];
  /** Why nothing more is read at present though all is well: an operator has paused it, or the downstream has enough in hand. */
  readonly throttle: Throttle | null;
  /** A large transaction that is applied while it is read. */
  readonly large: LargeFacts | null;
  /** Why the task waits or has failed; null while all is well. */
  readonly error: ErrorFacts | null;
  /** A reload that was refused; null once one was accepted. */
  readonly reloadError: string | null;
}

export const THROTTLES = ["paused", "downstream"] as const;

export interface Throttle {
  readonly reason: (typeof THROTTLES)[number];
  /** Wall clock, ms since 1970. */
  readonly sinceMs: number;
}

/** How far the upstream's purging is from the place that a restart goes on from. */
export interface HeadRoom {
  /** The oldest file that the upstream still has. */
  readonly oldestFile: string;
  /** null: files are kept until somebody purges them. */
  readonly retentionSeconds: number | null;
  /** Files, and bytes of log, from the oldest one's beginning up to our checkpoint. */
  readonly files: number | null;
  readonly bytes: number | null;
  /** For so long the retention surely keeps what is behind our checkpoint. */
  readonly seconds: number | null;
  /** Wall clock, ms since 1970, when it will be purged if we and the upstream go on as of late; null: never, or not known. */
  readonly purgedAtMs: number | null;
}

export interface WorkerFacts {
  readonly state: "idle" | "applying" | "committing" | "retrying";
  /** Row changes of the batch in hand; 0 when idle. */
  readonly batchRows: number;
}

export interface MissingRows {
  /** `db.table` downstream. */
  readonly table: string;
  readonly count: number;
}

export interface ErrorFacts {
  readonly name: string;
  readonly stage: Stage;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint: string;
  readonly position: string | null;
  /** Wall clock, ms since 1970, of its first sighting since the last durable progress. */
  readonly sinceMs: number;
  /** Sessions that ended with it since the last durable progress: 1 is the first. */
  readonly attempt: number;
  /** Wall clock, ms since 1970, of the next session; null when a person must act. */
  readonly retryAtMs: number | null;
}

/** Where the status comes from. Reading it must be cheap, synchronous and without side effects. */
export interface StatusSource {
  facts(): LiveFacts;
}

/** Whether an order was taken; the message says why not, or what happens next. */
export type Answer =
  | { readonly accepted: true; readonly message: string }
  | { readonly accepted: false; readonly message: string };

/** What may be asked of a running task. Each returns as soon as it is decided whether the order is taken. */
export interface TaskControls {
  pause(): Answer;
  resume(): Answer;
  /** `force`: connections are destroyed, nothing more is saved. */
  stop(options: { readonly force: boolean }): Answer;
  /** Reads the task file again, checks it, and only then uses it. */
  reload(): Answer;
}
