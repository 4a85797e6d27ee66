/** The tables that a history may begin with. */
import type { ForeignKey, TableStructure } from "../../../../src/schema/structure.ts";
import { column, key } from "../../../support/tables.ts";
import { pick, type Random } from "../random.ts";
import { FILTERED, UNTRANSACTED } from "./history.ts";

interface Template {
  readonly name: string;
  readonly columns: readonly string[];
  readonly keys: readonly (readonly string[])[];
  readonly parent?: string;
}

const TEMPLATES: readonly Template[] = [
  { name: "plain", columns: ["id int", "n int null"], keys: [["id"]] },
  { name: "uniq", columns: ["id int", "u int null", "n int null"], keys: [["id"], ["u"]] },
  { name: "nokey", columns: ["a int null", "b int null"], keys: [] },
  { name: "text", columns: ["s varchar", "n int null"], keys: [["s"]] },
  { name: "pair", columns: ["a int", "b int", "n int null"], keys: [["a", "b"]] },
  { name: "parent", columns: ["id int", "n int null"], keys: [["id"]] },
  { name: "child", columns: ["id int", "p int null", "n int null"], keys: [["id"]], parent: "parent" },
  { name: "grand", columns: ["id int", "p int null", "n int null"], keys: [["id"]], parent: "child" },
  { name: UNTRANSACTED, columns: ["id int", "n int null"], keys: [["id"]] },
  { name: FILTERED, columns: ["id int", "n int null"], keys: [["id"]] },
];

/** Some of the templates; a child is never without its parent. */
export function chooseTables(random: Random): TableStructure[] {
  const chosen = new Set(TEMPLATES.filter((template) => random() < chanceOf(template)));
  // Children stand behind their parents in the list.
  for (const { name, parent } of TEMPLATES.toReversed()) {
    if (![...chosen].some((template) => template.name === name)) continue;
    for (const other of TEMPLATES) if (other.name === parent) chosen.add(other);
  }
  if (![...chosen].some(({ name }) => name !== FILTERED && name !== UNTRANSACTED))
    for (const first of TEMPLATES.slice(0, 1)) chosen.add(first);
  return TEMPLATES.filter((template) => chosen.has(template)).map((template) => structureOf(template, random));
}

function chanceOf({ name, parent }: Template): number {
  if (name === UNTRANSACTED) return 0.15;
  return parent === undefined ? 0.7 : 0.5;
}

/** What CREATE TABLE makes in these histories. */
export function plainTable(table: string): TableStructure {
  return build({ name: table, columns: ["id int", "n int null"], keys: [["id"]] }, []);
}

function structureOf(template: Template, random: Random): TableStructure {
  const { name, parent } = template;
  if (parent === undefined) return build(template, []);
  return build(template, [
    {
      name: `${name}_${parent}`,
      columns: ["p"],
      parentDatabase: "sim",
      parentTable: parent,
      parentColumns: ["id"],
      onDelete: pick(random, ["RESTRICT", "CASCADE", "SET NULL"]),
      onUpdate: pick(random, ["NO ACTION", "CASCADE", "SET NULL"]),
    },
  ]);
}

function build({ name, columns, keys }: Template, foreignKeys: readonly ForeignKey[]): TableStructure {
  return {
    database: "sim",
    table: name,
    engine: "InnoDB",
    kind: "table",
    columns: columns.map((text) => {
      const made = column(text);
      if (made.dataType !== "varchar") return made;
      return { ...made, columnType: "varchar(10)", length: 10, collation: "utf8mb4_bin" };
    }),
    uniqueKeys: keys.map((names, i) => key(i === 0 ? "PRIMARY" : `k${i}`, ...names)),
    foreignKeys,
    hasTriggers: false,
  };
}
