/**
 * Values as SQL text, chosen once per column: a column has one writer for VALUES and SET, and one condition
 * for a WHERE. The session that runs them is set up in `session.ts` (time zone +00:00, utf8mb4, no
 * NO_BACKSLASH_ESCAPES), and all quoting is done by `mysql/quote.ts`.
 */
import { JsonDocument, type JsonOpaque, JsonPathUpdate, type Value } from "../binlog/value.ts";
import { TidemarkError } from "../errors.ts";
import type { Flavour } from "../mysql/flavour.ts";
import { quoteBytes, quoteText } from "../mysql/quote.ts";
import type { Column } from "../schema/structure.ts";

/** Writes a value of one column as an SQL expression. */
export type Literal = (value: Value) => string;

const INTEGERS = new Set(["tinyint", "smallint", "mediumint", "int", "bigint", "year", "bit"]);
const FLOATS = new Set(["float", "double"]);

/** The writer for values of the upstream's column `from` that go into the downstream's column `to`. */
export function literalFor(from: Column, to: Column, downstream: Flavour): Literal {
  if (from.labels !== null) return labelLiteral(from, to);
  if (FLOATS.has(from.dataType)) return floatLiteralFor(to);
  if (INTEGERS.has(from.dataType)) return numberLiteral;
  if (from.dataType === "decimal") return (value) => (typeof value === "string" ? value : plain(value, null));
  const introducer = from.charset === null || from.charset === "binary" ? null : `_${from.charset} `;
  if (downstream === "mysql" && to.dataType === "json") return jsonLiteral;
  return (value) => (typeof value === "string" ? quoteText(value) : plain(value, introducer));
}

/** Integers, and ENUM and SET by number. */
function numberLiteral(value: Value): string {
  return typeof value === "number" || typeof value === "bigint" ? String(value) : plain(value, null);
}

/** Any value without regard to its column, `introducer` before the bytes of a text column's own charset. */
function plain(value: Value, introducer: string | null): string {
  if (value === null) return "NULL";
  switch (typeof value) {
    case "string":
      return quoteText(value);
    case "number":
    case "bigint":
      return String(value);
    case "object":
      if (value instanceof JsonDocument) return quoteText(value.text);
      if (value instanceof JsonPathUpdate) throw partialJsonUnsupported();
      return introducer === null || value.length === 0 ? quoteBytes(value) : introducer + quoteBytes(value);
    default:
      return value satisfies never;
  }
}

/** With an exponent where the text alone would make it an exact number: -0 must stay a negative zero. */
function floatLiteral(value: Value): string {
  if (typeof value !== "number") return plain(value, null);
  return Object.is(value, -0) ? "-0e0" : String(value);
}

/**
 * FLOAT(M,D) holds its greatest value rounded to single precision, which may be more than the column lets in:
 * 9999999.999 of a FLOAT(10,3) is stored as 10000000. Such a value goes in by the text that it came from.
 */
function floatLiteralFor(to: Column): Literal {
  const [, digits, scale] = /^float\((\d+),(\d+)\)/.exec(to.columnType) ?? [];
  if (digits === undefined || scale === undefined) return floatLiteral;
  const greatest = `${"9".repeat(Number(digits) - Number(scale))}.${"9".repeat(Number(scale))}`;
  const stored = Math.fround(Number(greatest));
  return (value) => {
    if (value === stored) return greatest;
    return value === -stored ? `-${greatest}` : floatLiteral(value);
  };
}

/**
 * ENUM and SET: by number where both sides have the same labels (exact even for labels that differ only
 * in case), by label where the downstream has other ones, or a text column.
 */
function labelLiteral(from: Column, to: Column): Literal {
  const labels = from.labels ?? [];
  const same = to.labels !== null && to.dataType === from.dataType && to.labels.join("\0") === labels.join("\0");
  if (same) return numberLiteral;
  return (value) => (value === null ? "NULL" : quoteText(labelText(from, to, value)));
}

/** The text of an ENUM index or a SET mask; throws `label_missing_downstream` when the downstream has no such label. */
export function labelText(from: Column, to: Column | null, value: Value): string {
  const labels = from.labels ?? [];
  const number = typeof value === "number" || typeof value === "bigint" ? BigInt(value) : 0n;
  const chosen =
    from.dataType === "enum"
      ? [number === 0n ? "" : (labels[Number(number) - 1] ?? "")]
      : labels.filter((_, bit) => (number >> BigInt(bit)) & 1n);
  for (const label of chosen) {
    if (label === "" || to === null || to.labels === null || to.labels.includes(label)) continue;
    throw new TidemarkError(
      "label_missing_downstream",
      `Column ${to.name} has no member ${quoteText(label)} downstream.`,
      {
        stage: "apply",
        hint: "Add the member to the downstream's ENUM or SET, then resume.",
        facts: { column: to.name, label },
      },
    );
  }
  return chosen.join(",");
}

