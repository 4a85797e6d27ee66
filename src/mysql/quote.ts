/** Identifiers and values are quoted here and nowhere else. */

/** `a`b` → `` `a``b` ``. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** `` `db`.`table` `` */
export function quoteTable(database: string, table: string): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}

// Escaping with backslashes is right for any sql_mode without NO_BACKSLASH_ESCAPES, which our sessions never set.
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[\0\n\r\b\t\\'"\u001a]/;
// oxlint-disable-next-line no-control-regex
const SPECIALS = /[\0\n\r\b\t\\'"\u001a]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\n": "\\n",
  "\r": "\\r",
  "\b": "\\b",
  "\t": "\\t",
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "\u001a": "\\Z",
};

/** Text as an SQL string literal for a utf8mb4 connection without NO_BACKSLASH_ESCAPES. */
export function quoteText(text: string): string {
  if (!SPECIAL.test(text)) return `'${text}'`;
  return `'${text.replace(SPECIALS, (character) => ESCAPED[character] ?? character)}'`;
}

/** Bytes as a hexadecimal literal; the empty string is `''`, because `0x` alone is not a literal. */
export function quoteBytes(bytes: Buffer): string {
  return bytes.length === 0 ? "''" : `0x${bytes.toString("hex")}`;
}
