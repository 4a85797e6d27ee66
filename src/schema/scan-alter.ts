/**
 * ALTER TABLE, part by part. Grammar: MySQL manual, "ALTER TABLE Statement" and `sql/sql_yacc.yy`
 * (`alter_list_item`, `standalone_alter_commands`); MariaDB's `sql/sql_yacc.yy` (`alter_list_item`).
 */
import { OPTION_WORDS, PARTITION_VERBS } from "./alter-words.ts";
import {
  atEnd,
  columnName,
  expectEnd,
  skipParentheses,
  tableName,
  takeIfExists,
  takeIfNotExists,
  takeWait,
} from "./scan-names.ts";
import type { AlterPart, AlterTable, ColumnPlace, TableName } from "./statement.ts";
import type { Tokens } from "./tokens.ts";

/** The cursor is behind ALTER [ONLINE] [IGNORE] TABLE. */
export function scanAlterTable(tokens: Tokens): AlterTable {
  const ifExists = takeIfExists(tokens);
  const table = tableName(tokens);
  takeWait(tokens);
  const scan: AlterScan = { tokens, parts: [], references: [] };
  while (!atEnd(tokens)) {
    const first = tokens.at;
    scanPart(scan);
    tokens.take(",");
    if (tokens.at === first) throw tokens.unplaced("a part of ALTER TABLE expected");
  }
  expectEnd(tokens);
  const tables = [table, ...scan.parts.flatMap(tablesOfPart), ...scan.references];
  return {
    kind: "alter-table",
    table,
    ifExists,
    parts: scan.parts,
    references: scan.references,
    tables: tables.sort((a, b) => a.start - b.start),
    executableComment: tokens.executableComment,
  };
}

interface AlterScan {
  readonly tokens: Tokens;
  readonly parts: AlterPart[];
  readonly references: TableName[];
}

function tablesOfPart(part: AlterPart): readonly TableName[] {
  if (part.kind === "rename-table") return [part.to];
  if (part.kind === "exchange-partition" || part.kind === "partition-to-table" || part.kind === "table-to-partition") {
    return [part.other];
  }
  return [];
}

function scanPart(scan: AlterScan): void {
  const { tokens, parts } = scan;
  const word = tokens.word();
  if (tokens.take("ADD")) return scanAdd(scan);
  if (tokens.take("DROP")) return scanDrop(scan);
  if (tokens.take("CHANGE")) {
    tokens.take("COLUMN");
    const ifExists = takeIfExists(tokens);
    const from = columnName(tokens);
    const to = columnName(tokens);
    parts.push({ kind: "change-column", from, to, place: skipDefinition(scan), ifExists });
  } else if (tokens.take("MODIFY")) {
    tokens.take("COLUMN");
    const ifExists = takeIfExists(tokens);
    const name = columnName(tokens);
    parts.push({ kind: "modify-column", name, place: skipDefinition(scan), ifExists });
  } else if (tokens.take("ALTER")) scanAlterColumn(scan);
  else if (tokens.take("RENAME")) scanRename(scan);
  else if (tokens.take("CONVERT")) scanConvert(scan);
  else if (tokens.take("EXCHANGE")) {
    tokens.expect("PARTITION");
    tokens.name();
    tokens.expect("WITH");
    tokens.expect("TABLE");
    parts.push({ kind: "exchange-partition", other: tableName(tokens) });
    skipDefinition(scan);
  } else if (PARTITION_VERBS.has(word)) takeAllAsPartition(scan);
  else if (OPTION_WORDS.has(word) || isNamedOption(tokens)) {
    parts.push({ kind: "option", word: word === "" ? tokens.text() : word });
    if (word === "ORDER") skipAll(tokens);
    else skipDefinition(scan);
  } else throw tokens.unplaced("a part of ALTER TABLE expected");
}

function isNamedOption(tokens: Tokens): boolean {
  return (tokens.kind() === "word" || tokens.kind() === "name") && tokens.word(1) === "=";
}

const KEY_WORDS = new Set([
  "PRIMARY",
  "UNIQUE",
  "INDEX",
  "KEY",
  "FULLTEXT",
  "SPATIAL",
  "FOREIGN",
  "CHECK",
  "CONSTRAINT",
]);

/** True before the definition of a key or constraint; false before a column's name. */
export function startsKey(tokens: Tokens): boolean {
  const next = tokens.word(1);
  if (KEY_WORDS.has(tokens.word())) return true;
  if (tokens.word() === "VECTOR") return next === "INDEX" || next === "KEY" || next === "(";
  return tokens.word() === "PERIOD" && next === "FOR";
}

function scanAdd(scan: AlterScan): void {
  const { tokens, parts } = scan;
  if (tokens.word() === "PARTITION") return takeAllAsPartition(scan);
  if (tokens.takeAll("SYSTEM", "VERSIONING")) {
    parts.push({ kind: "system-versioning" });
    return;
  }
  if (startsKey(tokens)) {
    parts.push({ kind: "add-key" });
    skipDefinition(scan);
    return;
  }
  tokens.take("COLUMN");
  const ifNotExists = takeIfNotExists(tokens);
  if (tokens.word() === "(") return scanAddList(scan, ifNotExists);
  const name = columnName(tokens);
  parts.push({ kind: "add-column", name, place: skipDefinition(scan), ifNotExists });
}

