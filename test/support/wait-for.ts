/** Waiting for something that another process does: by asking again, never by sleeping for a time that is hoped to be enough. */

import { setTimeout as delay } from "node:timers/promises";

/** How long to ask, and how often. */
export interface WaitOptions {
  /** What is waited for, for the error's message. */
  readonly what: string;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  /** Default 50 ms. */
  readonly everyMs?: number;
  /** Asked for more to say when time is up. */
  readonly explain?: () => string | Promise<string>;
}

/**
 * Asks until the answer isn't undefined, and gives it. An error that `ask` throws ends the waiting: what may fail for a while
 * must say so by undefined.
 * @throws when time is up
 */
export async function waitFor<T>(ask: () => Promise<T | undefined> | T | undefined, options: WaitOptions): Promise<T> {
  const deadline = performance.now() + (options.timeoutMs ?? 30_000);
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) {
      const more = (await options.explain?.()) ?? "";
      throw new Error(
        `waited ${(options.timeoutMs ?? 30_000) / 1000} s for ${options.what}${more === "" ? "" : `\n${more}`}`,
      );
    }
    await delay(options.everyMs ?? 50);
  }
}
