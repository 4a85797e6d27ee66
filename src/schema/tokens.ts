import type { Flavour } from "../mysql/flavour.ts";

/**
 * The lexical layer of SQL as both families of servers read it: words, quoted names, strings and single
 * characters, with comments out of the way. MySQL: manual, "Comments", "Schema Object Names", "String
 * Literals", and `sql/sql_lex.cc`; MariaDB the same places.
 *
 * Executable comments (`/*!40101 … *\/`, MariaDB's `/*M!100301 … *\/` too) count as their content: a server
 * takes the `!` out of those that it did not execute before it writes a statement to its log.
 */

export type TokenKind =
  | "end"
  /** Keyword, unquoted name, or number. */
  | "word"
  /** `…` or, with ANSI_QUOTES, "…"; with MariaDB's MSSQL mode […]. */
  | "name"
  | "string"
  /** One character that is none of these. */
  | "mark";

export interface LexicalRules {
  /** The session's sql_mode as a bit mask, as Query events carry it. */
  readonly sqlMode: bigint;
  readonly flavour: Flavour;
}

// Bits of sql_mode: the same numbers in MySQL's and MariaDB's sql/sql_class.h.
const ANSI_QUOTES = 4n;
const MSSQL = 1024n;
const NO_BACKSLASH_ESCAPES = 0x100000n;

/** The text can't be cut into tokens, or doesn't follow the grammar that the scanner knows. Caught in `scan.ts`. */
export class Unplaced extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

const [TAB, SPACE, HASH, DOLLAR, QUOTE, DOUBLE, STAR, MINUS] = [9, 32, 35, 36, 39, 34, 42, 45];
const [SLASH, ZERO, NINE, BRACKET, BACKSLASH, BACKTICK, BANG, CAPITAL_M] = [47, 48, 57, 91, 92, 96, 33, 77];

/**
 * The tokens of a statement, cut on demand: a procedure's body is never looked at. The cursor `at` is the
 * index of the next token; looking ahead costs nothing twice.
 */
export class Tokens {
  readonly sql: string;
  at = 0;
  /** An executable comment was met so far. */
  executableComment = false;
  readonly #ansiQuotes: boolean;
  readonly #brackets: boolean;
  readonly #backslashes: boolean;
  readonly #mariadb: boolean;
  readonly #kinds: TokenKind[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #words: (string | undefined)[] = [];
  #offset = 0;
  #openComments = 0;

  constructor(sql: string, rules: LexicalRules) {
    this.sql = sql;
    this.#mariadb = rules.flavour === "mariadb";
    this.#ansiQuotes = (rules.sqlMode & ANSI_QUOTES) !== 0n;
    this.#brackets = this.#mariadb && (rules.sqlMode & MSSQL) !== 0n;
    this.#backslashes = (rules.sqlMode & NO_BACKSLASH_ESCAPES) === 0n;
  }

