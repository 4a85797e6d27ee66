import type { Clock } from "../clock.ts";
import type { Status } from "../status/status.ts";
import { bytesText, countText, placeText, secondsText } from "../status/amounts.ts";
import type { Terminal } from "./terminal.ts";

/** At most five times a second: faster, nobody reads it, and terminals over slow lines lag behind. */
const REDRAW_EVERY_MS = 200;

/** Select Graphic Rendition of ECMA-48. */
const COLOURS: Readonly<Record<Status["state"], number>> = {
  starting: 36,
  running: 32,
  waiting: 33,
  paused: 33,
  failed: 31,
  stopping: 36,
  stopped: 36,
};

/**
 * The live line: task, state and what it does, and as much of the rest as the terminal has room for. Never as wide
 * as the terminal, so that it never wraps.
 */
export function progressLine(status: Status, columns: number, colour: boolean): string {
  const { lag } = status;
  const state = status.state === "running" ? status.phase : status.state;
  const shownState = status.error === null ? state : `${state} (${status.error.name})`;
  const head = `${status.task} ${shownState}`;
  const behind = lag.caughtUp ? "caught up" : `behind ${bytesText(lag.behindBytes)}`;
  const facts = [
    `${countText(status.rows.perSecond)} rows/s`,
    `lag ${secondsText(lag.applySeconds)}`,
    behind,
    `at ${placeText(status.applied)}`,
    `${countText(status.transactions.applied)} transactions`,
  ];
  let line = head;
  for (const fact of facts) {
    if (line.length + fact.length + 3 >= columns) break;
    line += ` · ${fact}`;
  }
  const room = Math.max(0, columns - 1);
  if (line.length > room) return line.slice(0, room);
  if (!colour) return line;
  const coloured = `\u001B[${COLOURS[status.state]}m${shownState}\u001B[0m`;
  return `${status.task} ${coloured}${line.slice(head.length)}`;
}

export interface ProgressOptions {
  readonly terminal: Terminal;
  readonly columns: () => number;
  readonly colour: boolean;
  readonly clock: Clock;
  readonly status: () => Status;
}

/** Draws the line until the returned function is called, which takes it away. */
export function showProgress(options: ProgressOptions): () => void {
  const draw = (): void => {
    options.terminal.below(progressLine(options.status(), options.columns(), options.colour));
    timer = options.clock.timer(REDRAW_EVERY_MS, draw);
  };
  let timer = options.clock.timer(0, draw);
  return () => {
    timer.cancel();
    options.terminal.below(null);
  };
}
