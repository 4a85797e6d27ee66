/**
 * CREATE, ALTER and DROP of everything: what kind of object it is about, and whose name. Grammar: MySQL manual,
 * "Data Definition Statements", "Account Management Statements"; MariaDB Knowledge Base, "Data Definition".
 */
import { scanAlterTable } from "./scan-alter.ts";
import { scanCreateTable } from "./scan-create.ts";
import { expectEnd, tableName, tableNames, takeIfExists, takeIfNotExists, takeWait } from "./scan-names.ts";
import type { RoutineStatement, Statement } from "./statement.ts";
import type { Tokens } from "./tokens.ts";

/** Words before the object's kind, gathered on the way to it. */
interface Prefix {
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly unique: boolean;
}

const ROUTINES: Readonly<Record<string, RoutineStatement["what"]>> = {
  PROCEDURE: "procedure",
  FUNCTION: "function",
  PACKAGE: "package",
  LIBRARY: "library",
  EVENT: "event",
};

/** Objects that hold no rows of ours: known, and left alone. */
const OTHER_OBJECTS = new Set([
  "SERVER",
  "TABLESPACE",
  "UNDO",
  "LOGFILE",
  "RESOURCE",
  "CATALOG",
  "INSTANCE",
  "EXTERNAL",
]);

export function scanCreate(tokens: Tokens): Statement {
  tokens.expect("CREATE");
  const prefix = takePrefix(tokens);
  const what = tokens.word();
  tokens.at++;
  switch (what) {
    case "TABLE":
      return scanCreateTable(tokens, prefix.orReplace, prefix.temporary);
    case "DATABASE":
    case "SCHEMA":
      return scanDatabase(tokens, "create-database", prefix);
    case "INDEX":
      return scanCreateIndex(tokens, prefix);
    case "VIEW":
      takeIfNotExists(tokens);
      return { kind: "create-view", tables: [tableName(tokens)], executableComment: tokens.executableComment };
    case "TRIGGER":
      return scanCreateTrigger(tokens);
    case "SEQUENCE": {
      takeIfNotExists(tokens);
      const tables = [tableName(tokens)];
      return {
        kind: "create-sequence",
        temporary: prefix.temporary,
        tables,
        executableComment: tokens.executableComment,
      };
    }
    default:
      return scanElsewhere(tokens, "create", what);
  }
}

export function scanAlter(tokens: Tokens): Statement {
  tokens.expect("ALTER");
  const prefix = takePrefix(tokens);
  const what = tokens.word();
  tokens.at++;
  switch (what) {
    case "TABLE":
      return scanAlterTable(tokens);
    case "DATABASE":
    case "SCHEMA":
      return scanDatabase(tokens, "alter-database", prefix);
    case "VIEW":
      takeIfExists(tokens);
      return { kind: "alter-view", tables: [tableName(tokens)], executableComment: tokens.executableComment };
    case "SEQUENCE": {
      takeIfExists(tokens);
      const tables = [tableName(tokens)];
      return { kind: "alter-sequence", temporary: false, tables, executableComment: tokens.executableComment };
    }
    default:
      return scanElsewhere(tokens, "alter", what);
  }
}

export function scanDrop(tokens: Tokens): Statement {
  tokens.expect("DROP");
  const { temporary, orReplace: _, ...prefix } = takePrefix(tokens);
  const what = tokens.word();
  tokens.at++;
  switch (what) {
    case "TABLE":
    case "TABLES": {
      const ifExists = takeIfExists(tokens);
      const tables = tableNames(tokens);
      takeDropTail(tokens);
      return { kind: "drop-table", temporary, ifExists, tables, executableComment: tokens.executableComment };
    }
    case "DATABASE":
    case "SCHEMA":
      return scanDatabase(tokens, "drop-database", { ...prefix, temporary, orReplace: false });
    case "INDEX":
      return scanDropIndex(tokens);
    case "VIEW": {
      takeIfExists(tokens);
      const tables = tableNames(tokens);
      takeDropTail(tokens);
      return { kind: "drop-view", tables, executableComment: tokens.executableComment };
    }
    case "TRIGGER": {
      takeIfExists(tokens);
      return { kind: "drop-trigger", name: tableName(tokens), tables: [], executableComment: tokens.executableComment };
    }
    case "SEQUENCE": {
      takeIfExists(tokens);
      const tables = tableNames(tokens);
      takeDropTail(tokens);
      return { kind: "drop-sequence", temporary, tables, executableComment: tokens.executableComment };
    }
    default:
      return scanElsewhere(tokens, "drop", what);
  }
}

function takeDropTail(tokens: Tokens): void {
  takeWait(tokens);
  if (!tokens.take("RESTRICT")) tokens.take("CASCADE");
  expectEnd(tokens);
}

const PREFIX_WORDS = new Set(["ONLINE", "OFFLINE", "IGNORE", "AGGREGATE", "FULLTEXT", "SPATIAL", "VECTOR", "LOADABLE"]);

