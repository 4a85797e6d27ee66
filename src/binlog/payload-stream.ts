/**
 * A Transaction_payload whose events would not fit into memory at once: inflated piece by piece, as they are asked for.
 * What is held is the payload as it was sent and a few pieces; a frame that says it is small and isn't is
 * found out at the first byte too many.
 */
import { createZstdDecompress } from "node:zlib";
import { uint32 } from "./byte-order.ts";
import { malformed, truncated } from "./decode-error.ts";
import { badCompression } from "./event-error.ts";
import { HEADER_LENGTH, LENGTH_AT } from "./event-header.ts";
import { demandSize, type Payload } from "./transaction-payload.ts";

/** Inflated bytes of one piece. */
const PIECE_BYTES = 256 * 1024;

/** The payload's events in order, some whole ones in each buffer. @throws `bad_compression`, `event_truncated`, `malformed_event` */
export async function* streamPayload(payload: Payload): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  /** As many bytes make the next event whole. */
  let wanted = HEADER_LENGTH;
  for await (const piece of inflated(payload)) {
    pieces.push(piece);
    length += piece.length;
    // Not joined before it is worth it: an event of a gigabyte comes in thousands of pieces.
    if (length < wanted) continue;
    const bytes = pieces.length === 1 ? piece : Buffer.concat(pieces);
    const whole = wholeEvents(bytes);
    if (whole.end > 0) yield bytes.subarray(0, whole.end);
    pieces = whole.end === length ? [] : [bytes.subarray(whole.end)];
    length -= whole.end;
    wanted = whole.next;
  }
  if (length > 0) throw truncated("an event of a transaction payload");
}

/** Where the last whole event of `bytes` ends, and how long the one behind it is (or its header). */
function wholeEvents(bytes: Buffer): { readonly end: number; readonly next: number } {
  let end = 0;
  while (end + HEADER_LENGTH <= bytes.length) {
    const length = uint32(bytes, end + LENGTH_AT);
    if (length < HEADER_LENGTH) throw malformed(`an event of ${length} bytes in a transaction payload`);
    if (end + length > bytes.length) return { end, next: length };
    end += length;
  }
  return { end, next: HEADER_LENGTH };
}

async function* inflated({ bytes, compressed, inflatedSize }: Payload): AsyncGenerator<Buffer> {
  if (!compressed) {
    yield bytes;
    return;
  }
  const stream = createZstdDecompress({ chunkSize: PIECE_BYTES });
  let size = 0;
  try {
    stream.end(bytes);
    for await (const piece of stream) {
      if (!Buffer.isBuffer(piece)) continue;
      size += piece.length;
      if (inflatedSize >= 0 && size > inflatedSize) break;
      yield piece;
    }
  } catch (thrown) {
    throw badCompression("the zstd frame is damaged", thrown);
  } finally {
    stream.destroy();
  }
  demandSize(size, inflatedSize);
}
