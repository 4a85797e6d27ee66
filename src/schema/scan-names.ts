import type { TableName } from "./statement.ts";
import type { Tokens } from "./tokens.ts";

/** The next `db.table`, `table` or `.table`. */
export function tableName(tokens: Tokens): TableName {
  const start = tokens.start();
  if (tokens.take(".")) return { database: null, table: tokens.name(), start, end: tokens.lastEnd };
  const first = tokens.name();
  if (!tokens.take(".")) return { database: null, table: first, start, end: tokens.lastEnd };
  return { database: first, table: tokens.name(), start, end: tokens.lastEnd };
}

/** `a, b, c` */
export function tableNames(tokens: Tokens): TableName[] {
  const names = [tableName(tokens)];
  while (tokens.take(",")) names.push(tableName(tokens));
  return names;
}

/** A column's name; old syntax lets it be `table.column` or `db.table.column`. */
export function columnName(tokens: Tokens): string {
  let name = tokens.name();
  while (tokens.take(".")) name = tokens.name();
  return name;
}

export function takeIfExists(tokens: Tokens): boolean {
  return tokens.takeAll("IF", "EXISTS");
}

export function takeIfNotExists(tokens: Tokens): boolean {
  return tokens.takeAll("IF", "NOT", "EXISTS");
}

/** MariaDB's `WAIT 5` and `NOWAIT` behind a table's name. */
export function takeWait(tokens: Tokens): void {
  if (tokens.take("NOWAIT")) return;
  if (tokens.word() === "WAIT" && /^[0-9]+$/.test(tokens.word(1))) {
    tokens.at += 2;
    if (tokens.take(".")) tokens.at++;
  }
}

/** The end of the text, perhaps behind a semicolon. */
export function atEnd(tokens: Tokens): boolean {
  return tokens.kind() === "end" || (tokens.word() === ";" && tokens.kind(1) === "end");
}

/** What the scanner knows must be all there is: anything behind it makes the statement unknown. */
export function expectEnd(tokens: Tokens): void {
  tokens.take(";");
  if (tokens.kind() !== "end") throw tokens.unplaced("the end of the statement expected");
}

/** Steps over a pair of parentheses and all between them; the cursor is on the opening one. */
export function skipParentheses(tokens: Tokens, seen?: (depth: number) => void): void {
  let depth = 0;
  do {
    if (tokens.kind() === "end") throw tokens.unplaced("a closing parenthesis expected");
    const word = tokens.word();
    if (word === "(") depth++;
    else if (word === ")") depth--;
    else seen?.(depth);
    tokens.at++;
  } while (depth > 0);
}
