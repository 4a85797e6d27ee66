import { describe, expect, it } from "vitest";
import { SessionView } from "../../../src/syncer/session-view.ts";

describe("the view of a session", () => {
  it("S7: a session that has not come to know anything yet still shows the checkpoint of the one before", () => {
    const first = new SessionView();
    expect(first.checkpoint).toBeNull();
    first.saved({ file: "binlog.000002", offset: 1234, gtids: "" }, 1000);
    const second = new SessionView(first);
    expect(second.checkpoint).toEqual({ file: "binlog.000002", offset: 1234, gtids: "", savedAtMs: 1000 });
    second.saved({ file: "binlog.000002", offset: 2000, gtids: "" }, 2000);
    expect(new SessionView(second).checkpoint).toMatchObject({ offset: 2000 });
    expect([second.recentReconnects, second.reconnectCounts]).toEqual([[], []]);
    expect([second.applied, second.server, second.end, second.reconnects]).toEqual([null, null, null, 0]);
  });
});
