import type { SqlRow } from "../sql/statement.ts";

/** One row, whoever sees it. */
export interface Entry {
  /** What everybody sees; null: not there. */
  committed: SqlRow | null;
  /** What the owner sees. */
  current: SqlRow | null;
  /** The transaction that changed it and hasn't ended. */
  owner: Session | null;
  /** Transactions that read it with a shared lock. */
  readonly sharers: Set<Session>;
}

/** One connection's state in the server. */
export class Session {
  readonly label: string;
  /** Rows changed by the open transaction, each with the set that it is in; and the names of their tables. */
  readonly touched = new Map<Entry, Set<Entry>>();
  readonly tables = new Set<string>();
  readonly shared = new Set<Entry>();
  /** What it had made of rows at its savepoint; null: there is none. */
  savepoint: ReadonlyMap<Entry, SqlRow | null> | null = null;
  inTransaction = false;
  foreignKeyChecks = true;
  lockWaitMs = 50_000;
  waitingFor: Session | null = null;
  /** The server was killed under it: nothing that it still does has an effect. */
  isDead = false;
  ended = Promise.withResolvers<void>();

  constructor(label: string) {
    this.label = label;
  }
}

/** What a session sees of a row. */
export function visible(entry: Entry, session: Session): SqlRow | null {
  return entry.owner === session ? entry.current : entry.committed;
}
