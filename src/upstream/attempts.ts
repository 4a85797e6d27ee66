import type { Clock } from "../clock.ts";
import { TidemarkError } from "../errors.ts";
import { backoffMs, type Backoff } from "../retry.ts";
import { decide, FEW, type Step } from "./decision.ts";
import { hostText, type Hosts, type Move } from "./hosts.ts";

/** One connection that was lost, or was not made. */
export interface Reconnect {
  /** Wall clock, ms since 1970. */
  readonly atMs: number;
  readonly step: Step;
  /** Which host failed, as `host:port`. */
  readonly host: string;
  /** The error's name. */
  readonly reason: string;
  readonly message: string;
  /** Where we had read to, `file:offset`. */
  readonly position: string;
  /** Failures since the last durable progress, this one included. */
  readonly attempt: number;
  /** The wait before the next attempt, ms. */
  readonly delayMs: number;
  /** How long the connection had lasted, ms; null when it was not made. */
  readonly connectedMs: number | null;
}

export interface ReconnectCount {
  readonly step: Step;
  readonly reason: string;
  readonly count: number;
}

export interface AttemptsOptions {
  readonly backoff: Backoff;
  /** Time without a connection, summed up since the last durable progress, after which we give up; null: never. */
  readonly budgetMs: number | null;
  readonly hosts: Hosts;
  readonly clock: Clock;
}

/** How many of the last ones are remembered. */
export const RECONNECTS_KEPT = 100;

/** A connection that lasted for so many of the longest delays (and for the whole budget) is no part of the trouble before it. */
const STABLE_DELAYS = 10;

/**
 * The failures of one reader. Delays and budget belong to "no durable progress": what was received, a fake
 * Rotate or a mere connection resets neither (R13, G24, V7); only {@link Attempts.progress} does, or a connection that lasted
 * so long that what comes next is another matter: an idle upstream has no progress to show (V3).
 */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #ring: Reconnect[] = [];
  readonly #counts = new Map<string, ReconnectCount>();
  readonly #few = new Map<string, number>();
  #total = 0;
  #sinceProgress = 0;
  #downMs = 0;
  #downSinceMs: number | null = null;
  #upSinceMs: number | null = null;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  get total(): number {
    return this.#total;
  }

  /** The last hundred, oldest first. */
  get recent(): readonly Reconnect[] {
    return this.#ring;
  }

  get counts(): readonly ReconnectCount[] {
    return [...this.#counts.values()];
  }

  /** The checkpoint moved, or all that was received is in it. */
  progress(): void {
    this.#sinceProgress = 0;
    this.#few.clear();
    this.#downMs = 0;
    if (this.#downSinceMs !== null) this.#downSinceMs = this.#options.clock.monotonic();
  }

  /** The log is coming: time runs on our account no longer. */
  up(): void {
    const now = this.#options.clock.monotonic();
    this.#upSinceMs = now;
    if (this.#downSinceMs === null) return;
    this.#downMs += now - this.#downSinceMs;
    this.#downSinceMs = null;
  }

  /**
   * Notes a failure and gives what to write about it, `delayMs` being the wait before the next attempt, which goes to
   * `hosts.present`. Throws the error when it is fatal (or came too often) and no other host may be asked, or when the budget is
   * spent; then it is fatal whatever it was.
   */
  failed(failure: {
    readonly step: Step;
    readonly error: TidemarkError;
    readonly known: boolean;
    /** Only by GTID may another host be asked. */
    readonly movable: boolean;
    readonly position: string;
    readonly connectedMs: number | null;
  }): Reconnect {
    const { clock, backoff, budgetMs, hosts } = this.#options;
    const { step, error } = failure;
    const stableMs = Math.max(budgetMs ?? 0, STABLE_DELAYS * backoff.capMs);
    if (this.#upSinceMs !== null && clock.monotonic() - this.#upSinceMs >= stableMs) this.progress();
    this.#upSinceMs = null;
    this.#downSinceMs ??= clock.monotonic();
    this.#sinceProgress++;
    const downMs = this.#downMs + clock.monotonic() - this.#downSinceMs;
    if (budgetMs !== null && downMs > budgetMs) throw giveUp(error, step, this.#sinceProgress);
    const host = hostText(hosts.present);
    const move = this.#move(failure);
    const reconnect: Reconnect = {
      atMs: clock.now(),
      step,
      host,
      reason: error.name,
      message: error.message,
      position: failure.position,
      attempt: this.#sinceProgress,
      delayMs: move === "next" ? 0 : backoffMs(backoff, this.#sinceProgress, clock),
      connectedMs: failure.connectedMs,
    };
    this.#note(reconnect);
    return reconnect;
  }

  #move(failure: {
    readonly step: Step;
    readonly error: TidemarkError;
    readonly known: boolean;
    readonly movable: boolean;
  }): Move {
    const { hosts } = this.#options;
    const { step, error, known, movable } = failure;
    if (this.#isRetried(step, error, known)) return movable ? hosts.failed() : "same";
    const final = giveUp(error, step, this.#sinceProgress);
    const move = movable ? hosts.refused(final) : null;
    if (move === null) throw hosts.verdict(final);
    return move;
  }

  #isRetried(step: Step, error: TidemarkError, known: boolean): boolean {
    const decision = decide(step, error, known);
    if (decision !== "retry-few") return decision === "retry";
    const times = (this.#few.get(error.name) ?? 0) + 1;
    this.#few.set(error.name, times);
    return times <= FEW;
  }

  #note(reconnect: Reconnect): void {
    this.#total++;
    this.#ring.push(reconnect);
    if (this.#ring.length > RECONNECTS_KEPT) this.#ring.shift();
    const key = `${reconnect.step} ${reconnect.reason}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, { step: reconnect.step, reason: reconnect.reason, count });
  }
}

/**
 * The error as the end of the session. Damage that comes again and again under a checksum is the upstream's: it
 * gets that name (R21).
 */
function giveUp(error: TidemarkError, step: Step, attempts: number): TidemarkError {
  return new TidemarkError(error.name === "checksum_mismatch" ? "source_corrupt" : error.name, error.message, {
    stage: error.stage,
    kind: "fatal",
    hint: error.hint,
    ...(error.position === undefined ? {} : { position: error.position }),
    facts: { ...error.facts, step, attempts },
    cause: error.cause ?? error,
  });
}
