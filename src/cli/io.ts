import type { Clock } from "../clock.ts";
import type { Environment } from "../config/interpolate.ts";

/** A stream that people or programs read. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width in characters, now; a terminal may be resized at any time. */
  readonly columns: () => number;
  readonly write: (text: string) => void;
}

/** What a process has and a command needs; tests hand in their own. */
export interface Io {
  readonly environment: Environment;
  readonly out: Output;
  readonly err: Output;
  readonly clock: Clock;
  /** `host:pid:tag`, for whoever finds a task taken. No other process is called so, and none before or after it. */
  readonly holder: string;
  /** Calls `handle` at each of these signals until the returned function is called. */
  readonly onSignal: (signals: readonly SignalName[], handle: () => void) => () => void;
  /** Ends the process on the spot. */
  readonly exit: (code: ExitCode) => void;
}

export type SignalName = "SIGTERM" | "SIGINT" | "SIGHUP";

/**
 * 0 did what was asked · 1 a fatal error (named on stderr) · 2 usage or task file · 3 the task is already running
 * elsewhere · 4 `check` found failures.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** Colours are for terminals whose user wants them (no-color.org). */
export function wantsColour(output: Output, environment: Environment): boolean {
  return output.isTerminal && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
}
