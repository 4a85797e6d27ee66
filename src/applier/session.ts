/** How a connection that applies changes is set up (T4), in one place. */

/**
 * Strict, so that nothing is cut or rounded in silence, yet open to every value that the upstream may hold:
 * zero and partial dates, days that a month doesn't have, an explicit 0 in an AUTO_INCREMENT column.
 */
export const SQL_MODE = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION";

/** For the few values that no strict mode lets in: ENUM's index 0. */
export const RELAXED_SQL_MODE = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION";

/** What some statements change for themselves (rows logged with the checks off, an ENUM's index 0), as it is for all others. */
export function sessionSettings({ foreignKeyChecks }: { readonly foreignKeyChecks: boolean }): string {
  return `SET sql_mode='${SQL_MODE}', foreign_key_checks=${foreignKeyChecks ? 1 : 0}`;
}

/**
 * The statements that set up a worker's session. READ COMMITTED: no gap locks, so batches that share no key
 * don't wait for each other; our own fence is a locking read and needs none.
 */
export function sessionSetup(options: {
  readonly foreignKeyChecks: boolean;
  readonly lockWaitSeconds: number;
}): string {
  return (
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; " +
    `${sessionSettings(options)}, time_zone='+00:00', autocommit=1, innodb_lock_wait_timeout=${options.lockWaitSeconds}`
  );
}
