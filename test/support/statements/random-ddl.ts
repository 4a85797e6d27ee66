import type { Flavour } from "../../../src/mysql/flavour.ts";
import type { TableStructure } from "../../../src/schema/structure.ts";

/** Chooses a whole number from 0 to n - 1. */
export type Choose = (n: number) => number;

const TYPES: readonly string[] = [
  "INT",
  "BIGINT UNSIGNED NOT NULL",
  "VARCHAR(20) COMMENT 'after x, first'",
  "VARCHAR(30) CHARACTER SET latin1 NOT NULL DEFAULT 'a,b'",
  "DECIMAL(10,2) DEFAULT 1.5",
  "ENUM('a','b,c','it''s') DEFAULT 'a'",
  "SET('x','y')",
  "DATETIME(3) NULL",
  "TEXT",
  "VARBINARY(9)",
  "INT INVISIBLE",
  "INT DEFAULT (1 + 2)",
  "CHAR(4) UNIQUE",
];
const NEW_NAMES: readonly string[] = ["x", "y", "z", "First", "after", "`a,b`", "`q``q`", "é", "k1", "k2"];
/** No name that needs encoding in a file's name: MariaDB 10.11 keeps the old table of `ALTER TABLE `a b` MODIFY …, RENAME TO c` when it copies. */
const TABLES: readonly string[] = ["t0", "t1", "t2", "`T0`"];

function of<T>(choose: Choose, list: readonly T[], or: T): T {
  return list[choose(list.length)] ?? or;
}

function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/**
 * A DDL over tables of one database. Most are valid; the server is the judge of that. All of the tracker's grammar
 * comes up: parts in lists, places, chains of renames, names that are keywords.
 */
export function randomDdl(choose: Choose, tables: readonly TableStructure[], flavour: Flavour): string {
  const table = tables[choose(tables.length)];
  if (table === undefined || choose(12) === 0) return createTable(choose, tables);
  const name = quote(table.table);
  const one = (): string => of(choose, TABLES, "t0");
  switch (choose(14)) {
    case 0:
      return `RENAME TABLE ${name} TO ${one()}`;
    case 1: {
      const other = quote(tables[choose(tables.length)]?.table ?? "t1");
      return `RENAME TABLE ${name} TO swap, ${other} TO ${name}, swap TO ${other}`;
    }
    case 2:
      return `DROP TABLE IF EXISTS ${one()}, ${name}`;
    case 3:
      return `CREATE ${of(choose, ["", "UNIQUE "], "")}INDEX ${of(choose, NEW_NAMES, "x")} ON ${name} (${keyColumn(choose, table)})`;
    case 4: {
      const key = table.uniqueKeys[choose(table.uniqueKeys.length)]?.name ?? "x";
      return `DROP INDEX ${quote(key)} ON ${name}`;
    }
    case 5:
      return `ALTER TABLE ${name} ${alterPart(choose, table, tables, flavour)}, RENAME TO ${one()}`;
    default: {
      const parts = Array.from({ length: 1 + choose(3) }, () => alterPart(choose, table, tables, flavour));
      return `ALTER TABLE ${name} ${parts.join(", ")}`;
    }
  }
}

function createTable(choose: Choose, tables: readonly TableStructure[]): string {
  const name = of(choose, TABLES, "t0");
  const like = tables[choose(tables.length)];
  if (like !== undefined && choose(3) === 0) return `CREATE TABLE ${name} LIKE ${quote(like.table)}`;
  const exists = of(choose, ["", "IF NOT EXISTS ", "/*!50001 IF NOT EXISTS */ "], "");
  const columns = Array.from({ length: 1 + choose(4) }, (_, n) => `c${n} ${of(choose, TYPES, "INT")}`);
  return `CREATE TABLE ${exists}${name} (id INT AUTO_INCREMENT PRIMARY KEY, ${columns.join(", ")}, KEY (c0(4)), p INT)`.replace(
    /KEY \(c0\(4\)\), /,
    columns[0]?.includes("CHAR") === true ? "KEY (c0(4)), " : "",
  );
}

