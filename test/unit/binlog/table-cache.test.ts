import { expect, it } from "vitest";
import { BinlogBuilder, int, type BuiltTable } from "../../support/binlog-builder.ts";
import { assemble } from "../../support/assemble.ts";

const table = (id: number): BuiltTable => ({ id, database: "shop", table: `t${id}`, columns: [int("id")] });

// The table map that was one too many dropped all the others, those of its own statement too: `missing_table_map`, and the task stood.
it("forgets tables when there are too many, but none whose rows are still to come", () => {
  const log = new BinlogBuilder();
  const events = [log.formatDescription()];
  for (let id = 1; id < 10_000; id += 1) events.push(...log.transaction(null, table(id), [[1]]));
  const [first, second] = [table(20_001), table(20_002)];
  events.push(
    log.query("BEGIN"),
    log.tableMap(first),
    log.tableMap(second),
    log.writeRows(first, [[7]], false),
    log.writeRows(second, [[8]]),
    log.xid(),
  );
  const last = assemble(events).at(-1);
  expect(last?.changes.map(({ map, rows }) => [map.table, rows])).toEqual([
    ["t20001", [[7]]],
    ["t20002", [[8]]],
  ]);
});
