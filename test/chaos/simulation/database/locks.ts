/** Row locks: whoever touches a row that another transaction has changed waits. */
import type { Clock } from "../../../../src/clock.ts";
import type { Condition } from "../sql/statement.ts";
import { ServerError } from "./server-error.ts";
import type { Entry, Session } from "./session.ts";

export interface LockHooks {
  /** Two transactions meet at one row. */
  readonly contended: (waiting: Session, holder: Session, table: string) => void;
  /** A transaction is rolled back because of a deadlock. */
  readonly rollback: (session: Session) => void;
}

export class Locks {
  readonly #clock: Clock;
  readonly #hooks: LockHooks;

  constructor(clock: Clock, hooks: LockHooks) {
    this.#clock = clock;
    this.#hooks = hooks;
  }

  /** Who keeps `session` from these rows; `exclusive`: to change them. */
  blocker(entries: Iterable<Entry>, session: Session, where: Condition, exclusive: boolean): Session | null {
    for (const entry of entries) {
      if (!matches(entry.current, where) && !matches(entry.committed, where)) continue;
      if (entry.owner !== null && entry.owner !== session) return entry.owner;
      if (exclusive) for (const sharer of entry.sharers) if (sharer !== session) return sharer;
    }
    return null;
  }

  /** Waits until `holder`'s transaction has ended. Throws 1213 in a circle, 1205 after too long. */
  async wait(session: Session, holder: Session, table: string): Promise<void> {
    this.#hooks.contended(session, holder, table);
    for (let other: Session | null = holder; other !== null; other = other.waitingFor) {
      if (other !== session) continue;
      this.#hooks.rollback(session);
      throw new ServerError(1213, "Deadlock found when trying to get lock");
    }
    session.waitingFor = holder;
    const over = new AbortController();
    const ended = holder.ended.promise.then(() => "ended");
    const first = await Promise.race([
      ended,
      this.#clock.sleep(session.lockWaitMs, over.signal).then(() => "timeout"),
      session.ended.promise.then(() => "dead"),
    ]);
    over.abort();
    session.waitingFor = null;
    if (session.isDead) throw new ServerError(1053, "Server shutdown in progress");
    if (first === "timeout") throw new ServerError(1205, `Lock wait timeout exceeded: ${table} of ${holder.label}`);
  }

  /** A shared lock, until the transaction ends. */
  share(session: Session, entry: Entry): void {
    entry.sharers.add(session);
    session.shared.add(entry);
  }
}

export function matches(row: Parameters<Condition>[0] | null, where: Condition): boolean {
  return row !== null && where(row);
}
