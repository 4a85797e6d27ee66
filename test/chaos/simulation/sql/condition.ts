/** Conditions and values. */
import type { Condition, SqlValue } from "./statement.ts";
import type { TokenReader } from "./tokens.ts";

export function parseCondition(from: TokenReader): Condition {
  const sides = [conjunction(from)];
  while (from.maybe("OR")) sides.push(conjunction(from));
  return (row) => sides.some((side) => side(row));
}

function conjunction(from: TokenReader): Condition {
  const sides = [comparison(from)];
  while (from.maybe("AND")) sides.push(comparison(from));
  return (row) => sides.every((side) => side(row));
}

function comparison(from: TokenReader): Condition {
  if (from.maybe("(")) {
    const inner = parseCondition(from);
    from.words(")");
    return inner;
  }
  // CAST(a AS BINARY) = CAST(CONVERT('x' USING utf8mb4) AS BINARY): every comparison here is by bytes anyway.
  const cast = from.maybe("CAST");
  if (cast) from.words("(");
  const name = from.next().text;
  if (cast) from.words("AS", "BINARY", ")");
  if (from.maybe("IS")) {
    from.words("NULL");
    return (row) => row[name] === null;
  }
  if (from.maybe("IN")) {
    const values = new Set(from.list(() => parseValue(from)));
    return (row) => values.has(row[name] ?? null);
  }
  const operator = from.next().text;
  const value = cast ? castValue(from) : parseValue(from);
  if (operator === "<=") return (row) => Number(row[name]) <= Number(value);
  if (operator === "<=>") return (row) => isSame(row[name] ?? null, value);
  return (row) => value !== null && isSame(row[name] ?? null, value);
}

/** Numbers of the meta schema come as parameters of either type. */
function isSame(a: SqlValue, b: SqlValue): boolean {
  return a === b || (a !== null && b !== null && String(a) === String(b));
}

function castValue(from: TokenReader): SqlValue {
  from.words("CAST", "(", "CONVERT", "(");
  const value = parseValue(from);
  from.words("USING", "UTF8MB4", ")", "AS", "BINARY", ")");
  return value;
}

export function parseValue(from: TokenReader): SqlValue {
  const token = from.next();
  if (token.kind === "number") return Number(token.text);
  if (token.kind === "text") return token.text;
  if (token.kind === "word" && token.text.toUpperCase() === "NULL") return null;
  if (token.kind === "param") return asValue(from.param());
  if (token.kind === "word" && token.text === "UTC_TIMESTAMP") {
    from.list(() => from.next());
    return from.nowMs;
  }
  if (token.kind === "word" && token.text === "UTC_TIMESTAMP") {
    from.words("(");
    from.next();
    from.words(")");
    return "now";
  }
  throw new Error(`the simulated server wants a value, not ${token.text}`);
}

function asValue(param: unknown): SqlValue {
  if (typeof param === "number" || typeof param === "string") return param;
  if (param === null || param === undefined) return null;
  throw new Error(`the simulated server takes no parameter like ${typeof param}`);
}
