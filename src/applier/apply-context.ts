/** What applying a batch needs to know, and what its two ways (in packets, or change by change) share. */
import type { Clock } from "../clock.ts";
import { TidemarkError } from "../errors.ts";
import { around, type Faults, type FaultStep } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import { runStatements, type StatementsOutcome } from "../mysql/statements.ts";
import type { Claim } from "./fence.ts";
import type { Turns } from "./turns.ts";
import type { Expected, Statement, StatementLimits } from "./statements.ts";

/** What to do when an UPDATE or DELETE finds no row: stop, put the row right, or count it and go on. */
export type MissingRowPolicy = "stop" | "repair" | "log";

export interface ApplyContext {
  readonly claim: Claim;
  readonly limits: StatementLimits;
  /** See `sessionSettings`. */
  readonly settings: string;
  /** Bytes of one packet: below the downstream's max_allowed_packet. */
  readonly packetBytesMax: number;
  /** A packet without an answer for this long: the connection is given up, ms. */
  readonly answerMs: number;
  readonly missingRow: MissingRowPolicy;
  readonly clock: Clock;
  readonly faults: Faults | null;
  /** Commits in upstream order; null: as they come. */
  readonly turns: Turns | null;
  /** Called for each row that an UPDATE or DELETE didn't find and that the policy passed over, when its batch is committed. */
  readonly onMissingRow: (table: string) => void;
  /** Called before a batch is tried again after a deadlock or a lock wait timeout. */
  readonly onRetry: (error: TidemarkError) => void;
}

/** Whether a statement's count of rows is what it must be. */
export function asExpected(expected: Expected, affectedRows: number): boolean {
  if (expected === null) return true;
  return "exactly" in expected ? affectedRows === expected.exactly : affectedRows <= expected.atMost;
}

/** The error with the table of the statement that it belongs to. */
export function withTable(error: TidemarkError, statement: Statement | undefined): TidemarkError {
  const table = statement?.table?.label;
  if (table === undefined) return error;
  return new TidemarkError(error.name, `${table}: ${error.message}`, {
    stage: error.stage,
    kind: error.kind,
    hint: error.hint,
    facts: { ...error.facts, table },
    cause: error.cause ?? error,
  });
}

/** {@link runStatements} with a deadline: a downstream that stands still must not hold a batch for ever. */
export async function runInTime(
  connection: Connection,
  sql: string,
  context: Pick<ApplyContext, "clock" | "answerMs" | "faults">,
  step: FaultStep,
): Promise<StatementsOutcome> {
  const { faults } = context;
  if (faults !== null) await faults.at(step, "before");
  let late = false;
  const deadline = context.clock.timer(context.answerMs, () => {
    late = true;
    connection.destroy();
  });
  const outcome = await runStatements(connection, sql);
  deadline.cancel();
  if (faults !== null) await faults.at(step, "after");
  return late && outcome.error !== null ? { ...outcome, error: noAnswer(context.answerMs) } : outcome;
}

/** We ended the connection ourselves: a person must read why, and not that it was lost. */
function noAnswer(answerMs: number): TidemarkError {
  return new TidemarkError("answer_timeout", `The downstream gave no answer within ${answerMs / 1000} s.`, {
    stage: "apply",
    kind: "resumable",
    hint: "Look at the downstream's process list for what our statement waits for: a locked table, a DDL, a server that stands still. Raise downstream.netTimeout if statements may take so long.",
  });
}

/**
 * Ends the transaction whatever its state; a connection that is gone has no transaction. Settings are no part of it: what the
 * statement that was broken off had changed for itself is set back, or the next try would begin with it.
 */
export async function rollback(
  connection: Connection,
  { faults, settings }: Pick<ApplyContext, "faults" | "settings">,
): Promise<void> {
  await around(faults, "batch.rollback", () => runStatements(connection, `ROLLBACK;${settings}`));
}
