/**
 * Events in, whole transactions out. See {@link Assembler}.
 */
import { asTidemarkError } from "../errors.ts";
import type { Flavour } from "../mysql/flavour.ts";
import { byteAt, uint32 } from "./byte-order.ts";
import { CHECKSUM_LENGTH, hasChecksum, verifyChecksum } from "./checksum.ts";
import { ChecksumRun } from "./checksum-run.ts";
import { malformed, truncated } from "./decode-error.ts";
import { encryptedLog, unexpectedEvent } from "./event-error.ts";
import { FLAG_ARTIFICIAL, FLAGS_AT, HEADER_LENGTH, LENGTH_AT, NEXT_OFFSET_AT, TYPE_AT } from "./event-header.ts";
import { FORMAT_DESCRIPTION, HEARTBEAT, HEARTBEAT_V2, ROTATE, START_ENCRYPTION, STOP } from "./event-type.ts";
import { decodeFormatDescription, type FormatDescription } from "./format-description.ts";
import { decodeHeartbeat, decodeHeartbeatV2 } from "./heartbeat.ts";
import { LogCursor } from "./log-cursor.ts";
import { positionText } from "./position.ts";
import { decodeRotate } from "./rotate.ts";
import { isEnded, type TableHandle, type TableResolver, type Transaction } from "./transaction.ts";
import { TransactionAssembly } from "./transaction-assembly.ts";

export interface AssemblerOptions<H extends TableHandle> {
  readonly flavour: Flavour;
  /** Asked once per new table map; null: the table's rows are not decoded. */
  readonly resolve: TableResolver<H>;
  /** Verify each event's CRC32 where the log has one. Default true. */
  readonly verifyChecksum?: boolean;
  /** Where the first pushed event starts (what the dump was asked for). File "" when only the GTID set is known: the fake Rotate tells it. */
  readonly file: string;
  readonly offset: number;
  /** Statement-format DML is an error unless this says that it is filtered (then it is left out). Default: never. */
  readonly dropStatement?: (database: string, sql: string) => boolean;
  /**
   * True for a table whose upstream engine has no transactions (MyISAM, Aria, MEMORY, CSV): its changes
   * survive a ROLLBACK in the log. Without this option such a transaction is an error (`rolled_back_changes`).
   */
  readonly survivesRollback?: (handle: H) => boolean;
  /** More bytes than this held of one transaction, as logged or inflated, is the error `transaction_too_large`. Default: 1 GiB. */
  readonly transactionBytesMax?: number;
  /**
   * A transaction of which more than this has come is handed out in parts. Default: never. Two are still held whole: an XA
   * transaction, which may be prepared only, and rows behind a statement (CREATE TABLE … SELECT).
   */
  readonly streamBytes?: number;
  /** The size of a part. Default: `streamBytes`. */
  readonly partBytes?: number;
}

/** A place in the log. */
export interface Coordinates {
  readonly file: string;
  readonly offset: number;
}

/**
 * Builds transactions from the events of one replication stream (or binlog file).
 *
 * Use: one assembler per session. Push each event in the order of arrival, semi-sync header already
 * removed. At every new connection call `reset(position)` first, and ask the server for `position`
 * (or for the GTID set that goes with it): what was gathered of an unfinished transaction is dropped
 * and comes again, whole (R15, R16, G10).
 *
 * The pushed bytes must not change any more (what a socket gives is never written to again): large binary values of a
 * transaction are views of them, and what stands behind an event may have been looked at with it. Everything else that
 * outlives the call is copied.
 */
