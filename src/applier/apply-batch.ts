/**
 * One batch in one downstream transaction: BEGIN; its applied-batch row; its statements; COMMIT.
 *
 * BEGIN travels with the statements in one packet, COMMIT in one of its own: it is sent only after every count
 * was found right, and only the server's OK to it makes the proof.
 */
import { asTidemarkError, TidemarkError } from "../errors.ts";
import { around, type FaultStep } from "../faults.ts";
import type { RowsChange } from "../binlog/transaction.ts";
import type { Connection } from "../mysql/connection.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import { backoffMs } from "../retry.ts";
import type { Batch } from "./batch.ts";
import { Committed } from "./commit.ts";
import type { ExecutionError } from "./execution-errors.ts";
import { appliedBatchStatement, fenceError } from "./fence.ts";
import { type ApplyContext, rollback, withTable } from "./apply-context.ts";
import { runCarefully } from "./careful.ts";
import { plain, runPackets } from "./packets.ts";
import { batchStatements, type Statement } from "./statements.ts";
import type { TargetTable } from "./target.ts";
import type { Verdict } from "./turns.ts";
import { applyWithoutTransactions, parted } from "./without-transactions.ts";

/** Whole tries of a batch on one connection when the server breaks it off with a deadlock or lock wait timeout. */
export const ATTEMPTS = 10;
export const RETRY = { baseMs: 20, capMs: 2_000 };

/** Applies a batch. Never throws: a proof, or at which step it failed and with what. */
export async function applyBatch(
  connection: Connection,
  batch: Batch,
  context: ApplyContext,
): Promise<Committed | ExecutionError> {
  try {
    const { transactional, others } = parted(batch.changes);
    // Once, whatever becomes of the attempts: they can't be rolled back.
    const early = await applyWithoutTransactions(connection, others, context);
    return early ?? (await attempts(connection, batch, transactional, context));
  } catch (thrown) {
    return { kind: "unexpected", error: asTidemarkError(thrown, "apply") };
  }
}

async function attempts(
  connection: Connection,
  batch: Batch,
  transactional: readonly RowsChange<TargetTable>[],
  context: ApplyContext,
): Promise<Committed | ExecutionError> {
  const { clock, faults, turns } = context;
  let careful = false;
  for (let attempt = 1; ; attempt += 1) {
    const result = await attemptBatch(connection, batch, transactional, context, careful);
    if (result === "miscounted") {
      careful = true;
      continue;
    }
    if (result === "yielded") {
      if ((await turn(batch, false, context, "batch.yielded")) === "over") return sessionOver();
      continue;
    }
    if (result instanceof Committed || result.error.kind !== "retryable") return result;
    if (attempt >= ATTEMPTS) return { kind: result.kind, error: givenUp(result.error) };
    context.onRetry(result.error);
    await rollback(connection, context);
    turns?.blocked(batch);
    await around(faults, "batch.backoff", () => clock.sleep(backoffMs(RETRY, attempt, clock)));
  }
}

/** Waits for the batch's turn, where there are turns. */
async function turn(batch: Batch, holdsLocks: boolean, context: ApplyContext, step: FaultStep): Promise<Verdict> {
  const { turns, faults } = context;
  if (turns === null) return "commit";
  return around(faults, step, () => turns.wait(batch, holdsLocks));
}

/** A batch that was broken off too often goes again in a new session, after the daemon's own delays. */
export function givenUp(error: TidemarkError, why = `${ATTEMPTS} attempts`): TidemarkError {
  return new TidemarkError(error.name, `${error.message} (${why})`, {
    stage: error.stage,
    kind: "resumable",
    hint: error.hint,
    facts: error.facts,
    cause: error,
  });
}

async function attemptBatch(
  connection: Connection,
  batch: Batch,
  transactional: readonly RowsChange<TargetTable>[],
  context: ApplyContext,
  careful: boolean,
): Promise<Committed | ExecutionError | "miscounted" | "yielded"> {
  context.turns?.began(batch);
  const fence = appliedBatchStatement(context.claim, batch);
  // A row counts as missing once, however often its batch is tried.
  const missed: string[] = [];
  if (careful) {
    const counting: ApplyContext = { ...context, onMissingRow: (table) => missed.push(table) };
    const error = await runCarefully(connection, batch, transactional, fence, counting);
    if (error !== null) return error;
  } else {
    const statements = batchStatements(transactional, context.limits);
    const result = await runTransaction(connection, statements, fence, context);
    if (result !== null) return result;
  }
  const verdict = await turn(batch, true, context, "batch.turn");
  if (verdict !== "commit") await rollback(connection, context);
  if (verdict === "yield") return "yielded";
  if (verdict === "over") return sessionOver();
  const committed = await Committed.commit(connection, batch, context);
  if (committed instanceof Committed) {
    for (const table of missed) context.onMissingRow(table);
    return committed;
  }
  return { kind: "commit", error: classifyServerError(committed, "apply") };
}

/** In `ordered`, a batch behind the one that failed must not commit. What failed is recorded already; this comes after it. */
function sessionOver(): ExecutionError {
  const error = new TidemarkError("batch_given_up", "An earlier batch has failed; this one was rolled back.", {
    stage: "apply",
    kind: "resumable",
    hint: "Look at the error that came first.",
  });
  return { kind: "commit", error };
}

/** The fence is the second statement: a session that is fenced changes nothing, not even for a moment. */
const FENCE = 1;

/** BEGIN, the applied-batch row and the statements. Null when everything ran and every count is right. */
export async function runTransaction(
  connection: Connection,
  statements: readonly Statement[],
  fence: string,
  context: ApplyContext,
): Promise<ExecutionError | "miscounted" | null> {
  const outcome = await runPackets(connection, [plain("BEGIN"), plain(fence), ...statements], context, "batch.packet");
  if (outcome === null) return null;
  if (outcome === "miscounted") {
    await rollback(connection, context);
    return "miscounted";
  }
  const { error, at, statement } = outcome;
  if (at === 0) return { kind: "begin", error };
  return { kind: "execute", error: at === FENCE ? fenceError(error) : withTable(error, statement) };
}
