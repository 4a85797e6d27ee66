/**
 * How far the upstream's purging is from the place that a restart of ours goes on from.
 *
 * A file goes when its last change is older than the retention. What stands behind our checkpoint was committed
 * after the last transaction before it, so it is kept at least until that one's time plus the retention; in the file that is being
 * written to, for the whole retention at least. Files also go by other ways (by hand, by size, by a provider's job):
 * those are only seen in how the oldest file moves.
 */
import { comparePositions } from "../binlog/position.ts";
import type { LogFacts } from "../upstream/log-watch.ts";
import type { HeadRoom } from "./facts.ts";
import { bytesBetween, type Place } from "./log-distance.ts";

/** What is known at one moment. */
export interface HeadRoomSample {
  readonly facts: LogFacts;
  /** The place that a restart goes on from. */
  readonly place: Place;
  /** Whatever is behind `place` was committed after this, ms since 1970 by the upstream's clock; null: not known. */
  readonly placeTimeMs: number | null;
}

interface Point {
  readonly atMs: number;
  readonly placeTimeMs: number | null;
  readonly bytes: number | null;
  readonly oldest: string;
}

/** A trend is taken over this long, and told from this long on. */
const WINDOW_MS = 600_000;
const SPAN_LEAST_MS = 20_000;
/** Points closer than this are one. */
const STEP_MS = 2_000;
/** The oldest file must have moved so often within the window before its speed says anything. */
const PURGES_LEAST = 2;

export class HeadRoomTrend {
  #points: Point[] = [];
  #last: HeadRoomSample | null = null;

  observe(sample: HeadRoomSample): void {
    const { facts, place } = sample;
    const oldest = facts.files[0]?.file;
    if (oldest === undefined) return;
    this.#last = sample;
    const previous = this.#points.at(-1);
    if (previous !== undefined && facts.askedMs - previous.atMs < STEP_MS) return;
    const bytes = isGone(oldest, place) ? 0 : bytesBetween(facts.files, { file: oldest, offset: 0 }, place);
    this.#points.push({ atMs: facts.askedMs, placeTimeMs: sample.placeTimeMs, bytes, oldest });
    while ((this.#points[1]?.atMs ?? Infinity) <= facts.askedMs - WINDOW_MS) this.#points.shift();
  }

  /** The log is another server's from now on. */
  clear(): void {
    this.#points = [];
    this.#last = null;
  }

  /** @param monotonicMs now; @param nowMs the same by the wall clock, ms since 1970 */
  at(monotonicMs: number, nowMs: number): HeadRoom | null {
    const sample = this.#last;
    const oldest = sample?.facts.files[0]?.file;
    if (sample === null || oldest === undefined) return null;
    const { facts, place } = sample;
    const { retentionSeconds, files } = facts;
    const left = keptForMs(sample, monotonicMs);
    const index = files.findIndex(({ file }) => file === place.file);
    const inMs = earliest(this.#byAge(left), this.#bySpeed());
    return {
      oldestFile: oldest,
      retentionSeconds,
      files: index === -1 ? null : index,
      bytes: index === -1 ? null : bytesBetween(files, { file: oldest, offset: 0 }, place),
      seconds: left === null ? null : Math.round(left / 1000),
      purgedAtMs: inMs === null ? null : nowMs + inMs,
    };
  }

  /** In how many ms the retention reaches our place if we go on as we did; null: never, or not known. */
  #byAge(leftMs: number | null): number | null {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (leftMs === null || this.#last === null || first === undefined || last === undefined) return null;
    if (this.#last.place.file === this.#last.facts.end.file) return null;
    if (first.placeTimeMs === null || last.placeTimeMs === null || last.atMs - first.atMs < SPAN_LEAST_MS) return null;
    // How many seconds of the upstream's life we get through in a second of ours: 1 keeps the distance.
    const speed = (last.placeTimeMs - first.placeTimeMs) / (last.atMs - first.atMs);
    return speed > 0.99 ? null : leftMs / (1 - speed);
  }

  /** In how many ms the oldest file comes to our place, if both move on as they did. */
  #bySpeed(): number | null {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (first === undefined || last === undefined || first.bytes === null || last.bytes === null) return null;
    if (new Set(this.#points.map(({ oldest }) => oldest)).size <= PURGES_LEAST) return null;
    const lost = first.bytes - last.bytes;
    return lost <= 0 ? null : (last.bytes * (last.atMs - first.atMs)) / lost;
  }
}

/** For how many ms more the retention surely keeps what is behind our place; null: there is none, or it isn't known. */
function keptForMs({ facts, place, placeTimeMs }: HeadRoomSample, monotonicMs: number): number | null {
  const { retentionSeconds, files, end, upstreamClockMs } = facts;
  if (retentionSeconds === null) return null;
  if (isGone(files[0]?.file ?? "", place)) return 0;
  if (place.file === end.file) return retentionSeconds * 1000;
  if (placeTimeMs === null) return null;
  const upstreamNowMs = upstreamClockMs + monotonicMs;
  return Math.max(0, placeTimeMs + retentionSeconds * 1000 - upstreamNowMs);
}

function isGone(oldest: string, place: Place): boolean {
  return place.file !== "" && comparePositions(place, { file: oldest, offset: 0 }) < 0;
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** The least time that leaves a person some to act. */
const WARN_LEAST_MS = 3_600_000;
/** Of the retention. */
const WARN_SHARE = 0.25;

/** Whether a person should know: what we need may be purged within the hour, or a quarter of the retention is all that is left. */
export function isTight(room: HeadRoom, nowMs: number): boolean {
  const { seconds, retentionSeconds, purgedAtMs } = room;
  if (purgedAtMs !== null && purgedAtMs - nowMs < WARN_LEAST_MS) return true;
  return seconds !== null && retentionSeconds !== null && seconds < retentionSeconds * WARN_SHARE;
}