/** ADD [COLUMN] (a INT, b INT, INDEX (a)) */
function scanAddList(scan: AlterScan, ifNotExists: boolean): void {
  const { tokens, parts } = scan;
  tokens.expect("(");
  do {
    if (startsKey(tokens)) parts.push({ kind: "add-key" });
    else parts.push({ kind: "add-column", name: columnName(tokens), place: null, ifNotExists });
    skipElement(tokens, scan.references);
  } while (tokens.take(","));
  tokens.expect(")");
  skipDefinition(scan);
}

function scanDrop(scan: AlterScan): void {
  const { tokens, parts } = scan;
  if (tokens.word() === "PARTITION") return takeAllAsPartition(scan);
  if (tokens.takeAll("SYSTEM", "VERSIONING")) parts.push({ kind: "system-versioning" });
  else if (tokens.takeAll("PRIMARY", "KEY")) parts.push({ kind: "drop-key", name: "PRIMARY" });
  else if (tokens.takeAll("PERIOD", "FOR")) parts.push({ kind: "drop-key", name: tokens.name() });
  else if (
    tokens.takeAll("FOREIGN", "KEY") ||
    ["INDEX", "KEY", "CHECK", "CONSTRAINT"].some((word) => tokens.take(word))
  ) {
    takeIfExists(tokens);
    parts.push({ kind: "drop-key", name: tokens.name() });
  } else {
    tokens.take("COLUMN");
    const ifExists = takeIfExists(tokens);
    parts.push({ kind: "drop-column", name: columnName(tokens), ifExists });
  }
  skipDefinition(scan);
}

function scanAlterColumn(scan: AlterScan): void {
  const { tokens, parts } = scan;
  if (["INDEX", "KEY", "CHECK", "CONSTRAINT"].includes(tokens.word())) parts.push({ kind: "option", word: "ALTER" });
  else {
    tokens.take("COLUMN");
    takeIfExists(tokens);
    parts.push({ kind: "alter-column", name: columnName(tokens) });
  }
  skipDefinition(scan);
}

function scanRename(scan: AlterScan): void {
  const { tokens, parts } = scan;
  if (tokens.take("COLUMN")) {
    const ifExists = takeIfExists(tokens);
    const from = columnName(tokens);
    tokens.expect("TO");
    parts.push({ kind: "rename-column", from, to: columnName(tokens), ifExists });
  } else if (tokens.take("INDEX") || tokens.take("KEY")) {
    takeIfExists(tokens);
    const from = tokens.name();
    tokens.expect("TO");
    parts.push({ kind: "rename-key", from, to: tokens.name() });
  } else {
    if (!tokens.take("TO") && !tokens.take("AS")) tokens.take("=");
    parts.push({ kind: "rename-table", to: tableName(tokens) });
  }
  skipDefinition(scan);
}

function scanConvert(scan: AlterScan): void {
  const { tokens, parts } = scan;
  if (tokens.take("PARTITION")) {
    tokens.name();
    tokens.expect("TO");
    tokens.expect("TABLE");
    parts.push({ kind: "partition-to-table", other: tableName(tokens) });
  } else if (tokens.take("TABLE")) {
    parts.push({ kind: "table-to-partition", other: tableName(tokens) });
  } else {
    tokens.expect("TO");
    parts.push({ kind: "convert-charset" });
  }
  skipDefinition(scan);
}

function takeAllAsPartition(scan: AlterScan): void {
  scan.parts.push({ kind: "partition", verb: scan.tokens.word() });
  skipAll(scan.tokens);
}

function skipAll(tokens: Tokens): void {
  while (!atEnd(tokens) && tokens.word() !== ";") {
    if (tokens.word() === "(") skipParentheses(tokens);
    else tokens.at++;
  }
}

/** A part ends at a comma, at the end, or where partitioning is described without a comma before it. */
function partEnds(tokens: Tokens, ahead: number): boolean {
  const word = tokens.word(ahead);
  if (word === "," || word === ";" || word === "PARTITION" || tokens.kind(ahead) === "end") return true;
  return word === "REMOVE" && tokens.word(ahead + 1) === "PARTITIONING";
}

/**
 * Steps to the end of the part and says where it puts its column. FIRST and AFTER are no reserved words,
 * so they count only as the last words of the part (a constraint's name has its definition behind it).
 */
function skipDefinition(scan: AlterScan): ColumnPlace {
  const { tokens } = scan;
  let place: ColumnPlace = null;
  while (!partEnds(tokens, 0)) {
    const word = tokens.word();
    if (word === "(") skipParentheses(tokens);
    else if (tokens.take("REFERENCES")) scan.references.push(tableName(tokens));
    else if (word === "FIRST" && partEnds(tokens, 1)) {
      place = { after: null };
      tokens.at++;
    } else if (word === "AFTER" && partEnds(tokens, 2) && !partEnds(tokens, 1)) {
      tokens.at++;
      place = { after: tokens.name() };
    } else tokens.at++;
  }
  return place;
}

/** Steps over one element of a list in parentheses, up to its comma or the list's end. */
export function skipElement(tokens: Tokens, references: TableName[]): void {
  for (;;) {
    const word = tokens.word();
    if (word === "," || word === ")") return;
    if (tokens.kind() === "end") throw tokens.unplaced("a closing parenthesis expected");
    if (word === "(") skipParentheses(tokens);
    else if (tokens.take("REFERENCES")) references.push(tableName(tokens));
    else tokens.at++;
  }
}
