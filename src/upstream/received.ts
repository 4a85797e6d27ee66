import type { Assembler } from "../binlog/assembler.ts";
import { parseGtidSet } from "../binlog/gtid-set.ts";
import type { GtidSet } from "../binlog/gtid.ts";
import { comparePositions, type Position } from "../binlog/position.ts";
import type { TableHandle, Transaction } from "../binlog/transaction.ts";
import type { Flavour } from "../mysql/flavour.ts";

/**
 * How far the log was read, in whole transactions: the only thing that a reconnect starts from. The GTID
 * set grows by the GTID of each transaction that was handed out and by nothing else; the coordinates also
 * follow heartbeats and file changes (R8), and go back only when the log is another server's.
 */
export class Received {
  readonly flavour: Flavour;
  readonly #gtids: GtidSet;
  /** False: the set that we started from is not known, so that adding to it would claim a set that has holes. */
  readonly #complete: boolean;
  #file: string;
  #offset: number;
  #text: string | null;
  #elsewhere: boolean;

  /** `complete`: `start.gtids` is the whole set executed at `start` (it may be empty). Throws `bad_gtid_set`. */
  constructor(flavour: Flavour, start: Position, complete: boolean) {
    this.flavour = flavour;
    this.#gtids = parseGtidSet(flavour, start.gtids);
    this.#complete = complete;
    this.#file = start.file;
    this.#offset = start.offset;
    this.#text = start.gtids;
    this.#elsewhere = start.file === "";
  }

  /** The place behind the last whole transaction; its file is "" as long as only the GTID set is known. */
  get position(): Position {
    this.#text ??= this.#gtids.toString();
    return { file: this.#file, offset: this.#offset, gtids: this.#text };
  }

  get file(): string {
    return this.#file;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The set itself, to ask for what is not in it. Not to be changed. */
  get gtids(): GtidSet {
    return this.#gtids;
  }

  /** A transaction was handed out. */
  take(transaction: Transaction): void {
    this.#file = transaction.file;
    this.#offset = transaction.end;
    this.#elsewhere = false;
    if (transaction.gtid === null || !this.#complete) return;
    this.#gtids.add(transaction.gtid);
    this.#text = null;
  }

  /** True when a place between transactions lies behind the one that we know; then it is the new one. */
  moveTo(file: string, offset: number): boolean {
    if (file === "") return false;
    if (!this.#elsewhere && comparePositions({ file, offset }, { file: this.#file, offset: this.#offset }) <= 0) {
      return false;
    }
    this.#file = file;
    this.#offset = offset;
    this.#elsewhere = false;
    return true;
  }

  /**
   * True when the log went on without a transaction: a new file, or a heartbeat behind what was filtered or skipped upstream.
   * To be asked between transactions; `heartbeatsBefore` came on connections before the present one, and count no more.
   */
  follow(
    { position, lastHeartbeat, heartbeats }: Pick<Assembler, "position" | "lastHeartbeat" | "heartbeats">,
    heartbeatsBefore: number,
  ): boolean {
    const moved = this.moveTo(position.file, position.offset);
    if (lastHeartbeat === null || heartbeats <= heartbeatsBefore) return moved;
    return this.moveTo(lastHeartbeat.file, lastHeartbeat.offset) || moved;
  }

  /** Says that the log went on from `start` to here without a transaction, and from where a restart must read (`Transaction.heldFrom`). */
  emptyTransaction<H extends TableHandle>(start: number, heldFrom: Transaction["heldFrom"]): Transaction<H> {
    return {
      gtid: null,
      file: this.#file,
      start: Math.min(start, this.#offset),
      end: this.#offset,
      timestamp: 0,
      committedAtUs: null,
      bytes: 0,
      changes: [],
      rowCount: 0,
      statement: null,
      heldFrom: heldFrom ?? null,
    };
  }
}
