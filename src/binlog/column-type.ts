/**
 * Column types as table maps number them: `enum_field_types` of the MySQL manual ("Table_map_event"
 * in the source documentation, `binary_log_types`/`field_types.h`), with MariaDB's two of its own
 * (`TYPE_BLOB_COMPRESSED`, `TYPE_VARCHAR_COMPRESSED` of its `sql/field.h`).
 */
export const ColumnType = {
  DECIMAL: 0,
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  NULL: 6,
  TIMESTAMP: 7,
  LONGLONG: 8,
  INT24: 9,
  DATE: 10,
  TIME: 11,
  DATETIME: 12,
  YEAR: 13,
  NEWDATE: 14,
  VARCHAR: 15,
  BIT: 16,
  TIMESTAMP2: 17,
  DATETIME2: 18,
  TIME2: 19,
  BLOB_COMPRESSED: 140,
  VARCHAR_COMPRESSED: 141,
  VECTOR: 242,
  TYPED_ARRAY: 244,
  JSON: 245,
  NEWDECIMAL: 246,
  ENUM: 247,
  SET: 248,
  TINY_BLOB: 249,
  MEDIUM_BLOB: 250,
  LONG_BLOB: 251,
  BLOB: 252,
  VAR_STRING: 253,
  STRING: 254,
  GEOMETRY: 255,
} as const;

/** How many bytes of metadata a table map holds for a type, and what they mean. */
export type MetadataLayout =
  | "none"
  /** One byte: bytes of the value's length prefix (1–4); FLOAT, DOUBLE: bytes of the value. */
  | "pack-length"
  /** One byte: digits of the fractional second, 0–6. */
  | "fraction"
  /** Two bytes, least significant first: the longest value in bytes. */
  | "max-length"
  /** Two bytes: bits in the last, incomplete byte; whole bytes. */
  | "bits"
  /** Two bytes: precision, scale. */
  | "decimal"
  /**
   * Two bytes: the real type (STRING, ENUM, SET), then its length in bytes. CHARs of more than 255 bytes
   * have bits 8 and 9 of their length, inverted, in bits 4 and 5 of the first byte
   * (`Field_string::do_save_field_metadata`).
   */
  | "string"
  /** The element's type, then that type's own metadata. Only in hidden columns of multi-valued indexes, which are never logged. */
  | "array";

/**
 * What the log's optional metadata counts as what: only numeric columns have a signedness (YEAR among them:
 * seen in the logs of both flavours), only character columns a charset.
 */
export type TypeClass = "numeric" | "character" | "enum" | "set" | "geometry" | "vector" | "other";

export interface TypeRow {
  readonly type: number;
  readonly name: string;
  readonly layout: MetadataLayout;
  readonly class: TypeClass;
  /** What {@link TableMap.metadata} holds. */
  readonly metadata: string;
}

// prettier-ignore
const ROWS: readonly (readonly [number, string, MetadataLayout, TypeClass, string])[] = [
  //  type                       name                   metadata in the log  class        normalised metadata
  [ColumnType.DECIMAL,           "DECIMAL (before 5.0)", "none",        "numeric",   "0"],
  [ColumnType.TINY,              "TINYINT",              "none",        "numeric",   "0"],
  [ColumnType.SHORT,             "SMALLINT",             "none",        "numeric",   "0"],
  [ColumnType.LONG,              "INT",                  "none",        "numeric",   "0"],
  [ColumnType.FLOAT,             "FLOAT",                "pack-length", "numeric",   "4"],
  [ColumnType.DOUBLE,            "DOUBLE",               "pack-length", "numeric",   "8"],
  [ColumnType.NULL,              "NULL",                 "none",        "other",     "0"],
  [ColumnType.TIMESTAMP,         "TIMESTAMP (old)",      "none",        "other",     "0"],
  [ColumnType.LONGLONG,          "BIGINT",               "none",        "numeric",   "0"],
  [ColumnType.INT24,             "MEDIUMINT",            "none",        "numeric",   "0"],
  [ColumnType.DATE,              "DATE",                 "none",        "other",     "0"],
  [ColumnType.TIME,              "TIME (old)",           "none",        "other",     "0"],
  [ColumnType.DATETIME,          "DATETIME (old)",       "none",        "other",     "0"],
  [ColumnType.YEAR,              "YEAR",                 "none",        "numeric",   "0"],
  [ColumnType.NEWDATE,           "DATE",                 "none",        "other",     "0"],
  [ColumnType.VARCHAR,           "VARCHAR",              "max-length",  "character", "longest value in bytes"],
  [ColumnType.BIT,               "BIT",                  "bits",        "other",     "number of bits, 1–64"],
  [ColumnType.TIMESTAMP2,        "TIMESTAMP",            "fraction",    "other",     "fraction digits, 0–6"],
  [ColumnType.DATETIME2,         "DATETIME",             "fraction",    "other",     "fraction digits, 0–6"],
  [ColumnType.TIME2,             "TIME",                 "fraction",    "other",     "fraction digits, 0–6"],
  [ColumnType.BLOB_COMPRESSED,   "BLOB COMPRESSED",      "pack-length", "character", "bytes of the length prefix"],
  [ColumnType.VARCHAR_COMPRESSED, "VARCHAR COMPRESSED",  "max-length",  "character", "longest value in bytes"],
  [ColumnType.VECTOR,            "VECTOR",               "pack-length", "vector",    "bytes of the length prefix"],
  [ColumnType.TYPED_ARRAY,       "typed array",          "array",       "other",     "0"],
  [ColumnType.JSON,              "JSON",                 "pack-length", "other",     "bytes of the length prefix"],
  [ColumnType.NEWDECIMAL,        "DECIMAL",              "decimal",     "numeric",   "precision × 256 + scale"],
  [ColumnType.ENUM,              "ENUM",                 "string",      "enum",      "bytes of the index, 1–2"],
  [ColumnType.SET,               "SET",                  "string",      "set",       "bytes of the mask, 1–8"],
  [ColumnType.TINY_BLOB,         "TINYBLOB",             "pack-length", "character", "bytes of the length prefix"],
  [ColumnType.MEDIUM_BLOB,       "MEDIUMBLOB",           "pack-length", "character", "bytes of the length prefix"],
  [ColumnType.LONG_BLOB,         "LONGBLOB",             "pack-length", "character", "bytes of the length prefix"],
  [ColumnType.BLOB,              "BLOB, TEXT",           "pack-length", "character", "bytes of the length prefix"],
  [ColumnType.VAR_STRING,        "VARCHAR",              "max-length",  "character", "longest value in bytes"],
  [ColumnType.STRING,            "CHAR, BINARY",         "string",      "character", "longest value in bytes"],
  [ColumnType.GEOMETRY,          "GEOMETRY",             "pack-length", "geometry",  "bytes of the length prefix"],
];

const BY_TYPE: readonly (TypeRow | undefined)[] = tableByType();

function tableByType(): (TypeRow | undefined)[] {
  const table = Array.from<TypeRow | undefined>({ length: 256 });
  for (const [type, name, layout, typeClass, metadata] of ROWS) {
    table[type] = { type, name, layout, class: typeClass, metadata };
  }
  return table;
}

/** The row of a type number, or undefined for a number that no server writes. */
export function columnType(type: number): TypeRow | undefined {
  return BY_TYPE[type];
}

/** `INT`, `VARCHAR`, …, or `type 77`: for messages. */
export function columnTypeName(type: number): string {
  return BY_TYPE[type]?.name ?? `type ${type}`;
}
