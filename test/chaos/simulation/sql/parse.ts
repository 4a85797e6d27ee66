/** As much SQL as the applier and the store write. Nothing is shared with `src/`. */
import { parseCondition, parseValue } from "./condition.ts";
import type { Condition, Insert, LookUp, NewValue, ParsedStatement, SqlRow, SqlValue } from "./statement.ts";
import { tokenize, type Token, TokenReader } from "./tokens.ts";

/** Splits a text of several statements at its semicolons and parses each. `nowMs`: the server's clock. */
export function parseStatements(sql: string, params: readonly unknown[], nowMs: number): ParsedStatement[] {
  const statements: ParsedStatement[] = [];
  let tokens: Token[] = [];
  const rest = [...params];
  const take = (): void => {
    if (tokens.length > 0) statements.push(parseStatement(new TokenReader(tokens, rest, nowMs)));
    tokens = [];
  };
  for (const token of tokenize(sql)) {
    if (token.kind === "symbol" && token.text === ";") take();
    else tokens.push(token);
  }
  take();
  return statements;
}

function parseStatement(from: TokenReader): ParsedStatement {
  const verb = from.next().text.toUpperCase();
  switch (verb) {
    case "BEGIN":
    case "START":
      return { kind: "begin" };
    case "COMMIT":
      return { kind: "commit" };
    case "ROLLBACK":
      return { kind: from.maybe("TO") ? "rollback-to" : "rollback" };
    case "SAVEPOINT":
      return { kind: "savepoint" };
    case "SET":
      return parseSet(from);
    case "INSERT":
      return parseInsert(from);
    case "REPLACE": {
      // Of a table with one unique key: the row that is in the way is the one that is written anew.
      const insert = parseInsert(from);
      const columns = insert.rows.flatMap((row) => Object.keys(row));
      return { ...insert, update: new Map(columns.map((name) => [name, { own: true }])) };
    }
    case "UPDATE":
      return parseUpdate(from);
    case "DELETE":
      from.words("FROM");
      return { kind: "delete", table: tableName(from), ...whereLimit(from) };
    case "SELECT":
      return parseSelect(from);
    default:
      throw new Error(`the simulated server doesn't know ${verb}`);
  }
}

/** Of session settings, those that mean something here. */
function parseSet(from: TokenReader): ParsedStatement {
  let foreignKeyChecks: boolean | null = null;
  let lockWaitMs: number | null = null;
  while (!from.isAtEnd) {
    const { text } = from.next();
    if (text === "foreign_key_checks" && from.maybe("=")) foreignKeyChecks = Number(from.next().text) === 1;
    if (text === "innodb_lock_wait_timeout" && from.maybe("=")) lockWaitMs = Number(from.next().text) * 1000;
  }
  return { kind: "set", foreignKeyChecks, lockWaitMs };
}

function parseInsert(from: TokenReader): Insert {
  from.words("INTO");
  const table = tableName(from);
  const columns = from.list(() => from.next().text);
  from.words("VALUES");
  const rows: SqlRow[] = [];
  let lookUp: LookUp | null = null;
  do {
    const values = from.list((i) => {
      lookUp = parseLookUp(from, columns[i] ?? "") ?? lookUp;
      return lookUp?.column === columns[i] ? null : parseValue(from);
    });
    rows.push(Object.fromEntries(columns.map((name, i) => [name, values[i] ?? null])));
  } while (from.maybe(","));
  if (from.maybe("AS")) from.next();
  if (!from.maybe("ON")) return { kind: "insert", table, rows, lookUp, update: null };
  from.words("DUPLICATE", "KEY", "UPDATE");
  const update = new Map<string, NewValue>();
  do {
    const name = from.next().text;
    from.words("=");
    update.set(name, parseNewValue(from));
  } while (from.maybe(","));
  return { kind: "insert", table, rows, lookUp, update };
}

/** `(SELECT c FROM t WHERE … LOCK IN SHARE MODE)` */
function parseLookUp(from: TokenReader, column: string): LookUp | null {
  if (!from.maybe("(")) return null;
  from.words("SELECT");
  const read = from.next().text;
  from.words("FROM");
  const table = tableName(from);
  from.words("WHERE");
  const where = parseCondition(from);
  from.words("LOCK", "IN", "SHARE", "MODE", ")");
  return { column, table, from: read, where };
}

/** `VALUES(c)`, `alias.c`, `c + 1` or a value. */
function parseNewValue(from: TokenReader): NewValue {
  const token = from.peek();
  if (token?.text === "epoch") {
    from.words("EPOCH", "+");
    return { plus: Number(from.next().text) };
  }
  if (token?.kind === "word" && token.text === "VALUES") {
    from.next();
    from.list(() => from.next().text);
    return { own: true };
  }
  if (token?.kind === "name") {
    from.next();
    from.words(".");
    from.next();
    return { own: true };
  }
  return { value: parseValue(from) };
}

function parseUpdate(from: TokenReader): ParsedStatement {
  const table = tableName(from);
  from.words("SET");
  const set = new Map<string, SqlValue>();
  do {
    const name = from.next().text;
    from.words("=");
    set.set(name, parseValue(from));
  } while (from.maybe(","));
  return { kind: "update", table, set, ...whereLimit(from) };
}

function parseSelect(from: TokenReader): ParsedStatement {
  while (!from.maybe("FROM")) from.next();
  const table = tableName(from);
  const where = from.maybe("WHERE") ? parseCondition(from) : () => true;
  return { kind: "select", table, where, shared: from.maybe("LOCK") };
}

function whereLimit(from: TokenReader): { where: Condition; limit: number } {
  from.words("WHERE");
  const where = parseCondition(from);
  return { where, limit: from.maybe("LIMIT") ? Number(from.next().text) : Number.POSITIVE_INFINITY };
}

/** `db`.`table`; without its database a name means one of the meta schema's. */
function tableName(from: TokenReader): string {
  const first = from.next().text;
  return from.maybe(".") ? `${first}.${from.next().text}` : `tidemark.${first}`;
}
