import { expect, test } from "vitest";
import type { ServerInfo } from "../../../src/mysql/flavour.ts";
import { checkVersion } from "../../../src/mysql/preflight.ts";
import { checkLog } from "../../../src/upstream/preflight.ts";

const server: ServerInfo = { flavour: "mysql", version: "9.7.4", versionText: "9.7.4", uuid: null, serverId: 1 };

const GOOD = {
  log_bin: "ON",
  binlog_format: "ROW",
  binlog_row_image: "FULL",
  binlog_row_metadata: "FULL",
  binlog_checksum: "CRC32",
  gtid_mode: "ON",
  sync_binlog: "1",
  binlog_expire_logs_seconds: "2592000",
};

function levels(change: Readonly<Record<string, string>>): string[] {
  return checkLog(server, new Map(Object.entries({ ...GOOD, ...change })))
    .filter(({ level }) => level !== "ok")
    .map(({ id, level }) => `${level} ${id}`);
}

test("an upstream that is set up well has nothing to complain of", () => {
  expect(levels({})).toEqual([]);
});

test.each([
  [{ log_bin: "OFF" }, "fail binlog_off"],
  [{ binlog_format: "STATEMENT" }, "fail statement_format"],
  [{ binlog_format: "MIXED" }, "fail statement_format"],
  [{ binlog_row_image: "MINIMAL" }, "warn binlog_row_image"],
  [{ binlog_row_metadata: "MINIMAL" }, "warn binlog_row_metadata"],
  [{ binlog_checksum: "NONE" }, "warn binlog_checksum"],
  [{ gtid_mode: "ON_PERMISSIVE" }, "warn gtid_mode"],
  [{ sync_binlog: "0" }, "warn sync_binlog"],
  [{ binlog_expire_logs_seconds: "3600" }, "warn binlog_retention"],
])("%o is one finding: %s", (change, finding) => {
  expect(levels(change)).toEqual([finding]);
});

test.each([
  ["mysql", "9.7.4", "9.7.4", "ok"],
  ["mysql", "5.7.44", "5.7.44-log", "warn"],
  ["mysql", "5.6.51", "5.6.51", "fail"],
  ["mariadb", "10.11.14", "10.11.14-MariaDB", "ok"],
  ["mariadb", "10.3.39", "10.3.39-MariaDB", "fail"],
  ["mysql", "8.0.11", "8.0.11-TiDB-v8.5.0", "fail"],
] as const)("%s %s (%s) as an upstream: %s", (flavour, version, versionText, level) => {
  expect(checkVersion({ ...server, flavour, version, versionText }, "upstream").level).toBe(level);
});
