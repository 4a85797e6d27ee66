import { truncated, malformed } from "./decode-error.ts";
import { HEADER_LENGTH, LENGTH_AT } from "./event-header.ts";

/** The first bytes of every binlog file. */
export const BINLOG_MAGIC = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);

/**
 * The events of a whole binlog file in memory, as views into it. A file that is still being written, or
 * was not closed, may end in the middle of an event: `event_truncated` after the last whole one.
 */
export function* eventsOfFile(file: Buffer): Generator<Buffer> {
  if (!file.subarray(0, BINLOG_MAGIC.length).equals(BINLOG_MAGIC))
    throw malformed("the file does not begin with the magic bytes of a binlog");
  let at = BINLOG_MAGIC.length;
  while (at < file.length) {
    if (at + HEADER_LENGTH > file.length) throw truncated("a header, at the end of the file");
    const length = file.readUInt32LE(at + LENGTH_AT);
    if (length < HEADER_LENGTH) throw malformed(`an event of ${length} bytes`);
    if (at + length > file.length) throw truncated("an event, at the end of the file");
    yield file.subarray(at, at + length);
    at += length;
  }
}
