/**
 * The transactions' half of the assembler: which events open, fill and end one. What it must know of the
 * different clothes:
 *
 * - MySQL: Gtid or Anonymous_Gtid (5.7+; nothing before), `BEGIN`, table maps and rows, and Xid, or a `COMMIT`
 *   query when only tables without transactions were changed. With compression, all of that behind the
 *   GTID is one Transaction_payload.
 * - MariaDB: Gtid implies BEGIN unless it says "standalone".
 * - Any other statement without BEGIN is a transaction of its own.
 */
import type { AssemblerOptions } from "./assembler.ts";
import { BeginCache } from "./begin-cache.ts";
import { byteAt, uint32 } from "./byte-order.ts";
import { malformed, truncated } from "./decode-error.ts";
import { decodeRows, withDeferredRows } from "./deferred-rows.ts";
import { incidentOf, refusedType, tooLarge, unexpectedEvent, unknownEvent } from "./event-error.ts";
import { FLAG_IGNORABLE, FLAGS_AT, HEADER_LENGTH, TYPE_AT } from "./event-header.ts";
import * as event from "./event-type.ts";
import { decodeGtidEvent, type GtidEvent } from "./gtid-event.ts";
import { decodeTaggedGtid } from "./gtid-tagged.ts";
import type { LogCursor } from "./log-cursor.ts";
import { decodeMariadbGtid } from "./mariadb-gtid-event.ts";
import { PayloadEvents } from "./payload-events.ts";
import { decodeQueryEvent } from "./query-event.ts";
import { statementKind } from "./statement-kind.ts";
import { StatementRules } from "./statement-rules.ts";
import { TableCache } from "./table-cache.ts";
import type { TableHandle, Transaction, XaStep } from "./transaction.ts";
import { TransactionBuilder } from "./transaction-builder.ts";
import { decodeXaPrepare, XaHold } from "./xa.ts";

/** STMT_END_F of a rows event's flags, which stand behind the table id. */
const STMT_END = 1;
const ROWS_FLAGS_AT = 6;
const ROWS_POST_HEADER = 8;
const BYTES_MAX = 1 << 30;

export class TransactionAssembly<H extends TableHandle> {
  readonly #bytesMax: number;
  readonly #streamBytes: number;
  readonly #partBytes: number;
  readonly #tables: TableCache<H>;
  readonly #begins = new BeginCache();
  readonly #building = new TransactionBuilder<H>();
  readonly #held = new XaHold<H>();
  readonly #statements: StatementRules<H>;
  readonly payloads: PayloadEvents<H>;

  constructor(options: AssemblerOptions<H>) {
    this.#bytesMax = options.transactionBytesMax ?? BYTES_MAX;
    this.#streamBytes = options.streamBytes ?? Number.POSITIVE_INFINITY;
    this.#partBytes = options.partBytes ?? this.#streamBytes;
    this.payloads = new PayloadEvents(this.#bytesMax, this.#streamBytes, (inner, from, to, cursor) =>
      this.#takeInner(inner, from, to, cursor),
    );
    this.#tables = new TableCache(options.resolve, options.flavour);
    this.#statements = new StatementRules(this.#building, this.#held, this.#tables, options);
  }

  get inTransaction(): boolean {
    return this.#building.open;
  }

  /** Where the oldest prepared XA transaction starts; null: none is held. */
  get heldFrom(): { readonly file: string; readonly offset: number } | null {
    return this.#held.from;
  }

  get bufferedBytes(): number {
    return this.#building.bytes + this.#held.bytes;
  }

  forgetTables(): void {
    this.#tables.forget();
  }

  /** Drops the unfinished transaction. */
  abandon(): void {
    this.payloads.drop();
    this.#building.close();
    this.#tables.endStatement();
    this.#statements.variables = false;
  }

  /**
   * The upstream started anew: what it had logged of a transaction when it died was never committed (MariaDB leaves it in the log).
   * @throws `large_rollback`
   */
  cutOff(): void {
    this.#building.cutOff();
    this.abandon();
  }

