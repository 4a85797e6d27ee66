/** The task's live facts, put together from what the daemon, the session and the watch know. */
import type { Clock } from "../clock.ts";
import { serverName } from "../mysql/flavour.ts";
import type { Counters } from "./counters.ts";
import type { ErrorFacts, LiveFacts, Phase, TaskState } from "./facts.ts";
import { lagOf } from "./lag.ts";
import { later } from "./log-distance.ts";
import type { SessionView } from "./session-view.ts";
import type { UpstreamWatch } from "./upstream-watch.ts";

export interface LiveSources {
  readonly task: string;
  readonly state: TaskState;
  readonly sinceMs: number;
  readonly phase: Phase;
  readonly heartbeatMs: number;
  /** The one that is read, as `host:port`. */
  readonly host: string;
  readonly view: SessionView;
  readonly watch: Pick<UpstreamWatch, "facts" | "ends" | "headRoom">;
  readonly counters: Counters;
  readonly error: ErrorFacts | null;
  readonly reloadError: string | null;
  readonly clock: Clock;
}

export function liveFacts(sources: LiveSources): LiveFacts {
  const { view, watch, counters, heartbeatMs, clock } = sources;
  const { server } = view;
  // A session that is over keeps its reader, for what it counted; what that one had received is read again.
  const reader = view.reader?.step === "closed" ? null : view.reader;
  const lag = lagOf({
    reader,
    applied: view.applied,
    appliedTimestamp: view.appliedTimestamp,
    inHand: view.inHand,
    gtidsComplete: view.gtidsComplete,
    facts: watch.facts,
    ends: watch.ends,
    heartbeatMs,
    clock,
  });
  return {
    task: sources.task,
    state: sources.state,
    sinceMs: sources.sinceMs,
    phase: phaseOf(sources, lag),
    upstream: {
      host: sources.host,
      server: server === null ? null : serverName(server),
      uuid: server?.uuid ?? null,
      end: later(watch.facts?.end ?? view.end, reader?.received ?? null),
      connectedSinceMs: reader?.connectedSinceMs ?? null,
      disconnectedSinceMs: reader?.disconnectedSinceMs ?? null,
      reconnects: view.reconnects,
      reconnectCounts: view.reconnectCounts,
      recentReconnects: view.recentReconnects,
      headRoom: watch.headRoom,
      semiSync: view.semiSync,
      heartbeatMs,
    },
    received: reader?.received ?? null,
    applied: view.applied,
    checkpoint: view.checkpoint,
    lag,
    rows: { inserted: counters.inserted, updated: counters.updated, deleted: counters.deleted },
    transactionsApplied: counters.transactions,
    statements: { executed: counters.statementsExecuted, ignored: counters.statementsIgnored },
    batchRetries: counters.retries,
    missingRows: [...counters.missingRows].map(([table, count]) => ({ table, count })),
    workers: view.workers,
    throttle: throttleOf(sources),
    large: view.large,
    error: sources.error,
    reloadError: sources.reloadError,
  };
}

function throttleOf({ state, sinceMs, phase, view }: LiveSources): LiveFacts["throttle"] {
  if (state === "paused") return { reason: "paused", sinceMs };
  // Of a session that is over nothing is to be told.
  const since = phase === "none" ? null : view.throttledSinceMs;
  return since === null ? null : { reason: "downstream", sinceMs: since };
}

/** More than this behind is catching up. */
const CATCHING_UP_S = 10;

/** While rows flow the session says `syncing`; whether they do is seen here. */
function phaseOf({ phase, view, heartbeatMs, clock }: LiveSources, lag: LiveFacts["lag"]): Phase {
  if (phase !== "syncing") return phase;
  const { reader } = view;
  if (reader === null || reader.step === "closed") return phase;
  const down = reader.disconnectedSinceMs;
  if (down !== null && reader.reconnects > 0 && clock.now() - down > 2 * heartbeatMs) return "stalled";
  return (lag.applySeconds ?? 0) > CATCHING_UP_S && lag.behindBytes !== 0 ? "catching-up" : phase;
}
