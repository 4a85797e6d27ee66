/**
 * What a logged statement is to the assembler: the beginning or end of a transaction, a change in
 * statement format, or a statement of its own (DDL and all else). Only the first words are looked at;
 * the schema room reads the rest.
 */
export type StatementKind =
  | { readonly kind: "begin" }
  | { readonly kind: "commit" }
  | { readonly kind: "rollback" }
  | { readonly kind: "savepoint"; readonly name: string }
  | { readonly kind: "rollback-to"; readonly name: string }
  | { readonly kind: "release"; readonly name: string }
  | { readonly kind: "xa-start"; readonly xid: string }
  | { readonly kind: "xa-end"; readonly xid: string }
  | { readonly kind: "xa-prepare"; readonly xid: string }
  | { readonly kind: "xa-commit"; readonly xid: string; readonly onePhase: boolean }
  | { readonly kind: "xa-rollback"; readonly xid: string }
  /** Changes rows in a way that only the upstream knows. */
  | { readonly kind: "change"; readonly verb: string }
  /** CREATE or DROP of a temporary table: it has no rows in a log of row format. */
  | { readonly kind: "temporary-table" }
  /** Comments only: does nothing. */
  | { readonly kind: "nothing" }
  | { readonly kind: "other" };

/** Words with which a statement begins that changes rows (or may: CALL and DO run functions). */
const CHANGES: ReadonlySet<string> = new Set([
  "INSERT",
  "REPLACE",
  "UPDATE",
  "DELETE",
  "LOAD",
  "CALL",
  "WITH",
  "SELECT",
  "DO",
  "EXECUTE",
  "IMPORT",
  "TABLE",
  "VALUES",
  "(",
]);

/** Looks at a statement's first words; comments in front are skipped, executable ones (`/*!40000 …`) are read. */
export function statementKind(sql: string): StatementKind {
  if (sql === "BEGIN") return { kind: "begin" };
  if (sql === "COMMIT") return { kind: "commit" };
  const words = new Words(sql);
  const first = words.next();
  switch (first) {
    case "":
      return { kind: "nothing" };
    case "BEGIN":
      return { kind: "begin" };
    case "START":
      return words.next() === "TRANSACTION" ? { kind: "begin" } : { kind: "other" };
    case "COMMIT":
      return { kind: "commit" };
    case "ROLLBACK":
      return rollbackKind(words);
    case "SAVEPOINT":
      return { kind: "savepoint", name: words.name() };
    case "RELEASE":
      return words.next() === "SAVEPOINT" ? { kind: "release", name: words.name() } : { kind: "other" };
    case "XA":
      return xaKind(words);
    case "CREATE":
    case "DROP":
      return createOrDropKind(words);
    default:
      return CHANGES.has(first) ? { kind: "change", verb: first } : { kind: "other" };
  }
}

function rollbackKind(words: Words): StatementKind {
  let word = words.next();
  if (word === "WORK") word = words.next();
  if (word !== "TO") return { kind: "rollback" };
  return { kind: "rollback-to", name: words.nameAfter("SAVEPOINT") };
}

function xaKind(words: Words): StatementKind {
  const verb = words.next();
  // As the servers write it: `XA COMMIT X'6731',X'',1 ONE PHASE`.
  const rest = words.rest().trim();
  const onePhase = rest.toUpperCase().endsWith(" ONE PHASE");
  const xid = (onePhase ? rest.slice(0, -" ONE PHASE".length) : rest).replaceAll(" ", "");
  switch (verb) {
    case "START":
    case "BEGIN":
      return { kind: "xa-start", xid };
    case "END":
      return { kind: "xa-end", xid };
    case "PREPARE":
      return { kind: "xa-prepare", xid };
    case "COMMIT":
      return { kind: "xa-commit", xid, onePhase };
    case "ROLLBACK":
      return { kind: "xa-rollback", xid };
    default:
      return { kind: "other" };
  }
}

function createOrDropKind(words: Words): StatementKind {
  let word = words.next();
  if (word === "OR" && words.next() === "REPLACE") word = words.next();
  return word === "TEMPORARY" && words.next() === "TABLE" ? { kind: "temporary-table" } : { kind: "other" };
}

/** A statement word by word, in upper case; as much of the syntax as its beginning needs. */
class Words {
  readonly #sql: string;
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** The next word, `(` or another single sign; "" at the end. */
  next(): string {
    this.#skip();
    const match = /[A-Za-z_0-9$]+|[\s\S]/y;
    match.lastIndex = this.#at;
    const word = match.exec(this.#sql)?.[0] ?? "";
    this.#at += word.length;
    return word.toUpperCase();
  }

  /** An identifier, quotes taken off, in lower case (savepoint names compare so). */
  name(): string {
    this.#skip();
    const rest = this.#sql.slice(this.#at);
    const quote = rest[0];
    if (quote !== "`" && quote !== '"') return (/^[^\s;]+/.exec(rest)?.[0] ?? "").toLowerCase();
    const closed = new RegExp(`^${quote}((?:[^${quote}]|${quote}${quote})*)${quote}`).exec(rest);
    return (closed?.[1] ?? rest).replaceAll(quote + quote, quote).toLowerCase();
  }

  /** The same, behind an optional word. */
  nameAfter(optional: string): string {
    const before = this.#at;
    if (this.next() !== optional) this.#at = before;
    return this.name();
  }

  rest(): string {
    return this.#sql.slice(this.#at);
  }

  #skip(): void {
    for (;;) {
      const before = this.#at;
      this.#skipOver(/\s+/y);
      // The inside of an executable comment is text of the statement; its closing sign is blank.
      this.#skipOver(/\/\*M?!\d*/y);
      this.#skipOver(/\*\//y);
      this.#skipOver(/\/\*(?!M?!)[\s\S]*?(?:\*\/|$)/y);
      this.#skipOver(/#[^\n]*/y);
      this.#skipOver(/--(?=\s|$)[^\n]*/y);
      if (this.#at === before) return;
    }
  }

  #skipOver(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#sql)?.[0].length ?? 0;
  }
}
