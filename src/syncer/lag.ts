/**
 * How far behind the upstream we are, as three times and two amounts. Nothing is counted that isn't a transaction:
 * heartbeats, rotates and format descriptions have times of their own that say nothing (R10), and an idle
 * upstream's last transaction may be a year old while nothing is behind.
 *
 * What isn't there yet was committed after two things: the last transaction that is (by its own time, on the upstream's clock),
 * and the last moment at which the upstream's log was known to end where we are (by our own clock, so that it needs no
 * other). The later of both is its greatest age. And who has heard nothing for a while knows nothing of that while.
 */
import { comparePositions, type Position } from "../binlog/position.ts";
import { gtidsBetween } from "../binlog/gtid-count.ts";
import type { Clock } from "../clock.ts";
import type { LogFacts } from "../upstream/log-watch.ts";
import type { ReaderState } from "../upstream/reader.ts";
import type { LiveFacts } from "./facts.ts";
import { bytesBetween, later } from "./log-distance.ts";
import type { LogMarks } from "./log-marks.ts";

export interface LagSources {
  readonly reader: ReaderState | null;
  readonly applied: Position | null;
  /** Time of the last transaction below the low-water mark, seconds by the upstream's clock. */
  readonly appliedTimestamp: number | null;
  /** Transactions that were handed out by the reader and are not below the low-water mark. */
  readonly inHand: number | null;
  /** `applied.gtids` is the whole set. */
  readonly gtidsComplete: boolean;
  readonly facts: LogFacts | null;
  readonly ends: LogMarks;
  readonly heartbeatMs: number;
  readonly clock: Clock;
}

/** An end that was heard of longer ago says nothing about how far behind we are now. */
const FRESH_MS = 40_000;

export function lagOf(sources: LagSources): LiveFacts["lag"] {
  const { reader, applied, clock } = sources;
  const lastContactMs = reader?.lastContactMs ?? null;
  const unknown = { receiveSeconds: null, applySeconds: null, behindBytes: null, behindTransactions: null };
  if (applied === null) return { lastContactMs, ...unknown };
  const end = knownEnd(sources);
  // Silence beyond a heartbeat: whatever was committed since then is not heard of.
  const silentMs = reader === null || lastContactMs === null ? 0 : clock.monotonic() - lastContactMs;
  const silence = silentMs > sources.heartbeatMs || reader?.connectedSinceMs === null ? silentMs / 1000 : 0;
  const received = reader?.received ?? null;
  const queued = (reader?.queuedBytes ?? 0) > 0;
  const allReceived = received !== null && !queued && isAt(received, end ?? received);
  const allApplied = isAt(applied, end ?? received ?? applied) && (reader === null ? end !== null : allReceived);
  const age = (place: Position, seconds: number | null): number | null => ageOf(sources, place, seconds);
  const atLeast = (seconds: number | null): number | null => (seconds === null ? null : Math.max(seconds, silence));
  return {
    lastContactMs,
    receiveSeconds: received === null ? null : atLeast(allReceived ? 0 : age(received, reader?.lastTimestamp ?? null)),
    applySeconds: atLeast(
      allApplied ? 0 : age(applied, sources.appliedTimestamp ?? (allReceived ? (reader?.lastTimestamp ?? null) : null)),
    ),
    ...amounts(sources, applied, end),
  };
}

/** The upstream's end as it was last heard of, never behind what was received; null when that is too long ago. */
function knownEnd({ facts, reader, clock }: LagSources): Position | null {
  if (facts === null || clock.monotonic() - facts.askedMs > FRESH_MS) return null;
  return later(facts.end, reader?.received ?? null);
}

function isAt(place: Position, end: Position): boolean {
  return comparePositions(place, end) >= 0;
}

/** The greatest age of what is behind `place`, seconds; `seconds` is the time of the last transaction before it. */
function ageOf({ facts, ends, reader, clock }: LagSources, place: Position, seconds: number | null): number | null {
  const offsetMs = reader?.clockOffsetMs ?? null;
  const upstreamNowMs =
    facts !== null ? facts.upstreamClockMs + clock.monotonic() : offsetMs === null ? null : clock.now() + offsetMs;
  const logged = seconds === null || upstreamNowMs === null ? null : upstreamNowMs / 1000 - seconds;
  const askedMs = ends.upTo(place);
  const seen = askedMs === null ? null : (clock.monotonic() - askedMs) / 1000;
  if (logged === null || seen === null) return seen ?? (logged === null ? null : Math.max(0, logged));
  return Math.max(0, Math.min(logged, seen));
}

function amounts(
  { facts, reader, inHand, gtidsComplete }: LagSources,
  applied: Position,
  end: Position | null,
): Pick<LiveFacts["lag"], "behindBytes" | "behindTransactions"> {
  if (facts === null || end === null) return { behindBytes: null, behindTransactions: null };
  const received = reader?.received ?? null;
  // Not known for a moment when the stream is in a file that is newer than the list of them.
  const toEnd = bytesBetween(facts.files, applied, end);
  const toReceived = received === null ? null : bytesBetween(facts.files, applied, received);
  const known = toReceived === null ? toEnd : Math.max(toEnd ?? 0, toReceived + (reader?.queuedBytes ?? 0));
  return {
    behindBytes: toEnd === null ? null : known,
    behindTransactions: transactions({ facts, inHand, gtidsComplete, received }, applied, end),
  };
}

function transactions(
  sources: Pick<LagSources, "inHand" | "gtidsComplete"> & {
    readonly facts: LogFacts;
    readonly received: Position | null;
  },
  applied: Position,
  end: Position,
): number | null {
  const { facts, inHand, received, gtidsComplete } = sources;
  if (gtidsComplete && end.gtids !== "") return gtidsBetween(facts.server.flavour, applied.gtids, end.gtids);
  return received !== null && isAt(received, end) ? inHand : null;
}
