/** The task's live facts, put together from what the daemon and the session know. */
import { comparePositions } from "../binlog/position.ts";
import type { Clock } from "../clock.ts";
import { serverName } from "../mysql/flavour.ts";
import type { Counters } from "./counters.ts";
import type { ErrorFacts, LiveFacts, Phase, TaskState } from "./facts.ts";
import type { SessionView } from "./session-view.ts";

export interface LiveSources {
  readonly task: string;
  readonly state: TaskState;
  readonly sinceMs: number;
  readonly phase: Phase;
  readonly heartbeatMs: number;
  readonly view: SessionView;
  readonly counters: Counters;
  readonly error: ErrorFacts | null;
  readonly reloadError: string | null;
  readonly clock: Clock;
}

export function liveFacts(sources: LiveSources): LiveFacts {
  const { view, counters } = sources;
  const { reader, server } = view;
  return {
    task: sources.task,
    state: sources.state,
    sinceMs: sources.sinceMs,
    phase: sources.phase,
    upstream: {
      server: server === null ? null : serverName(server),
      uuid: server?.uuid ?? null,
      end: view.end,
      connectedSinceMs: reader?.connectedSinceMs ?? null,
      reconnects: view.reconnects,
      heartbeatMs: sources.heartbeatMs,
    },
    received: reader?.received ?? null,
    applied: view.applied,
    checkpoint: view.checkpoint,
    lag: lag(sources),
    rows: { inserted: counters.inserted, updated: counters.updated, deleted: counters.deleted },
    transactionsApplied: counters.transactions,
    workers: view.workers,
    error: sources.error,
    reloadError: sources.reloadError,
  };
}

/** What isn't known is null. Times are corrected for the difference between the upstream's clock and ours (R12). */
function lag({ view, clock }: LiveSources): LiveFacts["lag"] {
  const { reader, applied } = view;
  const lastContactMs = reader?.lastContactMs ?? null;
  if (reader === null || applied === null || reader.clockOffsetMs === null) {
    return { lastContactMs, receiveSeconds: null, applySeconds: null, behindBytes: null, behindTransactions: null };
  }
  const age = (seconds: number | null): number | null =>
    seconds === null ? null : Math.max(0, (clock.now() + (reader.clockOffsetMs ?? 0)) / 1000 - seconds);
  const allApplied = comparePositions(applied, reader.received) >= 0;
  const sameFile = applied.file === reader.received.file;
  return {
    lastContactMs,
    receiveSeconds: reader.queuedBytes === 0 ? 0 : age(reader.lastTimestamp),
    applySeconds: allApplied && reader.queuedBytes === 0 ? 0 : age(view.appliedTimestamp ?? reader.lastTimestamp),
    behindBytes: sameFile ? Math.max(0, reader.received.offset - applied.offset) + reader.queuedBytes : null,
    behindTransactions: allApplied && reader.queuedBytes === 0 ? 0 : null,
  };
}
