/**
 * The session in which a statement from the log is executed again: as much as possible the one that it came
 * from (D1). Its source is the Query event's status variables.
 */
import type { StatementContext } from "../binlog/transaction.ts";
import type { Flavour } from "../mysql/flavour.ts";
import { quoteName, quoteText } from "../mysql/quote.ts";

/** sql_mode's bits that both flavours know (MySQL and MariaDB, sql/sql_class.h). */
const SQL_MODES: readonly (readonly [bit: number, name: string])[] = [
  [0, "REAL_AS_FLOAT"],
  [1, "PIPES_AS_CONCAT"],
  [2, "ANSI_QUOTES"],
  [3, "IGNORE_SPACE"],
  [5, "ONLY_FULL_GROUP_BY"],
  [6, "NO_UNSIGNED_SUBTRACTION"],
  [7, "NO_DIR_IN_CREATE"],
  [19, "NO_AUTO_VALUE_ON_ZERO"],
  [20, "NO_BACKSLASH_ESCAPES"],
  [21, "STRICT_TRANS_TABLES"],
  [22, "STRICT_ALL_TABLES"],
  [23, "NO_ZERO_IN_DATE"],
  [24, "NO_ZERO_DATE"],
  [25, "ALLOW_INVALID_DATES"],
  [26, "ERROR_FOR_DIVISION_BY_ZERO"],
  [29, "HIGH_NOT_PRECEDENCE"],
  [30, "NO_ENGINE_SUBSTITUTION"],
  [31, "PAD_CHAR_TO_FULL_LENGTH"],
];

/** Bits that one flavour has for itself; without a meaning on the other. */
const OWN_SQL_MODES: Readonly<Record<Flavour, readonly (readonly [bit: number, name: string])[]>> = {
  mysql: [[32, "TIME_TRUNCATE_FRACTIONAL"]],
  mariadb: [
    [9, "ORACLE"],
    [13, "NO_KEY_OPTIONS"],
    [14, "NO_TABLE_OPTIONS"],
    [15, "NO_FIELD_OPTIONS"],
    [32, "EMPTY_STRING_IS_NULL"],
    [33, "SIMULTANEOUS_ASSIGNMENT"],
    [34, "TIME_ROUND_FRACTIONAL"],
  ],
};

/** A sql_mode bit mask of the log as the names that the downstream takes. */
export function sqlModeNames(mask: bigint, upstream: Flavour, downstream: Flavour): string {
  const modes = upstream === downstream ? [...SQL_MODES, ...OWN_SQL_MODES[upstream]] : SQL_MODES;
  return modes
    .filter(([bit]) => (mask >> BigInt(bit)) & 1n)
    .map(([, name]) => name)
    .join(",");
}

export interface DdlSession {
  readonly context: StatementContext;
  /** The default database; null where no name of the statement depends on it. */
  readonly database: string | null;
  readonly upstream: Flavour;
  readonly downstream: Flavour;
}

/**
 * Statements that set up the session, in order. `required` must succeed; `optional` ones need a right that the
 * task's account may lack, or a collation number that only the upstream's flavour knows: they are tried.
 */
export function ddlSession(session: DdlSession): {
  readonly required: readonly string[];
  readonly optional: readonly string[];
} {
  const { context, upstream, downstream } = session;
  const required = [`SET TIMESTAMP=${context.timestamp}`];
  const optional: string[] = [];
  if (context.sqlMode !== undefined)
    required.push(`SET sql_mode='${sqlModeNames(context.sqlMode, upstream, downstream)}'`);
  if (context.foreignKeyChecks !== undefined)
    required.push(`SET foreign_key_checks=${Number(context.foreignKeyChecks)}`);
  if (context.uniqueChecks !== undefined) required.push(`SET unique_checks=${Number(context.uniqueChecks)}`);
  if (context.autoIsNull !== undefined) required.push(`SET sql_auto_is_null=${Number(context.autoIsNull)}`);
  if (context.timeZone !== undefined && context.timeZone !== "") {
    // A named zone or SYSTEM means the upstream's tables and host; the downstream's must agree, as for a replica.
    required.push(`SET time_zone=${quoteText(context.timeZone)}`);
  }
  if (session.database !== null && session.database !== "") required.push(`USE ${quoteName(session.database)}`);
  if (context.charset !== undefined) {
    // The text itself is sent as utf8mb4, whatever the upstream's client spoke; the numbers are collations.
    const [, connection, server] = context.charset;
    const target = upstream === downstream ? required : optional;
    target.push(`SET collation_connection=${connection}`);
    optional.push(`SET collation_server=${server}`);
  }
  if (context.autoIncrement !== undefined) {
    const [increment, offset] = context.autoIncrement;
    optional.push(`SET auto_increment_increment=${increment}, auto_increment_offset=${offset}`);
  }
  if (upstream === "mysql" && downstream === "mysql") optional.push(...mysqlOnly(context));
  else if (context.explicitDefaultsForTimestamp !== undefined) {
    optional.push(`SET explicit_defaults_for_timestamp=${Number(context.explicitDefaultsForTimestamp)}`);
  }
  if (upstream === "mariadb" && downstream === "mariadb" && context.characterSetCollations !== undefined)
    optional.push(characterSetCollations(context.characterSetCollations));
  return { required, optional };
}

/**
 * MariaDB 11.2+: which collation a charset that is named without one has. The log has numbers, the variable takes
 * names, which the downstream itself knows. Optional: servers before 11.2 have no such variable.
 */
function characterSetCollations(pairs: readonly (readonly [charset: number, collation: number])[]): string {
  if (pairs.length === 0) return "SET character_set_collations=''";
  const chosen = pairs.map(([, collation]) => collation).join(",");
  const names = "GROUP_CONCAT(CONCAT(CHARACTER_SET_NAME,'=',FULL_COLLATION_NAME))";
  const known = "information_schema.COLLATION_CHARACTER_SET_APPLICABILITY";
  return `SET character_set_collations=(SELECT ${names} FROM ${known} WHERE ID IN (${chosen}))`;
}

function mysqlOnly(context: StatementContext): string[] {
  const statements: string[] = [];
  if (context.defaultCollationForUtf8mb4 !== undefined) {
    statements.push(`SET default_collation_for_utf8mb4=${context.defaultCollationForUtf8mb4}`);
  }
  if (context.explicitDefaultsForTimestamp !== undefined) {
    statements.push(`SET explicit_defaults_for_timestamp=${Number(context.explicitDefaultsForTimestamp)}`);
  }
  if (context.sqlRequirePrimaryKey !== undefined) {
    statements.push(`SET sql_require_primary_key=${Number(context.sqlRequirePrimaryKey)}`);
  }
  return statements;
}