  /**
   * One event, its header at `at` and its body from there to `end`; `length`: bytes in the log (0 inside a
   * payload), over which `cursor` has advanced.
   */
  take(
    buffer: Buffer,
    at: number,
    type: number,
    end: number,
    cursor: LogCursor,
    length: number,
  ): Transaction<H> | null {
    const building = this.#building;
    const bytes = building.bytes + length;
    if (bytes > this.#bytesMax && !this.#isParted) throw tooLarge("A transaction", bytes, this.#bytesMax);
    const start = at + HEADER_LENGTH;
    switch (type) {
      case event.GTID:
      case event.ANONYMOUS_GTID:
        this.#opened(decodeGtidEvent(buffer, start, end, type === event.ANONYMOUS_GTID), cursor, length);
        break;
      case event.GTID_TAGGED:
        this.#opened(decodeTaggedGtid(buffer, start, end), cursor, length);
        break;
      case event.MARIADB_GTID:
        this.#mariadbOpened(buffer, start, end, cursor, length);
        break;
      case event.QUERY:
        if (!this.#begins.take(buffer, start, end)) return this.#query(buffer, at, type, end, cursor, length);
        this.#begin(cursor, length);
        break;
      case event.TABLE_MAP:
        this.#bare(cursor, length);
        if (building.statement !== null) building.defer(type, buffer.subarray(start, end));
        else this.#tables.map(buffer, start, end);
        break;
      case event.XID:
        if (!building.begun) throw unexpectedEvent("Xid without a transaction");
        return this.#ended(uint32(buffer, at), cursor, length, null);
      default:
        return this.#takeRare(buffer, at, type, end, cursor, length);
    }
    building.bytes += length;
    return null;
  }

  #takeRare(
    buffer: Buffer,
    at: number,
    type: number,
    end: number,
    cursor: LogCursor,
    length: number,
  ): Transaction<H> | null {
    if (event.isRows(type)) return this.#rows(buffer, at, type, end, cursor, length);
    if (type === event.QUERY_COMPRESSED || type === event.EXECUTE_LOAD_QUERY)
      return this.#query(buffer, at, type, end, cursor, length);
    if (type === event.TRANSACTION_PAYLOAD) return this.#payload(buffer, at, end, cursor, length);
    if (type === event.XA_PREPARE) return this.#xaPrepare(buffer, at, end, cursor, length);
    if (this.#building.open) this.#building.bytes += length;
    switch (event.eventType(type)?.role) {
      case "pass":
      case "file":
        return null;
      case "statement":
        // Append_block and its kin belong to Execute_load_query, which is judged by itself.
        this.#statements.variables = true;
        return null;
      case undefined:
        if ((buffer.readUInt16LE(at + FLAGS_AT) & FLAG_IGNORABLE) !== 0) return null;
        throw unknownEvent(type);
      default:
        throw type === event.INCIDENT ? incidentOf(buffer, at + HEADER_LENGTH, end) : refusedType(type);
    }
  }

  #opened(gtid: GtidEvent, cursor: LogCursor, length: number): void {
    this.#building.opened(cursor.offset - length, gtid.gtid, gtid.committedAtUs);
    this.#building.length = gtid.length;
  }

  #mariadbOpened(buffer: Buffer, start: number, end: number, cursor: LogCursor, length: number): void {
    const { gtid, standalone, preparesXa, unfinishedAlter } = decodeMariadbGtid(buffer, start, end);
    const building = this.#building;
    building.opened(cursor.offset - length, gtid, null);
    building.standalone = standalone;
    building.begun = !standalone;
    building.xa = preparesXa;
    building.skipStatement = unfinishedAlter;
  }

