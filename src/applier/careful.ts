/**
 * A batch change by change, one row a statement and one statement a round trip: how the row behind a wrong count
 * is found, and how the task's policy for missing rows is carried out (S11).
 */
import type { RowsChange } from "../binlog/transaction.ts";
import { JsonPathUpdate } from "../binlog/value.ts";
import { TidemarkError } from "../errors.ts";
import type { Connection } from "../mysql/connection.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import type { StatementsOutcome } from "../mysql/statements.ts";
import { type ApplyContext, asExpected, rollback, runInTime, withTable } from "./apply-context.ts";
import type { Batch } from "./batch.ts";
import type { ExecutionError } from "./execution-errors.ts";
import { fenceError } from "./fence.ts";
import { carefulStatements, changedRow, insertRow, type Statement } from "./statements.ts";
import type { TargetTable } from "./target.ts";
import { whereRow } from "./where-row.ts";

/** Runs BEGIN, the batch's `changes` (those of tables with transactions) and its applied-batch row. Null: all done, COMMIT may follow. */
export async function runCarefully(
  connection: Connection,
  batch: Batch,
  changes: readonly RowsChange<TargetTable>[],
  fence: string,
  context: ApplyContext,
): Promise<ExecutionError | null> {
  const begin = await runInTime(connection, "BEGIN", context, "careful.begin");
  if (begin.error !== null) return { kind: "begin", error: classifyServerError(begin.error, "apply") };
  const fencing = await runInTime(connection, fence, context, "careful.fence");
  if (fencing.error !== null)
    return { kind: "execute", error: fenceError(classifyServerError(fencing.error, "apply")) };
  return runOneByOne(connection, batch, changes, context);
}

/** The changes alone, in a transaction that is open; it is rolled back when a row is missing that must not be. */
export async function runOneByOne(
  connection: Connection,
  batch: Batch,
  changes: readonly RowsChange<TargetTable>[],
  context: ApplyContext,
): Promise<ExecutionError | null> {
  for (const statement of carefulStatements(changes, context.limits)) {
    const outcome = await runInTime(connection, statement.sql, context, "careful.statement");
    const error = failure(outcome, statement) ?? (await missing(connection, statement, outcome, batch, context));
    if (error === null) continue;
    // A diagnosis is only made from a statement that succeeded (S4), and the transaction is not left open.
    if (outcome.error === null) await rollback(connection, context);
    return error;
  }
  return null;
}

function failure(outcome: StatementsOutcome, statement: Statement): ExecutionError | null {
  if (outcome.error === null) return null;
  return { kind: "execute", error: withTable(classifyServerError(outcome.error, "apply"), statement) };
}

/** What the policy says of a statement that didn't match its row; null when it did, or when the batch may go on. */
async function missing(
  connection: Connection,
  statement: Statement,
  outcome: StatementsOutcome,
  batch: Batch,
  context: ApplyContext,
): Promise<ExecutionError | null> {
  const { table, single } = statement;
  if (asExpected(statement.expected, outcome.results[0]?.affectedRows ?? 0) || table === null) return null;
  if (context.missingRow === "stop") return { kind: "execute", error: rowMissing(statement, batch) };
  context.onMissingRow(table.label);
  if (context.missingRow === "log" || single?.after === null || single === null) return null;
  const full = changedRow(single.before, single.after);
  const repaired = await runInTime(connection, insertRow(table, full, context.limits), context, "careful.repair");
  return failure(repaired, statement);
}

/** Characters of a row's condition that an error shows. */
const CONDITION_MAX = 200;

function rowMissing({ table, single }: Statement, batch: Batch): ExecutionError["error"] {
  const row = single?.before ?? [];
  const condition = table === null ? "" : whereRow(table, row).slice(0, CONDITION_MAX);
  const verb = single?.kind === "delete" ? "DELETE" : "UPDATE";
  const inDocument = single?.after?.some((value) => value instanceof JsonPathUpdate) === true;
  return new TidemarkError(
    "row_missing",
    `${verb} on ${table?.label ?? "?"} found no row downstream${inDocument ? " with such a JSON document" : ""}: ${condition}`,
    {
      stage: "apply",
      hint: "Both sides have drifted apart here. Put the row right downstream and resume, or set apply.missingRow to repair or log.",
      position: `${batch.start.file}:${batch.start.offset} … ${batch.end.file}:${batch.end.offset}`,
      facts: { table: table?.label ?? "", condition },
    },
  );
}
