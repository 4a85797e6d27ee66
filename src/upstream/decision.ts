import type { TidemarkError } from "../errors.ts";

/**
 * The stages of the upstream connection, in order. All of them are gone through again at every reconnect.
 *
 * `wait` (the delay before an attempt) → `connect` (name, TCP, TLS, authentication) → `session` (who is there, our session's variables,
 * what the server holds and lacks) → `check` (may we read here?) → `dump` (register, ask for the log) → `stream`.
 */
export type Step = "wait" | "connect" | "session" | "check" | "dump" | "stream" | "closed";

/**
 * What to do about an error of the connection:
 * - `retry`: reconnect, for as long as the budget of "no durable progress" lasts;
 * - `retry-few`: reconnect, but at most {@link FEW} times since the last durable progress;
 * - `fatal`: stop; a person must act.
 */
export type Decision = "retry" | "retry-few" | "fatal";

/** Attempts that `retry-few` grants. */
export const FEW = 3;

/** Rows are looked up from the top; the first that fits decides. `*` fits every step, `known` an upstream that we were connected to before. */
const TABLE: readonly {
  readonly step: Step | "*";
  readonly name: string;
  readonly known?: true;
  readonly decision: Decision;
}[] = [
  // A wrong password on *re*connect may be a rotation under way, or another server behind the name for a moment.
  { step: "connect", name: "access_denied", known: true, decision: "retry-few" },
  { step: "connect", name: "account_unusable", known: true, decision: "retry-few" },
  { step: "connect", name: "host_not_allowed", known: true, decision: "retry-few" },
  { step: "connect", name: "tls_failed", known: true, decision: "retry-few" },
  { step: "connect", name: "tls_unsupported", known: true, decision: "retry-few" },
  // Damage on the way is gone when the bytes are read again; damage on the upstream's disk stays.
  { step: "stream", name: "checksum_mismatch", decision: "retry-few" },
  { step: "*", name: "source_corrupt", decision: "retry-few" },
  { step: "*", name: "binlog_truncated", decision: "retry-few" },
];

/** The table's answer. What has no row follows its kind: resumable and retryable errors reconnect, fatal ones stop. */
export function decide(step: Step, error: TidemarkError, known: boolean): Decision {
  const row = TABLE.find(
    (candidate) =>
      candidate.name === error.name &&
      (candidate.step === "*" || candidate.step === step) &&
      (candidate.known !== true || known),
  );
  if (row !== undefined) return row.decision;
  return error.kind === "fatal" ? "fatal" : "retry";
}

/**
 * Fatal errors that speak of one server only, so that another one with the same log may be asked. All others would come again there
 * (bytes that can't be decoded), are ours to mend, or, like `diverged`, call for a person: the server that we followed
 * has lost what we have applied.
 */
const OF_HOST: ReadonlySet<string> = new Set([
  "access_denied",
  "account_unusable",
  "binlog_off",
  "binlog_purged",
  "binlog_truncated",
  "gtid_mode_mismatch",
  "host_blocked",
  "host_not_allowed",
  "privilege_missing",
  "server_id_missing",
  "source_corrupt",
  "source_packet_too_large",
  "statement_format",
  "tls_failed",
  "tls_required",
  "tls_unsupported",
]);

/** Whether another server may be asked for the log instead. */
export function isOfHost(error: TidemarkError): boolean {
  return OF_HOST.has(error.name);
}
