import { comparePositions, type Position } from "../binlog/position.ts";
import { isoTime, type Clock } from "../clock.ts";
import type { ErrorKind, Stage } from "../errors.ts";
import { largeOf, type StatusLarge } from "./large.ts";
import { Rate } from "./rate.ts";
import type {
  ErrorFacts,
  HeadRoom,
  LiveFacts,
  MissingRows,
  Phase,
  StatusSource,
  TaskState,
  WorkerFacts,
} from "./source.ts";

/**
 * What a task says about itself: the body of `GET /status` and of `status --json`. Times are ISO 8601 in UTC,
 * ages and delays seconds. A number that isn't known is null, never 0.
 */
export interface Status {
  readonly task: string;
  /** When this was read: whoever looks sees that the process lives, also while nothing else changes. */
  readonly asOf: string;
  readonly state: TaskState;
  readonly since: string;
  readonly phase: Phase;
  readonly upstream: {
    /** The one of its hosts that is read or tried, as `host:port`. */
    readonly host: string;
    readonly server: string | null;
    readonly uuid: string | null;
    readonly end: Position | null;
    readonly connectedSince: string | null;
    /** While a session runs and has no connection. */
    readonly disconnectedSince: string | null;
    readonly reconnects: number;
    /** By the stage in which a connection was lost or not made, and the name of the error. */
    readonly reconnectCounts: readonly { readonly step: string; readonly reason: string; readonly count: number }[];
    /** The last hundred, oldest first. */
    readonly recentReconnects: readonly StatusReconnect[];
    readonly headRoom: StatusHeadRoom | null;
    /** Semi-synchronous replication; null: the task file doesn't ask for it. */
    readonly semiSync: SemiSync | null;
  };
  readonly received: Position | null;
  /** The low-water mark. */
  readonly applied: Position | null;
  readonly checkpoint: (Position & { readonly savedAt: string | null; readonly ageSeconds: number | null }) | null;
  readonly lag: Lag;
  readonly rows: {
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
    readonly perSecond: number | null;
  };
  readonly transactions: { readonly applied: number; readonly perSecond: number | null };
  /** DDL and other statements of the log. */
  readonly statements: { readonly executed: number; readonly ignored: number };
  /** Whole batches tried again after a deadlock or a lock wait timeout. */
  readonly batchRetries: number;
  /** Rows to be changed that were not there downstream and that `apply.missingRow` passed over. */
  readonly missingRows: readonly MissingRows[];
  readonly workers: readonly WorkerFacts[];
  /** A transaction larger than `apply.streamTransactionsOver`, while it is applied. */
  readonly streaming: StatusLarge | null;
  /** The same of one that may be cut (`apply.splitTransactionsOver`): readers downstream may see a part of it now. */
  readonly splitting: StatusLarge | null;
  /** Why nothing more is read at present though all is well: `paused` by an operator, or the `downstream` has enough in hand. */
  readonly throttle: { readonly reason: "paused" | "downstream"; readonly since: string } | null;
  readonly error: StatusError | null;
  /** Why the last reload was refused; null once one was accepted. */
  readonly reloadError: string | null;
}

export interface StatusReconnect {
  readonly at: string;
  readonly step: string;
  readonly host: string;
  readonly reason: string;
  readonly message: string;
  /** Where the log had been read to. */
  readonly position: string;
  /** Since the last durable progress, this one included. */
  readonly attempt: number;
  /** Until the next attempt. */
  readonly delaySeconds: number;
  /** How long the connection had lasted; null when it was not made. */
  readonly connectedSeconds: number | null;
}

/** How far the upstream's purging is from the checkpoint. */
export type StatusHeadRoom = Omit<HeadRoom, "purgedAtMs"> & {
  /** When it comes to the checkpoint at the present trend; null: never, or not known. */
  readonly purgedAt: string | null;
};

export interface SemiSync {
  /** Whether the source does it; null: it was not asked yet. */
  readonly source: "on" | "off" | null;
  /** Acknowledgements sent; each may stand for many transactions. */
  readonly acknowledged: number;
  /** How many the source waits for at this moment. */
  readonly waiting: number;
}

export interface Lag {
  /** Since the last byte from the upstream. */
  readonly contactSeconds: number | null;
  /** The greatest age of what was committed upstream and is not received, or not applied. */
  readonly receiveSeconds: number | null;
  readonly applySeconds: number | null;
  /** From the low-water mark to the upstream's end. */
  readonly behindBytes: number | null;
  readonly behindTransactions: number | null;
  /** True only with a sign of life within one heartbeat period and everything applied that was received. */
  readonly caughtUp: boolean;
}

export interface StatusError {
  readonly name: string;
  readonly stage: Stage;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint: string;
  readonly position: string | null;
  readonly since: string;
  readonly attempt: number;
  readonly retryAt: string | null;
}

/** Takes a reading of the totals this often, whether anybody asks or not: a rate needs two. */
const READING_EVERY_MS = 1000;

/** Reads the status whenever it is asked for. */
export interface StatusReader {
  readonly read: () => Status;
  /** Ends the readings. */
  readonly close: () => void;
}

