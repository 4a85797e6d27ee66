/** Faults of a test's own choice, among those that chance deals. */
import type { FaultStep, Side } from "../../../src/faults.ts";
import type { Dice } from "./dice.ts";
import type { PlaceFault, Places } from "./places.ts";
import type { Dealer, Fault, Point } from "./server/dealer.ts";

/** Null: nothing there that this plan knows of. */
export interface Plan {
  place(step: FaultStep, side: Side): PlaceFault | null;
  statement(point: Point): Fault | null;
}

/** Until there is peace. Chance has no say at the named places; at the server's points it has, where the plan has not. */
export class PlannedFaults implements Dealer, Places {
  readonly #plan: Plan;
  readonly #dice: Dice;

  constructor(plan: Plan, dice: Dice) {
    this.#plan = plan;
    this.#dice = dice;
  }

  reached(step: FaultStep, side: Side): PlaceFault | null {
    return this.#dice.isPeace ? null : this.#plan.place(step, side);
  }

  statement(point: Point): Fault | null {
    if (this.#dice.isPeace) return null;
    return this.#plan.statement(point) ?? this.#dice.statement(point);
  }

  connecting(): number | null {
    return this.#dice.connecting();
  }

  latencyMs(): number {
    return this.#dice.latencyMs();
  }

  noticeMs(): number {
    return this.#dice.noticeMs();
  }
}
