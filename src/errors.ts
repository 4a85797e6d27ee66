/**
 * What can go wrong, as a value.
 *
 * Every error that leaves a room is a {@link TidemarkError}: it has a stable name (a heading of
 * docs/errors.md, checked by a test), says in which stage it happened, what may be done about it
 * (`kind`), and carries a hint for the person on call. Errors of libraries and servers are kept as
 * `cause`; they are classified once, in `mysql/server-error.ts`, by code and never by message text.
 */

/**
 * What the session and the daemon do about an error:
 * - `retryable`: the same work again, whole, on the spot (a deadlock);
 * - `resumable`: end the session and run a new one from the checkpoint, after a delay (a lost connection);
 * - `fatal`: a person must act; the task's state becomes `failed`.
 * Whatever is not known is fatal.
 */
export type ErrorKind = "retryable" | "resumable" | "fatal";

/** The part of the house where an error came up. */
export type Stage =
  | "usage"
  | "config"
  | "check"
  | "upstream"
  | "decode"
  | "schema"
  | "routing"
  | "apply"
  | "ddl"
  | "checkpoint"
  | "status";

/** Everything of a {@link TidemarkError} besides its name and message. */
export interface ErrorDetails {
  readonly stage: Stage;
  /** Default `fatal`. */
  readonly kind?: ErrorKind;
  /** One sentence: what the reader can do now. */
  readonly hint: string;
  /** Where in the upstream's log, as `file:offset` or a GTID. */
  readonly position?: string;
  /** Facts for the log line and the status: table, SQL state, server code. Never a secret. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
  readonly cause?: unknown;
}

/** A named error. `name` is snake_case and stable: users and scripts may rely on it. */
export class TidemarkError extends Error {
  readonly stage: Stage;
  readonly kind: ErrorKind;
  readonly hint: string;
  readonly position: string | undefined;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;

  constructor(name: string, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = name;
    this.stage = details.stage;
    this.kind = details.kind ?? "fatal";
    this.hint = details.hint;
    this.position = details.position;
    this.facts = details.facts ?? {};
  }

  /** The same error, with the place in the upstream's log where it came up (the first place told stays). */
  at(position: string): TidemarkError {
    if (this.position !== undefined) return this;
    return new TidemarkError(this.name, this.message, {
      stage: this.stage,
      kind: this.kind,
      hint: this.hint,
      position,
      facts: this.facts,
      ...(this.cause === undefined ? {} : { cause: this.cause }),
    });
  }
}

/** A named fatal error, the usual case: `throw fatal("binlog_purged", "…", { stage: "upstream", hint: "…" })`. */
export function fatal(name: string, message: string, details: ErrorDetails): TidemarkError {
  return new TidemarkError(name, message, details);
}

/** Any thrown value as a {@link TidemarkError}; what has no name becomes `unexpected`, which is fatal. */
export function asTidemarkError(thrown: unknown, stage: Stage): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TidemarkError("unexpected", message, {
    stage,
    hint: "This is a defect of Tidemark: please report it with the log line and its stack.",
    cause: thrown,
  });
}
