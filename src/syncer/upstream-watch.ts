/**
 * What the task knows of its upstream besides the stream, for as long as the process lives: while a session reads, and
 * (less often) while none does, so that a paused task still says how far behind it is and how long it may stay so.
 */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { connect } from "../mysql/connection.ts";
import { watchLog, type LogFacts } from "../upstream/log-watch.ts";
import { sameServer, type UpstreamOptions } from "../upstream/session.ts";
import type { HeadRoom } from "./facts.ts";
import { HeadRoomTrend, isTight } from "./head-room.ts";
import { LogMarks } from "./log-marks.ts";
import type { SessionView } from "./session-view.ts";

/** What the watch looks at of the present session. */
export interface Watched extends Pick<SessionView, "server" | "checkpoint" | "applied" | "appliedTimestamp"> {
  readonly reader: { readonly step: string } | null;
}

export interface UpstreamWatchOptions {
  readonly upstream: () => UpstreamOptions;
  readonly view: () => Watched;
  readonly connect: typeof connect;
  readonly clock: Clock;
  readonly log: Log;
}

/** While the stream runs; and while there is no session. */
const STREAMING_MS = 2_000;
const ALONE_MS = 10_000;
/** While the reader connects, it alone does: then this is how soon we look whether it has. */
const IDLE_MS = 500;
/** The warning comes again this often. */
const WARN_EVERY_MS = 600_000;

export class UpstreamWatch {
  readonly #options: UpstreamWatchOptions;
  readonly #ends = new LogMarks();
  readonly #applied = new LogMarks();
  readonly #trend = new HeadRoomTrend();
  #facts: LogFacts | null = null;
  #warnedMs: number | null = null;

  constructor(options: UpstreamWatchOptions) {
    this.#options = options;
  }

  /** Looks until `ended` is aborted. Never rejects. */
  run(ended: AbortSignal): Promise<void> {
    const { upstream, connect, clock, log } = this.#options;
    return watchLog(
      {
        upstream,
        everyMs: () => this.#everyMs(),
        idleMs: IDLE_MS,
        timeoutMs: upstream().netTimeoutMs,
        connect,
        clock,
        log,
        onFacts: (facts) => this.take(facts),
      },
      ended,
    );
  }

  /** The last look; null before the first, and when it was at another server than the one that we follow. */
  get facts(): LogFacts | null {
    const server = this.#options.view().server;
    return this.#facts === null || server === null || !sameServer(this.#facts.server, server) ? null : this.#facts;
  }

  /** `clock.monotonic()` times by where the log ended then: what was committed by that time is before that place. */
  get ends(): LogMarks {
    return this.#ends;
  }

  get headRoom(): HeadRoom | null {
    const { clock } = this.#options;
    return this.facts === null ? null : this.#trend.at(clock.monotonic(), clock.now());
  }

  take(facts: LogFacts): void {
    if (this.#facts !== null && !sameServer(this.#facts.server, facts.server)) {
      for (const marks of [this.#ends, this.#applied, this.#trend]) marks.clear();
    }
    this.#facts = facts;
    this.#ends.observe(facts.end, facts.askedMs);
    const { checkpoint, applied, appliedTimestamp } = this.#options.view();
    if (this.facts === null || checkpoint === null) return;
    if (applied !== null && appliedTimestamp !== null) this.#applied.observe(applied, appliedTimestamp * 1000);
    const asked = this.#ends.upTo(checkpoint);
    const seen = asked === null ? null : asked + facts.upstreamClockMs;
    const logged = this.#applied.upTo(checkpoint);
    const placeTimeMs = seen === null || logged === null ? (seen ?? logged) : Math.max(seen, logged);
    this.#trend.observe({ facts, place: checkpoint, placeTimeMs });
    this.#warn();
  }

  #warn(): void {
    const { clock, log } = this.#options;
    const room = this.headRoom;
    if (room === null || !isTight(room, clock.now())) {
      this.#warnedMs = null;
      return;
    }
    if (this.#warnedMs !== null && clock.monotonic() - this.#warnedMs < WARN_EVERY_MS) return;
    this.#warnedMs = clock.monotonic();
    log.warn(
      { headRoom: room, hint: "Let the task catch up, or raise binlog_expire_logs_seconds on the upstream." },
      "the upstream will purge what is still needed",
    );
  }

  #everyMs(): number | null {
    const step = this.#options.view().reader?.step ?? "closed";
    if (step === "closed") return ALONE_MS;
    return step === "stream" ? STREAMING_MS : null;
  }
}
