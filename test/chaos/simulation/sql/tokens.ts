/** As much of SQL's lexical structure as the applier and the store write. */
export type Token = {
  readonly kind: "name" | "word" | "text" | "number" | "symbol" | "param";
  readonly text: string;
};

const TOKEN =
  /\s+|`((?:[^`]|``)*)`|'((?:[^'\\]|\\.|'')*)'|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z_][\w$]*)|(<=>|<=|>=|[(),.;=*?<>+])/gy;

/** The tokens of a text; throws for anything that no part of `src/` writes. */
export function tokenize(sql: string): Token[] {
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

/** Reads tokens one after the other; parameters stand in for their `?`. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #params: unknown[];
  #at = 0;
  /** What UTC_TIMESTAMP() gives, ms. */
  readonly nowMs: number;

  constructor(tokens: readonly Token[], params: unknown[], nowMs: number) {
    this.#tokens = tokens;
    this.#params = params;
    this.nowMs = nowMs;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error("the simulated server misses the rest of a statement");
    this.#at += 1;
    return token;
  }

  /** The next parameter's value. */
  param(): unknown {
    return this.#params.shift();
  }

  /** Takes a keyword or symbol if it comes next. */
  maybe(text: string): boolean {
    const token = this.peek();
    if (token === undefined || token.kind === "text" || token.kind === "name") return false;
    if (token.text.toUpperCase() !== text) return false;
    this.#at += 1;
    return true;
  }

  words(...texts: string[]): void {
    for (const text of texts) {
      if (!this.maybe(text))
        throw new Error(`the simulated server wants ${text}, not ${this.peek()?.text ?? "the end"}`);
    }
  }

  list<T>(item: (index: number) => T): T[] {
    this.words("(");
    const items = [item(0)];
    while (this.maybe(",")) items.push(item(items.length));
    this.words(")");
    return items;
  }
}
