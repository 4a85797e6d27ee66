/** Events that come again and again are not decoded: what must not change by that. */
import { describe, expect, it } from "vitest";
import { isSameBody, repeatedBody } from "../../../src/binlog/repeated-body.ts";
import { assemble, newAssembler, outline, pushAll } from "../../support/assemble.ts";
import { BinlogBuilder, int, varchar } from "../../support/binlog-builder.ts";

const orders = { id: 7, database: "shop", table: "orders", columns: [int("id"), varchar("name", 40)] };
const mismatch: unknown = expect.objectContaining({ name: "checksum_mismatch" });

describe("bodies that were there before", () => {
  it("a body of another byte or length is another one", () => {
    const known = repeatedBody(Buffer.from("abcdefg"), 0, 7);
    for (const [text, same] of [
      ["abcdefg", true],
      ["abcdefG", false],
      ["abXdefg", false],
      ["abcdef", false],
      ["abcdefgh", false],
    ] as const) {
      const event = Buffer.from(`xx${text}yy`);
      expect(isSameBody(known, event, 2, event.length - 2)).toBe(same);
    }
  });
});

describe("transactions of events that come again", () => {
  function shop(): { readonly head: Buffer; readonly transactions: readonly (readonly Buffer[])[] } {
    const log = new BinlogBuilder();
    const head = log.formatDescription();
    const transactions = [1, 2, 3].map((id) => [
      log.query("BEGIN"),
      log.tableMap(orders),
      log.writeRows(orders, [[id, "a"]]),
      log.xid(),
    ]);
    return { head, transactions };
  }

  it("R14: damage is found wherever it is, also in a BEGIN or table map that is known", () => {
    const { head, transactions } = shop();
    const [first = [], second = []] = transactions;
    second.forEach((event, index) => {
      for (let at = 13; at < event.length; at += 1) {
        const assembler = newAssembler();
        pushAll(assembler, [head, ...first, ...second.slice(0, index)]);
        const damaged = Buffer.from(event);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        expect(() => assembler.push(damaged)).toThrow(mismatch);
      }
    });
  });

  it("events that stand in one buffer are the same as events in buffers of their own", () => {
    const { head, transactions } = shop();
    const events = [head, ...transactions.flat()];
    const whole = Buffer.concat([Buffer.alloc(3, 0xff), ...events, Buffer.alloc(50, 0xff)]);
    const assembler = newAssembler();
    const found: string[] = [];
    let at = 3;
    for (const event of events) {
      const transaction = assembler.push(whole, at, at + event.length);
      at += event.length;
      if (transaction !== null) found.push(outline(transaction));
    }
    expect(found).toEqual(assemble(events).map(outline));
    expect(found).toHaveLength(3);
  });

  it("T6: an event that would go on behind the buffer's end is refused", () => {
    const { head } = shop();
    expect(() => newAssembler().push(head, 0, head.length + 1)).toThrow(
      expect.objectContaining({ name: "event_truncated" }),
    );
    expect(() => newAssembler().push(head, -1, head.length)).toThrow(
      expect.objectContaining({ name: "event_truncated" }),
    );
  });
});
