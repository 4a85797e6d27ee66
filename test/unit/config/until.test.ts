import { expect, test } from "vitest";
import { flavourOfGtids, parseUntil } from "../../../src/config/until.ts";

const UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

test.each([
  ["now", { kind: "now" }],
  ["binlog.000007:1234", { kind: "position", file: "binlog.000007", offset: 1234 }],
  ["my-host.bin.1000000:4", { kind: "position", file: "my-host.bin.1000000", offset: 4 }],
  ["0-1-5", { kind: "gtids", text: "0-1-5" }],
  ["0-1-5, 1-2-9", { kind: "gtids", text: "0-1-5,1-2-9" }],
  [`${UUID}:5`, { kind: "gtids", text: `${UUID}:5` }],
  [`${UUID}:1-5:7:tag:1-3`, { kind: "gtids", text: `${UUID}:1-5:7:tag:1-3` }],
])("--until %s is understood", (text, expected) => {
  expect(parseUntil(text)).toEqual(expected);
});

test.each([
  "",
  "tomorrow",
  "binlog.000007",
  "binlog.000007:3",
  "binlog.000007:x",
  "binlog.7:4",
  "0-1",
  `${UUID}:`,
  `${UUID}:0`,
  `${UUID}:tag`,
  UUID,
])("--until %j is a usage error that says what can be written", (text) => {
  expect(() => parseUntil(text)).toThrow(
    expect.objectContaining({ name: "until_invalid", stage: "usage", hint: expect.stringContaining("--until now") }),
  );
});

test("a GTID set shows its flavour by its shape", () => {
  expect(flavourOfGtids("0-1-5,1-1-1")).toBe("mariadb");
  expect(flavourOfGtids(`${UUID.toUpperCase()}:1-3,\n${UUID}:4`)).toBe("mysql");
  expect(flavourOfGtids("x")).toBeNull();
});