  /** `BEGIN`, with or without a GTID before it. Behind MariaDB's GTID it is implied, and says nothing new. */
  #begin(cursor: LogCursor, length: number): void {
    const building = this.#building;
    if (!building.open) building.opened(cursor.offset - length, null, null);
    else if (building.begun && building.hasChanges) throw unexpectedEvent("BEGIN inside a transaction");
    building.begun = true;
  }

  /** Rows may come without BEGIN (MySQL 5.1 and MyISAM): the end of their statement is the end then. */
  #bare(cursor: LogCursor, length: number): void {
    const building = this.#building;
    if (building.begun) return;
    if (!building.open) building.opened(cursor.offset - length, null, null);
    building.begun = true;
    building.bare = true;
  }

  #rows(
    buffer: Buffer,
    at: number,
    type: number,
    end: number,
    cursor: LogCursor,
    length: number,
  ): Transaction<H> | null {
    const start = at + HEADER_LENGTH;
    if (end - start < ROWS_POST_HEADER) throw truncated("a rows event");
    const building = this.#building;
    if (building.statement !== null) {
      building.defer(type, buffer.subarray(start, end));
      building.bytes += length;
      return null;
    }
    const change = decodeRows(this.#tables, buffer, type, start, end);
    building.rowsBytes += end - at;
    if (change !== null) building.add(change, end - at);
    if ((byteAt(buffer, start + ROWS_FLAGS_AT) & STMT_END) !== 0) {
      this.#tables.endStatement();
      if (building.bare) return this.#ended(uint32(buffer, at), cursor, length, null);
    }
    building.bytes += length;
    if (building.heldBytes <= this.#partBytes) return null;
    // Where the log says so beforehand, nothing need be gathered first to find out that it is a large one.
    const isLarge = building.parts > 0 || this.payloads.hasRest || building.length > this.#streamBytes;
    return isLarge || building.heldBytes > this.#streamBytes ? this.#part(uint32(buffer, at), cursor) : null;
  }

  /** What is too large to be held is handed out in parts. Not before its end is known: what XA only prepares, and what needs a statement first. */
  get #isParted(): boolean {
    const { xa, statement } = this.#building;
    return this.#streamBytes !== Number.POSITIVE_INFINITY && !xa && statement === null;
  }

  #part(timestamp: number, cursor: LogCursor): Transaction<H> | null {
    const building = this.#building;
    if (this.#isParted) return building.handOut(this.#partBytes, timestamp, cursor, this.#held.from);
    if (building.heldBytes > this.#bytesMax) throw tooLarge("An XA transaction", building.heldBytes, this.#bytesMax);
    return null;
  }

  #payload(buffer: Buffer, at: number, end: number, cursor: LogCursor, length: number): Transaction<H> | null {
    this.#building.bytes += length;
    return this.payloads.take(buffer, at + HEADER_LENGTH, end, cursor);
  }

  #takeInner(inner: Buffer, at: number, end: number, cursor: LogCursor): Transaction<H> | null {
    const type = byteAt(inner, at + TYPE_AT);
    if (type === event.TRANSACTION_PAYLOAD) throw malformed("a transaction payload inside another");
    return this.take(inner, at, type, end, cursor, 0);
  }

  #query(
    buffer: Buffer,
    at: number,
    type: number,
    end: number,
    cursor: LogCursor,
    length: number,
  ): Transaction<H> | null {
    const timestamp = buffer.readUInt32LE(at);
    const statement = decodeQueryEvent(buffer, type, at + HEADER_LENGTH, end, timestamp);
    const kind = statementKind(statement.sql);
    const building = this.#building;
    if (!building.open && kind.kind !== "nothing") building.opened(cursor.offset - length, null, null);
    const ends = this.#statements.take(statement, kind);
    if (ends !== "no") return this.#ended(timestamp, cursor, length, ends === "yes" ? null : ends);
    if (building.open) building.bytes += length;
    return null;
  }

  #xaPrepare(buffer: Buffer, at: number, end: number, cursor: LogCursor, length: number): Transaction<H> | null {
    const building = this.#building;
    const { xid, onePhase } = decodeXaPrepare(buffer, at + HEADER_LENGTH, end);
    if (!building.begun) throw unexpectedEvent("XA_prepare without a transaction");
    const timestamp = buffer.readUInt32LE(at);
    if (onePhase) return this.#ended(timestamp, cursor, length, null);
    const { gtid, changes, rowCount, start } = building;
    const bytes = building.bytes + length;
    if (this.#held.bytes + bytes > this.#bytesMax)
      throw tooLarge("The prepared XA transactions", this.#held.bytes + bytes, this.#bytesMax);
    this.#held.hold({ xid, gtid, changes, rowCount, bytes, file: cursor.file, start });
    building.changes = [];
    building.rowCount = 0;
    return this.#ended(timestamp, cursor, length, { step: "prepared", xid, prepareGtid: gtid });
  }

  #ended(timestamp: number, cursor: LogCursor, length: number, xa: XaStep | null): Transaction<H> {
    const building = this.#building;
    building.bytes += length;
    const transaction = building.value(timestamp, cursor, xa, this.#held.from);
    const { deferred } = building;
    building.close();
    return deferred.length === 0 ? transaction : withDeferredRows(transaction, deferred, this.#tables);
  }
}
