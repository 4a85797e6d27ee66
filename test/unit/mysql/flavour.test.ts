import { expect, test } from "vitest";
import { serverInfoFrom, spelling, versionNumber } from "../../../src/mysql/flavour.ts";

test.each([
  ["mysql", "5.7.44", "SHOW MASTER STATUS"],
  ["mysql", "8.0.36", "SHOW MASTER STATUS"],
  ["mysql", "8.4.3", "SHOW BINARY LOG STATUS"],
  ["mysql", "9.7.4", "SHOW BINARY LOG STATUS"],
  ["mariadb", "10.4.1", "SHOW MASTER STATUS"],
  ["mariadb", "10.11.14", "SHOW BINLOG STATUS"],
] as const)("the end of the log of %s %s is asked for with %s", (flavour, version, text) => {
  expect(spelling("logStatus", { flavour, version })).toBe(text);
});

test("versions compare as numbers", () => {
  expect(versionNumber("10.11.14")).toBeGreaterThan(versionNumber("10.6.20"));
  expect(versionNumber("9.7.4")).toBe(90_704);
});

test("MariaDB is told by its version's text, and has no UUID", () => {
  const rows = [
    { Variable_name: "server_id", Value: "12" },
    { Variable_name: "version", Value: "10.11.14-MariaDB-0+deb12u2-log" },
  ];
  expect(serverInfoFrom(rows)).toEqual({
    flavour: "mariadb",
    version: "10.11.14",
    versionText: "10.11.14-MariaDB-0+deb12u2-log",
    uuid: null,
    serverId: 12,
  });
});
