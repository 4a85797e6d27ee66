import { fatal, type TidemarkError } from "../errors.ts";

/**
 * A table pattern: `db.table`, with `*` for any run of characters and `?` for one, or `/regex/`, which must
 * match the whole of `db.table`. A name with a dot, a wildcard or a slash in it is written in back-ticks, where
 * every character stands for itself: `` `my.shop`.* ``. The first dot outside back-ticks parts schema and table.
 */
export interface Pattern {
  readonly text: string;
  matches(database: string, table: string): boolean;
  /** May there be a table in this schema that matches? True where that can't be told. */
  couldMatchIn(database: string): boolean;
  /** Does every table of this schema match for certain? */
  matchesAllOf(database: string): boolean;
}

/** Throws `table_pattern_invalid`. */
export function compilePattern(text: string, caseSensitive: boolean): Pattern {
  const flags = caseSensitive ? "su" : "siu";
  return text.startsWith("/") ? regexPattern(text, flags) : wildcardPattern(text, flags);
}

function wildcardPattern(text: string, flags: string): Pattern {
  const { database, table } = splitWildcards(text);
  const [databaseTest, tableTest] = [new RegExp(`^${database}$`, flags), new RegExp(`^${table}$`, flags)];
  const everyTable = /^(\.\*)+$/.test(table);
  return {
    text,
    matches: (inDatabase, name) => databaseTest.test(inDatabase) && tableTest.test(name),
    couldMatchIn: (inDatabase) => databaseTest.test(inDatabase),
    matchesAllOf: (inDatabase) => everyTable && databaseTest.test(inDatabase),
  };
}

/** The two halves as regular expressions. */
function splitWildcards(text: string): { readonly database: string; readonly table: string } {
  const halves = ["", ""];
  let half = 0;
  let quoted = false;
  for (const character of text) {
    if (character === "`") quoted = !quoted;
    else if (quoted) halves[half] += escape(character);
    else if (character === "." && half === 0) half = 1;
    else if (character === "*") halves[half] += ".*";
    else halves[half] += character === "?" ? "." : escape(character);
  }
  const [database = "", table = ""] = halves;
  if (quoted || database === "" || table === "")
    throw invalid(text, "a pattern has a schema, a dot and a table: `shop.*`");
  return { database, table };
}

function escape(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function regexPattern(text: string, flags: string): Pattern {
  if (text.length < 3 || !text.endsWith("/")) throw invalid(text, "a regular expression stands between slashes");
  const whole = compile(text, `^(?:${text.slice(1, -1)})$`, flags);
  const source = databasePart(text.slice(1, -1));
  const database = source === null ? null : compile(text, `^(?:${source})$`, flags);
  return {
    text,
    matches: (inDatabase, table) => whole.test(`${inDatabase}.${table}`),
    couldMatchIn: (inDatabase) => database?.test(inDatabase) ?? true,
    matchesAllOf: () => false,
  };
}

/** What stands before the first `\.` of a regular expression, or null where that isn't plainly the schema's part. */
function databasePart(source: string): string | null {
  let depth = 0;
  let dot: number | null = null;
  for (let index = 0; index < source.length; index++) {
    const character = source[index];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    // An alternative may have a dot of its own, and a class could be one.
    else if (character === "|" && depth === 0) return null;
    else if (character === "[" && dot === null) return null;
    else if (character === "\\") {
      if (source[index + 1] === "." && depth === 0) dot ??= index;
      index++;
    }
  }
  if (dot === null || /^[*+?{]/.test(source.slice(dot + 2))) return null;
  return source.slice(0, dot).replace(/^\^/, "");
}

function compile(text: string, source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (thrown) {
    throw invalid(text, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function invalid(text: string, reason: string): TidemarkError {
  return fatal("table_pattern_invalid", `The table pattern ${text} is not valid: ${reason}.`, {
    stage: "routing",
    hint: "Write `schema.table` with the wildcards * and ?, or /a regular expression/.",
    facts: { pattern: text },
  });
}
