/** What earlier sessions have committed beyond the checkpoint, until a checkpoint of this session covers it. */
import { parseGtidSet } from "../binlog/gtid-set.ts";
import { gtidText } from "../binlog/gtid.ts";
import { comparePositions, type Position } from "../binlog/position.ts";
import type { Transaction } from "../binlog/transaction.ts";
import { readAppliedGtids, type AppliedGtids } from "./applied-gtids.ts";
import type { AppliedBatch } from "./fence.ts";

/** A batch, or of a MariaDB's batch what it has in one domain. */
interface Part {
  readonly batch: AppliedBatch;
  /** null: it is known by its place only. */
  readonly gtids: AppliedGtids | null;
  /** MariaDB: the batch of this session that has taken the last of its transactions; null before it has come. */
  takenBy: number | null;
}

/** A place where a checkpoint stands: the log's, and the last batch of this session that it covers. */
export interface CheckpointPlace {
  readonly position: Position;
  readonly sequence: number;
}

/** What is committed of a transaction that was cut. */
export interface AppliedPieces {
  /** So far, in this server's log: all that stands before it is applied. */
  readonly through: number;
  /** Some of it was applied from the log of another server, and that place isn't known in this one. */
  readonly elsewhere: boolean;
}

/** A batch of which a checkpoint covers something. */
export interface Covered {
  readonly batch: AppliedBatch;
  /** GTIDs that the checkpoint doesn't cover, as text; "" when it covers the batch. */
  readonly left: string;
}

/** No file is called so. */
export const NOWHERE = { file: "", offset: 0 };

/**
 * Transactions are told by GTID where the log has them (they hold on any server), else by the place in the log, which is
 * exact on the server that it is from, because a batch is a contiguous run of transactions.
 */
export class AppliedBefore {
  #parts: readonly Part[];

  /** Throws `bad_gtid_set` when a batch's text can't be read. */
  constructor(batches: readonly AppliedBatch[]) {
    this.#parts = batches.flatMap((batch) => {
      const gtids = readAppliedGtids(batch.gtids);
      return (gtids.length === 0 ? [null] : gtids).map((each) => ({ batch, gtids: each, takenBy: null }));
    });
  }

  /**
   * Whether an earlier session has committed it. To be asked for every transaction, in the order of the log, also for those
   * that change nothing here; `sequence`: the batch of this session that takes it.
   */
  take(transaction: Transaction, sequence: number): boolean {
    if (this.#parts.length === 0) return false;
    const { gtid } = transaction;
    const end = { file: transaction.file, offset: transaction.end };
    // More than one may hold it: a batch that takes what was applied before names it as its own, too.
    const parts = this.#parts.filter(({ gtids, batch }) => {
      if (gtids !== null && gtid !== null) return gtids.contains(gtid);
      return comparePositions(batch.start, end) < 0 && comparePositions(end, batch.end) <= 0;
    });
    for (const part of parts) {
      const last = part.gtids?.last ?? null;
      if (gtid !== null && last !== null && gtidText(gtid) === gtidText(last)) part.takenBy = sequence;
    }
    return parts.some(({ batch }) => batch.through === null);
  }

  /** How much of a large transaction earlier sessions have committed in pieces; null: nothing, as far as is known. */
  piecesOf({ gtid, file, start }: Transaction): AppliedPieces | null {
    const pieces = this.#parts.flatMap(({ batch, gtids }) => {
      if (batch.through === null) return [];
      const isHere = batch.start.file === file && batch.start.offset === start;
      const isIt = gtids !== null && gtid !== null ? gtids.contains(gtid) : isHere;
      return isIt ? [{ isHere, through: batch.through }] : [];
    });
    if (pieces.length === 0) return null;
    const here = pieces.filter(({ isHere }) => isHere).map(({ through }) => through);
    return { through: Math.max(0, ...here), elsewhere: here.length < pieces.length };
  }

  /** Pieces of cut transactions: how far they go is a place in the log of the server that they were read from. */
  get pieces(): readonly AppliedBatch[] {
    return [...new Set(this.#parts.map(({ batch }) => batch))].filter(({ through }) => through !== null);
  }

  /** Another server is read from now on, whose transactions may stand at the same places: no piece is from there. */
  forgetPlaces(): void {
    this.#parts = this.#parts.map((part) =>
      part.batch.through === null ? part : { ...part, batch: { ...part.batch, start: NOWHERE } },
    );
  }

  /**
   * Those of which a checkpoint covers something. MySQL: its GTID set says so. MariaDB's names the last ones only, and
   * says nothing of what another server of the domain has logged: there the batch must have come by again to its end.
   */
  coveredBy(place: CheckpointPlace): readonly Covered[] {
    const left = this.#parts.filter((part) => !isCovered(part, place));
    if (left.length === this.#parts.length) return [];
    const batches = new Set(this.#parts.filter((part) => !left.includes(part)).map(({ batch }) => batch));
    return [...batches].map((batch) => {
      const texts = left.filter((part) => part.batch === batch).map(({ gtids }) => gtids?.text ?? "");
      return { batch, left: texts.join(",") };
    });
  }

  /** Such a checkpoint is saved, and what it covers is not downstream any more. */
  forget(place: CheckpointPlace): void {
    this.#parts = this.#parts.filter((part) => !isCovered(part, place));
  }
}

function isCovered({ batch, gtids, takenBy }: Part, { position, sequence }: CheckpointPlace): boolean {
  if (gtids === null || position.gtids === "") return comparePositions(batch.end, position) <= 0;
  if (gtids.last !== null) return takenBy !== null && takenBy <= sequence;
  return parseGtidSet("mysql", position.gtids).includes(parseGtidSet("mysql", gtids.text));
}
