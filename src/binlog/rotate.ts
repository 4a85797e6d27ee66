import { malformed, truncated } from "./decode-error.ts";

/** Where a Rotate sends the reader: the next file and the offset of its first event (4, behind the magic bytes). */
export interface Rotate {
  readonly file: string;
  readonly offset: number;
}

/** Rotate's body `event[start, end)`: 8 bytes offset, then the file's name up to the end. */
export function decodeRotate(event: Buffer, start: number, end: number): Rotate {
  if (start + 8 >= end) throw truncated("a Rotate event");
  const offset = event.readUInt32LE(start) + event.readUInt32LE(start + 4) * 0x1_0000_0000;
  const file = event.toString("utf8", start + 8, end);
  if (!Number.isSafeInteger(offset) || file.includes("\0")) throw malformed("a Rotate without a file's name");
  return { file, offset };
}
