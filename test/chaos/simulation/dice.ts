/** Which faults a run meets. */
import type { Random } from "./history.ts";
import type { Dealer, Fault } from "./server.ts";

/** Probability of a fault, each between 0 and 1: per statement, per connection, per DDL. */
export interface Chances {
  readonly fault: number;
  readonly connect: number;
  readonly ddl: number;
}

/** Errors of statements: deadlock, lock wait timeout, shutdown, interrupted, read-only, disk full, and one that nobody knows. */
const ERRORS = [1213, 1213, 1205, 1053, 1317, 1290, 1021, 9999];
/** Errors of connecting: too many connections, host blocked, access denied. */
const CONNECT_ERRORS = [1040, 1129, 1045];

export class Dice implements Dealer {
  dealt = 0;
  isPeace = false;
  readonly #random: Random;
  readonly #chances: Chances;

  constructor(random: Random, chances: Chances) {
    this.#random = random;
    this.#chances = chances;
  }

  /** No more faults. */
  peace(): void {
    this.isPeace = true;
  }

  connecting(): number | null {
    return this.#deal(this.#chances.connect) ? this.#pick(CONNECT_ERRORS) : null;
  }

  statement(_label: string, kind: Parameters<Dealer["statement"]>[1]): Fault | null {
    const chance =
      kind === "ddl" ? this.#chances.ddl : kind === "commit" ? this.#chances.fault * 2 : this.#chances.fault;
    if (kind === "rollback" || !this.#deal(chance)) return null;
    if (this.#random() < 0.4) return { kind: "error", errno: this.#pick(kind === "ddl" ? [1205, 1317, 1021] : ERRORS) };
    const decides = kind === "commit" || kind === "ddl";
    return { kind: "cut", takesEffect: decides && this.#random() < 0.5, later: this.#random() < 0.5 };
  }

  latencyMs(): number {
    return this.#random() < 0.05 ? this.#random() * 100 : this.#random() * 4;
  }

  noticeMs(): number {
    return this.#random() * 500;
  }

  /** For whoever else needs a number of the run. */
  chance(): number {
    return this.#random();
  }

  #deal(chance: number): boolean {
    if (this.isPeace || this.#random() >= chance) return false;
    this.dealt += 1;
    return true;
  }

  #pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.#random() * from.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }
}
