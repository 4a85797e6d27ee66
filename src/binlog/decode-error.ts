import { fatal, type TidemarkError } from "../errors.ts";

/**
 * The named errors of bytes that don't decode. They are made here so that each has one hint. Position
 * and GTID are added on the way up, by whoever knows them (`TidemarkError.at`).
 */

/** An event, or a value in it, says that it goes on where its bytes end. */
export function truncated(what: string): TidemarkError {
  return fatal("event_truncated", `The event ends in the middle of ${what}.`, {
    stage: "decode",
    hint: "Compare with mysqlbinlog at the same position; if it reads the event, report a defect with the event's bytes.",
  });
}

/** An event whose parts contradict each other or the manual. */
export function malformed(what: string): TidemarkError {
  return fatal("event_malformed", `The event does not make sense: ${what}.`, {
    stage: "decode",
    hint: "Compare with mysqlbinlog at the same position; if it reads the event, report a defect with the event's bytes.",
  });
}

/** A column's bytes that no server writes for its type. */
export function invalidValue(what: string): TidemarkError {
  return fatal("column_value_invalid", `A column's value does not decode: ${what}.`, {
    stage: "decode",
    hint: "The log is damaged, or a column's type is not what the table map says: compare with mysqlbinlog -vv at the same position.",
  });
}

/** A JSON column's bytes that aren't the binary JSON format. */
export function invalidJson(what: string): TidemarkError {
  return fatal("json_invalid", `A JSON column does not decode: ${what}.`, {
    stage: "decode",
    hint: "Compare with mysqlbinlog -vv at the same position; if it reads the event, report a defect with the event's bytes.",
  });
}

/** A column type that we don't know, or that only servers before 5.0 wrote. `column` counts from 0. */
export function unsupportedType(type: number, column: number): TidemarkError {
  return fatal("column_type_unsupported", `Column ${column + 1} has the type ${type}, which is not supported.`, {
    stage: "decode",
    hint: "Leave the table out of the task, or give the column another type on the upstream.",
    facts: { type, column: column + 1 },
  });
}

/** A table whose columns, as far as we know them, are not those of the log. */
export function columnCountMismatch(table: string, logged: number, known: number): TidemarkError {
  return fatal(
    "column_count_mismatch",
    `Table ${table} has ${logged} columns in the log, and ${known} as far as is known.`,
    {
      stage: "decode",
      hint: "The table was changed in a way that was not followed: see the named error's paragraph in docs/errors.md.",
      facts: { table, logged, known },
    },
  );
}
