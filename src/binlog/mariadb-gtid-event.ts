/**
 * MariaDB's Gtid event (162), at the start of each event group. The server id of the GTID is the one of
 * the event's header.
 *
 * | offset | bytes   | what                                                                                |
 * | ------ | ------- | ----------------------------------------------------------------------------------- |
 * | 0      | 8       | sequence number                                                                     |
 * | 8      | 4       | domain                                                                              |
 * | 12     | 1       | flags, see below                                                                    |
 * | 13     | 8       | commit id, with FL_GROUP_COMMIT_ID                                                  |
 * |        | 4,1,1,n | XID: format, length of both parts, the parts; with FL_PREPARED_XA or FL_COMPLETED_XA |
 * |        | 1       | more flags, when there are bytes left (10.5+)                                       |
 * |        | …       | number of engines, sequence number of START ALTER, thread id: of no use here        |
 *
 * Padded with zeros to 19 bytes. (sql/log_event.h and log_event_server.cc, `Gtid_log_event::write`.)
 */
import { HEADER_LENGTH, SERVER_ID_AT } from "./event-header.ts";
import { truncated } from "./decode-error.ts";
import { safeNumber, type MariadbGtid } from "./gtid.ts";

const FL_STANDALONE = 1;
const FL_GROUP_COMMIT_ID = 2;
const FL_PREPARED_XA = 64;
const FL_COMPLETED_XA = 128;

const EXTRA_START_ALTER = 2;
const EXTRA_ROLLBACK_ALTER = 8;
const PADDED_LENGTH = 19;

export interface MariadbGtidEvent {
  readonly gtid: MariadbGtid;
  /** One statement, with no COMMIT behind it; else BEGIN is implied and the group ends with COMMIT or XID. */
  readonly standalone: boolean;
  /** The group holds the changes of an XA transaction and ends with XA_prepare. */
  readonly preparesXa: boolean;
  /**
   * The first phase of an ALTER logged in two (binlog_alter_two_phase, 10.8+), or its rollback: the same
   * ALTER comes again with COMMIT ALTER when it is done, and is only then to be run.
   */
  readonly unfinishedAlter: boolean;
}

/** Decodes a body `event[start, end)`, the header standing in front of it. */
export function decodeMariadbGtid(event: Buffer, start: number, end: number): MariadbGtidEvent {
  if (end - start < PADDED_LENGTH) throw truncated("a GTID event");
  const flags = event.readUInt8(start + 12);
  const sequence = safeNumber(event.readUInt32LE(start), event.readUInt32LE(start + 4));
  return {
    gtid: {
      flavour: "mariadb",
      domain: event.readUInt32LE(start + 8),
      server: event.readUInt32LE(start - HEADER_LENGTH + SERVER_ID_AT),
      sequence,
    },
    standalone: (flags & FL_STANDALONE) !== 0,
    preparesXa: (flags & FL_PREPARED_XA) !== 0,
    unfinishedAlter: (extraFlags(event, flags, start, end) & (EXTRA_START_ALTER | EXTRA_ROLLBACK_ALTER)) !== 0,
  };
}

function extraFlags(event: Buffer, flags: number, start: number, end: number): number {
  let at = start + 13;
  if ((flags & FL_GROUP_COMMIT_ID) !== 0) at += 8;
  if ((flags & (FL_PREPARED_XA | FL_COMPLETED_XA)) !== 0) {
    if (at + 6 > end) throw truncated("the XID of a GTID event");
    at += 6 + event.readUInt8(at + 4) + event.readUInt8(at + 5);
    if (at > end) throw truncated("the XID of a GTID event");
  }
  return at < end ? event.readUInt8(at) : 0;
}
