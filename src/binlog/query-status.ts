import { fatal } from "../errors.ts";
import { malformed, truncated } from "./decode-error.ts";
import type { StatementContext } from "./transaction.ts";

/**
 * The status variables of a Query event: the session in which the statement ran. Each is a code and a
 * value whose length only the code tells, so an unknown code is an error: what comes after it could not
 * be found. (MySQL: libs/mysql/binlog/event/statement_events.h, `Query_event_status_vars`; MariaDB:
 * sql/log_event.h, `Q_…`, its own from 128 on.)
 *
 * | code | name                          | value                                                          |
 * | ---- | ----------------------------- | -------------------------------------------------------------- |
 * | 0    | FLAGS2                        | 4: option bits, see below                                      |
 * | 1    | SQL_MODE                      | 8                                                              |
 * | 2    | CATALOG                       | 1 + n + 1: length, text, zero (5.0.0–5.0.3)                    |
 * | 3    | AUTO_INCREMENT                | 2, 2: increment, offset                                        |
 * | 4    | CHARSET                       | 2, 2, 2: collation of client, of connection, of server         |
 * | 5    | TIME_ZONE                     | 1 + n                                                          |
 * | 6    | CATALOG_NZ                    | 1 + n                                                          |
 * | 7    | LC_TIME_NAMES                 | 2                                                              |
 * | 8    | CHARSET_DATABASE              | 2: the default database's collation                            |
 * | 9    | TABLE_MAP_FOR_UPDATE          | 8                                                              |
 * | 10   | MASTER_DATA_WRITTEN           | 4 (relay logs)                                                 |
 * | 11   | INVOKER                       | 1 + n, 1 + n: user, host                                       |
 * | 12   | UPDATED_DB_NAMES              | 1: count, then names ending in zero; 254: too many, no names   |
 * | 13   | MICROSECONDS                  | 3: of the timestamp                                            |
 * | 16   | EXPLICIT_DEFAULTS_FOR_TIMESTAMP | 1                                                            |
 * | 17   | DDL_LOGGED_WITH_XID           | 8                                                              |
 * | 18   | DEFAULT_COLLATION_FOR_UTF8MB4 | 2                                                              |
 * | 19   | SQL_REQUIRE_PRIMARY_KEY       | 1                                                              |
 * | 20   | DEFAULT_TABLE_ENCRYPTION      | 1                                                              |
 * | 21   | no public name                | 1: MySQL 9.7, who checks foreign keys; Percona 8.0.31, DDL_SKIP_REWRITE |
 * | 128  | HRNOW (MariaDB)               | 3: microseconds of the timestamp                               |
 * | 129  | XID (MariaDB)                 | 8: of a DDL                                                    |
 * | 130  | GTID_FLAGS3 (MariaDB 10.8)    | 1: flags; 8 more where they say COMMIT or ROLLBACK ALTER       |
 * | 131  | CHARACTER_SET_COLLATIONS (MariaDB 11.2) | 1: count, then 2, 2: charset, its default collation  |
 * | 255  | DUMMY (MariaDB)               | padding up to the end                                          |
 */
const WIDTHS: readonly (number | undefined)[] = widths();

/** FLAGS2: `OPTION_…` bits of sql/query_options.h (MySQL) and sql/sql_priv.h (MariaDB). */
const AUTO_IS_NULL = 1 << 14;
const NO_FOREIGN_KEY_CHECKS = 1 << 26;
const RELAXED_UNIQUE_CHECKS = 1 << 27;

/** GTID_FLAGS3's bits that announce the sequence number of the START ALTER. */
const COMMIT_OR_ROLLBACK_ALTER = 4 | 8;
const TOO_MANY_DATABASES = 254;

type Mutable = { -readonly [Key in keyof StatementContext]: StatementContext[Key] };

/**
 * Decodes the status variables `event[start, end)` of a statement of the given header timestamp.
 * @throws `unknown_status_variable`, `event_truncated`
 */
export function decodeStatus(event: Buffer, start: number, end: number, timestamp: number): StatementContext {
  const context = emptyContext(timestamp);
  let at = start;
  while (at < end) {
    const code = event.readUInt8(at);
    at += 1;
    if (code === 255) break;
    const width = WIDTHS[code] ?? lengthOf(event, code, at, end);
    if (at + width > end) throw truncated(`the status variable ${code} of a Query event`);
    apply(context, code, event, at, width);
    at += width;
  }
  return context;
}

