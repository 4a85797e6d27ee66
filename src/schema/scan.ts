/**
 * Our own scanner of statements from the log. It does not judge validity (the upstream's server did) and
 * doesn't print SQL; it places a statement, and says which tables and columns it touches and where their names
 * stand in the text. What it can't place is `unknown`, which callers must not skip.
 */
import type { Flavour } from "../mysql/flavour.ts";
import { scanDml } from "./scan-dml.ts";
import { expectEnd, tableName, tableNames, takeIfExists, takeWait } from "./scan-names.ts";
import { scanAlter, scanCreate, scanDrop } from "./scan-objects.ts";
import type { Statement, TableName } from "./statement.ts";
import { Tokens, Unplaced } from "./tokens.ts";

export type * from "./statement.ts";

/**
 * Places a statement. `sqlMode` is the session's sql_mode as the Query event carries it (a bit mask): it decides
 * what double quotes and backslashes mean. Never throws for bad text: that gives kind `unknown`.
 */
export function scanStatement(
  sql: string,
  options: { readonly sqlMode: bigint; readonly flavour: Flavour },
): Statement {
  const tokens = new Tokens(sql, options);
  try {
    return dispatch(tokens);
  } catch (thrown) {
    if (!(thrown instanceof Unplaced)) throw thrown;
    return unknown(tokens, thrown.message, thrown.offset);
  }
}

function unknown(tokens: Tokens, reason: string, offset: number): Statement {
  return { kind: "unknown", reason, offset, tables: [], executableComment: tokens.executableComment };
}

const ACCOUNT_VERBS = new Set(["GRANT", "REVOKE"]);
const TRANSACTION_VERBS = new Set(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "XA"]);
const MAINTENANCE_VERBS = new Set(["ANALYZE", "OPTIMIZE", "REPAIR", "CHECK", "CHECKSUM", "FLUSH", "CACHE"]);
const DML_VERBS = new Set([
  "INSERT",
  "REPLACE",
  "UPDATE",
  "DELETE",
  "LOAD",
  "CALL",
  "DO",
  "WITH",
  "SELECT",
  "VALUES",
  "TABLE",
  "(",
]);
/** Verbs without an effect on tables and rows, or one that only their own server feels. */
const OTHER_VERBS = new Set([
  "BACKUP",
  "BINLOG",
  "CHANGE",
  "CLONE",
  "DEALLOCATE",
  "DESC",
  "DESCRIBE",
  "EXECUTE",
  "EXPLAIN",
  "GET",
  "HANDLER",
  "HELP",
  "IMPORT",
  "INSTALL",
  "KILL",
  "LOCK",
  "PREPARE",
  "PURGE",
  "RESET",
  "RESIGNAL",
  "RESTART",
  "SHOW",
  "SHUTDOWN",
  "SIGNAL",
  "SLAVE",
  "START",
  "STOP",
  "UNINSTALL",
  "UNLOCK",
  "USE",
]);

function dispatch(tokens: Tokens): Statement {
  const verb = tokens.word();
  switch (verb) {
    case "CREATE":
      return scanCreate(tokens);
    case "ALTER":
      return scanAlter(tokens);
    case "DROP":
      return scanDrop(tokens);
    case "RENAME":
      return scanRename(tokens);
    case "TRUNCATE":
      return scanTruncate(tokens);
    case "SET":
      return scanSet(tokens);
    default:
  }
  const rest = { tables: [], executableComment: tokens.executableComment };
  if (verb === "BEGIN" && tokens.word(1) === "NOT") return { kind: "other", verb: "BEGIN NOT ATOMIC", ...rest };
  if (TRANSACTION_VERBS.has(verb)) return { kind: "transaction", verb, ...rest };
  if (verb === "START" && tokens.word(1) === "TRANSACTION") return { kind: "transaction", verb, ...rest };
  if (DML_VERBS.has(verb)) return scanDml(tokens);
  if (ACCOUNT_VERBS.has(verb)) return { kind: "account", verb, ...rest };
  if (MAINTENANCE_VERBS.has(verb)) return scanMaintenance(tokens);
  if (OTHER_VERBS.has(verb)) return { kind: "other", verb, ...rest };
  throw tokens.unplaced("a statement expected");
}

/** RENAME TABLE a TO b, c TO d; RENAME USER. */
function scanRename(tokens: Tokens): Statement {
  tokens.expect("RENAME");
  if (tokens.take("USER")) {
    return { kind: "account", verb: "RENAME USER", tables: [], executableComment: tokens.executableComment };
  }
  if (!tokens.take("TABLE")) tokens.expect("TABLES");
  const ifExists = takeIfExists(tokens);
  const pairs: { from: TableName; to: TableName }[] = [];
  do {
    const from = tableName(tokens);
    takeWait(tokens);
    tokens.expect("TO");
    pairs.push({ from, to: tableName(tokens) });
  } while (tokens.take(","));
  expectEnd(tokens);
  const tables = pairs.flatMap((pair) => [pair.from, pair.to]);
  return { kind: "rename-table", ifExists, pairs, tables, executableComment: tokens.executableComment };
}

function scanTruncate(tokens: Tokens): Statement {
  tokens.expect("TRUNCATE");
  tokens.take("TABLE");
  const table = tableName(tokens);
  takeWait(tokens);
  expectEnd(tokens);
  return { kind: "truncate-table", table, tables: [table], executableComment: tokens.executableComment };
}

/** SET variables, passwords and roles; MariaDB's SET STATEMENT a = 1 FOR statement is that statement. */
function scanSet(tokens: Tokens): Statement {
  tokens.expect("SET");
  if (tokens.take("STATEMENT")) {
    let depth = 0;
    while (tokens.kind() !== "end") {
      const word = tokens.word();
      if (word === "(") depth++;
      else if (word === ")") depth--;
      tokens.at++;
      if (word === "FOR" && depth === 0) return dispatch(tokens);
    }
    throw tokens.unplaced("FOR expected");
  }
  const rest = { tables: [], executableComment: tokens.executableComment };
  const word = tokens.word();
  if (word === "PASSWORD") return { kind: "account", verb: "SET PASSWORD", ...rest };
  if (word === "ROLE" || (word === "DEFAULT" && tokens.word(1) === "ROLE")) {
    return { kind: "account", verb: "SET ROLE", ...rest };
  }
  return { kind: "set", ...rest };
}

const MAINTENANCE_WORDS = new Set(["NO_WRITE_TO_BINLOG", "LOCAL"]);

function scanMaintenance(tokens: Tokens): Statement {
  const verb = tokens.word();
  tokens.at++;
  while (MAINTENANCE_WORDS.has(tokens.word())) tokens.at++;
  const named = (tokens.take("TABLE") || tokens.take("TABLES")) && verb !== "FLUSH" && verb !== "CACHE";
  const tables = named ? tableNames(tokens) : [];
  return { kind: "maintenance", verb, tables, executableComment: tokens.executableComment };
}
