/** A statement in one line, for comparing. */
import type { AlterPart, Statement, TableName } from "../../../src/schema/statement.ts";

export function summary(statement: Statement): string {
  const words: string[] = [statement.kind];
  if ("verb" in statement) words.push(statement.verb);
  if ("what" in statement) words.push(statement.what);
  for (const flag of [
    "orReplace",
    "temporary",
    "ifNotExists",
    "ifExists",
    "conditional",
    "unique",
    "asSelect",
  ] as const) {
    if (flag in statement && Reflect.get(statement, flag) === true) words.push(flag);
  }
  if (statement.kind === "dml" && !statement.complete) words.push("incomplete");
  if ("database" in statement) words.push(statement.database === null ? "default" : JSON.stringify(statement.database));
  if ("index" in statement) words.push(`index ${statement.index}`);
  if ("name" in statement && "table" in statement.name) words.push(`trigger ${show(statement.name)}`);
  words.push(statement.tables.map(show).join(" "));
  if (statement.kind === "create-table") {
    if (statement.like !== null) words.push(`like ${show(statement.like)}`);
    if (statement.columns !== null) words.push(`(${statement.columns.join("|")})`);
    if (statement.references.length > 0) words.push(`references ${statement.references.map(show).join(" ")}`);
    if (statement.startTransaction !== null) words.push("startTransaction");
  }
  if (statement.kind === "alter-table") words.push(`[${statement.parts.map(part).join("; ")}]`);
  if (statement.kind === "rename-table")
    words.push(statement.pairs.map((p) => `${show(p.from)}>${show(p.to)}`).join(" "));
  if (statement.kind === "unknown") words.push(statement.reason);
  if (statement.executableComment) words.push("!");
  return words.filter((word) => word !== "").join(" ");
}

function show(name: TableName): string {
  return name.database === null ? `<${name.table}>` : `<${name.database}><${name.table}>`;
}

function part(p: AlterPart): string {
  const words: string[] = [p.kind];
  if ("name" in p) words.push(p.name);
  if ("from" in p) words.push(`${p.from}>${p.to}`);
  if ("word" in p) words.push(p.word);
  if ("verb" in p) words.push(p.verb);
  if (p.kind === "rename-table") words.push(show(p.to));
  if ("other" in p) words.push(show(p.other));
  if ("place" in p && p.place !== null) words.push(p.place.after === null ? "first" : `after ${p.place.after}`);
  if ("ifExists" in p && p.ifExists) words.push("ifExists");
  if ("ifNotExists" in p && p.ifNotExists) words.push("ifNotExists");
  return words.join(" ");
}
