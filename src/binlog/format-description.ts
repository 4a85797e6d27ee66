import { fatal } from "../errors.ts";
import { ALGORITHM_CRC32, ALGORITHM_OFF, CHECKSUM_LENGTH, verifyFormatDescriptionChecksum } from "./checksum.ts";
import { HEADER_LENGTH } from "./event-header.ts";
import { FORMAT_DESCRIPTION, TABLE_MAP } from "./event-type.ts";
import { malformed } from "./decode-error.ts";

/** What a format description says of the events after it. */
export interface FormatDescription {
  /** `8.4.3`, `10.11.14-MariaDB-log`. */
  readonly serverVersion: string;
  /** Seconds since 1970 of the server's start when this is its first file; 0 in all others and in artificial ones. */
  readonly created: number;
  /** Whether the events after it end in a CRC32. */
  readonly checksums: boolean;
}

/**
 * Format_desc's body:
 *
 * | offset | bytes | what                                                              |
 * | ------ | ----- | ----------------------------------------------------------------- |
 * | 0      | 2     | binlog version: 4                                                 |
 * | 2      | 50    | server version, padded with zeros                                 |
 * | 52     | 4     | created                                                           |
 * | 56     | 1     | length of the common header: 19                                   |
 * | 57     | n     | length of each type's post-header, from type 1 on                 |
 * | 57+n   | 1     | checksum algorithm (MySQL 5.6.1+, MariaDB 5.3+)                   |
 * | 58+n   | 4     | checksum, there even when the algorithm is "off"                  |
 *
 * The checksum belongs to this event whatever was in force before (verified when its own algorithm is CRC32).
 */
export function decodeFormatDescription(event: Buffer, verify: boolean): FormatDescription {
  const body = HEADER_LENGTH;
  if (event.length < body + 57) throw malformed(`a format description of ${event.length} bytes`);
  const version = event.readUInt16LE(body);
  if (version !== 4) throw unsupported(`binlog format version ${version}`);
  const headerLength = event.readUInt8(body + 56);
  if (headerLength !== HEADER_LENGTH) throw unsupported(`a common header of ${headerLength} bytes`);
  const text = event.toString("latin1", body + 2, body + 52);
  const zero = text.indexOf("\0");
  const serverVersion = zero < 0 ? text : text.slice(0, zero);
  let checksums = false;
  if (logsChecksums(serverVersion)) {
    const at = event.length - CHECKSUM_LENGTH - 1;
    const algorithm = event.readUInt8(at);
    if (algorithm !== ALGORITHM_OFF && algorithm !== ALGORITHM_CRC32)
      throw unsupported(`checksum algorithm ${algorithm}`);
    checksums = algorithm === ALGORITHM_CRC32;
    if (checksums && verify) verifyFormatDescriptionChecksum(event);
  }
  // Table ids of 4 bytes: only MySQL 5.1 before 5.1.4 wrote such post-headers of 6 bytes.
  if (event.length > body + 56 + TABLE_MAP && event.readUInt8(body + 56 + TABLE_MAP) === 6)
    throw unsupported("4-byte table ids");
  // Post-header lengths are per type from 1 on: this event's own is a check that the array stands where it should.
  if (event.readUInt8(body + 56 + FORMAT_DESCRIPTION) < 57 + FORMAT_DESCRIPTION - 1)
    throw malformed("a format description's lengths are not in place");
  return { serverVersion, created: event.readUInt32LE(body + 52), checksums };
}

/** Servers from MySQL 5.6.1 and MariaDB 5.3 on end a format description in algorithm and checksum. */
function logsChecksums(serverVersion: string): boolean {
  const [major = 0, minor = 0, patch = 0] = serverVersion.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const number = major * 10_000 + minor * 100 + patch;
  return number >= (/mariadb/i.test(serverVersion) ? 50_300 : 50_601);
}

function unsupported(what: string): Error {
  return fatal("binlog_format_unsupported", `the log is written in a format that is not supported: ${what}`, {
    stage: "decode",
    hint: "MySQL 5.5 and later and MariaDB 10.0 and later are supported.",
    facts: { what },
  });
}
