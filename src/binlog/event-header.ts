/**
 * The common header of every event, binlog version 4 (MySQL 5.0 and later, every MariaDB):
 *
 * | offset | bytes | what                                                                   |
 * | ------ | ----- | ---------------------------------------------------------------------- |
 * | 0      | 4     | timestamp: seconds since 1970 when the statement began; 0: artificial  |
 * | 4      | 1     | type                                                                   |
 * | 5      | 4     | server id of the server where the event came up first                  |
 * | 9      | 4     | length of the whole event: header, body and checksum                   |
 * | 13     | 4     | offset in the file where the next event starts, modulo 2^32; 0: artificial |
 * | 17     | 2     | flags                                                                  |
 *
 * Numbers are little-endian. Read by offset, not made into an object: this is the hot path.
 * (MySQL manual, "Binary Log Event Header"; libs/mysql/binlog/event/binlog_event.h.)
 */
export const HEADER_LENGTH = 19;

export const TIMESTAMP_AT = 0;
export const TYPE_AT = 4;
export const SERVER_ID_AT = 5;
export const LENGTH_AT = 9;
export const NEXT_OFFSET_AT = 13;
export const FLAGS_AT = 17;

/** LOG_EVENT_BINLOG_IN_USE_F: in a format description, the file was not closed properly (yet). */
export const FLAG_IN_USE = 0x01;
/** LOG_EVENT_ARTIFICIAL_F: made by the dump thread, not in the file. */
export const FLAG_ARTIFICIAL = 0x20;
/** LOG_EVENT_IGNORABLE_F: whoever doesn't know the type may skip it. */
export const FLAG_IGNORABLE = 0x80;
