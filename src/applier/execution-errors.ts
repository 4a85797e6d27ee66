/**
 * The session's record of execution errors. The first one wins: the AbortController *is* the record, and an
 * AbortController keeps its first reason. Nothing that comes later, a cancellation least of all, takes its place.
 *
 * Why this has a file: in the bug that this project was born from (pingcap/tiflow#12626) the flush worker asked
 * for two error codes, a failed BEGIN had a third, and the checkpoint walked past rows that were never applied.
 * Here an error of *any* kind stops the flush worker, because what it asks is only whether there is a record.
 */
import type { TidemarkError } from "../errors.ts";

/** At which step of a batch's downstream transaction it failed; `unexpected` is any throw that is none of the three. */
export type ExecutionKind = "begin" | "execute" | "commit" | "unexpected";

export interface ExecutionError {
  readonly kind: ExecutionKind;
  readonly error: TidemarkError;
}

export class ExecutionErrors {
  readonly #controller = new AbortController();
  readonly #counts: Record<ExecutionKind, number> = { begin: 0, execute: 0, commit: 0, unexpected: 0 };
  #first: ExecutionError | null = null;

  /** Records an error; only the first one is kept, each is counted. */
  record(kind: ExecutionKind, error: TidemarkError): void {
    this.#counts[kind] += 1;
    if (this.#first !== null) return;
    this.#first = { kind, error };
    this.#controller.abort(error);
  }

  /** The first error of the session, or null while there is none. */
  get first(): ExecutionError | null {
    return this.#first;
  }

  /** Aborted by the first error. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get counts(): Readonly<Record<ExecutionKind, number>> {
    return this.#counts;
  }
}
