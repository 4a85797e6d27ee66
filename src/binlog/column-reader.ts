import { TidemarkError } from "../errors.ts";
import { charsetOfCollation, textEncoding } from "./charset.ts";
import { ColumnType } from "./column-type.ts";
import { cursor } from "./cursor.ts";
import { invalidValue, unsupportedType } from "./decode-error.ts";
import { decodeJson } from "./json-binary.ts";
import { inet4Text, inet6Text, uncompressColumn, uuidText } from "./mariadb-column.ts";
import { readBit, readEnum, readSet } from "./read-bits.ts";
import { readDecimal } from "./read-decimal.ts";
import * as integer from "./read-integer.ts";
import * as temporal from "./read-temporal.ts";
import { finishBytes, finishUtf8, lengthPrefix, padded, readCounted, utf8Text, type Finish } from "./read-text.ts";
import type { ReadValue } from "./read-value.ts";
import type { TableMap } from "./table-map.ts";
import type { ColumnHint } from "./transaction.ts";

/**
 * How the values of a column of a table map are read. What the log says of signedness and charset wins over
 * the hint. `isBefore`: in before images.
 *
 * @throws `column_type_unsupported`
 */
export function columnReader(map: TableMap, column: number, hint: ColumnHint, isBefore: boolean): ReadValue {
  const type = map.types[column] ?? 0;
  const metadata = map.metadata[column] ?? 0;
  const unsigned = map.optional.unsigned?.[column] ?? hint.unsigned;
  switch (type) {
    case ColumnType.TINY:
      return unsigned ? integer.readTinyUnsigned : integer.readTinySigned;
    case ColumnType.SHORT:
      return unsigned ? integer.readShortUnsigned : integer.readShortSigned;
    case ColumnType.INT24:
      return unsigned ? integer.readMediumUnsigned : integer.readMediumSigned;
    case ColumnType.LONG:
      return unsigned ? integer.readIntUnsigned : integer.readIntSigned;
    case ColumnType.LONGLONG:
      return unsigned ? integer.readBigUnsigned : integer.readBigSigned;
    case ColumnType.FLOAT:
      return integer.readFloat;
    case ColumnType.DOUBLE:
      return integer.readDouble;
    case ColumnType.NEWDECIMAL:
      return readDecimal(metadata >> 8, metadata & 0xff);
    case ColumnType.YEAR:
      return integer.readYear;
    case ColumnType.DATE:
    case ColumnType.NEWDATE:
      return temporal.readDate;
    case ColumnType.TIME:
      return temporal.readOldTime;
    case ColumnType.DATETIME:
      return temporal.readOldDatetime;
    case ColumnType.TIMESTAMP:
      return temporal.readOldTimestamp;
    case ColumnType.TIME2:
      return temporal.readTime(metadata);
    case ColumnType.DATETIME2:
      return temporal.readDatetime(metadata);
    case ColumnType.TIMESTAMP2:
      return temporal.readTimestamp(metadata);
    case ColumnType.BIT:
      return readBit(metadata);
    case ColumnType.ENUM:
      return readEnum(metadata);
    case ColumnType.SET:
      return readSet(metadata);
    case ColumnType.JSON:
      return readCounted(metadata, isBefore ? jsonBefore : decodeJson);
    case ColumnType.GEOMETRY:
    case ColumnType.VECTOR:
      return readCounted(metadata, finishBytes);
    case ColumnType.STRING:
    case ColumnType.VARCHAR:
    case ColumnType.VAR_STRING:
    case ColumnType.VARCHAR_COMPRESSED:
    case ColumnType.TINY_BLOB:
    case ColumnType.MEDIUM_BLOB:
    case ColumnType.LONG_BLOB:
    case ColumnType.BLOB:
    case ColumnType.BLOB_COMPRESSED:
      return stringReader(map, column, hint);
    default:
      throw unsupportedType(type, column);
  }
}

/**
 * JSON in a before image: MySQL before 5.7.22 logs bytes that are no document there for some generated
 * columns. That value is left out (undefined), and the change is not `full`; nothing is made up for it.
 */
const jsonBefore: Finish = (bytes, start, end) => {
  try {
    return decodeJson(bytes, start, end);
  } catch (thrown) {
    if (!(thrown instanceof TidemarkError)) throw thrown;
    cursor.leftOut = true;
    return undefined;
  }
};

function stringReader(map: TableMap, column: number, hint: ColumnHint): ReadValue {
  const type = map.types[column] ?? 0;
  const metadata = map.metadata[column] ?? 0;
  switch (type) {
    case ColumnType.STRING:
      return readCounted(lengthPrefix(metadata), finishChar(map, column, hint));
    case ColumnType.VARCHAR:
    case ColumnType.VAR_STRING:
      return readCounted(lengthPrefix(metadata), finishText(map, column, hint));
    case ColumnType.VARCHAR_COMPRESSED:
      return readCounted(lengthPrefix(metadata), finishCompressed(map, column, hint));
    case ColumnType.BLOB_COMPRESSED:
      return readCounted(metadata, finishCompressed(map, column, hint));
    default:
      return readCounted(metadata, finishText(map, column, hint));
  }
}

/** CHAR, BINARY, and what MariaDB logs as BINARY. CHAR comes without trailing blanks, as logged. */
function finishChar(map: TableMap, column: number, hint: ColumnHint): Finish {
  const width = map.metadata[column] ?? 0;
  switch (hint.special) {
    case "inet4":
      return finishSpecial(4, inet4Text);
    case "inet6":
      return finishSpecial(16, inet6Text);
    case "uuid":
      return finishSpecial(16, uuidText);
    case null:
      break;
    default:
      hint.special satisfies never;
  }
  if (textEncoding(charsetOf(map, column, hint)) !== "binary") return finishText(map, column, hint);
  return (bytes, start, end) => padded(bytes, start, end, width);
}

/** A type of `width` bytes; the log leaves out zero bytes at the end. */
function finishSpecial(width: number, print: (bytes: Buffer) => string): Finish {
  return (bytes, start, end) => {
    if (end - start > width) throw invalidValue(`${end - start} bytes for a type of ${width}`);
    return print(padded(bytes, start, end, width));
  };
}

function finishText(map: TableMap, column: number, hint: ColumnHint): Finish {
  return textEncoding(charsetOf(map, column, hint)) === "utf8" ? finishUtf8 : finishBytes;
}

function finishCompressed(map: TableMap, column: number, hint: ColumnHint): Finish {
  const isUtf8 = textEncoding(charsetOf(map, column, hint)) === "utf8";
  return (bytes, start, end) => {
    const content = uncompressColumn(bytes, start, end);
    return isUtf8 ? utf8Text(content, 0, content.length) : content;
  };
}

/** The log's word on the charset, else the hint's. A collation that we don't know is as good as none. */
function charsetOf(map: TableMap, column: number, hint: ColumnHint): string | null {
  const collation = map.optional.collations?.[column] ?? 0;
  return (collation === 0 ? null : charsetOfCollation(collation)) ?? hint.charset;
}
