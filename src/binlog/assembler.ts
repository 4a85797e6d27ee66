/**
 * Events in, whole transactions out. See {@link Assembler}.
 */
import type { Flavour } from "../mysql/flavour.ts";
import type { TableHandle, TableResolver, Transaction } from "./transaction.ts";

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
  /** More bytes than this in one transaction is the error `transaction_too_large`. Default: 4 GiB. */
  readonly transactionBytesMax?: number;
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
 * The pushed buffer may be reused by the caller as soon as `push` returns: what outlives the call is copied.
 */
export interface Assembler<H extends TableHandle = TableHandle> {
  /**
   * Takes one event: header, body and, where the log has them, the 4 checksum bytes. Returns the
   * transaction that this event ends, or null. Throws a `TidemarkError` of stage `decode` with the
   * event's position; after a throw only `reset` may follow. File changes (real and fake Rotate), format
   * descriptions and heartbeats need nothing from the caller.
   */
  push(event: Buffer): Transaction<H> | null;
  /**
   * A new connection: the stream goes on at `at`. `checksums`: whether events before the first format
   * description carry one (`@source_binlog_checksum` is CRC32); left out, it is found out by trying.
   */
  reset(at: Coordinates & { readonly checksums?: boolean }): void;
  /** Tables are resolved anew at their next table map (filters changed; done by itself after every statement and reset). */
  forgetTables(): void;
  /** The last transaction boundary: everything before it was handed out. Only this may be resumed from. */
  readonly position: Coordinates;
  /** Where the last event ended, also inside a transaction: "received", never to be resumed from. */
  readonly received: Coordinates;
  readonly inTransaction: boolean;
  /** Bytes of events gathered for the unfinished transaction, and of prepared XA transactions. */
  readonly bufferedBytes: number;
  /** The format description in force; null before the first. */
  readonly format: { readonly serverVersion: string; readonly checksums: boolean } | null;
  /** The last heartbeat's coordinates (null: none yet) and how many there were since creation. */
  readonly lastHeartbeat: Coordinates | null;
  readonly heartbeats: number;
}

/** @see Assembler */
export function createAssembler<H extends TableHandle>(_options: AssemblerOptions<H>): Assembler<H> {
  throw new Error("not there yet");
}