export interface Assembler<H extends TableHandle = TableHandle> {
  /**
   * Takes one event, `bytes[start, end)` (default: all of it): header, body and, where the log has them, the 4
   * checksum bytes. Returns the transaction that this event ends (or a part of one), or null. Throws a `TidemarkError` of stage `decode` with the
   * event's position; after a throw only `reset` may follow. File changes (real and fake Rotate), format
   * descriptions and heartbeats need nothing from the caller.
   */
  push(bytes: Buffer, start?: number, end?: number): Transaction<H> | null;
  /** The event that was pushed last holds more than fits into memory at once: `rest` must be gone through before the next push. */
  readonly hasRest: boolean;
  /** Parts of the transaction, and its end; throws as `push`. What isn't taken before a `reset` is dropped. */
  rest(): AsyncGenerator<Transaction<H>>;
  /**
   * A new connection: the stream goes on at `at`. `checksums`: whether events before the first format
   * description carry one (`@source_binlog_checksum` is CRC32); left out, it is found out by trying.
   * XA transactions that were prepared before stay held.
   */
  reset(at: Coordinates & { readonly checksums?: boolean }): void;
  /** Tables are resolved anew at their next table map (filters changed; done by itself after every statement and reset). */
  forgetTables(): void;
  /**
   * The last transaction boundary: everything before it was handed out. Only this may be resumed from. With
   * a dump by GTID set it may lie before what an earlier connection reached: resume by the set then.
   */
  readonly position: Coordinates;
  /** Where the last event ended, also inside a transaction: "received", never to be resumed from. */
  readonly received: Coordinates;
  readonly inTransaction: boolean;
  /** What `Transaction.heldFrom` says of a transaction that ends here. */
  readonly heldFrom: Coordinates | null;
  /** Bytes of events gathered for the unfinished transaction, and of prepared XA transactions. */
  readonly bufferedBytes: number;
  /** The format description in force; null before the first. */
  readonly format: { readonly serverVersion: string; readonly checksums: boolean } | null;
  /** The last heartbeat's coordinates (null: none yet) and how many there were since creation. */
  readonly lastHeartbeat: Coordinates | null;
  readonly heartbeats: number;
}

/** @see Assembler */
export function createAssembler<H extends TableHandle>(options: AssemblerOptions<H>): Assembler<H> {
  return new EventStream(options);
}

/** Checksums, files and positions; what is inside transactions goes to {@link TransactionAssembly}. */
class EventStream<H extends TableHandle> implements Assembler<H> {
  readonly #flavour: Flavour;
  readonly #verify: boolean;
  readonly #sums = new ChecksumRun();
  readonly #assembly: TransactionAssembly<H>;
  #cursor: LogCursor;
  #format: FormatDescription | null = null;
  /** null: not told, and no format description seen yet. */
  #checksums: boolean | null = null;
  /**
   * The last event was Start_encryption. MariaDB sends it to replicas too, and decrypts what comes behind it
   * (seen with 10.11); only in the file itself is the next event not readable.
   */
  #encrypted = false;
  #lastHeartbeat: Coordinates | null = null;
  #heartbeats = 0;

  constructor(options: AssemblerOptions<H>) {
    this.#flavour = options.flavour;
    this.#verify = options.verifyChecksum ?? true;
    this.#assembly = new TransactionAssembly(options);
    this.#cursor = new LogCursor(options.file, options.offset);
  }

  get hasRest(): boolean {
    return this.#assembly.payloads.hasRest;
  }

  async *rest(): AsyncGenerator<Transaction<H>> {
    try {
      for await (const transaction of this.#assembly.payloads.rest()) {
        if (isEnded(transaction)) this.#cursor.settle();
        yield transaction;
      }
    } catch (thrown) {
      throw named(thrown).at(positionText(this.received));
    }
  }

  get position(): Coordinates {
    return this.#cursor.boundary;
  }

