/** Where a run with a goal ends: after the transaction that reaches it, and not a row later (V9). */
import { parseGtidSet } from "../binlog/gtid-set.ts";
import { comparePositions, positionText, type Position } from "../binlog/position.ts";
import type { Transaction } from "../binlog/transaction.ts";
import { TidemarkError } from "../errors.ts";
import type { Flavour, ServerInfo } from "../mysql/flavour.ts";
import { sameServer } from "../upstream/session.ts";
import type { UntilPoint } from "./options.ts";

export interface Goal {
  /** For people: `binlog.000007:1234`, or the GTID set. */
  readonly text: string;
  /** To be asked once for each transaction, in order: true from the one on that reaches the goal. */
  reached(transaction: Transaction): boolean;
}

/** Where a session begins, as far as its goal needs to know. */
export interface Start {
  readonly upstream: ServerInfo;
  readonly position: Position;
  /** The checkpoint is another server's: only its GTID set counts here. */
  readonly switched: boolean;
}

/**
 * The goal of a session; null without one. `end` is the upstream's end now, which the goal `now` means in a run's first session; in later
 * ones it is what that one has read. A place means nothing in the log of another server: then the goal is the GTID set that belongs to
 * it. Throws `goal_of_another_server` where that isn't known, and `bad_gtid_set`.
 */
export function goalOf(until: UntilPoint | null, start: Start, end: Position): Goal | "reached" | null {
  if (until === null) return null;
  const { upstream, position, switched } = start;
  if (until.kind === "gtids") return gtidGoal(upstream.flavour, until.text, position) ?? "reached";
  if (until.kind === "now") {
    const { known = { end, server: upstream } } = until;
    if (sameServer(known.server, upstream)) return positionGoal(known.end, position) ?? "reached";
    if (known.end.gtids === "") throw elsewhere(known.end);
    return gtidGoal(upstream.flavour, known.end.gtids, position) ?? "reached";
  }
  if (switched) throw elsewhere(until);
  return positionGoal(until, position) ?? "reached";
}

function elsewhere(place: Pick<Position, "file" | "offset">): TidemarkError {
  return new TidemarkError(
    "goal_of_another_server",
    `The goal ${positionText(place)} is a place in the log of another server than the one that is read now.`,
    { stage: "upstream", hint: "Name the goal as a GTID set, which holds on every server of the group." },
  );
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
