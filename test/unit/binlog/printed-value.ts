import { JsonDocument, JsonPathUpdate, type Value } from "../../../src/binlog/value.ts";

/**
 * Whether a decoded value is what `mysqlbinlog -vv` printed for it. The official text loses digits of
 * FLOAT and DOUBLE, writes dates with colons and TIMESTAMPs as seconds; everything else must be equal.
 *
 * @param type the decoder's comment: `VARSTRING(30) meta=30 nullable=1 is_null=0`
 * @param encoding how `printed` was made of the program's bytes; latin1: a character a byte
 */
export function sameAsPrinted(
  value: Value | undefined,
  printed: string | undefined,
  type: string,
  encoding: BufferEncoding = "utf8",
): boolean {
  if (printed === undefined) return value === undefined;
  if (value === undefined) return false;
  if (printed === "NULL") return value === null;
  const name = type.slice(0, type.search(/[ (]|$/));
  switch (name) {
    case "FLOAT":
    case "DOUBLE":
      return typeof value === "number" && Math.abs(value - Number(printed)) <= Math.abs(value) * 1e-5;
    case "BIT":
    case "SET":
      return numberText(value) === bits(printed);
    case "DATE":
      return value === unquoted(printed, encoding).toString().replaceAll(":", "-");
    case "TIMESTAMP":
      return (
        typeof value === "string" && Date.parse(`${value.replace(" ", "T")}Z`) === Math.round(Number(printed) * 1000)
      );
    case "TINYINT":
    case "SHORTINT":
    case "MEDIUMINT":
    case "INT":
    case "LONGINT":
      // Negative numbers have the unsigned reading behind them: `-1 (255)`.
      return numberText(value) === printed.replace(/ \(\d+\)$/, "");
    default:
      return sameBytes(bytesOf(value), printed, encoding);
  }
}

function numberText(value: Value): string | undefined {
  return typeof value === "number" || typeof value === "bigint" ? `${value}` : undefined;
}

/** `b'0101'` as a number. */
function bits(printed: string): string {
  return String(BigInt(`0b${printed.replaceAll(/[b']/g, "")}`));
}

/**
 * mysqlbinlog escapes backslashes, mariadb-binlog doesn't; neither prints the zero bytes at the end of a BINARY(n).
 */
function sameBytes(bytes: Buffer, printed: string, encoding: BufferEncoding): boolean {
  let end = bytes.length;
  const escaped = printed.replaceAll(/\\(?!x[0-9a-f]{2})/gi, String.raw`\\`);
  const readings = [unquoted(printed, encoding), unquoted(escaped, encoding)];
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return readings.some((reading) => reading.equals(bytes) || reading.equals(bytes.subarray(0, end)));
}

function bytesOf(value: Value): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (value instanceof JsonPathUpdate) throw new Error("a partial update is not printed as a value");
  return Buffer.from(value instanceof JsonDocument ? value.text : String(value));
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, "0": 0, Z: 26 };

/** The bytes of a quoted string with mysqlbinlog's escapes; of anything else, its text. */
function unquoted(printed: string, encoding: BufferEncoding): Buffer {
  if (!printed.startsWith("'")) return Buffer.from(printed, encoding);
  const parts = printed.slice(1, -1).matchAll(/\\x([0-9a-f]{2})|\\(.)|([^\\]+)/gis);
  return Buffer.concat(
    Array.from(parts, ([, hex, letter, plain]) => {
      if (hex !== undefined) return Buffer.from(hex, "hex");
      if (letter !== undefined) return Buffer.from([ESCAPES[letter] ?? letter.charCodeAt(0)]);
      return Buffer.from(plain ?? "", encoding);
    }),
  );
}
