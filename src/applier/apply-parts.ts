/**
 * A large transaction in one downstream transaction that stays open while its parts come: BEGIN; its applied-batch row, which
 * fences it; the parts, one after the other; the row's end; COMMIT.
 *
 * What was applied isn't kept, so the whole can't be tried again from here. A part can: a savepoint stands before each. A
 * deadlock takes the savepoint with it, and a lost connection everything; then the session is over, and the next one
 * reads the transaction again. Nothing of it is visible downstream before COMMIT.
 */
import { asTidemarkError } from "../errors.ts";
import type { RowsChange } from "../binlog/transaction.ts";
import { around } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import { backoffMs } from "../retry.ts";
import { ATTEMPTS, givenUp, RETRY, runTransaction } from "./apply-batch.ts";
import { type ApplyContext, runInTime, withTable } from "./apply-context.ts";
import type { Batch } from "./batch.ts";
import { runOneByOne } from "./careful.ts";
import { Committed } from "./commit.ts";
import type { ExecutionError } from "./execution-errors.ts";
import { appliedBatchEnd, appliedBatchStatement } from "./fence.ts";
import { plain, runPackets } from "./packets.ts";
import type { ChangesPart, PartStream } from "./part-stream.ts";
import { batchStatements } from "./statements.ts";
import type { TargetTable } from "./target.ts";
import { applyAgain, applyWithoutTransactions, parted } from "./without-transactions.ts";

type Aside = () => Promise<Connection | null>;

/**
 * Applies a batch whose changes come by `stream`. Never throws: a proof, or at which step it failed and with what; `abandoned`: it
 * will have no end, and its connection is closed. `aside` gives another connection (null: why not is recorded) for
 * what can't be done within the transaction.
 */
export async function applyParts(
  connection: Connection,
  batch: Batch,
  stream: PartStream,
  context: ApplyContext,
  aside: Aside,
): Promise<Committed | ExecutionError | "abandoned"> {
  // No ROLLBACK, which takes as long as what it undoes: the server does that by itself, and nobody has to wait for it.
  const destroy = (): void => connection.destroy();
  stream.cancelled.addEventListener("abort", destroy, { once: true });
  const missed: string[] = [];
  const counting: ApplyContext = { ...context, onMissingRow: (table) => missed.push(table) };
  try {
    const failed =
      (await begin(connection, batch, context)) ??
      (await allParts(connection, batch, stream, counting, aside)) ??
      (stream.cancelled.aborted ? null : await end(connection, batch, context));
    if (stream.cancelled.aborted) return "abandoned";
    if (failed !== null) return lasting(failed);
    // Everything before it is committed: with `ordered`, too, it is its turn.
    const committed = await Committed.commit(connection, batch, context);
    if (!(committed instanceof Committed))
      return lasting({ kind: "commit", error: classifyServerError(committed, "apply") });
    for (const table of missed) context.onMissingRow(table);
    return committed;
  } catch (thrown) {
    return { kind: "unexpected", error: asTidemarkError(thrown, "apply") };
  } finally {
    stream.cancelled.removeEventListener("abort", destroy);
  }
}

/** A new session must read the transaction again. */
function lasting({ kind, error }: ExecutionError): ExecutionError {
  return {
    kind,
    error: error.kind === "retryable" ? givenUp(error, "in a transaction too large to be tried again") : error,
  };
}

/** The fence comes first here too; where the batch ends isn't known yet. */
async function begin(connection: Connection, batch: Batch, context: ApplyContext): Promise<ExecutionError | null> {
  const result = await runTransaction(connection, [], appliedBatchStatement(context.claim, batch), context);
  return result === "miscounted" ? null : result;
}

async function end(connection: Connection, batch: Batch, context: ApplyContext): Promise<ExecutionError | null> {
  const { error } = await runInTime(connection, appliedBatchEnd(context.claim, batch), context, "parts.end");
  return error === null ? null : { kind: "execute", error: classifyServerError(error, "apply") };
}

async function allParts(
  connection: Connection,
  batch: Batch,
  stream: PartStream,
  context: ApplyContext,
  aside: Aside,
): Promise<ExecutionError | null> {
  for (;;) {
    const part = await around(context.faults, "parts.take", () => stream.take());
    if (part === null) return null;
    const { transactional, others } = parted(part.changes);
    const failed =
      (await besides(others, context, aside)) ??
      (await applyPart(connection, { changes: transactional, again: part.again }, batch, stream, context));
    if (failed !== null) return failed;
  }
}

/** Rows of tables without transactions: not on the connection whose transaction is open, where MySQL with GTIDs refuses them (1785). */
async function besides(
  changes: readonly RowsChange<TargetTable>[],
  context: ApplyContext,
  aside: Aside,
): Promise<ExecutionError | null> {
  if (changes.length === 0) return null;
  const connection = await aside();
  if (connection !== null) return applyWithoutTransactions(connection, changes, context);
  return { kind: "begin", error: asTidemarkError(new Error("no second connection"), "apply") };
}

const SAVEPOINT = "tidemark_part";

/** How a part is applied: in packets; row by row, because a count was wrong; so that a second time does no harm. */
type Way = "packets" | "careful" | "again";

async function applyPart(
  connection: Connection,
  part: ChangesPart,
  batch: Batch,
  stream: PartStream,
  context: ApplyContext,
): Promise<ExecutionError | null> {
  const { clock, faults } = context;
  let way: Way = part.again ? "again" : "packets";
  for (let attempt = 1; ;) {
    // A row counts as missing once, however often its part is tried.
    const missed: string[] = [];
    const counting: ApplyContext = { ...context, onMissingRow: (table) => missed.push(table) };
    const result = await attemptPart(connection, part.changes, way, batch, counting);
    if (result === null) {
      for (const table of missed) context.onMissingRow(table);
      return null;
    }
    if (result !== "miscounted" && (result.error.kind !== "retryable" || attempt >= ATTEMPTS)) return result;
    const undo = `ROLLBACK TO SAVEPOINT ${SAVEPOINT};${context.settings}`;
    const undone = await runInTime(connection, undo, context, "parts.undo");
    if (result === "miscounted") {
      if (undone.error !== null) return { kind: "execute", error: classifyServerError(undone.error, "apply") };
      way = "careful";
      continue;
    }
    // After a deadlock there is no transaction any more, and no savepoint in it.
    if (undone.error !== null) return result;
    context.onRetry(result.error);
    const ms = backoffMs(RETRY, attempt, clock);
    await around(faults, "parts.backoff", () => clock.sleep(ms, stream.cancelled));
    attempt += 1;
  }
}

async function attemptPart(
  connection: Connection,
  changes: readonly RowsChange<TargetTable>[],
  way: Way,
  batch: Batch,
  context: ApplyContext,
): Promise<ExecutionError | "miscounted" | null> {
  const savepoint = plain(`SAVEPOINT ${SAVEPOINT}`);
  const statements = way === "packets" ? batchStatements(changes, context.limits) : [];
  const outcome = await runPackets(connection, [savepoint, ...statements], context, "parts.packet");
  if (outcome === "miscounted") return outcome;
  if (outcome !== null) {
    const failed: ExecutionError = { kind: "execute", error: withTable(outcome.error, outcome.statement) };
    // Without a savepoint of its own there is only an earlier part's to go back to, and that part would be lost.
    return outcome.at === 0 ? lasting(failed) : failed;
  }
  if (way === "careful") return runOneByOne(connection, batch, changes, context);
  return way === "again" ? applyAgain(connection, changes, context) : null;
}
