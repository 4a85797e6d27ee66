import { byteAt } from "./byte-order.ts";
import { ColumnType, columnType } from "./column-type.ts";
import { cursor, openCursor, take, takeByte, takeLength, takeText } from "./cursor.ts";
import { malformed, truncated, unsupportedType } from "./decode-error.ts";
import { decodeOptionalMetadata } from "./table-map-metadata.ts";
import type { Flavour } from "../mysql/flavour.ts";
import type { TableMap } from "./table-map.ts";

/** A table has at most 4096 columns, and MariaDB's and MySQL's limits are the same since 5.1. */
const COLUMNS_MAX = 4096;
/** A SET takes 1, 2, 3, 4 or, over 32 members, 8 bytes. */
const SET_SIZES: ReadonlySet<number> = new Set([1, 2, 3, 4, 8]);

/**
 * A Table_map event's body, `bytes[start, end)`: from behind the event header to before the checksum.
 *
 * | bytes | content                                                            |
 * | ----- | ------------------------------------------------------------------ |
 * | 6     | table id                                                           |
 * | 2     | flags                                                              |
 * | 1 + n + 1 | database: length, name, zero byte                              |
 * | 1 + n + 1 | table: length, name, zero byte                                 |
 * | 1–9   | number of columns, length-encoded                                  |
 * | n     | a type per column                                                  |
 * | 1–9 + n | metadata: length, then per column as `column-type.ts` says       |
 * | (n+7)/8 | a bit per column, least significant first: may be NULL           |
 * | rest  | optional metadata, see `table-map-metadata.ts`                     |
 *
 * (MySQL source documentation, `Table_map_event`.) The result holds no reference to `bytes`.
 * The flavour only matters for optional metadata: see there.
 *
 * @throws `event_truncated`, `event_malformed`, `column_type_unsupported`
 */
export function decodeTableMap(body: Buffer, start: number, end: number, flavour: Flavour = "mysql"): TableMap {
  openCursor(body, start, end);
  const tableId = body.readUIntLE(take(6, "the table id"), 6);
  take(2, "the table map's flags");
  const database = takeName("the database's name");
  const table = takeName("the table's name");
  const count = takeLength("the number of columns");
  if (count > COLUMNS_MAX) throw malformed(`a table map with ${count} columns`);
  const typesAt = take(count, "the column types");
  const types = Uint8Array.from(body.subarray(typesAt, typesAt + count));
  const metadata = takeMetadata(types);
  const nullable = takeBits(count);
  const optional = decodeOptionalMetadata(types, flavour);
  return { tableId, database, table, types, metadata, nullable, optional };
}

/** The table id of a table map or rows event, without decoding the rest: both start with it. */
export function tableIdOf(body: Buffer, start: number): number {
  return body.readUIntLE(start, 6);
}

function takeName(what: string): string {
  const name = takeText(takeByte(what), what);
  if (takeByte(what) !== 0) throw malformed(`${what} does not end with a zero byte`);
  return name;
}

/** Reads the metadata block; replaces STRING by ENUM or SET in `types` where the metadata says so. */
function takeMetadata(types: Uint8Array): Uint16Array {
  const metadata = new Uint16Array(types.length);
  const length = takeLength("the metadata");
  const blockEnd = cursor.offset + length;
  if (blockEnd > cursor.end) throw truncated("the metadata");
  for (let column = 0; column < types.length; column += 1) {
    metadata[column] = takeColumnMetadata(types, column);
    if (cursor.offset > blockEnd) throw malformed("the metadata is shorter than its columns need");
  }
  if (cursor.offset !== blockEnd) throw malformed("the metadata is longer than its columns need");
  return metadata;
}

function takeColumnMetadata(types: Uint8Array, column: number): number {
  const type = types[column] ?? 0;
  const row = columnType(type);
  if (row === undefined) throw unsupportedType(type, column);
  switch (row.layout) {
    case "none":
      return 0;
    case "pack-length":
      return takePackLength(type, row.name);
    case "fraction": {
      const digits = takeByte("the metadata");
      if (digits > 6) throw malformed(`${row.name} with ${digits} fraction digits`);
      return digits;
    }
    case "max-length":
      return cursor.bytes.readUInt16LE(take(2, "the metadata"));
    case "bits": {
      const bits = takeByte("the metadata") + 8 * takeByte("the metadata");
      if (bits < 1 || bits > 64) throw malformed(`a BIT column of ${bits} bits`);
      return bits;
    }
    case "decimal": {
      const precision = takeByte("the metadata");
      const scale = takeByte("the metadata");
      if (precision < 1 || precision > 65 || scale > precision) throw malformed(`DECIMAL(${precision},${scale})`);
      return precision * 256 + scale;
    }
    case "string":
      return takeStringMetadata(types, column);
    case "array": {
      const element = Uint8Array.of(takeByte("the metadata"));
      if (element[0] !== ColumnType.TYPED_ARRAY) takeColumnMetadata(element, 0);
      return 0;
    }
    default:
      return row.layout satisfies never;
  }
}

function takePackLength(type: number, name: string): number {
  const length = takeByte("the metadata");
  const fits =
    type === ColumnType.FLOAT ? length === 4 : type === ColumnType.DOUBLE ? length === 8 : length >= 1 && length <= 4;
  if (!fits) throw malformed(`${name} with a length of ${length} bytes`);
  return length;
}

/** STRING's two bytes: see `"string"` in {@link MetadataLayout}. */
function takeStringMetadata(types: Uint8Array, column: number): number {
  const first = takeByte("the metadata");
  const second = takeByte("the metadata");
  const extraBits = (first & 0x30) ^ 0x30;
  const type = first | 0x30;
  const length = second | (extraBits << 4);
  if (type === ColumnType.ENUM || type === ColumnType.SET) {
    if (!(type === ColumnType.ENUM ? length === 1 || length === 2 : SET_SIZES.has(length))) {
      throw malformed(`an ENUM or SET column of ${length} bytes`);
    }
    types[column] = type;
  } else if (type !== ColumnType.STRING && type !== ColumnType.VAR_STRING) {
    throw malformed(`column ${column + 1} is a STRING of the unknown kind ${first}`);
  } else {
    types[column] = ColumnType.STRING;
  }
  return length;
}

function takeBits(count: number): boolean[] {
  const at = take((count + 7) >> 3, "the bitmap of nullable columns");
  return Array.from(
    { length: count },
    (_, column) => (byteAt(cursor.bytes, at + (column >> 3)) & (1 << (column & 7))) !== 0,
  );
}