/** Pulls the facts from the source; nothing is shared with the data's path, so a reader never waits for it. */
export function readStatus(source: StatusSource, clock: Clock): StatusReader {
  const [rows, transactions] = [new Rate(), new Rate()];
  const observe = (): LiveFacts => {
    const facts = source.facts();
    rows.observe(clock.monotonic(), facts.rows.inserted + facts.rows.updated + facts.rows.deleted);
    transactions.observe(clock.monotonic(), facts.transactionsApplied);
    return facts;
  };
  const again = (): void => {
    observe();
    timer = clock.timer(READING_EVERY_MS, again);
  };
  let timer = clock.timer(0, again);
  return {
    read: () => statusOf(observe(), clock, { rows: rows.perSecond(), transactions: transactions.perSecond() }),
    close: () => timer.cancel(),
  };
}

function statusOf(
  facts: LiveFacts,
  clock: Clock,
  perSecond: { readonly rows: number | null; readonly transactions: number | null },
): Status {
  const { upstream } = facts;
  const lag = lagOf(facts, clock);
  return {
    task: facts.task,
    asOf: isoTime(clock.now()),
    state: facts.state,
    since: isoTime(facts.sinceMs),
    phase: facts.phase,
    upstream: upstreamOf(upstream),
    received: positionOf(facts.received),
    applied: positionOf(facts.applied),
    checkpoint: checkpointOf(facts.checkpoint, clock),
    lag,
    rows: { ...facts.rows, perSecond: perSecond.rows },
    transactions: { applied: facts.transactionsApplied, perSecond: perSecond.transactions },
    statements: facts.statements,
    batchRetries: facts.batchRetries,
    missingRows: facts.missingRows.map(({ table, count }) => ({ table, count })),
    workers: facts.workers.map(({ state, batchRows }) => ({ state, batchRows })),
    throttle: throttleOf(facts.throttle),
    streaming: largeOf(facts.large, false),
    splitting: largeOf(facts.large, true),
    // Nothing is left to be saved that would say that it is over.
    error: lag.caughtUp ? null : errorOf(facts.error),
    reloadError: facts.reloadError,
  };
}

function upstreamOf(upstream: LiveFacts["upstream"]): Status["upstream"] {
  const { headRoom } = upstream;
  return {
    host: upstream.host,
    server: upstream.server,
    uuid: upstream.uuid,
    end: positionOf(upstream.end),
    connectedSince: timeOf(upstream.connectedSinceMs),
    disconnectedSince: timeOf(upstream.disconnectedSinceMs),
    reconnects: upstream.reconnects,
    reconnectCounts: upstream.reconnectCounts.map(({ step, reason, count }) => ({ step, reason, count })),
    recentReconnects: upstream.recentReconnects.map((each) => ({
      at: isoTime(each.atMs),
      step: each.step,
      host: each.host,
      reason: each.reason,
      message: each.message,
      position: each.position,
      attempt: each.attempt,
      delaySeconds: Math.round(each.delayMs) / 1000,
      connectedSeconds: each.connectedMs === null ? null : Math.round(each.connectedMs) / 1000,
    })),
    headRoom: headRoom === null ? null : headRoomOf(headRoom),
    semiSync: semiSyncOf(upstream.semiSync),
  };
}

function semiSyncOf(state: LiveFacts["upstream"]["semiSync"]): SemiSync | null {
  return state === null ? null : { source: state.source, acknowledged: state.acknowledged, waiting: state.waiting };
}

function headRoomOf({ purgedAtMs, ...room }: HeadRoom): StatusHeadRoom {
  return { ...room, purgedAt: timeOf(purgedAtMs) };
}

function checkpointOf(checkpoint: LiveFacts["checkpoint"], clock: Clock): Status["checkpoint"] {
  if (checkpoint === null) return null;
  const { savedAtMs } = checkpoint;
  const ageSeconds = savedAtMs === null ? null : Math.max(0, clock.now() - savedAtMs) / 1000;
  return { ...placeOf(checkpoint), savedAt: timeOf(savedAtMs), ageSeconds };
}

function lagOf(facts: LiveFacts, clock: Clock): Lag {
  const { lastContactMs, receiveSeconds, applySeconds, behindBytes, behindTransactions } = facts.lag;
  const contactMs = lastContactMs === null ? null : Math.max(0, clock.monotonic() - lastContactMs);
  const { received, applied, upstream } = facts;
  const allApplied = received !== null && applied !== null && comparePositions(applied, received) >= 0;
  const allReceived = upstream.end === null || (received !== null && comparePositions(received, upstream.end) >= 0);
  const inTouch = upstream.connectedSinceMs !== null && contactMs !== null && contactMs <= upstream.heartbeatMs;
  return {
    contactSeconds: contactMs === null ? null : Math.round(contactMs) / 1000,
    receiveSeconds: thousandths(receiveSeconds),
    applySeconds: thousandths(applySeconds),
    behindBytes,
    behindTransactions,
    caughtUp: facts.state === "running" && inTouch && allApplied && allReceived,
  };
}

function thousandths(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000) / 1000;
}

function throttleOf(throttle: LiveFacts["throttle"]): Status["throttle"] {
  return throttle === null ? null : { reason: throttle.reason, since: isoTime(throttle.sinceMs) };
}

function errorOf(error: ErrorFacts | null): StatusError | null {
  if (error === null) return null;
  const { name, stage, kind, message, hint, position, attempt } = error;
  return {
    name,
    stage,
    kind,
    message,
    hint,
    position,
    since: isoTime(error.sinceMs),
    attempt,
    retryAt: timeOf(error.retryAtMs),
  };
}

function positionOf(position: Position | null): Position | null {
  return position === null ? null : placeOf(position);
}

function placeOf({ file, offset, gtids }: Position): Position {
  return { file, offset, gtids };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}
