/**
 * Events and GTID sets of other projects' tests, byte by byte, and operations on random sets as a MySQL 9.7
 * server computed them. They lie beside the project, not in it; where they are missing this says so.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeGtidEvent } from "../../../src/binlog/gtid-event.ts";
import { decodeGtidList } from "../../../src/binlog/gtid-set-mariadb.ts";
import { decodeMysqlGtidSet, encodeMysqlGtidSet } from "../../../src/binlog/gtid-set-mysql.ts";
import { parseGtidSet } from "../../../src/binlog/gtid-set.ts";
import { gtidText } from "../../../src/binlog/gtid.ts";
import { decodeHeartbeat, decodeHeartbeatV2 } from "../../../src/binlog/heartbeat.ts";
import { asTidemarkError } from "../../../src/errors.ts";
import { newAssembler } from "../../support/assemble.ts";

const folder = join(import.meta.dirname, "../../../../shared/vectors");
const there = existsSync(folder);
type Vector = Readonly<Record<string, unknown>>;

function vectors(name: string): Vector[] {
  if (!there) return [];
  const lines: unknown[] = readFileSync(`${folder}/${name}`, "utf8")
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  return lines.filter((line): line is Vector => typeof line === "object" && line !== null);
}

const text = (vector: Vector, field: string): string => String(vector[field]);
const hex = (vector: Vector, field = "body_hex"): Buffer => Buffer.from(text(vector, field), "hex");

/** What the call gives, or "error" for a named error; anything else that is thrown is a defect. */
function orError<T>(call: () => T): T | "error" {
  try {
    return call();
  } catch (thrown) {
    const { name } = asTidemarkError(thrown, "decode");
    // RangeError is what reading outside the buffer gives; the assembler names it.
    if (name === "unexpected" && !(thrown instanceof RangeError)) throw thrown;
    return "error";
  }
}

/** A domain named twice: the server refuses it (error 1943), and so do we; go-mysql, whose vector it is, keeps the later number. */
const REFUSED = new Set(["0-1-1,0-2-2"]);

const OPERATIONS: Readonly<Record<string, (vector: Vector) => void>> = {
  parse: (v) => {
    const expected = REFUSED.has(text(v, "input")) ? "error" : v["expected"];
    expect(orError(() => parsed(v, "input").toString())).toBe(expected);
  },
  encode: (v) => {
    const encoded = encodeMysqlGtidSet(parsed(v, "input"));
    expect(encoded.toString("hex")).toBe(v["expected_hex"]);
    expect(decodeMysqlGtidSet(encoded, 0, encoded.length).toString()).toBe(v["input"]);
  },
  contains: (v) => expect(parsed(v, "set").includes(parsed(v, "other"))).toBe(v["expected"]),
  random: (v) => {
    const [a, b] = [parsed(v, "a"), parsed(v, "b")];
    expect([a.toString(), b.toString(), a.subtract(b).toString(), a.includes(b)]).toEqual([
      v["a_normal"],
      v["b_normal"],
      v["a_minus_b"],
      v["a_contains_b"],
    ]);
  },
};

function decodedSet(body: Buffer): string {
  return orError(() => decodeMysqlGtidSet(body, 0, body.length).toString());
}

function parsed(vector: Vector, field: string): ReturnType<typeof parseGtidSet> {
  return parseGtidSet(vector["flavor"] === "mariadb" ? "mariadb" : "mysql", text(vector, field));
}

describe.skipIf(!there)("T7: GTID sets (shared/vectors)", () => {
  for (const operation of Object.keys(OPERATIONS)) {
    it(`${operation}: all vectors right`, () => {
      const mine = vectors("gtid.jsonl").filter(({ op }) => op === operation);
      expect(mine.length).toBeGreaterThan(0);
      for (const vector of mine) OPERATIONS[operation]?.(vector);
    });
  }

  it("update: the domain is at the new GTID", () => {
    for (const vector of vectors("gtid.jsonl").filter(({ op }) => op === "update")) {
      const [domain = 0, server = 0, sequence = 0] = text(vector, "gtid").split("-").map(Number);
      const set = parsed(vector, "set");
      set.add({ flavour: "mariadb", domain, server, sequence });
      expect(set.toString()).toBe(vector["expected"]);
    }
  });
});

describe.skipIf(!there)("events (shared/vectors)", () => {
  const of = (...events: string[]): Vector[] =>
    vectors("events.jsonl").filter(({ event }) => events.includes(String(event)));

  it("GTID events of 5.7 and 8.0", () => {
    const mine = of("GTID_LOG_EVENT");
    expect(mine).toHaveLength(3);
    for (const vector of mine) {
      const body = hex(vector);
      const { gtid, committedAtUs } = decodeGtidEvent(body, 0, body.length, false);
      expect(vector["expected"]).toMatchObject({
        GTID: gtid === null ? "" : gtidText(gtid),
        ImmediateCommitTimestamp: String(committedAtUs ?? 0),
      });
    }
  });

  it("T7: Previous_gtids, tagged and not", () => {
    const mine = of("PREVIOUS_GTIDS").filter(({ expected }) => expected !== "must not crash");
    expect(mine.map((vector) => decodedSet(hex(vector)))).toEqual(mine.map(({ expected }) => expected));
  });

  it("T6: damaged Previous_gtids are a set or a named error", () => {
    for (const vector of of("PREVIOUS_GTIDS")) expect(decodedSet(hex(vector))).toEqual(expect.any(String));
  });

  it("MariaDB's GTID lists", () => {
    const mine = of("MARIADB_GTID_LIST");
    expect(mine.map((vector) => decodeGtidList(hex(vector), 0, hex(vector).length).toString())).toEqual(
      mine.map(({ expected }) => expected),
    );
  });

  it("R7: heartbeats of both versions", () => {
    const shown = (vector: Vector): string => {
      const body = Buffer.concat([Buffer.alloc(19), hex(vector)]);
      const version = vector["event"] === "HEARTBEAT_V1" ? 1 : 2;
      const beat = orError(() =>
        version === 1 ? decodeHeartbeat(body, 19, body.length, "mysql") : decodeHeartbeatV2(body, 19, body.length),
      );
      return beat === "error"
        ? beat
        : `Version: ${version}, Filename: "${beat.file}"${version === 2 ? `, Offset: ${beat.offset}` : ""}`;
    };
    const mine = of("HEARTBEAT_V1", "HEARTBEAT_V2");
    expect(mine.map(shown)).toEqual(mine.map(({ expected }) => expected));
  });

  it("whole events with their checksums", () => {
    const assembler = newAssembler();
    const whole = of("FORMAT_DESCRIPTION_EVENT", "TABLE_MAP_EVENT", "WRITE_ROWS_EVENTv2").filter(
      (each) => "event_hex" in each,
    );
    const pushed = whole.map((vector) => orError(() => assembler.push(hex(vector, "event_hex"))));
    // The last one's rows are of INT where its table map says TINYINT: made for a decoder that skips it.
    expect(pushed).toEqual([null, null, expect.objectContaining({ rowCount: 1 }), null, "error"]);
  });
});
