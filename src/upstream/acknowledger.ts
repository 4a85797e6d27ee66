/**
 * Semi-synchronous replication: the source asks a replica to acknowledge the end of a transaction, and its client's COMMIT waits
 * for that. We acknowledge what is durable downstream and nothing before: a place is sent when a saved checkpoint covers it.
 *
 * An acknowledgement is a place in the source's log and stands for everything before it, so one answers all that were asked for
 * up to there (MySQL: `ReplSemiSyncMaster::handleAck` in `plugin/semisync/semisync_source.cc`; MariaDB:
 * `Repl_semi_sync_master::report_reply_binlog` in `sql/semisync_master.cc`).
 */
import { comparePositions } from "../binlog/position.ts";
import { acknowledgementPayload } from "./packets.ts";

/** A place between two transactions of the log that is read. */
export interface Place {
  readonly file: string;
  readonly offset: number;
}

/** Sends a payload in a packet of its own; false: it could not be sent. */
export type SendAcknowledgement = (payload: Buffer) => boolean;

/** Semi-synchronous replication as the reader sees it. */
export interface SemiSyncState {
  /** Whether the source does it, as it said at the last connection or has shown since; null before the first. */
  readonly source: "on" | "off" | null;
  /** Acknowledgements sent. */
  readonly acknowledged: number;
  /** Places that the source waits for, and that are not durable downstream yet. */
  readonly waiting: number;
}

/** Places that may be asked for and not be durable. Beyond that the oldest is answered together with the one behind it. */
const ASKED_MAX = 1_000;

/** Belongs to one reader, and so to one server's log, through all of its connections. */
export class Acknowledger {
  readonly #asked: Place[] = [];
  #durable: Place | null;
  #send: SendAcknowledgement | null = null;
  #source: "on" | "off" | null = null;
  #sent = 0;
  /** The event in hand asks; the end of its transaction is the place. */
  #isAsked = false;

  /** `durable`: where the reader begins, when that is known as a place in this log. */
  constructor(durable: Place | null) {
    this.#durable = durable;
  }

  get state(): SemiSyncState {
    return { source: this.#source, acknowledged: this.#sent, waiting: this.#asked.length };
  }

  /**
   * A dump has begun (before, the source does not listen), of a source which does it or not: then it may begin to at any time. What is durable is said once more: what was sent last may have been lost with
   * the connection before, and by GTID the source doesn't send those transactions again for which its clients wait.
   */
  begun(sourceIsOn: boolean, send: SendAcknowledgement): void {
    this.#source = sourceIsOn ? "on" : "off";
    this.#send = send;
    this.#isAsked = false;
    if (sourceIsOn && this.#durable !== null) this.#answer(this.#durable);
  }

  ended(): void {
    this.#send = null;
  }

  /** An event asks to be acknowledged. */
  asked(): void {
    this.#isAsked = true;
    this.#source = "on";
  }

  /** The log was read up to here, a place between transactions: it is what an event before it has asked for. */
  reached(place: Place): void {
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.#asked.push({ file: place.file, offset: place.offset });
    if (this.#asked.length > ASKED_MAX) this.#asked.shift();
    if (this.#durable !== null) this.#settle(this.#durable);
  }

  /** A checkpoint that stands here is saved. */
  durable({ file, offset }: Place): void {
    this.#durable = { file, offset };
    this.#settle(this.#durable);
  }

  /** Whether the source waits, on a connection that there is, for something that a checkpoint at this place would cover. */
  isAwaited(place: Place): boolean {
    const [first] = this.#asked;
    return this.#send !== null && first !== undefined && comparePositions(first, place) <= 0;
  }

  /** Answers the last of those that `durable` covers, and with it all before. */
  #settle(durable: Place): void {
    const last = this.#asked.findLast((place) => comparePositions(place, durable) <= 0);
    if (last !== undefined) this.#answer(last);
  }

  /** What could not be sent stays asked for: the next checkpoint, or the next connection, says it again. */
  #answer(place: Place): void {
    if (this.#send?.(acknowledgementPayload(place.file, place.offset)) !== true) return;
    this.#sent += 1;
    const behind = this.#asked.findIndex((asked) => comparePositions(asked, place) > 0);
    this.#asked.splice(0, behind === -1 ? this.#asked.length : behind);
  }
}
