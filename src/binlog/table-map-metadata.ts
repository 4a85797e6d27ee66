import { byteAt } from "./byte-order.ts";
import { columnType, type TypeClass } from "./column-type.ts";
import { cursor, take, takeByte, takeCopy, takeLength, takeText } from "./cursor.ts";
import { malformed, truncated } from "./decode-error.ts";
import type { Flavour } from "../mysql/flavour.ts";
import { NO_METADATA, type TableMapMetadata } from "./table-map.ts";

/**
 * The fields of a table map's optional metadata (MySQL source documentation,
 * `Table_map_event::Optional_metadata_field_type`; MariaDB's `Table_map_log_event` since 10.5 has 1–11).
 * Each is: one byte kind, length-encoded length, value. "Its columns" are those of the kind's class, in
 * the table's order.
 *
 * | kind | name                          | value                                                             |
 * | ---- | ----------------------------- | ----------------------------------------------------------------- |
 * | 1    | SIGNEDNESS                    | a bit per numeric column, most significant first: unsigned        |
 * | 2    | DEFAULT_CHARSET               | the usual collation, then (index among its columns, collation) pairs |
 * | 3    | COLUMN_CHARSET                | a collation per character column                                  |
 * | 4    | COLUMN_NAME                   | length and name per column                                        |
 * | 5    | SET_STR_VALUE                 | per SET column: how many labels, then length and bytes of each    |
 * | 6    | ENUM_STR_VALUE                | the same per ENUM column                                          |
 * | 7    | GEOMETRY_TYPE                 | a type per geometry column                                        |
 * | 8    | SIMPLE_PRIMARY_KEY            | the key's columns                                                 |
 * | 9    | PRIMARY_KEY_WITH_PREFIX       | (column, prefix in characters, 0: whole) pairs                    |
 * | 10   | ENUM_AND_SET_DEFAULT_CHARSET  | as 2, for ENUM and SET columns                                    |
 * | 11   | ENUM_AND_SET_COLUMN_CHARSET   | as 3, for ENUM and SET columns                                    |
 * | 12   | COLUMN_VISIBILITY             | a bit per column, most significant first: visible                 |
 * | 13   | VECTOR_DIMENSIONALITY         | a dimension per VECTOR column                                     |
 *
 * A kind that isn't in the table is skipped: it cannot change what the bytes of a row mean, and the
 * server's own replica skips it as well.
 */
const Kind = {
  SIGNEDNESS: 1,
  DEFAULT_CHARSET: 2,
  COLUMN_CHARSET: 3,
  COLUMN_NAME: 4,
  SET_STR_VALUE: 5,
  ENUM_STR_VALUE: 6,
  GEOMETRY_TYPE: 7,
  SIMPLE_PRIMARY_KEY: 8,
  PRIMARY_KEY_WITH_PREFIX: 9,
  ENUM_AND_SET_DEFAULT_CHARSET: 10,
  ENUM_AND_SET_COLUMN_CHARSET: 11,
  COLUMN_VISIBILITY: 12,
  VECTOR_DIMENSIONALITY: 13,
} as const;

type Labels = (readonly Buffer[] | null)[];
/** The same fields while they are being read. */
type Draft = { -readonly [F in keyof TableMapMetadata]: TableMapMetadata[F] };

/**
 * The columns that kinds 2 and 3 count. MySQL's VECTOR is one (as binary), MariaDB's geometry too: seen in
 * the logs of 9.7 and 10.11, which say it with the same kinds, so the flavour must be known.
 */
const CHARACTER_CLASSES: Readonly<Record<Flavour, readonly TypeClass[]>> = {
  mysql: ["character", "vector"],
  mariadb: ["character", "geometry"],
};

/** Reads from the cursor to its end; `types` with ENUM and SET already told apart. */
export function decodeOptionalMetadata(types: Uint8Array, flavour: Flavour): TableMapMetadata {
  const draft: Draft = { ...NO_METADATA };
  const eventEnd = cursor.end;
  while (cursor.offset < eventEnd) {
    const kind = takeByte("the optional metadata");
    const length = takeLength("the optional metadata");
    const fieldEnd = cursor.offset + length;
    if (fieldEnd > eventEnd) throw truncated("the optional metadata");
    cursor.end = fieldEnd;
    takeField(kind, types, draft, CHARACTER_CLASSES[flavour]);
    if (cursor.offset !== fieldEnd) throw malformed(`optional metadata of kind ${kind} with bytes left over`);
    cursor.end = eventEnd;
  }
  return draft;
}