  kind(ahead = 0): TokenKind {
    const index = this.at + ahead;
    while (this.#kinds.length <= index) this.#cut();
    return this.#kinds[index] ?? "end";
  }

  start(ahead = 0): number {
    this.kind(ahead);
    return this.#starts[this.at + ahead] ?? this.sql.length;
  }

  /** Where the token before the cursor ended. */
  get lastEnd(): number {
    return this.at === 0 ? 0 : (this.#ends[this.at - 1] ?? 0);
  }

  /** The token as it stands in the text. */
  text(ahead = 0): string {
    this.kind(ahead);
    return this.sql.slice(this.#starts[this.at + ahead], this.#ends[this.at + ahead]);
  }

  /** An unquoted word in upper case, a mark as it is; "" for strings, quoted names and the end. */
  word(ahead = 0): string {
    const kind = this.kind(ahead);
    if (kind !== "word" && kind !== "mark") return "";
    return (this.#words[this.at + ahead] ??= this.text(ahead).toUpperCase());
  }

  /** Steps over the next token if it is this word or mark. */
  take(word: string): boolean {
    if (this.word() !== word) return false;
    this.at++;
    return true;
  }

  /** Steps over a run of words if all of it is there. */
  takeAll(...words: readonly string[]): boolean {
    for (let index = 0; index < words.length; index++) if (this.word(index) !== words[index]) return false;
    this.at += words.length;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) throw this.unplaced(`${word} expected`);
  }

  unplaced(reason: string): Unplaced {
    const found = this.kind() === "end" ? "the statement ends" : `there is "${this.text().slice(0, 40)}"`;
    return new Unplaced(`${reason}, ${found}`, this.start());
  }

  /** The next name, unquoted, stepped over. */
  name(): string {
    const kind = this.kind();
    const text = this.text();
    if (kind === "word") {
      this.at++;
      return text;
    }
    if (kind !== "name") throw this.unplaced("a name expected");
    this.at++;
    const close = text.endsWith("]") ? "]" : text.slice(-1);
    return text.slice(1, -1).replaceAll(close + close, close);
  }

  #push(kind: TokenKind, start: number, end: number): void {
    this.#kinds.push(kind);
    this.#starts.push(start);
    this.#ends.push(end);
    this.#offset = end;
  }

  /** Cuts one more token. */
  #cut(): void {
    const sql = this.sql;
    this.#skipBlanks();
    const start = this.#offset;
    if (start >= sql.length) {
      if (this.#openComments > 0) throw new Unplaced("an executable comment is not closed", start);
      this.#push("end", start, start);
      return;
    }
    const code = sql.charCodeAt(start);
    if (isWordCode(code)) {
      let end = start + 1;
      while (end < sql.length && isWordCode(sql.charCodeAt(end))) end++;
      this.#push("word", start, end);
    } else if (code === BACKTICK || (code === DOUBLE && this.#ansiQuotes)) {
      this.#push("name", start, this.#closing(start, code, false));
    } else if (code === QUOTE || code === DOUBLE) {
      this.#push("string", start, this.#closing(start, code, this.#backslashes));
    } else if (code === BRACKET && this.#brackets) {
      this.#push("name", start, this.#closing(start, BRACKET + 2, false));
    } else {
      this.#push("mark", start, start + 1);
    }
  }

  /** The offset behind the quote that closes the one at `start`; doubled quotes stand for themselves. */
  #closing(start: number, quote: number, backslashes: boolean): number {
    const sql = this.sql;
    for (let offset = start + 1; offset < sql.length; offset++) {
      const code = sql.charCodeAt(offset);
      if (code === BACKSLASH && backslashes) offset++;
      else if (code === quote) {
        if (sql.charCodeAt(offset + 1) !== quote) return offset + 1;
        offset++;
      }
    }
    throw new Unplaced("a quote is not closed", start);
  }

  #skipBlanks(): void {
    const sql = this.sql;
    for (;;) {
      const code = sql.charCodeAt(this.#offset);
      if (code === SPACE || (code >= TAB && code < TAB + 5) || code === 0) this.#offset++;
      else if (code === HASH) this.#skipLine();
      else if (code === MINUS && this.#startsLineComment()) this.#skipLine();
      else if (code === SLASH && sql.charCodeAt(this.#offset + 1) === STAR) this.#skipComment();
      else if (code === STAR && this.#openComments > 0 && sql.charCodeAt(this.#offset + 1) === SLASH) {
        this.#openComments--;
        this.#offset += 2;
      } else return;
    }
  }

  /** `--` opens a comment only before a blank or a control character, or at the end. */
  #startsLineComment(): boolean {
    if (this.sql.charCodeAt(this.#offset + 1) !== MINUS) return false;
    const after = this.sql.charCodeAt(this.#offset + 2);
    return Number.isNaN(after) || after <= SPACE || after === 127;
  }

  #skipLine(): void {
    const end = this.sql.indexOf("\n", this.#offset);
    this.#offset = end === -1 ? this.sql.length : end + 1;
  }

  #skipComment(): void {
    const sql = this.sql;
    let offset = this.#offset + 2;
    if (this.#mariadb && sql.charCodeAt(offset) === CAPITAL_M && sql.charCodeAt(offset + 1) === BANG) offset++;
    if (sql.charCodeAt(offset) === BANG) {
      this.executableComment = true;
      this.#openComments++;
      const digits = offset + 1;
      offset = digits;
      while (offset < digits + 6 && isDigit(sql.charCodeAt(offset))) offset++;
      // A version has five or six digits; anything shorter belongs to the content.
      this.#offset = offset - digits >= 5 ? offset : digits;
      return;
    }
    const end = sql.indexOf("*/", offset);
    if (end === -1) throw new Unplaced("a comment is not closed", this.#offset);
    this.#offset = end + 2;
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** 0-9 A-Z a-z $ _ and everything beyond ASCII. */
function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    code === 95 ||
    isDigit(code) ||
    code === DOLLAR ||
    code >= 128
  );
}
