/**
 * A Query event: a statement as text.
 *
 * | offset  | bytes | what                                                        |
 * | ------- | ----- | ----------------------------------------------------------- |
 * | 0       | 4     | connection id on the upstream                               |
 * | 4       | 4     | seconds that it took                                        |
 * | 8       | 1     | d: length of the default database's name                    |
 * | 9       | 2     | error code with which it ended on the upstream              |
 * | 11      | 2     | s: length of the status variables                           |
 * | 13      | s     | status variables, see `query-status.ts`                     |
 * | 13+s    | d + 1 | default database, zero byte                                 |
 * | 14+s+d  | …     | the statement, in the charset of the client                 |
 *
 * Execute_load_query has 13 bytes more before the status variables; in Query_compressed (MariaDB) the
 * statement is compressed (`mariadb-compression.ts`). (MySQL source, `Query_event`.)
 */
import { charsetOfCollation, textEncoding } from "./charset.ts";
import { truncated } from "./decode-error.ts";
import { EXECUTE_LOAD_QUERY, QUERY_COMPRESSED } from "./event-type.ts";
import { inflateMariadb } from "./mariadb-compression.ts";
import { decodeStatus } from "./query-status.ts";
import type { LoggedStatement } from "./transaction.ts";

const POST_HEADER = 13;
const LOAD_POST_HEADER = 26;

/** Decodes the body `event[start, end)` of a Query, Query_compressed or Execute_load_query event; `timestamp` from its header. */
export function decodeQueryEvent(
  event: Buffer,
  type: number,
  start: number,
  end: number,
  timestamp: number,
): LoggedStatement {
  const status = start + (type === EXECUTE_LOAD_QUERY ? LOAD_POST_HEADER : POST_HEADER);
  if (status > end) throw truncated("a Query event's post-header");
  const databaseAt = status + event.readUInt16LE(start + 11);
  const sqlAt = databaseAt + event.readUInt8(start + 8) + 1;
  if (sqlAt > end) throw truncated("a Query event's database name");
  const context = decodeStatus(event, status, databaseAt, timestamp);
  const database = event.toString("utf8", databaseAt, sqlAt - 1);
  const errorCode = event.readUInt16LE(start + 9);
  const bytes = type === QUERY_COMPRESSED ? inflateMariadb(event, sqlAt, end) : event.subarray(sqlAt, end);
  if (isUtf8(context.charset?.[0], bytes)) return { sql: bytes.toString("utf8"), database, context, errorCode };
  return { sql: bytes.toString("latin1"), database, context, errorCode, bytes: Buffer.from(bytes) };
}

/** Statements of clients with other charsets are UTF-8 too as long as they are plain ASCII, as nearly all are. */
function isUtf8(collation: number | undefined, bytes: Buffer): boolean {
  if (collation === undefined || textEncoding(charsetOfCollation(collation)) === "utf8") return true;
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
}