  get received(): Coordinates {
    return { file: this.#cursor.file, offset: this.#cursor.offset };
  }

  get inTransaction(): boolean {
    return this.#assembly.inTransaction;
  }

  get heldFrom(): Coordinates | null {
    return this.#assembly.heldFrom;
  }

  get bufferedBytes(): number {
    return this.#assembly.bufferedBytes;
  }

  get format(): FormatDescription | null {
    return this.#format;
  }

  get lastHeartbeat(): Coordinates | null {
    return this.#lastHeartbeat;
  }

  get heartbeats(): number {
    return this.#heartbeats;
  }

  reset(at: Coordinates & { readonly checksums?: boolean }): void {
    this.#cursor = new LogCursor(at.file, at.offset);
    this.#format = null;
    this.#encrypted = false;
    this.#checksums = at.checksums ?? null;
    this.#assembly.abandon();
    this.#assembly.forgetTables();
  }

  forgetTables(): void {
    this.#assembly.forgetTables();
  }

  push(bytes: Buffer, start = 0, end = bytes.length): Transaction<H> | null {
    const before = this.#cursor.offset;
    try {
      const ended = this.#take(bytes, start, end);
      this.#encrypted = byteAt(bytes, start + TYPE_AT) === START_ENCRYPTION;
      return ended;
    } catch (thrown) {
      throw named(this.#encrypted ? encryptedLog(thrown) : thrown).at(
        positionText({ file: this.#cursor.file, offset: before }),
      );
    }
  }

  /** Hot path: for an event of a transaction nothing is made here, no view of it either. */
  #take(bytes: Buffer, start: number, end: number): Transaction<H> | null {
    const length = end - start;
    if (length < HEADER_LENGTH || start < 0 || end > bytes.length) throw truncated("its header");
    if (uint32(bytes, start + LENGTH_AT) !== length)
      throw malformed(`it says ${uint32(bytes, start + LENGTH_AT)} bytes and has ${length}`);
    const type = byteAt(bytes, start + TYPE_AT);
    if (type === FORMAT_DESCRIPTION) return this.#formatDescription(bytes.subarray(start, end));
    if (type === ROTATE) return this.#rotate(bytes.subarray(start, end));
    const checksums = this.#checksums;
    if (checksums === null) throw unexpectedEvent("there is no format description in front of the first event");
    const bodyEnd = checksums ? end - CHECKSUM_LENGTH : end;
    if (bodyEnd < start + HEADER_LENGTH) throw truncated("its checksum");
    if (checksums && this.#verify) this.#sums.verify(bytes, start, end);
    if (type === HEARTBEAT || type === HEARTBEAT_V2) return this.#heartbeat(bytes.subarray(start, bodyEnd), type);
    const assembly = this.#assembly;
    const cursor = this.#cursor;
    const next = uint32(bytes, start + NEXT_OFFSET_AT);
    cursor.advance(length, next);
    const ended = assembly.take(bytes, start, type, bodyEnd, cursor, length);
    // STOP settles nothing: it is read again, to no effect, by whoever resumes at the boundary before it.
    if (assembly.inTransaction) return ended;
    if (ended !== null || (next !== 0 && type !== STOP)) cursor.settle();
    return ended;
  }

  #formatDescription(event: Buffer): null {
    const format = decodeFormatDescription(event, this.#verify);
    this.#format = format;
    this.#checksums = format.checksums;
    const next = event.readUInt32LE(NEXT_OFFSET_AT);
    this.#cursor.advance(event.length, next);
    if (format.created !== 0) this.#assembly.cutOff();
    if (next !== 0 && !this.#assembly.inTransaction) this.#cursor.settle();
    return null;
  }

  /**
   * A Rotate in the file names the next one. An artificial one says which file the events behind it are
   * from; it moves no boundary, and comes before the format description: whether it has a
   * checksum is what the session asked for, which the caller may know (`reset`), or its bytes tell.
   */
  #rotate(event: Buffer): null {
    const artificial =
      event.readUInt32LE(NEXT_OFFSET_AT) === 0 || (event.readUInt16LE(FLAGS_AT) & FLAG_ARTIFICIAL) !== 0;
    const summed = artificial && hasChecksum(event);
    const end = event.length - (summed || this.#checksums === true ? CHECKSUM_LENGTH : 0);
    if (end < HEADER_LENGTH) throw truncated("its checksum");
    if (this.#verify && !summed && this.#checksums === true) verifyChecksum(event, 0, end);
    const { file, offset } = decodeRotate(event, HEADER_LENGTH, end);
    const unknown = this.#cursor.file === "";
    this.#cursor.moveTo(file, offset);
    if (unknown || (!artificial && !this.#assembly.inTransaction)) this.#cursor.settle();
    return null;
  }

  #heartbeat(event: Buffer, type: number): null {
    const beat =
      type === HEARTBEAT
        ? decodeHeartbeat(event, HEADER_LENGTH, event.length, this.#flavour)
        : decodeHeartbeatV2(event, HEADER_LENGTH, event.length);
    this.#cursor.heartbeat(beat, this.#assembly.inTransaction);
    this.#lastHeartbeat = { file: this.#cursor.file, offset: beat.exact ? beat.offset : this.#cursor.offset };
    this.#heartbeats += 1;
    return null;
  }
}

/** Reads outside the buffer are caught by Buffer itself: they are an event that ends too soon. */
function named(thrown: unknown): ReturnType<typeof asTidemarkError> {
  return asTidemarkError(thrown instanceof RangeError ? truncated("a field") : thrown, "decode");
}
