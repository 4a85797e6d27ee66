/**
 * Batches in upstream order. A proof settles one; the front of the settled prefix is the low-water mark, the
 * only place where a checkpoint may stand. {@link Checkpoint} is minted here only and is all that the store takes.
 */
import type { GtidSet } from "../binlog/gtid.ts";
import { comparePositions, type Position } from "../binlog/position.ts";
import type { Batch, Coordinates } from "./batch.ts";
import type { Committed } from "./commit.ts";
import type { Executed } from "./ddl.ts";

/** Makes checkpoints; known to this module alone. */
let mintCheckpoint: (position: Position, sequence: number) => Checkpoint;

/** A position before which everything is applied, as a value that only the ledger can make. */
export class Checkpoint {
  readonly #position: Position;
  readonly #sequence: number;

  private constructor(position: Position, sequence: number) {
    this.#position = position;
    this.#sequence = sequence;
  }

  static {
    mintCheckpoint = (position, sequence) => new Checkpoint(position, sequence);
  }

  get position(): Position {
    return this.#position;
  }

  /** Sequence of the last batch that it covers; 0 at the session's start. */
  get sequence(): number {
    return this.#sequence;
  }
}

/** A place where a checkpoint could stand. */
interface Mark {
  readonly low: Coordinates;
  readonly gtids: GtidSet;
  readonly sequence: number;
}

export class Ledger {
  readonly #batches: Batch[] = [];
  #low: Coordinates;
  #gtids: GtidSet;
  #sequence = 0;
  #timestamp: number | null = null;
  #transactions = 0;

  readonly #complete: boolean;
  readonly #onMoved: () => void;
  /** The ledger before each batch that holds the prepare of an XA transaction which has not ended. */
  #marks: readonly Mark[] = [];

  /**
   * Starts at the session's start. `gtids` is its whole GTID set; with `complete` false the set there isn't known,
   * and nothing is added to it: a set with a hole in it would be a lie. `onMoved` is called when the low-water mark has moved.
   */
  constructor(start: Coordinates, gtids: GtidSet, complete: boolean, onMoved: () => void = () => {}) {
    this.#low = start;
    this.#gtids = gtids;
    this.#complete = complete;
    this.#onMoved = onMoved;
  }

  /** Enters a batch, in upstream order. */
  enter(batch: Batch): void {
    this.#batches.push(batch);
  }

  /** Batches that are entered and not yet below the low-water mark. */
  get length(): number {
    return this.#batches.length;
  }

  /** When the last transaction below the low-water mark was committed upstream, seconds; null before the first. */
  get timestamp(): number | null {
    return this.#timestamp;
  }

  /** Transactions below the low-water mark, since the session's start. */
  get transactions(): number {
    return this.#transactions;
  }

  /** Whether every batch before this one is settled. */
  isFront(batch: Batch): boolean {
    return this.#batches[0] === batch;
  }

  /** The proof's batch is durable: the low-water mark moves over every settled batch at the front. */
  settle(proof: Committed): void {
    this.#settle(proof.batch);
  }

  /** A statement's own batch is settled by the proof that it was executed. */
  settleStatement(batch: Batch, _proof: Executed): void {
    if (batch.content !== "statement") throw new Error("only a statement's batch is settled by its execution");
    this.#settle(batch);
  }

  /** A batch without anything to execute needs no proof; any other is refused. */
  settleEmpty(batch: Batch): void {
    if (batch.content !== "nothing") throw new Error("a batch with changes can only be settled by a proof");
    this.#settle(batch);
  }

  #settle(batch: Batch): void {
    batch.state = "settled";
    let passed = 0;
    for (const front of this.#batches) {
      if (front.state !== "settled") break;
      passed += 1;
      // A piece of a transaction that is cut: no checkpoint stands inside it, and its row downstream must stay until there is one behind it.
      if (front.through !== null) continue;
      if (front.prepares) this.#marks = [...this.#marks, this.#mark];
      this.#low = front.end;
      this.#sequence = front.sequence;
      this.#transactions += front.transactions;
      if (front.timestamp > 0) this.#timestamp = front.timestamp;
      if (this.#complete && !front.gtids.isEmpty) this.#gtids = this.#gtids.followedBy(front.gtids);
      this.#keepMarks(front.heldFrom);
    }
    if (passed === 0) return;
    this.#batches.splice(0, passed);
    this.#onMoved();
  }

  /** Of the marks, the last one that is not behind `heldFrom` and those after it; none when nothing is held. */
  #keepMarks(heldFrom: Coordinates | null): void {
    if (this.#marks.length === 0) return;
    if (heldFrom === null) this.#marks = [];
    else
      this.#marks = this.#marks.filter(
        (_, i, { [i + 1]: next }) => next === undefined || comparePositions(next.low, heldFrom) > 0,
      );
  }

  get #mark(): Mark {
    return { low: this.#low, gtids: this.#gtids, sequence: this.#sequence };
  }

  /** The checkpoint stays behind because the log holds a prepared XA transaction, whose rows a restart must read again. */
  get isHeld(): boolean {
    return this.#marks.length > 0;
  }

  /** Where the next checkpoint stands, without its GTIDs. */
  get place(): Coordinates {
    return this.#marks[0]?.low ?? this.#low;
  }

  /** What may be saved now: everything before it is applied. */
  checkpoint(): Checkpoint {
    const { low, gtids, sequence } = this.#marks[0] ?? this.#mark;
    return mintCheckpoint({ ...low, gtids: gtids.toString() }, sequence);
  }
}
