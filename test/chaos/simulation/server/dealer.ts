/** Faults, and whoever deals them out. */
import type { ParsedStatement } from "../sql/statement.ts";

/** Where a fault may happen: whose connection, and what it asks for. Its name is that of the fault point. */
export interface Point {
  /** `p1/apply#3`: process, stage, connection. */
  readonly label: string;
  /** `apply: commit`, `checkpoint: insert lease`, `ddl: GET_LOCK`. */
  readonly name: string;
  readonly kind: ParsedStatement["kind"] | "ddl" | "other";
}

/**
 * What goes wrong with one statement.
 * - `error`: the server refuses it;
 * - `cut`: the connection is lost, before the statement has its effect or after it; `later`: the server notices that only after a while;
 * - `kill`: the process that asked is gone, the same ways;
 * - `freeze`: it stops there (SIGSTOP) and wakes after `ms`;
 * - `delay`: the server takes its time;
 * - `restart`: the server dies, before the effect or after it, and comes back.
 */
export type Fault =
  | { readonly kind: "error"; readonly errno: number }
  | { readonly kind: "cut"; readonly takesEffect: boolean; readonly later: boolean }
  | { readonly kind: "kill"; readonly takesEffect: boolean; readonly later: boolean }
  | { readonly kind: "freeze"; readonly ms: number }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "restart"; readonly takesEffect: boolean };

export interface Dealer {
  /** Before a connection is made: an error number, or null. */
  connecting(point: Point): number | null;
  /** Before a statement is executed. */
  statement(point: Point): Fault | null;
  /** How long a packet takes, ms. */
  latencyMs(): number;
  /** How long the server takes to notice a client that is gone, ms. */
  noticeMs(): number;
}
