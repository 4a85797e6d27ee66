/**
 * Checksums of short events that stand behind one another in one buffer, verified together. Hot path: a transaction
 * of one row is five events of some eighty bytes, and for each of them a call into native code costs more than summing it.
 *
 * What makes it possible: a CRC register that starts at -1 and goes over an event and its right checksum always ends
 * at the same value, the residue. And CRC-32 is linear: a register that starts at another value ends at the residue
 * XOR what the difference becomes when it goes over as many zero bytes. So from the events' lengths alone follows
 * what the register is behind all of them if each one's checksum is right; one native call says what it is. Bytes
 * between events (a packet's header) are gone over one by one.
 *
 * It proves as much as one checksum for each event: damage goes unnoticed once in 2^32. When it does not come out, the same
 * events are verified one by one, so the first that is damaged is named and those before it are handed on.
 */
import { crc32 } from "node:zlib";
import { byteAt, uint32 } from "./byte-order.ts";
import { CHECKSUM_LENGTH, updateCrc, verifyChecksum } from "./checksum.ts";
import { HEADER_LENGTH, LENGTH_AT, TYPE_AT } from "./event-header.ts";
import { FORMAT_DESCRIPTION, ROTATE } from "./event-type.ts";

/** Longer events are verified by themselves, at no loss. */
const EVENT_MAX = 1024;
/** Bytes of a run: what fits the processor's nearest memory, and is decoded while it is there. */
const RUN_MAX = 32 * 1024;
/** Fewer events are not worth the call. */
const EVENTS_MIN = 3;
/** Between two events in a socket's chunk stand a packet's header (4), its status (1) and with semi-sync two bytes more. */
const GAP_MAX = 7;

/** The register behind any event and its right checksum: here behind no bytes, whose checksum is 0. */
const RESIDUE = updateCrc(-1, Buffer.alloc(CHECKSUM_LENGTH), 0, CHECKSUM_LENGTH);

/** Verifies the checksums of one stream's events, in their order. */
export class ChecksumRun {
  #bytes: Buffer | null = null;
  /** Where the next event starts that the run covers, and where the run ends. */
  #next = 0;
  #end = 0;
  /** Up to here a run did not come out. */
  #oneByOne = 0;
  /** Where the last event ended, and how many bytes stand between two. */
  #last = 0;
  #gap = 0;

  /**
   * Verifies the event `bytes[start, end)`, its checksum being its last four bytes and its length what its header says.
   * @throws `checksum_mismatch`
   */
  verify(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#end = 0;
      this.#oneByOne = 0;
    } else if (start === this.#next && start < this.#end) {
      // The next of the run: what it takes the event to be is what we were given, because both go by its length.
      this.#next = end + this.#gap;
      return;
    } else if (start - this.#last <= GAP_MAX && start >= this.#last) {
      this.#gap = start - this.#last;
    }
    this.#last = end;
    if (start >= this.#oneByOne && this.#begin(bytes, start)) this.#next = end + this.#gap;
    else verifyChecksum(bytes, start, end - CHECKSUM_LENGTH);
  }

  /** Verifies as many events from `start` on as there are; false when there are few, or one of them isn't right. */
  #begin(bytes: Buffer, start: number): boolean {
    const limit = Math.min(bytes.length, start + RUN_MAX);
    let register = -1;
    let end = start;
    let events = 0;
    for (let at = start; at + HEADER_LENGTH + CHECKSUM_LENGTH <= limit; at = end + this.#gap) {
      const length = uint32(bytes, at + LENGTH_AT);
      const type = byteAt(bytes, at + TYPE_AT);
      if (length > EVENT_MAX || length < HEADER_LENGTH + CHECKSUM_LENGTH || at + length > limit) break;
      // Both have rules of their own, see `assembler.ts`.
      if (type === FORMAT_DESCRIPTION || type === ROTATE) break;
      if (at > end) register = updateCrc(register, bytes, end, at);
      register = RESIDUE ^ overZeros(~register, length);
      end = at + length;
      events += 1;
    }
    if (events < EVENTS_MIN) return false;
    const right = (crc32(bytes.subarray(start, end)) | 0) === ~register;
    if (right) this.#end = end;
    else this.#oneByOne = end;
    this.#last = end;
    return right;
  }
}

/** Per length: what going over as many zero bytes makes of each value of each of a register's four bytes. */
const tables: (Int32Array | undefined)[] = Array.from({ length: EVENT_MAX + 1 }, () => undefined);
const ZEROS = Buffer.alloc(EVENT_MAX);

function overZeros(register: number, length: number): number {
  const table = tables[length] ?? tableFor(length);
  return (
    (table[register & 0xff] ?? 0) ^
    (table[256 + ((register >>> 8) & 0xff)] ?? 0) ^
    (table[512 + ((register >>> 16) & 0xff)] ?? 0) ^
    (table[768 + (register >>> 24)] ?? 0)
  );
}

function tableFor(length: number): Int32Array {
  const made = new Int32Array(4 * 256);
  for (let byte = 0; byte < 4; byte += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const value = 1 << bit;
      const one = updateCrc(1 << (8 * byte + bit), ZEROS, 0, length);
      // Linear: each value with this bit as its highest is this bit's share XOR that of the rest.
      for (let rest = 0; rest < value; rest += 1)
        made[256 * byte + value + rest] = one ^ (made[256 * byte + rest] ?? 0);
    }
  }
  tables[length] = made;
  return made;
}
