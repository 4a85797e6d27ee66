/**
 * What a process hears of the world goes through its gate. While the gate is shut the process is frozen (SIGSTOP): servers
 * go on with what they were asked, and what they say waits. A gate that is never opened again is a killed process.
 */
import type { Clock } from "../../../src/clock.ts";

export class Gate {
  #waiting: (() => void)[] = [];
  #isOpen = true;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  shut(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pass of waiting) this.run(pass);
  }

  /** Now, or as soon as the gate is open, in order. */
  run(happens: () => void): void {
    if (this.#isOpen) happens();
    else this.#waiting.push(happens);
  }

  async passed(): Promise<void> {
    if (this.#isOpen) return;
    await new Promise<void>((resolve) => {
      this.run(resolve);
    });
  }
}

/** The clock as a process sees it: while it is frozen, nothing that it waits for happens. */
export function gatedClock(clock: Clock, gate: Gate): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    random: () => clock.random(),
    timer: (ms, fire) => {
      let isCancelled = false;
      const timer = clock.timer(ms, () => gate.run(() => (isCancelled ? undefined : fire())));
      return {
        cancel: () => {
          isCancelled = true;
          timer.cancel();
        },
      };
    },
    sleep: async (ms, signal) => {
      await clock.sleep(ms, signal);
      await gate.passed();
    },
  };
}
