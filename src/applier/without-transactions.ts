/**
 * Rows of downstream tables without transactions (MyISAM, Aria, MEMORY …): no applied-batch row can be in one transaction
 * with them, so they may be applied again after a crash (S12), and each of their statements commits by itself
 * (MySQL with GTIDs takes them in no other way, error 1785). They are written so that a second time does no
 * harm where the table has a key: what stands in the way of a row is replaced, what is gone stays gone.
 */
import type { RowsChange } from "../binlog/transaction.ts";
import { JsonPathUpdate, type Row } from "../binlog/value.ts";
import { asTidemarkError, fatal, type TidemarkError } from "../errors.ts";
import { around } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import { type ApplyContext, asExpected, runInTime, withTable } from "./apply-context.ts";
import type { ExecutionError } from "./execution-errors.ts";
import { epochQuestion, fenced } from "./fence.ts";
import { carefulStatements, changedRow, deleteRow, replaceRow, type Statement } from "./statements.ts";
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
  return applyOneByOne(connection, changes, context, null);
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
  return applyOneByOne(connection, changes, context, pieceUncertain);
}

async function applyOneByOne(
  connection: Connection,
  changes: Changes,
  context: ApplyContext,
  uncertain: Uncertain | null,
): Promise<ExecutionError | null> {
  let statements: readonly Statement[];
  try {
    statements = carefulStatements(changes, context.limits);
  } catch (thrown) {
    return { kind: "unexpected", error: asTidemarkError(thrown, "apply") };
  }
  for (const statement of statements) {
    const error = await applyOne(connection, statement, context, uncertain);
    if (error !== null) return error;
  }
  return null;
}

/** The error of a row of which nothing tells whether it was applied; null: there is none, the server's own counts. */
type Uncertain = (table: string) => TidemarkError;

/** ER_DUP_ENTRY and ER_DUP_KEY: another row has a unique value already; in a second run that may be a later one. */
const DUPLICATES: readonly unknown[] = [1062, 1022];

async function applyOne(
  connection: Connection,
  statement: Statement,
  context: ApplyContext,
  uncertain: Uncertain | null,
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
  const { before, after } = single;
  if (after === null || table.rowKey === null) return null;
  const full = changedRow(before, after);
  if (before !== null && !isWhole(table, full)) {
    // The rest of the row can't be known here: what was not found may have become another row since.
    if (uncertain !== null) return { kind: "execute", error: uncertain(table.label) };
    return error === null ? null : { kind: "execute", error: withTable(error, statement) };
  }
  const sql = replacing(table, before, full, context);
  const replaced = await runInTime(connection, sql, context, "untransacted.replace");
  if (replaced.error === null) return null;
  return { kind: "execute", error: withTable(classifyServerError(replaced.error, "apply"), statement) };
}

/** Whether an image says what each column holds: not in MINIMAL and NOBLOB, nor with a document that is told by its changes. */
function isWhole(table: TargetTable, row: Row): boolean {
  return table.writable.every(({ source }) => row[source] !== undefined && !(row[source] instanceof JsonPathUpdate));
}

/**
 * The row as it was goes, too: of a row that changed its key twice, the first change is made anew in a second run, and the second
 * one meets what the first run has left. What stands in a row's way goes without its children: they are changed by what
 * comes behind, if they were.
 */
function replacing(table: TargetTable, before: Row | null, after: Row, { limits }: ApplyContext): string {
  const old = before === null ? "" : `${deleteRow(table, before)};`;
  const sql = old + replaceRow(table, after, limits);
  return table.component === null ? sql : `SET foreign_key_checks=0;${sql};SET foreign_key_checks=1`;
}

function pieceUncertain(table: string): TidemarkError {
  return fatal(
    "piece_uncertain",
    `A large transaction was applied in part, from another server's log or with another cut, and nothing tells which rows of ${table} were: it has no key, or the log holds parts of rows only.`,
    {
      stage: "apply",
      hint: "Make the table equal to what the upstream had before this transaction and remove this task's rows with rows_through from applied_batch, or leave the table out and copy it anew. apply.splitTransactionsOver makes this possible.",
      facts: { table },
    },
  );
}
