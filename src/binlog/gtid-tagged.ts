/**
 * Gtid_tagged (42), written by MySQL 8.3+ where the GTID has a tag. It is encoded by the server's
 * serialization library (libs/mysql/serialization): version, size, number of the last field that must be
 * understood, then fields, each behind its number, all of them as variable-length integers.
 *
 * A variable-length integer says by the ones at the low end of its first byte how many bytes follow it
 * (0 to 8); the value is what is left when these ones and the zero behind them are shifted out, least
 * significant byte first. A signed one has its sign in the lowest bit (set: -value - 1).
 *
 * | field | what                                                                        |
 * | ----- | --------------------------------------------------------------------------- |
 * | 0     | flags                                                                       |
 * | 1     | source UUID, each byte an integer of its own                                |
 * | 2     | number (signed)                                                             |
 * | 3     | tag: length, bytes                                                          |
 * | 4, 5  | last committed, sequence number (signed)                                    |
 * | 6     | when committed here, microseconds since 1970                                |
 * | 7     | when committed where it came up first; left out when equal                  |
 * | 8     | length of the transaction                                                   |
 * | 9, 10 | server versions, here and where it came up first                            |
 * | 11    | commit group ticket                                                         |
 */
import { cursor, openCursor, take, takeByte } from "./cursor.ts";
import { malformed } from "./decode-error.ts";
import { safeNumber } from "./gtid.ts";
import { uuidAt, type GtidEvent } from "./gtid-event.ts";

const WHAT = "a tagged GTID event";
/** The last field that this decoder knows. A message that says a later one must not be ignored is refused. */
const LAST_KNOWN_FIELD = 11;
const TAG_LENGTH_MAX = 32;

/** Decodes a Gtid_tagged body `event[start, end)`. @throws `event_truncated`, `event_malformed`, `gtid_number_too_large` */
export function decodeTaggedGtid(event: Buffer, start: number, end: number): GtidEvent {
  openCursor(event, start, end);
  const version = takeUnsigned();
  if (version !== 1n) throw malformed(`${WHAT} of serialization version ${version}`);
  const size = takeUnsigned();
  if (size !== BigInt(end - start)) throw malformed(`${WHAT} of ${size} bytes in a body of ${end - start}`);
  if (takeUnsigned() > BigInt(LAST_KNOWN_FIELD)) throw malformed(`${WHAT} with fields that must not be ignored`);
  let source = "";
  let tag = "";
  let number = -1;
  let committedAtUs: number | null = null;
  while (cursor.offset < end) {
    const field = takeUnsigned();
    if (field === 1n) source = takeUuid();
    else if (field === 2n) number = takeNumber();
    else if (field === 3n) tag = takeTag();
    else if (field === 4n || field === 5n || field === 0n || (field >= 7n && field <= 11n)) takeUnsigned();
    else if (field === 6n) committedAtUs = Number(takeUnsigned());
    // Fields behind the last that must be understood, whose types are not known: nothing behind them can be read.
    else break;
  }
  if (source === "" || number < 1) throw malformed(`${WHAT} without a GTID`);
  return { gtid: { flavour: "mysql", source, tag, number }, committedAtUs, length: 0 };
}

/** A variable-length integer as its 64 bits. */
function takeUnsigned(): bigint {
  const first = takeByte(WHAT);
  let extra = 0;
  while (extra < 8 && (first & (1 << extra)) !== 0) extra += 1;
  if (extra === 8) return cursor.bytes.readBigUInt64LE(take(8, WHAT));
  let value = BigInt(first >> (extra + 1));
  let shift = BigInt(7 - extra);
  for (let at = take(extra, WHAT), end = at + extra; at < end; at += 1) {
    value |= BigInt(cursor.bytes.readUInt8(at)) << shift;
    shift += 8n;
  }
  return value;
}

function takeNumber(): number {
  const bits = takeUnsigned();
  if ((bits & 1n) !== 0n) throw malformed(`${WHAT} with a negative number`);
  const number = bits >> 1n;
  return safeNumber(Number(number & 0xffffffffn), Number(number >> 32n));
}

function takeUuid(): string {
  const bytes = Buffer.alloc(16);
  for (let index = 0; index < 16; index += 1) {
    const byte = takeUnsigned();
    if (byte > 255n) throw malformed(`${WHAT} with a byte of ${byte}`);
    bytes[index] = Number(byte);
  }
  return uuidAt(bytes, 0);
}

function takeTag(): string {
  const length = takeUnsigned();
  if (length > BigInt(TAG_LENGTH_MAX)) throw malformed(`${WHAT} with a tag of ${length} bytes`);
  const at = take(Number(length), WHAT);
  return cursor.bytes.latin1Slice(at, at + Number(length)).toLowerCase();
}
