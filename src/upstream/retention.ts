/**
 * How long a server keeps its binlog files. MySQL: `binlog_expire_logs_seconds` unless
 * `binlog_expire_logs_auto_purge` (8.0.29+) is off, before 8.0 `expire_logs_days`. MariaDB: both names for one
 * setting since 10.6, days as a fraction. 0 is for ever. A file's age is that of its last change, so the one that is written
 * to has none; files go when a new one begins, at a start, or by hand.
 */

/** What {@link retentionSeconds} looks at. */
export const RETENTION_VARIABLES = [
  "binlog_expire_logs_seconds",
  "binlog_expire_logs_auto_purge",
  "expire_logs_days",
] as const;

/** Of global variables by lower case name; null: files are kept until somebody purges them. */
export function retentionSeconds(variables: ReadonlyMap<string, string>): number | null {
  if ((variables.get("binlog_expire_logs_auto_purge") ?? "ON").toUpperCase() === "OFF") return null;
  const days = Number(variables.get("expire_logs_days") ?? 0);
  return Number(variables.get("binlog_expire_logs_seconds") ?? 0) || Math.round(days * 86_400) || null;
}
