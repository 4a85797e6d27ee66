/** Where a run with a goal ends: after the transaction that reaches it, and not a row later (V9). */
import { parseGtidSet } from "../binlog/gtid-set.ts";
import { comparePositions, type Position } from "../binlog/position.ts";
import type { Transaction } from "../binlog/transaction.ts";
import type { Flavour } from "../mysql/flavour.ts";

export interface Goal {
  /** For people: `binlog.000007:1234`, or the GTID set. */
  readonly text: string;
  /** To be asked once for each transaction, in order: true from the one on that reaches the goal. */
  reached(transaction: Transaction): boolean;
}

/** A place in the upstream's log; null when `start` is there already (V10). */
export function positionGoal(goal: Pick<Position, "file" | "offset">, start: Position): Goal | null {
  if (start.file !== "" && comparePositions(start, goal) >= 0) return null;
  return {
    text: `${goal.file}:${goal.offset}`,
    reached: ({ file, end }) => comparePositions({ file, offset: end }, goal) >= 0,
  };
}

/** A GTID set; null when `start` holds all of it. Throws `bad_gtid_set`. */
export function gtidGoal(flavour: Flavour, text: string, start: Position): Goal | null {
  const goal = parseGtidSet(flavour, text);
  const seen = parseGtidSet(flavour, start.gtids);
  if (seen.includes(goal)) return null;
  return {
    text: goal.toString(),
    reached({ gtid }) {
      if (gtid === null) return false;
      seen.add(gtid);
      // Only one of its own can be the one that completes it.
      return (flavour === "mariadb" || goal.contains(gtid)) && seen.includes(goal);
    },
  };
}
