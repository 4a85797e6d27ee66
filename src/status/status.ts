import { comparePositions, type Position } from "../binlog/position.ts";
import { isoTime, type Clock } from "../clock.ts";
import type { ErrorKind, Stage } from "../errors.ts";
import { Rate } from "./rate.ts";
import type { ErrorFacts, LiveFacts, Phase, StatusSource, TaskState, WorkerFacts } from "./source.ts";

/**
 * What a task says about itself: the body of `GET /status` and of `status --json`. Times are ISO 8601 in UTC,
 * ages and delays seconds. A number that isn't known is null, never 0.
 */
export interface Status {
  readonly task: string;
  readonly state: TaskState;
  readonly since: string;
  readonly phase: Phase;
  readonly upstream: {
    readonly server: string | null;
    readonly uuid: string | null;
    readonly end: Position | null;
    readonly connectedSince: string | null;
    readonly reconnects: number;
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
  readonly workers: readonly WorkerFacts[];
  readonly error: StatusError | null;
  /** Why the last reload was refused; null once one was accepted. */
  readonly reloadError: string | null;
}

export interface Lag {
  /** Since the last byte from the upstream. */
  readonly contactSeconds: number | null;
  readonly receiveSeconds: number | null;
  readonly applySeconds: number | null;
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
  return {
    task: facts.task,
    state: facts.state,
    since: isoTime(facts.sinceMs),
    phase: facts.phase,
    upstream: {
      server: upstream.server,
      uuid: upstream.uuid,
      end: positionOf(upstream.end),
      connectedSince: timeOf(upstream.connectedSinceMs),
      reconnects: upstream.reconnects,
    },
    received: positionOf(facts.received),
    applied: positionOf(facts.applied),
    checkpoint: checkpointOf(facts.checkpoint, clock),
    lag: lagOf(facts, clock),
    rows: { ...facts.rows, perSecond: perSecond.rows },
    transactions: { applied: facts.transactionsApplied, perSecond: perSecond.transactions },
    workers: facts.workers.map(({ state, batchRows }) => ({ state, batchRows })),
    error: errorOf(facts.error),
    reloadError: facts.reloadError,
  };
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
    receiveSeconds,
    applySeconds,
    behindBytes,
    behindTransactions,
    caughtUp: facts.state === "running" && inTouch && allApplied && allReceived,
  };
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
