import { TidemarkError } from "../errors.ts";

/** A part of the transaction is applied already, and can't be taken back by whoever reads. */
export function interrupted(error: TidemarkError): TidemarkError {
  return new TidemarkError(
    "transaction_interrupted",
    `The connection to the upstream was lost in the middle of a large transaction: ${error.message}`,
    {
      stage: "upstream",
      kind: "resumable",
      hint: "What was applied of it is rolled back, and it is read again from its beginning. If that never gets through, look at what ends the connection.",
      facts: { ...error.facts, reason: error.name },
      cause: error,
    },
  );
}
