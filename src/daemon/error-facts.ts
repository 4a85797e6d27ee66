import type { TidemarkError } from "../errors.ts";
import type { ErrorFacts } from "../syncer/facts.ts";

/** An error as the status tells it; `told` is what only the daemon knows of it. */
export function errorFacts(
  error: TidemarkError,
  told: Pick<ErrorFacts, "sinceMs" | "attempt" | "retryAtMs">,
): ErrorFacts {
  const { name, stage, kind, message, hint, position } = error;
  return { name, stage, kind, message, hint, position: position ?? null, ...told };
}
