/** Which faults a run meets, by chance. */
import type { PlaceFault, Places } from "./places.ts";
import { pick, type Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { Dealer, Fault, Point } from "./server/dealer.ts";

/** Errors of statements: deadlock, lock wait timeout, shutdown, interrupted, read-only, disk full, and one that nobody knows. */
const ERRORS = [1213, 1213, 1205, 1053, 1317, 1290, 1021, 9999];
/** A DDL is refused before it has done anything. */
const DDL_ERRORS = [1205, 1317, 1021];
/** Errors of connecting: too many connections, host blocked, access denied. */
const CONNECT_ERRORS = [1040, 1129, 1045];

export class Dice implements Dealer, Places {
  dealt = 0;
  isPeace = false;
  readonly #random: Random;
  readonly #scenario: Scenario;

  constructor(random: Random, scenario: Scenario) {
    this.#random = random;
    this.#scenario = scenario;
  }

  /** No more faults. */
  peace(): void {
    this.isPeace = true;
  }

  connecting(): number | null {
    return this.#deal(this.#scenario.connect) ? pick(this.#random, CONNECT_ERRORS) : null;
  }

  statement({ kind }: Point): Fault | null {
    const { fault, commit, ddl, violence } = this.#scenario;
    const chance = kind === "ddl" ? ddl : kind === "commit" ? commit : fault;
    if (kind === "rollback" || !this.#deal(chance)) return null;
    if (this.#random() < violence) return this.#violent();
    if (kind === "ddl" && this.#random() < 0.2) return { kind: "error", errno: pick(this.#random, DDL_ERRORS) };
    if (kind !== "ddl" && this.#random() < 0.4) return { kind: "error", errno: pick(this.#random, ERRORS) };
    return { kind: "cut", takesEffect: this.#random() < (kind === "ddl" ? 0.8 : 0.5), later: this.#random() < 0.5 };
  }

  #violent(): Fault {
    const dice = this.#random();
    if (dice < 0.5) return { kind: "kill", takesEffect: this.#random() < 0.5, later: this.#random() < 0.5 };
    if (dice < 0.65) return { kind: "restart", takesEffect: this.#random() < 0.5 };
    if (dice < 0.85) return { kind: "freeze", ms: this.#frozenMs() };
    // Mostly slow, now and then longer than anybody waits for.
    return { kind: "delay", ms: this.#random() < 0.8 ? this.#random() * 5_000 : 900_000 };
  }

  /**
   * One in five never wakes as long as the run lasts, its connections open. Not where the downstream's clock is set back:
   * a lease ends by that clock, and nobody takes over before.
   */
  #frozenMs(): number {
    if (this.#scenario.jumps === 0 && this.#random() < 0.2) return 36_000_000;
    return this.#random() * 60_000;
  }

  reached(): PlaceFault | null {
    if (!this.#deal(this.#scenario.places)) return null;
    const dice = this.#random();
    if (dice < 0.3) return { kind: "fail" };
    if (dice < 0.4) return { kind: "unknown" };
    if (dice < 0.7) return { kind: "crash", later: this.#random() < 0.5 };
    return { kind: "delay", ms: this.#random() < 0.7 ? this.#random() * 200 : this.#random() * 60_000 };
  }

  latencyMs(): number {
    return this.#random() < 0.05 ? this.#random() * 100 : this.#random() * 4;
  }

  noticeMs(): number {
    return this.#random() * 500;
  }

  #deal(chance: number): boolean {
    if (this.isPeace || this.#random() >= chance) return false;
    this.dealt += 1;
    return true;
  }
}
