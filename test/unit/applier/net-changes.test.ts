import { describe, expect, it } from "vitest";
import { netChanges } from "../../../src/applier/net-changes.ts";
import { change, key, structure, target } from "../../support/tables.ts";

const t = target(structure("t", ["id int", "u int null", "n int"], [key("PRIMARY", "id"), key("u", "u")]));

describe("net changes", () => {
  it("K4: several updates of a row are one, from its first state to its last", () => {
    const net = netChanges(t, [change(t, "update", [1, 5, 0], [1, 5, 1]), change(t, "update", [1, 5, 1], [1, 5, 2])]);
    expect(net).toEqual({
      deletes: [],
      updates: [
        [1, 5, 0],
        [1, 5, 2],
      ],
      inserts: [],
    });
  });

  it("an inserted row that is changed is inserted as it ends, and one that is deleted never was", () => {
    const net = netChanges(t, [
      change(t, "insert", [1, 1, 1], [2, 2, 2]),
      change(t, "update", [1, 1, 1], [1, 9, 9]),
      change(t, "delete", [2, 2, 2]),
    ]);
    expect(net).toEqual({ deletes: [], updates: [], inserts: [[1, 9, 9]] });
  });

  it("a row deleted and inserted again is deleted and inserted: cascades and defaults are the server's", () => {
    const net = netChanges(t, [change(t, "delete", [1, 1, 1]), change(t, "insert", [1, 1, 2])]);
    expect(net).toEqual({ deletes: [[1, 1, 1]], updates: [], inserts: [[1, 1, 2]] });
  });

  it("a row deleted and inserted again is one write where its key is the only unique one", () => {
    const s = target(structure("s", ["id int", "n int"], [key("PRIMARY", "id")]));
    expect(s.upsert).toBe(true);
    const net = netChanges(s, [change(s, "delete", [1, 1]), change(s, "insert", [1, 2])]);
    expect(net).toEqual({
      deletes: [],
      updates: [
        [1, 1],
        [1, 2],
      ],
      inserts: [],
    });
  });

  it("a row that ends as it began is not written", () => {
    const there = change(t, "update", [1, 1, 0], [1, 1, 5]);
    const back = change(t, "update", [1, 1, 5], [1, 1, 0]);
    expect(netChanges(t, [there, back])).toEqual({ deletes: [], updates: [], inserts: [] });
  });

  it("K4: a swap of unique values becomes two deletes before two inserts", () => {
    const net = netChanges(t, [
      change(t, "update", [1, 1, 0], [1, -1, 0]),
      change(t, "update", [2, 2, 0], [2, 1, 0]),
      change(t, "update", [1, -1, 0], [1, 2, 0]),
    ]);
    expect(net).toEqual({
      deletes: [
        [1, 1, 0],
        [2, 2, 0],
      ],
      updates: [],
      inserts: [
        [1, 2, 0],
        [2, 1, 0],
      ],
    });
  });

  it("K4: r1 gives a unique value up, r2 takes it, r1 takes another", () => {
    const net = netChanges(t, [
      change(t, "update", [1, 5, 0], [1, 6, 0]),
      change(t, "insert", [2, 5, 0]),
      change(t, "update", [1, 6, 0], [1, 7, 0]),
    ]);
    expect(net).toEqual({
      deletes: [[1, 5, 0]],
      updates: [],
      inserts: [
        [1, 7, 0],
        [2, 5, 0],
      ],
    });
  });

  it("a changed primary key is a delete under the old one and an insert under the new one", () => {
    const net = netChanges(t, [change(t, "update", [1, 1, 1], [3, 1, 1]), change(t, "update", [3, 1, 1], [4, 1, 1])]);
    expect(net).toEqual({ deletes: [[1, 1, 1]], updates: [], inserts: [[4, 1, 1]] });
  });

  it("gives up on a history that contradicts itself, and on row images with holes", () => {
    expect(netChanges(t, [change(t, "insert", [1, 1, 1]), change(t, "insert", [1, 2, 2])])).toBeNull();
    expect(netChanges(t, [change(t, "delete", [1, 1, 1]), change(t, "delete", [1, 1, 1])])).toBeNull();
    expect(netChanges(t, [change(t, "update", [1, undefined, undefined], [undefined, 2, undefined])])).toBeNull();
  });

  it("keys that print alike and differ are different rows", () => {
    const s = target(structure("s", ["a varchar", "b varchar"], [key("PRIMARY", "a", "b")]));
    const net = netChanges(s, [change(s, "insert", ["x", "yz"]), change(s, "insert", ["xy", "z"])]);
    expect(net?.inserts).toHaveLength(2);
  });
});