function columnOf(choose: Choose, table: TableStructure): string {
  const name = table.columns[choose(table.columns.length)]?.name ?? "id";
  // Names of columns know no case.
  return quote(choose(4) === 0 ? name.toUpperCase() : name);
}

function keyColumn(choose: Choose, table: TableStructure): string {
  const column = table.columns[choose(table.columns.length)];
  if (column === undefined) return "id";
  return quote(column.name) + (/text|blob/.test(column.dataType) ? "(3)" : "");
}

function place(choose: Choose, table: TableStructure): string {
  const which = choose(5);
  if (which === 0) return " FIRST";
  return which === 1 || which === 2
    ? ` AFTER ${choose(6) === 0 ? of(choose, NEW_NAMES, "x") : columnOf(choose, table)}`
    : "";
}

function alterPart(choose: Choose, table: TableStructure, tables: readonly TableStructure[], flavour: Flavour): string {
  const type = (): string => of(choose, TYPES, "INT");
  const fresh = (): string => of(choose, NEW_NAMES, "x");
  const ifExists = flavour === "mariadb" && choose(4) === 0;
  switch (choose(17)) {
    case 0:
    case 1:
    case 2:
      return `ADD ${of(choose, ["", "COLUMN "], "")}${ifExists ? "IF NOT EXISTS " : ""}${fresh()} ${type()}${place(choose, table)}`;
    case 3:
      return `ADD COLUMN (${fresh()} ${type()}, ${fresh()} ${type()})`;
    case 4:
      return `DROP ${of(choose, ["", "COLUMN "], "")}${ifExists ? `IF EXISTS ${fresh()}` : columnOf(choose, table)}`;
    case 5:
    case 6:
      return `CHANGE ${columnOf(choose, table)} ${choose(3) === 0 ? columnOf(choose, table) : fresh()} ${type()}${place(choose, table)}`;
    case 7:
    case 8:
      return `MODIFY COLUMN ${columnOf(choose, table)} ${type()}${place(choose, table)}`;
    case 9:
      return `RENAME COLUMN ${columnOf(choose, table)} TO ${choose(2) === 0 ? fresh() : columnOf(choose, table)}`;
    case 10:
      return `ALTER COLUMN ${columnOf(choose, table)} ${of(choose, ["DROP DEFAULT", "SET DEFAULT 5"], "DROP DEFAULT")}`;
    case 11:
      return `ADD ${of(choose, ["INDEX", "UNIQUE", "UNIQUE KEY u", "CONSTRAINT w UNIQUE"], "INDEX")} (${keyColumn(choose, table)})`;
    case 12:
      return `DROP INDEX ${quote(table.uniqueKeys[choose(table.uniqueKeys.length)]?.name ?? "u")}`;
    case 13:
      return of(
        choose,
        ["CONVERT TO CHARACTER SET latin1", "CONVERT TO CHARACTER SET utf8mb4", "ENGINE=InnoDB", "COMMENT 'x'"],
        "FORCE",
      );
    case 14:
      return of(
        choose,
        ["DROP PRIMARY KEY", `ADD PRIMARY KEY (${keyColumn(choose, table)})`, "RENAME INDEX u TO w"],
        "FORCE",
      );
    case 15: {
      const parent = tables[choose(tables.length)]?.table ?? "t0";
      return `ADD ${of(choose, ["", "CONSTRAINT fk "], "")}FOREIGN KEY (p) REFERENCES ${quote(parent)} (id) ON DELETE CASCADE`;
    }
    default: {
      const key = table.foreignKeys[choose(table.foreignKeys.length)]?.name ?? "fk";
      return `DROP FOREIGN KEY ${quote(key)}`;
    }
  }
}
