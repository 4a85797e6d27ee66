/**
 * The servers that hold the same log, and which of them is read. The order is one of preference: it counts when
 * a process starts, and when one must be left. Nobody goes back to a preferred one that has come again: a change of
 * server is a risk of its own, and its time is for a person to choose (restart the process).
 *
 * The one that is read has `failoverAfterMs` to come back; what says that it can't be read at all (its log is purged, our password
 * is wrong) counts at once. Any other one has one attempt in each round through the list, with the checks of `successor.ts`.
 */
import type { Clock } from "../clock.ts";
import { TidemarkError } from "../errors.ts";
import { isOfHost } from "./decision.ts";

export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** `10.0.0.5:3306`, `[::1]:3306`. */
export function hostText({ host, port }: HostAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Where the next attempt goes: `same`: to the same one, after the delay; `next`: to another one, at once; `round`: all have
 * had their turn, and it begins anew after the delay.
 */
export type Move = "same" | "next" | "round";

export interface HostsOptions {
  /** At least one, in order of preference. */
  readonly list: readonly HostAddress[];
  readonly failoverAfterMs: number;
  readonly clock: Clock;
  /** Where to begin; default the first. One that isn't in the list is the first. */
  readonly present?: HostAddress;
}

/** Belongs to a process and outlives its sessions. */
export class Hosts {
  readonly #options: HostsOptions;
  readonly #list: readonly HostAddress[];
  #present: number;
  /** The one that was read last; null: none yet. */
  #home: number | null = null;
  #upSinceMs: number | null = null;
  #downSinceMs: number | null = null;
  /** Others have been asked since one was read: from then on all have the same turns. */
  #patienceIsOver = false;
  /** What each has answered in this round: its refusal, or null for a failure that may pass. */
  readonly #round = new Map<number, TidemarkError | null>();

  constructor(options: HostsOptions) {
    const first = options.list[0];
    if (first === undefined) throw new Error("no host");
    this.#options = options;
    this.#list = options.list;
    const { present = first } = options;
    this.#present = Math.max(
      0,
      this.#list.findIndex((each) => hostText(each) === hostText(present)),
    );
  }

  /** The one to connect to. */
  get present(): HostAddress {
    return this.#list[this.#present] ?? this.#options.list[0] ?? { host: "", port: 0 };
  }

  get several(): boolean {
    return this.#list.length > 1;
  }

  /** The present one is the one that was read last: what it says counts as it did before. */
  get isHome(): boolean {
    return this.#home === this.#present;
  }

  /** The present one is read. */
  up(): void {
    if (!this.isHome) this.#downSinceMs = null;
    this.#home = this.#present;
    this.#upSinceMs = this.#options.clock.monotonic();
    this.#patienceIsOver = false;
    this.#round.clear();
  }

  /** Durable progress: whatever was wrong with the present one is over. */
  progress(): void {
    this.#downSinceMs = null;
  }

  /** An attempt at the present one has failed in a way that may pass. */
  failed(): Move {
    const { clock, failoverAfterMs } = this.#options;
    const now = clock.monotonic();
    // One that comes and goes has not come back; one that stayed for as long as we wait for it has.
    if (this.#upSinceMs !== null && now - this.#upSinceMs >= failoverAfterMs) this.#downSinceMs = null;
    this.#upSinceMs = null;
    this.#downSinceMs ??= now;
    if (!this.several) return "same";
    if (this.isHome && !this.#patienceIsOver && now - this.#downSinceMs < failoverAfterMs) return "same";
    return this.#moveOn(null) ?? "round";
  }

  /**
   * The present one can't be read (`error` is fatal). null: there is nobody else to ask, because that is no matter of the host, or
   * because all have refused in this round.
   */
  refused(error: TidemarkError): Move | null {
    if (!this.several || (this.isHome && !isOfHost(error))) return null;
    return this.#moveOn(error);
  }

  /** The error with which it ends when `refused` gave null: what the one said that was read last (else the first), and the others. */
  verdict(error: TidemarkError): TidemarkError {
    const refusals = [...this.#round].flatMap(([index, refusal]) => (refusal === null ? [] : [{ index, refusal }]));
    if (refusals.length < 2) return error;
    const main = refusals.find(({ index }) => index === (this.#home ?? 0))?.refusal ?? error;
    const all = refusals.map(({ index, refusal }) => {
      const address = this.#list[index];
      return `${address === undefined ? "" : hostText(address)}: ${refusal.name}: ${refusal.message}`;
    });
    return new TidemarkError(main.name, `No upstream can be read. ${all.join(" | ")}`, {
      stage: main.stage,
      hint: main.hint,
      facts: main.facts,
      ...(main.position === undefined ? {} : { position: main.position }),
      cause: main,
    });
  }

  /** null: the round is over, and all have refused. */
  #moveOn(answer: TidemarkError | null): Move | null {
    this.#patienceIsOver = true;
    this.#round.set(this.#present, answer);
    const next = this.#list.findIndex((_, index) => !this.#round.has(index));
    if (next !== -1) {
      this.#present = next;
      return "next";
    }
    if (![...this.#round.values()].includes(null)) return null;
    this.#round.clear();
    this.#present = 0;
    return "round";
  }
}
