/**
 * Transactions that are too large to be held: they come in parts, and are applied while they are read.
 *
 * Everything before is applied first, and nothing behind it begins before it is committed: its keys need not be remembered, and
 * its parts are the only changes in memory. A batch of its own is handed to a worker with its first part, and its end with the last;
 * in between a part is only read on when the worker has taken the one before.
 *
 * With `splitBytes` a batch ends before the transaction does, once it has so many bytes, and another one follows. Its row
 * downstream says how far it goes, so that a session which reads the transaction again goes on behind it. Where that place can't be
 * told (it was applied from another server's log, or up to somewhere inside a part) the part is applied in a way that does no
 * harm a second time (S12).
 */
import { gtidText } from "../binlog/gtid.ts";
import { isEnded, type Transaction } from "../binlog/transaction.ts";
import type { Clock } from "../clock.ts";
import type { AppliedBefore, AppliedPieces } from "./applied-before.ts";
import type { Batch, Coordinates } from "./batch.ts";
import { PartStream } from "./part-stream.ts";
import type { TargetTable } from "./target.ts";

/** What the scheduler does for a large transaction. */
export interface LargeHost {
  /** Resolves when everything before is settled. */
  drain(): Promise<void>;
  /** Enters a batch and hands it to a worker. */
  start(at: Coordinates, stream: PartStream): Batch;
  /** The batch has its end; resolves when it is settled. */
  settled(batch: Batch): Promise<void>;
  /** Takes the transaction's end, all of which was applied before. */
  pass(end: Transaction<TargetTable>): void;
  nextSequence(): number;
  throwIfFailed(): void;
}

export interface LargeOptions {
  readonly host: LargeHost;
  readonly appliedBefore: Pick<AppliedBefore, "take" | "piecesOf">;
  readonly byGtid: boolean;
  /** A transaction is cut when so many bytes of it are in one batch; null: never. */
  readonly splitBytes: number | null;
  readonly clock: Pick<Clock, "now">;
}

/** A large transaction under way, for the status. */
export interface LargeFacts {
  /** null: it has none. */
  readonly gtid: string | null;
  readonly file: string;
  readonly offset: number;
  /** Row changes, and bytes of rows events, that were handed to a worker (or were applied before). */
  readonly rows: number;
  readonly bytes: number;
  /** It may be cut: readers downstream may see a part of it. */
  readonly splits: boolean;
  /** Wall clock, ms since 1970, of its first part. */
  readonly sinceMs: number;
}

interface Present {
  readonly facts: Omit<LargeFacts, "rows" | "bytes">;
  /** An earlier session has committed all of it. */
  readonly isApplied: boolean;
  readonly pieces: AppliedPieces | null;
  batch: Batch | null;
  rows: number;
  through: number;
}

export class LargeTransactions {
  readonly #options: LargeOptions;
  #present: Present | null = null;

  constructor(options: LargeOptions) {
    this.#options = options;
  }

  get facts(): LargeFacts | null {
    if (this.#present === null) return null;
    const { facts, rows, through } = this.#present;
    return { ...facts, rows, bytes: through };
  }

  /** Takes the next part. Resolves when the next one may be read; rejects with the session's first error. */
  async take(part: Transaction<TargetTable>): Promise<void> {
    const { host, byGtid, splitBytes } = this.#options;
    const present = part.part?.number === 1 ? await this.#begin(part) : this.#present;
    if (present === null) throw new Error("a part of a transaction comes without those before it");
    const from = present.through;
    present.through = part.part?.through ?? from;
    present.rows += part.rowCount;
    const ended = isEnded(part);
    if (ended && present.isApplied) host.pass(part);
    if (!present.isApplied) {
      const way = wayOf(present, from);
      if (way !== "skip" || ended) await this.#apply(present, part, way);
      const { batch } = present;
      if (batch !== null && (ended || (splitBytes !== null && batch.bytes >= splitBytes))) {
        batch.conclude(part, byGtid);
        batch.stream?.end();
        await host.settled(batch);
        present.batch = null;
      }
    }
    if (ended) this.#present = null;
  }

  /** The transaction under way will not come to its end in this session: what was applied of it must not stay. */
  abandon(): void {
    this.#present?.batch?.stream?.cancel();
    this.#present = null;
  }

  async #begin(part: Transaction<TargetTable>): Promise<Present> {
    const { host, appliedBefore, splitBytes, clock } = this.#options;
    if (this.#present !== null) throw new Error("a large transaction begins inside another");
    await host.drain();
    const { gtid, file, start } = part;
    this.#present = {
      facts: {
        gtid: gtid === null ? null : gtidText(gtid),
        file,
        offset: start,
        splits: splitBytes !== null,
        sinceMs: clock.now(),
      },
      isApplied: appliedBefore.take(part, host.nextSequence()),
      pieces: appliedBefore.piecesOf(part),
      batch: null,
      rows: 0,
      through: 0,
    };
    return this.#present;
  }

  async #apply(present: Present, part: Transaction<TargetTable>, way: "apply" | "again" | "skip"): Promise<void> {
    const { host } = this.#options;
    // In the turn in which the batch begins: behind an error no worker would ever take the part.
    host.throwIfFailed();
    present.batch ??= host.start({ file: part.file, offset: part.start }, new PartStream());
    if (way === "skip") return;
    present.batch.addPart(part);
    await present.batch.stream?.offer({ changes: part.changes, again: way === "again" });
    host.throwIfFailed();
  }
}

/** What to do with the part between `from` and what the transaction has come to now. */
function wayOf({ pieces, through }: Present, from: number): "apply" | "again" | "skip" {
  if (pieces === null) return "apply";
  if (through <= pieces.through) return "skip";
  return pieces.elsewhere || from < pieces.through ? "again" : "apply";
}
