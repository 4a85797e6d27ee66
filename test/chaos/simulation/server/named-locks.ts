/** GET_LOCK: held by a connection until it ends. */
import type { Clock } from "../../../../src/clock.ts";
import type { SimulatedConnection } from "./connection.ts";

interface Held {
  readonly holder: SimulatedConnection;
  readonly freed: PromiseWithResolvers<void>;
}

export class NamedLocks {
  readonly #held = new Map<string, Held>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True once the lock is the connection's; false after `seconds`. */
  async get(connection: SimulatedConnection, name: string, seconds: number): Promise<boolean> {
    const deadline = this.#clock.monotonic() + seconds * 1000;
    for (;;) {
      const held = this.#held.get(name);
      if (held?.holder === connection) return true;
      if (held === undefined) {
        // A connection that ended while it waited gets nothing.
        if (connection.session.isDead || connection.isCut) return false;
        this.#held.set(name, { holder: connection, freed: Promise.withResolvers() });
        return true;
      }
      const left = deadline - this.#clock.monotonic();
      if (left <= 0) return false;
      const over = new AbortController();
      await Promise.race([held.freed.promise, this.#clock.sleep(left, over.signal)]);
      over.abort();
    }
  }

  holder(name: string): SimulatedConnection | null {
    return this.#held.get(name)?.holder ?? null;
  }

  /** All of a connection that has ended. */
  release(connection: SimulatedConnection): void {
    for (const [held, { holder, freed }] of this.#held) {
      if (holder !== connection) continue;
      this.#held.delete(held);
      freed.resolve();
    }
  }
}
