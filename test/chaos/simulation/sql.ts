/** As much SQL as the applier and the store write: tokens, statements, conditions. Nothing is shared with `src/`. */

export type SqlValue = number | string | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;
export type Condition = (row: SqlRow) => boolean;

/** What an upsert sets: the new row's own value, or a given one. */
export type NewValue = { readonly own: true } | { readonly value: SqlValue };

export type ParsedStatement =
  | { readonly kind: "begin" | "commit" | "rollback" | "set" }
  | {
      readonly kind: "insert";
      readonly table: string;
      readonly rows: readonly SqlRow[];
      /** A column whose value is another table's (a locking scalar sub-query). */
      readonly lookUp: {
        readonly column: string;
        readonly table: string;
        readonly from: string;
        readonly where: Condition;
      } | null;
      /** What ON DUPLICATE KEY UPDATE sets: by the new row's value, or to a given one. null: no such clause. */
      readonly update: ReadonlyMap<string, NewValue> | null;
    }
  | {
      readonly kind: "update";
      readonly table: string;
      readonly set: ReadonlyMap<string, SqlValue>;
      readonly where: Condition;
      readonly limit: number;
    }
  | { readonly kind: "delete"; readonly table: string; readonly where: Condition; readonly limit: number }
  | { readonly kind: "select"; readonly table: string; readonly where: Condition; readonly shared: boolean };

type LookUp = NonNullable<Extract<ParsedStatement, { kind: "insert" }>["lookUp"]>;

type Token = { readonly kind: "name" | "word" | "text" | "number" | "symbol" | "param"; readonly text: string };

const TOKEN =
  /\s+|`((?:[^`]|``)*)`|'((?:[^'\\]|\\.|'')*)'|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z_][\w$]*)|(<=>|<=|>=|[(),.;=*?<>])/gy;

function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < sql.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(sql);
    if (match === null) throw new Error(`the simulated server doesn't understand: ${sql.slice(at, at + 80)}`);
    const [, name, text, number, word, symbol] = match;
    if (name !== undefined) tokens.push({ kind: "name", text: name.replaceAll("``", "`") });
    else if (text !== undefined) tokens.push({ kind: "text", text: unescape(text) });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (symbol !== undefined) tokens.push({ kind: symbol === "?" ? "param" : "symbol", text: symbol });
  }
  return tokens;
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)|''/g, (_, character: string | undefined) =>
    character === "n" ? "\n" : (character ?? "'"),
  );
}

