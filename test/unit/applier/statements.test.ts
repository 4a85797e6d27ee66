import { describe, expect, it } from "vitest";
import { batchStatements, carefulStatements, type Statement } from "../../../src/applier/statements.ts";
import { change, key, structure, target } from "../../support/tables.ts";

const limits = { rowsMax: 1000, charactersMax: 100_000, rowAlias: true };
const t = target(structure("t", ["id int", "n int null"], [key("PRIMARY", "id")]));
const u = target(structure("u", ["id int", "v int", "n int null"], [key("PRIMARY", "id"), key("v", "v")]));
const nokey = target(structure("nokey", ["a int null", "s varchar null"], []));
const sqls = (statements: readonly Statement[]): string[] => statements.map(({ sql }) => sql);

describe("statements", () => {
  it("deletes come first, then updates, then inserts, each with the rows that it must match", () => {
    const statements = batchStatements(
      [
        change(t, "insert", [3, 3], [4, null]),
        change(t, "update", [1, 1], [1, 2]),
        change(t, "delete", [2, 2], [5, 5]),
      ],
      limits,
    );
    expect(statements.map(({ sql, expected }) => [sql, expected])).toEqual([
      ["DELETE FROM `db`.`t` WHERE `id` IN (2,5)", { exactly: 2 }],
      [
        "INSERT INTO `db`.`t` (`id`,`n`) VALUES (1,2) AS `tidemark new` ON DUPLICATE KEY UPDATE `n`=`tidemark new`.`n`",
        { exactly: 2 },
      ],
      ["INSERT INTO `db`.`t` (`id`,`n`) VALUES (3,3),(4,NULL)", { exactly: 2 }],
    ]);
  });

  it("K4: a table with a second unique key is never upserted, because that could hit another row", () => {
    expect(sqls(batchStatements([change(u, "update", [1, 1, 1], [1, 1, 2])], limits))).toEqual([
      "UPDATE `db`.`u` SET `n`=2 WHERE `id`=1",
    ]);
  });

  it("K5: a table without a key is matched by its whole row, bytes and all, one row at a time", () => {
    expect(
      sqls(batchStatements([change(nokey, "delete", [1, "a"]), change(nokey, "insert", [null, "b"])], limits)),
    ).toEqual([
      "DELETE FROM `db`.`nokey` WHERE `a` <=> 1 AND (`s` = 'a' AND CAST(`s` AS BINARY) = CAST(CONVERT('a' USING utf8mb4) AS BINARY)) LIMIT 1",
      "INSERT INTO `db`.`nokey` (`a`,`s`) VALUES (NULL,'b')",
    ]);
  });

  it("K6: a statement ends at the limits", () => {
    const rows = Array.from({ length: 5 }, (_, i) => [i, i]);
    const byRows = batchStatements([change(t, "insert", ...rows)], { ...limits, rowsMax: 2 });
    expect(byRows.map(({ expected }) => expected)).toEqual([{ exactly: 2 }, { exactly: 2 }, { exactly: 1 }]);
    const bySize = batchStatements([change(t, "insert", ...rows)], { ...limits, charactersMax: 8 });
    expect(bySize).toHaveLength(3);
  });

  it("K3: tables of one foreign key component keep the upstream's order", () => {
    const parent = target(structure("p", ["id int"], [key("PRIMARY", "id")]), undefined, "c");
    const child = target(structure("c", ["id int", "p int"], [key("PRIMARY", "id")]), undefined, "c");
    expect(
      sqls(
        batchStatements(
          [change(parent, "insert", [1]), change(child, "insert", [1, 1]), change(parent, "insert", [2])],
          limits,
        ),
      ),
    ).toEqual([
      "INSERT INTO `db`.`p` (`id`) VALUES (1)",
      "INSERT INTO `db`.`c` (`id`,`p`) VALUES (1,1)",
      "INSERT INTO `db`.`p` (`id`) VALUES (2)",
    ]);
  });

  it("K3: a child row that a cascade may have taken need not match", () => {
    const child = target(structure("c", ["id int", "p int"], [key("PRIMARY", "id")]), undefined, "c");
    expect(batchStatements([change(child, "delete", [1, 1])], limits)[0]?.expected).toEqual({ atMost: 1 });
  });

  it("T2: a MINIMAL update sets what is there and finds the row by the key of the before image", () => {
    expect(sqls(batchStatements([change(t, "update", [1, undefined], [undefined, 9])], limits))).toEqual([
      "UPDATE `db`.`t` SET `n`=9 WHERE `id`=1",
    ]);
  });

  it("S11: change by change, each statement knows its row", () => {
    const statements = carefulStatements(
      [change(t, "insert", [1, 1], [2, 2]), change(t, "delete", [1, 1], [2, 2])],
      limits,
    );
    expect(statements).toHaveLength(4);
    expect(statements.every(({ single, expected }) => single !== null && expected !== null)).toBe(true);
  });
});
