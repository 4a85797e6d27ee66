import type { Clock, Timer } from "../clock.ts";
import type { Connection } from "../mysql/connection.ts";

/** Watches for bytes; see {@link watch}. */
export interface Watchdog {
  /** `monotonic()` of the last time that bytes were seen. */
  readonly lastContactMs: number;
  /** Bytes were handled just now: spares the next poll, and makes `lastContactMs` exact. */
  touch(): void;
  stop(): void;
}

/** Polls fall at most this far apart: a silent connection is closed at most this long after its time is over. */
const POLL_MS = 250;

/**
 * The deadline per socket read: when no byte arrives for `timeoutMs` the connection is destroyed (`read_timeout`).
 * It looks at the socket's own count of bytes, so that a large event that trickles in counts as life (R4), on TLS too.
 * While `paused()` says that we don't read ourselves, time stands still.
 */
export function watch(connection: Connection, timeoutMs: number, clock: Clock, paused: () => boolean): Watchdog {
  let bytes = connection.bytesRead;
  let lastContactMs = clock.monotonic();
  let timer: Timer | null = null;
  const pollMs = Math.min(POLL_MS, Math.max(5, timeoutMs / 8));
  const poll = (): void => {
    if (connection.closed) return;
    const now = clock.monotonic();
    if (paused() || connection.bytesRead !== bytes) {
      bytes = connection.bytesRead;
      lastContactMs = now;
    } else if (now - lastContactMs >= timeoutMs) {
      connection.destroy(
        Object.assign(new Error(`the upstream was silent for ${timeoutMs} ms`), { code: "READ_TIMEOUT" }),
      );
      return;
    }
    timer = clock.timer(pollMs, poll);
  };
  timer = clock.timer(pollMs, poll);
  return {
    get lastContactMs() {
      return lastContactMs;
    },
    touch() {
      bytes = connection.bytesRead;
      lastContactMs = clock.monotonic();
    },
    stop() {
      timer?.cancel();
    },
  };
}
