/** Statements in as few packets as the downstream allows, each with its count of rows looked at. */
import type { TidemarkError } from "../errors.ts";
import type { FaultStep } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import { type ApplyContext, asExpected, runInTime } from "./apply-context.ts";
import type { Statement } from "./statements.ts";

/** What went wrong, with the statement and its number, from 0. */
export interface PacketError {
  readonly error: TidemarkError;
  readonly at: number;
  readonly statement: Statement | undefined;
}

/** A statement that changes no rows of a table, or whose rows nobody counts. */
export function plain(sql: string): Statement {
  return { sql, expected: null, table: null, single: null };
}

/** Null when everything ran and every count is right. What ran before an error, or a wrong count, is not undone here. */
export async function runPackets(
  connection: Connection,
  statements: readonly Statement[],
  context: ApplyContext,
  step: FaultStep,
): Promise<PacketError | "miscounted" | null> {
  let first = 0;
  while (first < statements.length) {
    const end = packetEnd(statements, first, context.packetBytesMax);
    const packet = statements.slice(first, end);
    const { results, error } = await runInTime(connection, packet.map(({ sql }) => sql).join(";"), context, step);
    if (error !== null) {
      const at = first + results.length;
      return { error: classifyServerError(error, "apply"), at, statement: statements[at] };
    }
    if (packet.some(({ expected }, i) => !asExpected(expected, results[i]?.affectedRows ?? 0))) return "miscounted";
    first = end;
  }
  return null;
}

/** The statements from `first` on that fit in one packet; a single one that doesn't goes alone and the server judges it. */
function packetEnd(statements: readonly Statement[], first: number, bytesMax: number): number {
  let bytes = 0;
  let end = first;
  while (end < statements.length) {
    bytes += Buffer.byteLength(statements[end]?.sql ?? "") + 1;
    if (bytes > bytesMax && end > first) break;
    end += 1;
  }
  return end;
}
