/**
 * XA transactions in two phases. The log has them in two parts, each with a GTID of its own: the changes,
 * ending in XA_prepare, and much later, perhaps never, `XA COMMIT` or `XA ROLLBACK` as a query.
 *
 * The server's replica prepares on its side and so holds locks for as long. We hold the changes in memory
 * instead, hand them out with XA COMMIT and drop them at XA ROLLBACK: the end is the same, and nothing of
 * an undecided transaction is ever visible downstream. (The upstream's own row locks keep any
 * other transaction from touching these rows in between, so the order of commits is the right one.)
 *
 * After a restart the prepare must be read again: each transaction says from where (`heldFrom`). When it
 * was not, XA COMMIT finds nothing and is an error, never skipped.
 */
import { fatal } from "../errors.ts";
import { truncated } from "./decode-error.ts";
import type { Gtid } from "./gtid.ts";
import type { RowsChange, TableHandle } from "./transaction.ts";

export interface PreparedXa<H extends TableHandle> {
  readonly xid: string;
  readonly gtid: Gtid | null;
  readonly changes: readonly RowsChange<H>[];
  readonly rowCount: number;
  readonly bytes: number;
  readonly file: string;
  readonly start: number;
}

/** XA_prepare's content. */
export interface XaPrepareEvent {
  /** As the servers write it in XA statements: `X'6731',X'',1`. */
  readonly xid: string;
  /** XA COMMIT … ONE PHASE: the transaction is committed by this event. */
  readonly onePhase: boolean;
}

/** Body `event[start, end)`: one-phase flag (1), format id (4), lengths of both parts (4, 4), the parts. */
export function decodeXaPrepare(event: Buffer, start: number, end: number): XaPrepareEvent {
  if (end - start < 13) throw truncated("an XA_prepare event");
  const global = event.readUInt32LE(start + 5);
  const branch = event.readUInt32LE(start + 9);
  const at = start + 13;
  if (at + global + branch > end) throw truncated("the XID of an XA_prepare event");
  const hex = (from: number, length: number): string => `X'${event.toString("hex", from, from + length)}'`;
  const format = event.readInt32LE(start + 1);
  return { xid: `${hex(at, global)},${hex(at + global, branch)},${format}`, onePhase: event.readUInt8(start) !== 0 };
}

/** The prepared transactions that wait for their end, oldest first. */
export class XaHold<H extends TableHandle> {
  readonly #prepared = new Map<string, PreparedXa<H>>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Where the oldest one starts; null when none is held. */
  get from(): { readonly file: string; readonly offset: number } | null {
    if (this.#prepared.size === 0) return null;
    for (const { file, start } of this.#prepared.values()) return { file, offset: start };
    return null;
  }

  /** A prepare that is read for a second time takes the place of the first. */
  hold(prepared: PreparedXa<H>): void {
    const key = prepared.xid.toLowerCase();
    this.#drop(key);
    this.#prepared.set(key, prepared);
    this.#bytes += prepared.bytes;
  }

  /** Takes out the one that XA COMMIT or XA ROLLBACK ends. @throws `xa_prepare_missed` */
  end(xid: string, statement: string): PreparedXa<H> {
    const prepared = this.#drop(xid.toLowerCase());
    if (prepared === undefined) throw prepareMissed(xid, statement);
    return prepared;
  }

  #drop(key: string): PreparedXa<H> | undefined {
    const prepared = this.#prepared.get(key);
    this.#prepared.delete(key);
    this.#bytes -= prepared?.bytes ?? 0;
    return prepared;
  }
}

function prepareMissed(xid: string, statement: string): Error {
  return fatal(
    "xa_prepare_missed",
    `${statement} ends an XA transaction whose changes were prepared before the place where reading began.`,
    {
      stage: "decode",
      hint: "Start from a position before its XA PREPARE; or, when none of its tables is copied, skip this transaction.",
      facts: { xid },
    },
  );
}
