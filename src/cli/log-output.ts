import { prettyFactory } from "pino-pretty";
import type { Environment } from "../config/interpolate.ts";
import { createLog, type Log } from "../log.ts";
import { wantsColour, type Output } from "./io.ts";
import { withoutSecrets } from "./report.ts";
import type { Terminal } from "./terminal.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  readonly output: Output;
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** Blotted out wherever they appear, though nobody means to log them. */
  readonly secrets: readonly string[];
}

/** The log of a run: lines for people on a terminal, JSON lines elsewhere. */
export function openLog({ level, output, terminal, environment, secrets }: LogOptions): Log {
  const pretty = prettyFactory({
    colorize: wantsColour(output, environment),
    translateTime: "SYS:yyyy-mm-dd HH:MM:ss.l",
    singleLine: true,
  });
  const write = (line: string): void => {
    const text = withoutSecrets(line, secrets);
    terminal.lines(output.isTerminal ? pretty(text) : text);
  };
  return createLog(level, { write });
}
