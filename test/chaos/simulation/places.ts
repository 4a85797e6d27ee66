/** Faults at the named places of a process (`src/faults.ts`). */
import { TidemarkError } from "../../../src/errors.ts";
import type { FaultStep, Side } from "../../../src/faults.ts";

/**
 * - `fail`: as a connection that is lost there; `unknown`: an error that nobody knows;
 * - `crash`: kill -9; `later`: the server notices after a while;
 * - `delay`: the process waits there, and goes on with everything else.
 */
export type PlaceFault =
  | { readonly kind: "fail" | "unknown" }
  | { readonly kind: "crash"; readonly later: boolean }
  | { readonly kind: "delay"; readonly ms: number };

export interface Places {
  /** A process is at this place. */
  reached(step: FaultStep, side: Side): PlaceFault | null;
}

/** Of errors that are made here, so that nobody takes them for the product's own. */
const INJECTED = "injected";

export function injected(kind: "fail" | "unknown"): Error {
  if (kind === "unknown") return new Error(INJECTED);
  return new TidemarkError("connection_lost", INJECTED, {
    stage: "apply",
    kind: "resumable",
    hint: "A simulated fault.",
  });
}

/** An error that nobody knows, and that we have made ourselves. */
export function isInjectedUnknown(error: TidemarkError): boolean {
  return error.name === "unexpected" && error.message === INJECTED;
}
