import { uint32 } from "./byte-order.ts";
import { truncated } from "./decode-error.ts";
import { unexpectedEvent } from "./event-error.ts";
import { HEADER_LENGTH, LENGTH_AT } from "./event-header.ts";
import type { LogCursor } from "./log-cursor.ts";
import { streamPayload } from "./payload-stream.ts";
import { isEnded, type TableHandle, type Transaction } from "./transaction.ts";
import { inflatePayload, type Payload, readPayload } from "./transaction-payload.ts";

/** Takes the event `inner[at, end)`; gives what it ends. */
type TakeInner<H extends TableHandle> = (
  inner: Buffer,
  at: number,
  end: number,
  cursor: LogCursor,
) => Transaction<H> | null;

/** The events inside Transaction_payload events: every one counts, and only the last may end the transaction. */
export class PayloadEvents<H extends TableHandle> {
  readonly #bytesMax: number;
  readonly #streamBytes: number;
  readonly #takeInner: TakeInner<H>;
  /** One that is too large to be inflated at once, and waits to be asked for. */
  #large: { readonly payload: Payload; readonly cursor: LogCursor } | null = null;

  constructor(bytesMax: number, streamBytes: number, takeInner: TakeInner<H>) {
    this.#bytesMax = bytesMax;
    this.#streamBytes = streamBytes;
    this.#takeInner = takeInner;
  }

  get hasRest(): boolean {
    return this.#large !== null;
  }

  drop(): void {
    this.#large = null;
  }

  /** The payload event whose body is `event[start, end)`. Null also when there is a rest. */
  take(event: Buffer, start: number, end: number, cursor: LogCursor): Transaction<H> | null {
    const payload = readPayload(event, start, end);
    const { inflatedSize } = payload;
    if (inflatedSize > this.#streamBytes || (inflatedSize < 0 && this.#streamBytes < this.#bytesMax)) {
      this.#large = { payload, cursor };
      return null;
    }
    const inner = inflatePayload(payload, this.#bytesMax);
    let ended: Transaction<H> | null = null;
    for (let next = 0; next < inner.length;) {
      if (ended !== null) throw behindEnd();
      const length = next + HEADER_LENGTH > inner.length ? 0 : uint32(inner, next + LENGTH_AT);
      if (length < HEADER_LENGTH || next + length > inner.length) throw truncated("an event of a transaction payload");
      ended = this.#takeInner(inner, next, next + length, cursor);
      next += length;
    }
    return ended;
  }

  /** What the large payload that was taken last holds: parts of its transaction, and its end. */
  async *rest(): AsyncGenerator<Transaction<H>> {
    const large = this.#large;
    if (large === null) return;
    let ended = false;
    for await (const bytes of streamPayload(large.payload)) {
      for (let next = 0; next < bytes.length;) {
        // Dropped while somebody else ran: its transaction comes again, whole.
        if (this.#large !== large) return;
        if (ended) throw behindEnd();
        const end = next + uint32(bytes, next + LENGTH_AT);
        const found = this.#takeInner(bytes, next, end, large.cursor);
        next = end;
        if (found === null) continue;
        ended = isEnded(found);
        yield found;
      }
    }
    this.#large = null;
  }
}

function behindEnd(): Error {
  return unexpectedEvent("a transaction payload goes on behind its transaction's end");
}
