import { expect, it } from "vitest";
import { RELAXED_SQL_MODE, sessionSetup, SQL_MODE } from "../../../src/applier/session.ts";

it("T4: a worker's session writes times in UTC, refuses what doesn't fit, and lets in what the upstream may hold", () => {
  const setup = sessionSetup({ foreignKeyChecks: true, lockWaitSeconds: 20 });
  expect(setup).toContain("time_zone='+00:00'");
  expect(setup).toContain(`sql_mode='${SQL_MODE}'`);
  expect(SQL_MODE.split(",")).toEqual(
    expect.arrayContaining(["STRICT_ALL_TABLES", "NO_AUTO_VALUE_ON_ZERO", "ALLOW_INVALID_DATES"]),
  );
  // Zero dates and zeros in dates go in: neither is forbidden.
  expect(SQL_MODE).not.toMatch(/NO_ZERO/);
  expect(RELAXED_SQL_MODE).not.toContain("STRICT");
});

it("takes no gap locks where it can help it, and waits for locks as long as it is told", () => {
  const setup = sessionSetup({ foreignKeyChecks: false, lockWaitSeconds: 3 });
  expect(setup).toContain("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  expect(setup).toContain("innodb_lock_wait_timeout=3");
});

it("K3: checks foreign keys when the task says so, and not otherwise", () => {
  const checks = (foreignKeyChecks: boolean): string => sessionSetup({ foreignKeyChecks, lockWaitSeconds: 1 });
  expect(checks(true)).toContain("foreign_key_checks=1");
  expect(checks(false)).toContain("foreign_key_checks=0");
});
