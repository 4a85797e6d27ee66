/** One process of Tidemark, which runs, stands still, or is gone. */
import type { Clock } from "../../../src/clock.ts";
import type { Doors } from "../../../src/syncer/doors.ts";
import { makeDoors } from "./doors.ts";
import { Gate, gatedClock } from "./gate.ts";
import type { Surroundings } from "./world.ts";

export class Process {
  readonly label: string;
  readonly clock: Clock;
  readonly doors: Doors;
  readonly #gate = new Gate();
  readonly #world: Surroundings;
  #isDead = false;

  constructor(number: number, world: Surroundings) {
    this.label = `p${number}/`;
    this.#world = world;
    this.clock = gatedClock(world.clock, this.#gate);
    this.doors = makeDoors(this.label, this.#gate, world);
  }

  /** It runs: neither dead nor frozen. */
  get isAwake(): boolean {
    return this.#gate.isOpen;
  }

  /** kill -9: it never runs again, and its connections are cut; `later`: the server notices after a while. */
  die(later: boolean): void {
    this.#isDead = true;
    this.#gate.shut();
    this.#world.server.cutAll(this.label, later);
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  freeze(ms: number): void {
    if (this.#isDead) return;
    this.#gate.shut();
    this.#world.clock.timer(ms, () => {
      if (!this.#isDead) this.#gate.open();
    });
  }
}
