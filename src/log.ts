import { pino, stdSerializers, type DestinationStream, type Logger } from "pino";

/** The log that is handed down from floor to floor: constant messages, data in fields, `err` for errors. */
export type Log = Pick<Logger, "fatal" | "error" | "warn" | "info" | "debug" | "trace"> & {
  child(fields: Readonly<Record<string, unknown>>): Log;
};

/** Names of fields that never reach the log, wherever they sit. */
const SECRETS = ["password", "*.password", "*.*.password", "passwordFile", "key", "*.tls.key"];

/** pino's own puts the messages of all causes behind an error's; ours say already what their causes say. */
function errorFields(thrown: Error): object {
  return { ...stdSerializers.err(thrown), message: thrown.message };
}

/** Makes the log. Where the lines go is the caller's choice: only the CLI knows the process. */
export function createLog(level: string, destination: DestinationStream): Log {
  const redact = { paths: SECRETS, censor: "[secret]" };
  return pino({ level, base: null, redact, serializers: { err: errorFields } }, destination);
}

/** A log that says nothing, for places and tests that have no use for one. */
export const silentLog: Log = pino({ level: "silent" });
