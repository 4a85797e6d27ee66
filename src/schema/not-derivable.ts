import { fatal, type TidemarkError } from "../errors.ts";

/** A DDL left a table of which we can't say with certainty what it is like now. */
export function notDerivable(database: string, table: string, reason: string): TidemarkError {
  return fatal(
    "schema_not_derivable",
    `After this DDL the structure of ${database}.${table} can't be derived: ${reason}.`,
    {
      stage: "schema",
      hint:
        "Make the downstream's table like the upstream's (same columns), or leave it out with tables.exclude; " +
        "then start the task anew from a position behind this DDL.",
      facts: { table: `${database}.${table}` },
    },
  );
}