function takeField(kind: number, types: Uint8Array, draft: Draft, characterClasses: readonly TypeClass[]): void {
  switch (kind) {
    case Kind.SIGNEDNESS:
      draft.unsigned = spread(types, ofClass(types, "numeric"), takeBits(ofClass(types, "numeric").length), false);
      return;
    case Kind.DEFAULT_CHARSET:
      draft.collations = takeDefaultCharset(types, ofClass(types, ...characterClasses), draft.collations);
      return;
    case Kind.COLUMN_CHARSET:
      draft.collations = takeColumnCharset(types, ofClass(types, ...characterClasses), draft.collations);
      return;
    case Kind.ENUM_AND_SET_DEFAULT_CHARSET:
      draft.collations = takeDefaultCharset(types, ofClass(types, "enum", "set"), draft.collations);
      return;
    case Kind.ENUM_AND_SET_COLUMN_CHARSET:
      draft.collations = takeColumnCharset(types, ofClass(types, "enum", "set"), draft.collations);
      return;
    case Kind.COLUMN_NAME:
      draft.names = Array.from(types, () => takeText(takeLength("a column's name"), "a column's name"));
      return;
    case Kind.SET_STR_VALUE:
      draft.setLabels = takeLabels(types, ofClass(types, "set"));
      return;
    case Kind.ENUM_STR_VALUE:
      draft.enumLabels = takeLabels(types, ofClass(types, "enum"));
      return;
    case Kind.GEOMETRY_TYPE:
      draft.geometryTypes = takeNumbers(types, ofClass(types, "geometry"));
      return;
    case Kind.VECTOR_DIMENSIONALITY:
      draft.vectorDimensions = takeNumbers(types, ofClass(types, "vector"));
      return;
    case Kind.SIMPLE_PRIMARY_KEY:
      draft.primaryKey = takePrimaryKey(types.length, false);
      return;
    case Kind.PRIMARY_KEY_WITH_PREFIX:
      draft.primaryKey = takePrimaryKey(types.length, true);
      return;
    case Kind.COLUMN_VISIBILITY:
      draft.visible = takeBits(types.length);
      return;
    default:
      take(cursor.end - cursor.offset, "the optional metadata");
  }
}

/** Ordinals of the columns of one of the classes. */
function ofClass(types: Uint8Array, ...classes: readonly TypeClass[]): number[] {
  const columns: number[] = [];
  types.forEach((type, column) => {
    const row = columnType(type);
    if (row !== undefined && classes.includes(row.class)) columns.push(column);
  });
  return columns;
}

/** One entry per column of the table: those of `values` at `columns`, `otherwise` at the rest. */
function spread<T>(types: Uint8Array, columns: readonly number[], values: readonly T[], otherwise: T): T[] {
  const all = Array.from<T>({ length: types.length }).fill(otherwise);
  columns.forEach((column, index) => {
    const value = values[index];
    if (value !== undefined) all[column] = value;
  });
  return all;
}

/** Bits with the most significant first. */
function takeBits(count: number): boolean[] {
  const at = take((count + 7) >> 3, "a bitmap of the optional metadata");
  return Array.from({ length: count }, (_, bit) => (byteAt(cursor.bytes, at + (bit >> 3)) & (0x80 >> (bit & 7))) !== 0);
}

function takeDefaultCharset(types: Uint8Array, columns: readonly number[], known: Uint16Array | null): Uint16Array {
  const collations = known ?? new Uint16Array(types.length);
  const usual = takeLength("the default charset");
  for (const column of columns) collations[column] = usual;
  while (cursor.offset < cursor.end) {
    const column = columns[takeLength("a column's charset")];
    if (column === undefined) throw malformed("a charset of a column that the table doesn't have");
    collations[column] = takeLength("a column's charset");
  }
  return collations;
}

function takeColumnCharset(types: Uint8Array, columns: readonly number[], known: Uint16Array | null): Uint16Array {
  const collations = known ?? new Uint16Array(types.length);
  for (const column of columns) collations[column] = takeLength("a column's charset");
  return collations;
}

function takeLabels(types: Uint8Array, columns: readonly number[]): Labels {
  const labels = Array.from<readonly Buffer[] | null>({ length: types.length }).fill(null);
  for (const column of columns) {
    const count = takeLength("the number of labels");
    // Each label takes at least the byte of its length: nothing is allocated for labels that can't be there.
    if (count > cursor.end - cursor.offset) throw truncated("the labels of an ENUM or SET column");
    labels[column] = Array.from({ length: count }, () => takeCopy(takeLength("a label"), "a label"));
  }
  return labels;
}

function takeNumbers(types: Uint8Array, columns: readonly number[]): number[] {
  const numbers = columns.map(() => takeLength("the optional metadata"));
  return spread(types, columns, numbers, 0);
}

function takePrimaryKey(columnCount: number, withPrefix: boolean): { column: number; prefix: number }[] {
  const key: { column: number; prefix: number }[] = [];
  while (cursor.offset < cursor.end) {
    const column = takeLength("the primary key");
    if (column >= columnCount) throw malformed("a primary key over a column that the table doesn't have");
    key.push({ column, prefix: withPrefix ? takeLength("the primary key") : 0 });
  }
  return key;
}
