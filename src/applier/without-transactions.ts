/**
 * Rows of downstream tables without transactions (MyISAM, Aria, MEMORY …): no applied-batch row can be in one transaction
 * with them, so they may be applied again after a crash (S12), and each of their statements commits by itself
 * (MySQL with GTIDs takes them in no other way, error 1785). They are written so that a second time does no
 * harm where the table has a key: what stands in the way of a row is replaced, what is gone stays gone.
 */
import type { RowsChange } from "../binlog/transaction.ts";
import type { Row } from "../binlog/value.ts";
import { asTidemarkError, fatal, type TidemarkError } from "../errors.ts";
import { around } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import { type ApplyContext, asExpected, runInTime, withTable } from "./apply-context.ts";
import type { ExecutionError } from "./execution-errors.ts";
import { epochQuestion, fenced } from "./fence.ts";
import { carefulStatements, replaceRow, type Statement } from "./statements.ts";
import type { TargetTable } from "./target.ts";

type Changes = readonly RowsChange<TargetTable>[];

/** The changes of tables with and without transactions, each in order. */
export function parted(changes: Changes): { readonly transactional: Changes; readonly others: Changes } {
  if (changes.every(({ handle }) => handle.transactional)) return { transactional: changes, others: [] };
  return {
    transactional: changes.filter(({ handle }) => handle.transactional),
    others: changes.filter(({ handle }) => !handle.transactional),
  };
}

/** Applies changes of tables without transactions, before their batch's own transaction. Null: all done. */
export async function applyWithoutTransactions(
  connection: Connection,
  changes: Changes,
  context: ApplyContext,
): Promise<ExecutionError | null> {
  if (changes.length === 0) return null;
  try {
    // Nothing keeps an older session out in the middle of its work here, only from beginning.
    const held = await around(context.faults, "untransacted.fence", () =>
      connection.query(epochQuestion(context.claim)),
    );
    if (held.length === 0) return { kind: "execute", error: fenced() };
  } catch (thrown) {
    return { kind: "begin", error: classifyServerError(thrown, "apply") };
  }
  return applyOneByOne(connection, changes, context);
}

/**
 * Applies changes of which some may have been applied before, in a transaction that is open (S12): a large transaction that was
 * cut goes on from a place that can't be told exactly. Null: all done.
 */
export async function applyAgain(
  connection: Connection,
  changes: Changes,
  context: ApplyContext,
): Promise<ExecutionError | null> {
  const blind = changes.find(({ handle }) => handle.rowKey === null);
  if (blind !== undefined) return { kind: "execute", error: pieceUncertain(blind.handle.label) };
  return applyOneByOne(connection, changes, context);
}

async function applyOneByOne(
  connection: Connection,
  changes: Changes,
  context: ApplyContext,
): Promise<ExecutionError | null> {
  let statements: readonly Statement[];
  try {
    statements = carefulStatements(changes, context.limits);
  } catch (thrown) {
    return { kind: "unexpected", error: asTidemarkError(thrown, "apply") };
  }
  for (const statement of statements) {
    const error = await applyOne(connection, statement, context);
    if (error !== null) return error;
  }
  return null;
}

/** ER_DUP_ENTRY and ER_DUP_KEY: another row has a unique value already; in a second run that may be a later one. */
const DUPLICATES: readonly unknown[] = [1062, 1022];

async function applyOne(
  connection: Connection,
  statement: Statement,
  context: ApplyContext,
): Promise<ExecutionError | null> {
  const outcome = await runInTime(connection, statement.sql, context, "untransacted.statement");
  const { table, single } = statement;
  const error = outcome.error === null ? null : classifyServerError(outcome.error, "apply");
  const found = error === null && asExpected(statement.expected, outcome.results[0]?.affectedRows ?? 0);
  if (found || (error === null && table === null)) return null;
  const duplicate = error !== null && DUPLICATES.includes(error.facts["code"]);
  if (error !== null && !duplicate) return { kind: "execute", error: withTable(error, statement) };
  if (table === null || single === null) return null;
  // Not found: gone in the first run, or never there, which can't be told apart; it is counted.
  if (!duplicate) context.onMissingRow(table.label);
  const row = single.after;
  if (row === null || table.rowKey === null) return null;
  const full: Row = row.map((value, i) => (value === undefined ? single.before?.[i] : value));
  const replaced = await runInTime(connection, replacing(table, full, context), context, "untransacted.replace");
  if (replaced.error === null) return null;
  return { kind: "execute", error: withTable(classifyServerError(replaced.error, "apply"), statement) };
}

/** What stands in a row's way goes without its children: they are changed by what comes behind, if they were. */
function replacing(table: TargetTable, row: Row, { limits }: ApplyContext): string {
  const sql = replaceRow(table, row, limits);
  return table.component === null ? sql : `SET foreign_key_checks=0;${sql};SET foreign_key_checks=1`;
}

function pieceUncertain(table: string): TidemarkError {
  return fatal(
    "piece_uncertain",
    `A large transaction was applied in part, from another server's log or with another cut, and ${table} has no key to tell which of its rows were.`,
    {
      stage: "apply",
      hint: "Make the table equal to what the upstream had before this transaction and remove this task's rows with rows_through from applied_batch, or leave the table out and copy it anew. apply.splitTransactionsOver makes this possible.",
      facts: { table },
    },
  );
}
