import { describe, expect, test } from "vitest";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { housekeepingText } from "../../../src/upstream/housekeeping.ts";
import { manualClock } from "../../support/manual-clock.ts";

const text = (flavour: Flavour, netTimeoutMs: number, semiSync = false): string =>
  housekeepingText({
    flavour,
    heartbeatMs: netTimeoutMs / 2,
    netTimeoutMs,
    replicaUuid: "3e11fa47-71ca-11e1-9e33-c80aa9429562",
    serverId: 4711,
    gtids: null,
    semiSync,
    clock: manualClock(),
  });

describe("what is asked in the one question of a connection", () => {
  test("how long a dump may go unread: a day of a MySQL; of a MariaDB, whose threads can't be killed while they write, not much longer than we wait ourselves", () => {
    expect(text("mysql", 2_000)).toContain("SESSION net_write_timeout = 86400,");
    expect(text("mariadb", 2_000)).toContain("SESSION net_write_timeout = 60,");
    expect(text("mariadb", 300_000)).toContain("SESSION net_write_timeout = 600,");
  });

  test("R5: the heartbeat goes in nanoseconds, under the names that the flavour knows", () => {
    expect(text("mysql", 3_000)).toMatch(
      /@master_heartbeat_period = 1500000000,.*@source_heartbeat_period = 1500000000,/,
    );
    expect(text("mariadb", 3_000)).toContain("@master_heartbeat_period = 1500000000,");
    expect(text("mariadb", 3_000)).not.toContain("@source_heartbeat_period");
  });

  test.each(["mysql", "mariadb"] as const)(
    "R24: of a %s semi-sync is asked for when the task does, and not else",
    (flavour) => {
      expect(text(flavour, 2_000, true)).toContain("@rpl_semi_sync_replica = 1, @rpl_semi_sync_slave = 1");
      expect(text(flavour, 2_000)).not.toContain("semi_sync");
    },
  );
});
