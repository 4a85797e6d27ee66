import { describe, expect, it } from "vitest";
import { isBegin } from "../../../src/binlog/begin-cache.ts";
import { decodeQueryEvent } from "../../../src/binlog/query-event.ts";
import { decodeStatus } from "../../../src/binlog/query-status.ts";
import { BinlogBuilder } from "../../support/binlog-builder.ts";

const unsummed = new BinlogBuilder({ checksums: false });
const status = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");
const decoded = (hex: string): ReturnType<typeof decodeStatus> =>
  decodeStatus(status(hex), 0, status(hex).length, 1_700_000_000);

function query(
  sql: string | Buffer,
  options: { database?: string; status?: Buffer } = {},
): ReturnType<typeof decodeQueryEvent> {
  const event = unsummed.query(sql, options);
  return decodeQueryEvent(event, 2, 19, event.length, 1_700_000_000);
}

describe("status variables", () => {
  it("D1: every variable of the session is read", () => {
    expect(
      decoded("00 00400004 01 2000004000000000 03 0a00 0300 04 2d00 e000 0800 05 06 2b30333a3030 07 0900 08 2100"),
    ).toMatchObject({
      autoIsNull: true,
      foreignKeyChecks: false,
      uniqueChecks: true,
      sqlMode: 0x40000020n,
      autoIncrement: [10, 3],
      charset: [45, 224, 8],
      timeZone: "+03:00",
      lcTimeNames: 9,
      databaseCollation: 33,
    });
    expect(decoded("0d 40e201 10 01 11 0102030405060708 12 ff00 13 01 14 01 15 00")).toMatchObject({
      timestamp: 1_700_000_000.123456,
      explicitDefaultsForTimestamp: true,
      defaultCollationForUtf8mb4: 255,
      sqlRequirePrimaryKey: true,
      defaultTableEncryption: true,
    });
  });

  it("variables of unfixed length are passed by, and MariaDB's own are known", () => {
    expect(
      decoded("02 03 737464 00 06 03 737464 0b 04 726f6f74 09 6c6f63616c686f7374 0c 02 6d7973716c00 7300 0c fe 07 0100")
        .lcTimeNames,
    ).toBe(1);
    expect(
      decoded("80 40e201 81 0102030405060708 82 02 82 04 0102030405060708 83 01 2d00e000 07 0100 ff 00 00"),
    ).toMatchObject({
      timestamp: 1_700_000_000.123456,
      lcTimeNames: 1,
      characterSetCollations: [[45, 224]],
    });
  });

  it("one that isn't known is an error: what comes behind it could not be found", () => {
    expect(() => decoded("00 00000000 63 01")).toThrow(
      expect.objectContaining({ name: "unknown_status_variable", facts: { code: 99 } }),
    );
  });

  it.each(["01 00", "05", "05 06 2b", "0b 04 72", "0c 02 6d00 73", "82 04 00", "83 05 00"])(
    "T6: %s ends too soon",
    (hex) => {
      expect(() => decoded(hex)).toThrow(expect.objectContaining({ name: "event_truncated" }));
    },
  );
});

describe("Query events", () => {
  it("hold the statement, its default database and the session", () => {
    expect(query("DROP TABLE t", { database: "shöp", status: status("07 0900") })).toMatchObject({
      sql: "DROP TABLE t",
      database: "shöp",
      errorCode: 0,
      context: { lcTimeNames: 9, timestamp: 1_700_000_000 },
    });
  });

  it("a statement that isn't UTF-8 keeps its bytes", () => {
    const latin1 = Buffer.from("ALTER TABLE t COMMENT 'é'", "latin1");
    expect(query(latin1, { status: status("04 0800 0800 0800") })).toMatchObject({
      sql: "ALTER TABLE t COMMENT 'é'",
      bytes: latin1,
    });
    expect(query("ALTER TABLE t COMMENT 'e'", { status: status("04 0800 0800 0800") })).not.toHaveProperty("bytes");
    expect(query("ALTER TABLE t COMMENT 'é'", { status: status("04 2d00 2d00 0800") })).toMatchObject({
      sql: "ALTER TABLE t COMMENT 'é'",
    });
  });

  it("BEGIN is told without reading the rest", () => {
    for (const [sql, begins] of [
      ["BEGIN", true],
      ["BEGIN ", false],
      ["begin", false],
      ["COMMIT", false],
      ["", false],
    ] as const) {
      const event = unsummed.query(sql, { database: "shop", status: status("07 0900") });
      expect(isBegin(event, 19, event.length)).toBe(begins);
    }
  });

  it("T6: lengths that point outside are refused", () => {
    const event = unsummed.query("DROP TABLE t");
    event.writeUInt16LE(60_000, 19 + 11);
    expect(() => decodeQueryEvent(event, 2, 19, event.length, 0)).toThrow(
      expect.objectContaining({ name: "event_truncated" }),
    );
    expect(isBegin(event, 19, event.length)).toBe(false);
  });
});
