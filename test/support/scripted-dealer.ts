/** Faults of the simulated downstream at the places that a test names, and nowhere else. */
import type { Dealer, Fault, Point } from "../chaos/simulation/server/dealer.ts";

interface Planned {
  readonly point: RegExp;
  readonly fault: Fault;
  /** How many times the place is passed first. */
  skip: number;
  times: number;
}

export class ScriptedDealer implements Dealer {
  /** The names of the places that were passed, in order: `apply: begin`, `checkpoint: insert lease`, `apply: connect`. */
  readonly passed: string[] = [];
  readonly #plan: Planned[] = [];

  /** At the next place whose name matches, or behind `skip` others, `times` in a row. */
  at(point: RegExp, fault: Fault, { skip = 0, times = 1 } = {}): void {
    this.#plan.push({ point, fault, skip, times });
  }

  /** Faults that are planned and have not happened. */
  get left(): number {
    return this.#plan.length;
  }

  /** No more of them. */
  clear(): void {
    this.#plan.length = 0;
  }

  connecting(point: Point): number | null {
    const fault = this.statement(point);
    if (fault === null) return null;
    if (fault.kind !== "error") throw new Error("a connection can only be refused, by an error's number");
    return fault.errno;
  }

  statement({ name }: Point): Fault | null {
    this.passed.push(name);
    const planned = this.#plan.find(({ point }) => point.test(name));
    if (planned === undefined) return null;
    if (planned.skip > 0) {
      planned.skip -= 1;
      return null;
    }
    planned.times -= 1;
    if (planned.times <= 0) this.#plan.splice(this.#plan.indexOf(planned), 1);
    return planned.fault;
  }

  latencyMs(): number {
    return 1;
  }

  noticeMs(): number {
    return 50;
  }
}
