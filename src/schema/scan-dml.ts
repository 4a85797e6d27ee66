/**
 * Statements that write rows. With the row format they are in the log only for temporary tables and the like;
 * all that is needed is which table they write, in the forms that can be told apart with certainty.
 */
import { tableName } from "./scan-names.ts";
import type { DmlStatement, TableName } from "./statement.ts";
import type { Tokens } from "./tokens.ts";

const MODIFIERS = new Set(["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "QUICK", "CONCURRENT", "LOCAL"]);

/** The cursor is on the verb. */
export function scanDml(tokens: Tokens): DmlStatement {
  const verb = tokens.word();
  tokens.at++;
  while (MODIFIERS.has(tokens.word())) tokens.at++;
  const table = written(tokens, verb);
  return {
    kind: "dml",
    verb,
    complete: table !== null,
    tables: table === null ? [] : [table],
    executableComment: tokens.executableComment,
  };
}

/** The one table that the statement writes, or null where it may be several, or can't be told. */
function written(tokens: Tokens, verb: string): TableName | null {
  if (verb === "INSERT" || verb === "REPLACE") {
    tokens.take("INTO");
    return tableName(tokens);
  }
  if (verb === "UPDATE") {
    if (tokens.kind() === "mark") return null;
    const table = tableName(tokens);
    // An alias may stand between; a comma or a join makes more tables of it.
    if (tokens.take("AS")) tokens.name();
    else if (tokens.word() !== "SET" && tokens.kind() !== "mark") tokens.name();
    return tokens.word() === "SET" ? table : null;
  }
  if (verb === "DELETE") {
    if (!tokens.take("FROM") || tokens.kind() === "mark") return null;
    // `DELETE FROM a, b USING …`, `DELETE FROM a.* USING …`, `DELETE FROM a USING …` delete from several.
    if (tokens.word(2) === "*" || tokens.word(4) === "*") return null;
    const table = tableName(tokens);
    return tokens.word() === "," || tokens.word() === "USING" ? null : table;
  }
  if (verb === "LOAD") {
    while (tokens.kind() !== "end") {
      if (tokens.takeAll("INTO", "TABLE")) return tableName(tokens);
      tokens.at++;
    }
  }
  return null;
}
