import { describe, expect, it } from "vitest";
import { storedCheckpoint, storedStructure } from "../../../src/checkpoint/rows.ts";
import { key, structure } from "../../support/tables.ts";

const ROW = {
  task: "t",
  format: 1,
  flavour: "mysql",
  upstream_uuid: null,
  upstream_server_id: "7",
  file: "binlog.000002",
  file_offset: "4294967300",
  gtids: "",
  saved_at: "2026-11-20 10:00:00.123",
};

describe("the checkpoint's row", () => {
  it("has numbers beyond 32 bits, and its time in UTC", () => {
    expect(storedCheckpoint(ROW)).toEqual({
      position: { file: "binlog.000002", offset: 4_294_967_300, gtids: "" },
      upstream: { flavour: "mysql", uuid: null, serverId: 7 },
      savedAtMs: Date.UTC(2026, 10, 20, 10, 0, 0, 123),
    });
  });

  it.each([
    ["a newer layout", { ...ROW, format: 2 }],
    ["an unknown flavour", { ...ROW, flavour: "oracle" }],
  ])("M2: %s is refused by name", (_, row) => {
    expect(() => storedCheckpoint(row)).toThrow(expect.objectContaining({ name: "checkpoint_unreadable" }));
  });
});

describe("a table's stored structure", () => {
  it("comes back as it was", () => {
    const t = structure("t", ["id int", "name varchar null"], [key("PRIMARY", "id")]);
    expect(storedStructure(JSON.stringify(t))).toEqual(t);
  });

  it.each(["null", "{}", '{"database":"db"}', "[]"])("M3: %s is none, and refused by name", (text) => {
    expect(() => storedStructure(text)).toThrow(expect.objectContaining({ name: "checkpoint_unreadable" }));
  });
});