/** What a document became is not known; `updateRows` writes such a value as what was changed, where it can. */
export function partialJsonUnsupported(why = "a row is to be written whole"): TidemarkError {
  return new TidemarkError(
    "partial_json_unsupported",
    `The log holds a partial update of a JSON document without the document, and ${why}.`,
    {
      stage: "apply",
      hint: "Set binlog_row_image=FULL, or binlog_row_value_options='', on the upstream; then bring this table up to date by hand and start behind this position.",
    },
  );
}

/** A document as an expression of JSON type, for arguments of JSON functions. */
export function jsonExpression(value: string | JsonDocument): string {
  return typeof value === "string" ? `CAST(${quoteText(value)} AS JSON)` : jsonLiteral(value);
}

/** JSON for a JSON column: the text, with each opaque scalar put back by its own type. */
function jsonLiteral(value: Value): string {
  if (!(value instanceof JsonDocument)) {
    return Buffer.isBuffer(value) ? `CONVERT(${quoteBytes(value)} USING utf8mb4)` : plain(value, null);
  }
  const document = `CAST(${quoteText(value.text)} AS JSON)`;
  const [first] = value.opaques;
  if (first !== undefined && first.path === "$") return opaqueLiteral(first);
  const parts = value.opaques.map((opaque) => `, ${quoteText(opaque.path)}, ${opaqueLiteral(opaque)}`);
  return parts.length === 0 ? document : `JSON_REPLACE(${document}${parts.join("")})`;
}

/** Column types (`enum_field_types`, include/field_types.h) of opaque scalars in binary JSON. */
const MYSQL_TYPE = { timestamp: 7, date: 10, time: 11, datetime: 12, bit: 16, newDecimal: 246 };

/** An opaque JSON scalar as an expression of JSON type. */
function opaqueLiteral(opaque: JsonOpaque): string {
  const { type, value } = opaque;
  if (Buffer.isBuffer(value)) {
    if (type === MYSQL_TYPE.bit) return `CAST(b'${bits(value)}' AS JSON)`;
    return `CAST(${value.length === 0 ? "_binary ''" : `_binary ${quoteBytes(value)}`} AS JSON)`;
  }
  if (type === MYSQL_TYPE.newDecimal) {
    const digits = value.replace("-", "");
    const scale = digits.includes(".") ? digits.length - digits.indexOf(".") - 1 : 0;
    const precision = Math.max(digits.replace(".", "").length, scale + 1);
    return `CAST(CAST(${value} AS DECIMAL(${Math.min(precision, 65)},${scale})) AS JSON)`;
  }
  const target = type === MYSQL_TYPE.date ? "DATE" : type === MYSQL_TYPE.time ? "TIME(6)" : "DATETIME(6)";
  return `CAST(CAST(${quoteText(value)} AS ${target}) AS JSON)`;
}

function bits(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
}

/** The value of a key's column in a WHERE: ENUM and SET by their text, so that the key's index serves. */
export function keyLiteralFor(from: Column, to: Column, downstream: Flavour): Literal {
  if (from.labels === null) return literalFor(from, to, downstream);
  return (value) => (value === null ? "NULL" : quoteText(labelText(from, to, value)));
}

const TEXTS = new Set(["char", "varchar", "tinytext", "text", "mediumtext", "longtext"]);

/**
 * A condition that holds for exactly this value, bytes and all: for tables without a key, where the whole
 * row is compared. Text compares twice, by collation (an index may serve) and by bytes (`a` is not `A`).
 */
export function conditionFor(name: string, from: Column, to: Column, downstream: Flavour): Literal {
  const literal = literalFor(from, to, downstream);
  if (to.dataType === "json" && downstream === "mysql") {
    return (value) => `${name} <=> ${typeof value === "string" ? `CAST(${literal(value)} AS JSON)` : literal(value)}`;
  }
  if (to.labels !== null) return (value) => (value === null ? `${name} IS NULL` : `${name} <=> ${literal(value)}`);
  // MySQL compares no vectors (error 1210), only their bytes.
  if (to.dataType === "vector") return (value) => `CAST(${name} AS BINARY) <=> ${literal(value)}`;
  if (!TEXTS.has(to.dataType)) return (value) => `${name} <=> ${literal(value)}`;
  return (value) => {
    if (value === null) return `${name} IS NULL`;
    const text = literal(value);
    const sameCharset = to.charset === null ? text : `CONVERT(${text} USING ${to.charset})`;
    return `(${name} = ${text} AND CAST(${name} AS BINARY) = CAST(${sameCharset} AS BINARY))`;
  };
}
