/**
 * Where we are in the upstream's log: the file, the offset where the last event ended (64 bits, although
 * the header has 32), and the last transaction boundary.
 *
 * Invariant: the boundary only moves when a transaction has ended or none is open, and never by an
 * artificial event. It is the only place from which reading may be resumed (R16, G14).
 */
import { fatal } from "../errors.ts";
import type { Heartbeat } from "./heartbeat.ts";

const TWO_32 = 0x1_0000_0000;

export class LogCursor {
  #file: string;
  #offset: number;
  #boundaryFile: string;
  #boundaryOffset: number;

  constructor(file: string, offset: number) {
    this.#file = file;
    this.#offset = offset;
    this.#boundaryFile = file;
    this.#boundaryOffset = offset;
  }

  get file(): string {
    return this.#file;
  }

  /** Where the last event ended. */
  get offset(): number {
    return this.#offset;
  }

  get boundary(): { readonly file: string; readonly offset: number } {
    return { file: this.#boundaryFile, offset: this.#boundaryOffset };
  }

  /**
   * Over an event of `length` bytes whose header says that the next one starts at `next` (mod 2^32).
   * Usually they follow each other (`>>>` is the remainder by 2^32, and cheap); where the dump thread left something out, the header tells. 0: artificial.
   */
  advance(length: number, next: number): void {
    if (next === 0) return;
    const expected = this.#offset + length;
    this.#offset = expected >>> 0 === next ? expected : this.#resolve(next);
  }

  /** The end of the last event is a transaction boundary. */
  settle(): void {
    this.#boundaryFile = this.#file;
    this.#boundaryOffset = this.#offset;
  }

  /** To the place that a Rotate, real or artificial, names. */
  moveTo(file: string, offset: number): void {
    this.#file = file;
    this.#offset = offset;
  }

  /**
   * A heartbeat outside a transaction moves both, forward only. One of another file or of a place before
   * ours means that the server and we disagree on what was sent (R7): `heartbeat_mismatch`, resumable.
   */
  heartbeat(beat: Heartbeat, inTransaction: boolean): void {
    if (this.#file !== "" && beat.file !== this.#file) throw heartbeatMismatch(beat, this.#file, this.#offset);
    // Beyond 4 GiB the old form can't tell where it is; it is alive, that is all.
    if (!beat.exact && this.#offset >= TWO_32) return;
    if (beat.exact && beat.offset < this.#offset) throw heartbeatMismatch(beat, this.#file, this.#offset);
    if (inTransaction || beat.offset <= this.#offset) return;
    this.#file = beat.file;
    this.#offset = beat.offset;
    this.settle();
  }

  /** The number that ends in the 32 bits `next`, at or after the present offset, at most 2 GiB wrapped. */
  #resolve(next: number): number {
    const high = Math.floor(this.#offset / TWO_32) * TWO_32;
    const wrapped = high + next < this.#offset && this.#offset - (high + next) > TWO_32 / 2;
    return wrapped ? high + TWO_32 + next : high + next;
  }
}

function heartbeatMismatch(beat: Heartbeat, file: string, offset: number): Error {
  return fatal(
    "heartbeat_mismatch",
    `The upstream says it has sent up to ${beat.file}:${beat.offset}, but ${file}:${offset} was received.`,
    {
      stage: "decode",
      kind: "resumable",
      hint: "Events were lost or sent twice on the way; the connection is made again. If it comes back, check proxies between the upstream and Tidemark.",
    },
  );
}