/** Splits a text of several statements at its semicolons and parses each. */
export function parseStatements(sql: string, params: readonly unknown[] = []): ParsedStatement[] {
  const statements: ParsedStatement[] = [];
  let tokens: Token[] = [];
  const rest = [...params];
  const take = (): void => {
    if (tokens.length > 0) statements.push(new Parser(tokens, rest).statement());
    tokens = [];
  };
  for (const token of tokenize(sql)) {
    if (token.kind === "symbol" && token.text === ";") take();
    else tokens.push(token);
  }
  take();
  return statements;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #params: unknown[];
  #at = 0;

  constructor(tokens: readonly Token[], params: unknown[]) {
    this.#tokens = tokens;
    this.#params = params;
  }

  statement(): ParsedStatement {
    const verb = this.#next().text.toUpperCase();
    switch (verb) {
      case "BEGIN":
      case "START":
        return { kind: "begin" };
      case "COMMIT":
        return { kind: "commit" };
      case "ROLLBACK":
        return { kind: "rollback" };
      case "SET":
        return { kind: "set" };
      case "INSERT":
        return this.#insert();
      case "UPDATE":
        return this.#update();
      case "DELETE":
        this.#words("FROM");
        return { kind: "delete", table: this.#table(), ...this.#whereLimit() };
      case "SELECT":
        return this.#select();
      default:
        throw new Error(`the simulated server doesn't know ${verb}`);
    }
  }

  #insert(): ParsedStatement {
    this.#words("INTO");
    const table = this.#table();
    const columns = this.#list(() => this.#next().text);
    this.#words("VALUES");
    const rows: SqlRow[] = [];
    let lookUp: LookUp | null = null;
    do {
      const values = this.#list((i) => {
        lookUp = this.#lookUp(columns[i] ?? "") ?? lookUp;
        return lookUp?.column === columns[i] ? null : this.#value();
      });
      rows.push(Object.fromEntries(columns.map((name, i) => [name, values[i] ?? null])));
    } while (this.#maybe(","));
    if (this.#maybe("AS")) this.#next();
    if (!this.#maybe("ON")) return { kind: "insert", table, rows, lookUp, update: null };
    this.#words("DUPLICATE", "KEY", "UPDATE");
    const update = new Map<string, NewValue>();
    do {
      const name = this.#next().text;
      this.#words("=");
      update.set(name, this.#newValue());
    } while (this.#maybe(","));
    return { kind: "insert", table, rows, lookUp, update };
  }

  /** `(SELECT c FROM t WHERE … LOCK IN SHARE MODE)` */
  #lookUp(column: string): LookUp | null {
    if (!this.#maybe("(")) return null;
    this.#words("SELECT");
    const from = this.#next().text;
    this.#words("FROM");
    const table = this.#table();
    this.#words("WHERE");
    const where = this.#condition();
    this.#words("LOCK", "IN", "SHARE", "MODE", ")");
    return { column, table, from, where };
  }

  /** `VALUES(c)`, `alias.c` or a value. */
  #newValue(): NewValue {
    const token = this.#peek();
    if (token?.kind === "word" && token.text === "VALUES") {
      this.#next();
      this.#list(() => this.#next().text);
      return { own: true };
    }
    if (token?.kind === "name") {
      this.#next();
      this.#words(".");
      this.#next();
      return { own: true };
    }
    return { value: this.#value() };
  }

  #update(): ParsedStatement {
    const table = this.#table();
    this.#words("SET");
    const set = new Map<string, SqlValue>();
    do {
      const name = this.#next().text;
      this.#words("=");
      set.set(name, this.#value());
    } while (this.#maybe(","));
    return { kind: "update", table, set, ...this.#whereLimit() };
  }

  #select(): ParsedStatement {
    while (!this.#maybe("FROM")) this.#next();
    const table = this.#table();
    const where = this.#maybe("WHERE") ? this.#condition() : () => true;
    return { kind: "select", table, where, shared: this.#maybe("LOCK") };
  }

  #whereLimit(): { where: Condition; limit: number } {
    this.#words("WHERE");
    const where = this.#condition();
    return { where, limit: this.#maybe("LIMIT") ? Number(this.#next().text) : Number.POSITIVE_INFINITY };
  }

  #condition(): Condition {
    const sides = [this.#conjunction()];
    while (this.#maybe("OR")) sides.push(this.#conjunction());
    return (row) => sides.some((side) => side(row));
  }

  #conjunction(): Condition {
    const sides = [this.#comparison()];
    while (this.#maybe("AND")) sides.push(this.#comparison());
    return (row) => sides.every((side) => side(row));
  }

  #comparison(): Condition {
    if (this.#maybe("(")) {
      const inner = this.#condition();
      this.#words(")");
      return inner;
    }
    // CAST(a AS BINARY) = CAST(CONVERT('x' USING utf8mb4) AS BINARY): every comparison here is by bytes anyway.
    const cast = this.#maybe("CAST");
    if (cast) this.#words("(");
    const name = this.#next().text;
    if (cast) this.#words("AS", "BINARY", ")");
    if (this.#maybe("IS")) {
      this.#words("NULL");
      return (row) => row[name] === null;
    }
    if (this.#maybe("IN")) {
      const values = new Set(this.#list(() => this.#value()));
      return (row) => values.has(row[name] ?? null);
    }
    const operator = this.#next().text;
    const value = cast ? this.#castValue() : this.#value();
    if (operator === "<=") return (row) => Number(row[name]) <= Number(value);
    // Numbers of the meta schema come as parameters of either type.
    return (row) =>
      row[name] === value || (value !== null && row[name] !== null && String(row[name]) === String(value));
  }

  #castValue(): SqlValue {
    this.#words("CAST", "(", "CONVERT", "(");
    const value = this.#value();
    this.#words("USING", "UTF8MB4", ")", "AS", "BINARY", ")");
    return value;
  }

  #value(): SqlValue {
    const token = this.#next();
    if (token.kind === "number") return Number(token.text);
    if (token.kind === "text") return token.text;
    if (token.kind === "word" && token.text.toUpperCase() === "NULL") return null;
    if (token.kind === "param") return asValue(this.#params.shift());
    if (token.kind === "word" && token.text === "UTC_TIMESTAMP") {
      this.#list(() => this.#next());
      return "now";
    }
    throw new Error(`the simulated server wants a value, not ${token.text}`);
  }

  /** `db`.`table`, or the table alone: the last name counts, with its database where there is one. */
  #table(): string {
    const first = this.#next().text;
    return this.#maybe(".") ? `${first}.${this.#next().text}` : first;
  }

  #list<T>(item: (index: number) => T): T[] {
    this.#words("(");
    const items = [item(0)];
    while (this.#maybe(",")) items.push(item(items.length));
    this.#words(")");
    return items;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error("the simulated server misses the rest of a statement");
    this.#at += 1;
    return token;
  }

  #maybe(text: string): boolean {
    const token = this.#peek();
    if (token === undefined || token.kind === "text" || token.kind === "name" || token.text.toUpperCase() !== text)
      return false;
    this.#at += 1;
    return true;
  }

  #words(...texts: string[]): void {
    for (const text of texts) {
      if (!this.#maybe(text))
        throw new Error(`the simulated server wants ${text}, not ${this.#peek()?.text ?? "the end"}`);
    }
  }
}

function asValue(param: unknown): SqlValue {
  if (typeof param === "number" || typeof param === "string") return param;
  if (param === null || param === undefined) return null;
  throw new Error(`the simulated server takes no parameter like ${typeof param}`);
}
