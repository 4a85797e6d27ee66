/**
 * CREATE TABLE: its name, its columns' names, LIKE or SELECT, parents of foreign keys. Grammar: MySQL manual,
 * "CREATE TABLE Statement"; MariaDB Knowledge Base, "CREATE TABLE".
 */
import { skipElement, startsKey } from "./scan-alter.ts";
import { atEnd, columnName, expectEnd, skipParentheses, tableName, takeIfNotExists } from "./scan-names.ts";
import type { CreateTable, TableName, TextRange } from "./statement.ts";
import type { Tokens } from "./tokens.ts";

/** The cursor is behind CREATE [OR REPLACE] [TEMPORARY] TABLE. */
export function scanCreateTable(tokens: Tokens, orReplace: boolean, temporary: boolean): CreateTable {
  const ifNotExists = takeIfNotExists(tokens);
  const table = tableName(tokens);
  const references: TableName[] = [];
  const like = scanLike(tokens);
  let columns: string[] | null = null;
  let tail: Tail = { asSelect: false, startTransaction: null };
  if (like === null) {
    const definitions = tokens.word() === "(" && !startsQuery(tokens, 1);
    columns = definitions ? scanElements(tokens, references) : [];
    tail = scanTail(tokens);
  }
  expectEnd(tokens);
  return {
    kind: "create-table",
    table,
    orReplace,
    temporary,
    ifNotExists,
    like,
    columns,
    references,
    ...tail,
    tables: [table, ...(like === null ? [] : [like]), ...references],
    executableComment: tokens.executableComment,
  };
}

/** LIKE other, or (LIKE other) */
function scanLike(tokens: Tokens): TableName | null {
  const parenthesised = tokens.takeAll("(", "LIKE");
  if (!parenthesised && !tokens.take("LIKE")) return null;
  const like = tableName(tokens);
  if (parenthesised) tokens.expect(")");
  return like;
}

/** `(a INT, KEY (a), …)`: the columns' names in order. */
function scanElements(tokens: Tokens, references: TableName[]): string[] {
  const columns: string[] = [];
  tokens.expect("(");
  do {
    if (!startsKey(tokens)) columns.push(columnName(tokens));
    skipElement(tokens, references);
  } while (tokens.take(","));
  tokens.expect(")");
  return columns;
}

interface Tail {
  readonly asSelect: boolean;
  readonly startTransaction: TextRange | null;
}

/** Table options, partitions, and perhaps a query, up to the end. */
function scanTail(tokens: Tokens): Tail {
  let asSelect = false;
  let startTransaction: TextRange | null = null;
  while (!atEnd(tokens)) {
    if (tokens.word() === ";") break;
    if (startsQuery(tokens, 0)) asSelect = true;
    if (tokens.word() === "START" && tokens.word(1) === "TRANSACTION") {
      const start = tokens.start();
      tokens.at += 2;
      startTransaction = { start, end: tokens.lastEnd };
    } else if (tokens.word() === "(") {
      if (startsQuery(tokens, 1)) asSelect = true;
      skipParentheses(tokens);
    } else tokens.at++;
  }
  return { asSelect, startTransaction };
}

/** SELECT, VALUES, TABLE, WITH name AS (…); but not the option WITH SYSTEM VERSIONING. */
function startsQuery(tokens: Tokens, ahead: number): boolean {
  const word = tokens.word(ahead);
  if (word === "SELECT" || word === "VALUES" || word === "TABLE") return true;
  if (word === "(") return startsQuery(tokens, ahead + 1);
  return word === "WITH" && !(tokens.word(ahead + 1) === "SYSTEM" && tokens.word(ahead + 2) === "VERSIONING");
}
