import { describe, expect, test } from "vitest";
import { classifyDumpError, dumpError } from "../../../src/upstream/dump-error.ts";
import { TEXTS } from "../../support/dump-error-texts.ts";

describe("error 1236", () => {
  test.each(TEXTS)("R20: %s", (text, name, kind) => {
    expect(dumpError(1236, "HY000", text)).toMatchObject({ name, kind, stage: "upstream", message: text });
  });

  test("R20: a text that nobody knows is fatal and keeps the server's words", () => {
    expect(dumpError(1236, "HY000", "something new")).toMatchObject({
      name: "server_error_1236",
      kind: "fatal",
      message: "something new",
    });
  });

  test("the position in a text makes no other error of it (V5)", () => {
    const first = dumpError(1236, "HY000", "bogus data in log event; the first event 'binlog.000002' at 4");
    const second = dumpError(1236, "HY000", "bogus data in log event; the first event 'binlog.000009' at 7777");
    expect(second.name).toBe(first.name);
  });
});

test("R19: MariaDB's own number for a doubled server id is told by its text", () => {
  const text = "A slave with the same server_uuid/server_id as this slave has connected to the master";
  expect(dumpError(4052, "HY000", text).name).toBe("server_id_conflict");
});

test("T6: an ERR packet that is cut off or has no number is a broken connection", () => {
  for (const bytes of [[0xff], [0xff, 0xd4], [0xff, 0, 0, 0x78]])
    expect(classifyDumpError(Buffer.from(bytes))).toMatchObject({ kind: "resumable", stage: "upstream" });
});

test.each([1053, 1927, 2013])("G12: %i in the stream is a connection to be made again", (code) => {
  expect(dumpError(code, "08S01", "whatever").kind).toBe("resumable");
});

test("an ERR packet is read with and without an SQL state", () => {
  const head = Buffer.from([0xff, 1236 & 0xff, 1236 >> 8]);
  const text = "Binary log is not open";
  const withState = classifyDumpError(Buffer.concat([head, Buffer.from(`#HY000${text}`)]));
  const without = classifyDumpError(Buffer.concat([head, Buffer.from(text)]));
  expect(withState).toMatchObject({ name: "binlog_off", message: text, facts: { code: 1236, sqlState: "HY000" } });
  expect(without).toMatchObject({ name: "binlog_off", message: text });
});