/** OR REPLACE, TEMPORARY, UNIQUE, ALGORITHM = …, DEFINER = …, SQL SECURITY …, JSON DUALITY, MATERIALIZED, PUBLIC, PRIVATE. */
function takePrefix(tokens: Tokens): Prefix {
  let [orReplace, temporary, unique] = [false, false, false];
  for (;;) {
    if (tokens.takeAll("OR", "REPLACE")) orReplace = true;
    else if (tokens.take("TEMPORARY")) temporary = true;
    else if (tokens.take("UNIQUE")) unique = true;
    else if (tokens.takeAll("ALGORITHM", "=")) tokens.name();
    else if (tokens.takeAll("DEFINER", "=")) takeUser(tokens);
    else if (tokens.takeAll("SQL", "SECURITY")) tokens.name();
    else if (tokens.word() === "JSON" || tokens.word() === "RELATIONAL" || tokens.word() === "DUALITY") tokens.at++;
    else if (tokens.word() === "SPATIAL" && tokens.word(1) === "REFERENCE") break;
    else if (tokens.word() === "MATERIALIZED" && tokens.word(1) === "VIEW") tokens.at++;
    else if (PREFIX_WORDS.has(tokens.word())) tokens.at++;
    else break;
  }
  return { orReplace, temporary, unique };
}

/** `user`, `'user'@'host'`, `CURRENT_USER()`, a role. */
function takeUser(tokens: Tokens): void {
  takeUserPart(tokens);
  if (tokens.take("@")) {
    takeUserPart(tokens);
    while (tokens.take(".")) takeUserPart(tokens);
  }
  if (tokens.take("(")) tokens.expect(")");
}

function takeUserPart(tokens: Tokens): void {
  if (tokens.kind() === "end" || tokens.kind() === "mark") throw tokens.unplaced("an account expected");
  tokens.at++;
}

/** Reserved words that begin an option of a database: never its name. */
const DATABASE_OPTIONS = new Set(["CHARACTER", "DEFAULT", "COLLATE", "READ"]);

function scanDatabase(
  tokens: Tokens,
  kind: "create-database" | "alter-database" | "drop-database",
  prefix: Prefix,
): Statement {
  const conditional = kind === "create-database" ? takeIfNotExists(tokens) : takeIfExists(tokens);
  const start = tokens.start();
  const named = kind !== "alter-database" || namesDatabase(tokens);
  const database = named ? tokens.name() : null;
  const name = { start, end: named ? tokens.lastEnd : start };
  if (kind === "drop-database") expectEnd(tokens);
  const { orReplace } = prefix;
  return { kind, database, name, conditional, orReplace, tables: [], executableComment: tokens.executableComment };
}

/** ALTER DATABASE may leave the name out: `ALTER DATABASE COLLATE x`. MariaDB's COMMENT is not reserved. */
function namesDatabase(tokens: Tokens): boolean {
  if (DATABASE_OPTIONS.has(tokens.word())) return false;
  return !(tokens.word() === "COMMENT" && (tokens.word(1) === "=" || tokens.kind(1) === "string"));
}

function scanCreateIndex(tokens: Tokens, prefix: Prefix): Statement {
  const conditional = takeIfNotExists(tokens);
  const index = tokens.name();
  if (tokens.take("USING") || tokens.take("TYPE")) tokens.name();
  tokens.expect("ON");
  const table = tableName(tokens);
  const { unique } = prefix;
  const rest = { tables: [table], executableComment: tokens.executableComment };
  return { kind: "create-index", table, index, unique, conditional, ...rest };
}

function scanDropIndex(tokens: Tokens): Statement {
  const conditional = takeIfExists(tokens);
  const index = tokens.name();
  tokens.expect("ON");
  const table = tableName(tokens);
  const rest = { tables: [table], executableComment: tokens.executableComment };
  return { kind: "drop-index", table, index, unique: false, conditional, ...rest };
}

function scanCreateTrigger(tokens: Tokens): Statement {
  takeIfNotExists(tokens);
  const name = tableName(tokens);
  // BEFORE INSERT, AFTER UPDATE OF a, b, … up to ON.
  while (tokens.kind() !== "end" && tokens.word() !== "ON") tokens.at++;
  tokens.expect("ON");
  return { kind: "create-trigger", name, tables: [tableName(tokens)], executableComment: tokens.executableComment };
}

function scanElsewhere(tokens: Tokens, verb: "create" | "alter" | "drop", what: string): Statement {
  const rest = { tables: [], executableComment: tokens.executableComment };
  const routine = ROUTINES[what];
  if (routine !== undefined) return { kind: "routine", verb, what: routine, ...rest };
  if (what === "USER" || what === "ROLE") return { kind: "account", verb: `${verb.toUpperCase()} ${what}`, ...rest };
  if (what === "PREPARE" && verb === "drop") return { kind: "other", verb: "DROP PREPARE", ...rest };
  if (what === "SPATIAL" || OTHER_OBJECTS.has(what))
    return { kind: "other", verb: `${verb.toUpperCase()} ${what}`, ...rest };
  tokens.at--;
  throw tokens.unplaced("a kind of object expected");
}