function emptyContext(timestamp: number): Mutable {
  return {
    timestamp,
    sqlMode: undefined,
    foreignKeyChecks: undefined,
    uniqueChecks: undefined,
    autoIsNull: undefined,
    timeZone: undefined,
    charset: undefined,
    databaseCollation: undefined,
    autoIncrement: undefined,
    lcTimeNames: undefined,
    defaultCollationForUtf8mb4: undefined,
    explicitDefaultsForTimestamp: undefined,
    sqlRequirePrimaryKey: undefined,
    defaultTableEncryption: undefined,
    characterSetCollations: undefined,
  };
}

function apply(context: Mutable, code: number, event: Buffer, at: number, width: number): void {
  switch (code) {
    case 0: {
      const flags = event.readUInt32LE(at);
      context.autoIsNull = (flags & AUTO_IS_NULL) !== 0;
      context.foreignKeyChecks = (flags & NO_FOREIGN_KEY_CHECKS) === 0;
      context.uniqueChecks = (flags & RELAXED_UNIQUE_CHECKS) === 0;
      return;
    }
    case 1:
      context.sqlMode = event.readBigUInt64LE(at);
      return;
    case 3:
      context.autoIncrement = [event.readUInt16LE(at), event.readUInt16LE(at + 2)];
      return;
    case 4:
      context.charset = [event.readUInt16LE(at), event.readUInt16LE(at + 2), event.readUInt16LE(at + 4)];
      return;
    case 5:
      context.timeZone = event.latin1Slice(at + 1, at + width);
      return;
    case 7:
      context.lcTimeNames = event.readUInt16LE(at);
      return;
    case 8:
      context.databaseCollation = event.readUInt16LE(at);
      return;
    case 13:
    case 128:
      context.timestamp = Math.floor(context.timestamp) + microseconds(event.readUIntLE(at, 3));
      return;
    case 16:
      context.explicitDefaultsForTimestamp = event.readUInt8(at) !== 0;
      return;
    case 18:
      context.defaultCollationForUtf8mb4 = event.readUInt16LE(at);
      return;
    case 19:
      context.sqlRequirePrimaryKey = event.readUInt8(at) !== 0;
      return;
    case 20:
      context.defaultTableEncryption = event.readUInt8(at) !== 0;
      return;
    case 131:
      context.characterSetCollations = Array.from(
        { length: event.readUInt8(at) },
        (_, index): readonly [number, number] => [
          event.readUInt16LE(at + 1 + 4 * index),
          event.readUInt16LE(at + 3 + 4 * index),
        ],
      );
      return;
    default:
      // Of no use to whoever runs the statement: catalog, invoker, table map for update, database names, transaction ids.
      return;
  }
}

function microseconds(count: number): number {
  if (count > 999_999) throw malformed(`a timestamp with ${count} microseconds`);
  return count / 1e6;
}

/** Length of a value whose code doesn't fix it. */
function lengthOf(event: Buffer, code: number, at: number, end: number): number {
  if (at >= end) throw truncated(`the status variable ${code} of a Query event`);
  const first = event.readUInt8(at);
  switch (code) {
    case 2:
      return first + 2;
    case 5:
    case 6:
      return first + 1;
    case 11:
      if (at + 1 + first >= end) throw truncated("the invoker of a Query event");
      return 2 + first + event.readUInt8(at + 1 + first);
    case 12:
      return 1 + (first === TOO_MANY_DATABASES ? 0 : lengthOfNames(event, first, at + 1, end));
    case 130:
      return 1 + ((first & COMMIT_OR_ROLLBACK_ALTER) === 0 ? 0 : 8);
    case 131:
      return 1 + 4 * first;
    default:
      throw fatal("unknown_status_variable", `A Query event carries the unknown status variable ${code}.`, {
        stage: "decode",
        hint: "A newer server wrote it; the statement can't be run as it ran there without knowing what it means. A newer Tidemark may know it.",
        facts: { code },
      });
  }
}

function lengthOfNames(event: Buffer, count: number, start: number, end: number): number {
  let at = start;
  for (let name = 0; name < count; name += 1) {
    const zero = event.indexOf(0, at);
    if (zero < 0 || zero >= end) throw truncated("the database names of a Query event");
    at = zero + 1;
  }
  return at - start;
}

function widths(): (number | undefined)[] {
  const fixed: Readonly<Record<number, number>> = {
    0: 4,
    1: 8,
    3: 4,
    4: 6,
    7: 2,
    8: 2,
    9: 8,
    10: 4,
    13: 3,
    16: 1,
    17: 8,
    18: 2,
    19: 1,
    20: 1,
    21: 1,
    128: 3,
    129: 8,
  };
  return Array.from({ length: 256 }, (_, code) => fixed[code]);
}
