/** One process of Tidemark, which runs, stands still, or is gone. */
import type { Clock } from "../../../src/clock.ts";
import type { FaultStep, Side } from "../../../src/faults.ts";
import type { Doors } from "../../../src/syncer/doors.ts";
import { makeDoors } from "./doors.ts";
import { Gate, gatedClock } from "./gate.ts";
import { injected } from "./places.ts";
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
    this.doors = makeDoors(this.label, this.#gate, world, { at: (step, side) => this.#at(step, side) });
  }

  async #at(step: FaultStep, side: Side): Promise<void> {
    const { places, note } = this.#world;
    const fault = places.reached(step, side);
    if (fault === null) return;
    note(`${this.label} ${step}.${side}: ${JSON.stringify(fault)}`);
    switch (fault.kind) {
      case "fail":
      case "unknown":
        throw injected(fault.kind);
      case "crash":
        this.die(fault.later);
        return this.#gate.passed();
      case "delay":
        return this.clock.sleep(fault.ms);
      default:
        return fault satisfies never;
    }
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
