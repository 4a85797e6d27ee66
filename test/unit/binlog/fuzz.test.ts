import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventsOfFile } from "../../../src/binlog/binlog-file.ts";
import { encodeMysqlGtidSet, parseMysqlGtidSet } from "../../../src/binlog/gtid-set-mysql.ts";
import { fuzzEvents, fuzzGtidSets } from "../../support/fuzz-events.ts";

const A = "00010203-0405-0607-0809-0a0b0c0d0e0f";
const texts = ["0-1-5,1-2-9", `${A}:1-5:7`, `${A}:1-5:tag:7-9,3e11fa47-71ca-11e1-9e33-c80aa9429562:1`];

describe("T6: mutated input gives a value or a named error", () => {
  it.each([
    ["transactions-mysql-9.7.binlog", "mysql"],
    ["anonymous-mysql-9.7.binlog", "mysql"],
    ["transactions-mariadb-10.11.binlog", "mariadb"],
    ["golden-mysql-8.0-compressed.binlog", "mysql"],
    ["golden-mysql-5.6.binlog", "mysql"],
  ] as const)("events of %s", (name, flavour) => {
    const events = [...eventsOfFile(readFileSync(join(import.meta.dirname, "fixtures", name)))];
    const { mutations, values, errors } = fuzzEvents(events, flavour, 20_261_120, 3000);
    expect(mutations).toBeGreaterThanOrEqual(3000);
    expect(values).toBeGreaterThan(0);
    expect(errors.size).toBeGreaterThan(3);
    expect([...errors.keys()]).not.toContain("RangeError");
  });

  it("GTID sets as text and as bytes", () => {
    const encodings = texts.slice(1).map((text) => encodeMysqlGtidSet(parseMysqlGtidSet(text)));
    const { values, errors } = fuzzGtidSets(texts, encodings, 7, 10_000);
    expect(values).toBeGreaterThan(0);
    expect([...errors.keys()].toSorted()).toEqual([
      "bad_gtid_set",
      "event_malformed",
      "event_truncated",
      "gtid_number_too_large",
    ]);
  });
});
