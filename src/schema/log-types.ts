/**
 * Which column types of a table map may stand for which column of information_schema, and with what metadata.
 * Source: MySQL's `sql/field.h` and MariaDB's `sql/field.h`, `binlog_type()` and `save_field_metadata()` of
 * each field class; table maps of real servers bear them out (test/integration/schema.test.ts).
 */
import { ColumnType } from "../binlog/column-type.ts";
import type { Column } from "./structure.ts";

/** What a column of a given kind must look like in the log: one of these types; null metadata: not compared. */
export interface LoggedAs {
  readonly type: number;
  /** The metadata that a table map must carry (normalised as `binlog/column-type.ts` says), or null: any. */
  readonly metadata: readonly number[] | null;
}

const T = ColumnType;

/** Bytes of the longest character, for charsets where it isn't one byte. Source: `information_schema.CHARACTER_SETS.MAXLEN`. */
const MAXLEN: Readonly<Record<string, number>> = {
  big5: 2,
  cp932: 2,
  eucjpms: 3,
  euckr: 2,
  gb18030: 4,
  gb2312: 2,
  gbk: 2,
  sjis: 2,
  ucs2: 2,
  ujis: 3,
  utf16: 4,
  utf16le: 4,
  utf32: 4,
  utf8: 3,
  utf8mb3: 3,
  utf8mb4: 4,
};

/** Types without metadata that means anything, one type in the log for each. */
const PLAIN: Readonly<Record<string, readonly number[]>> = {
  tinyint: [T.TINY],
  smallint: [T.SHORT],
  mediumint: [T.INT24],
  int: [T.LONG],
  bigint: [T.LONGLONG],
  float: [T.FLOAT],
  double: [T.DOUBLE],
  real: [T.DOUBLE],
  year: [T.YEAR],
  date: [T.DATE, T.NEWDATE],
  json: [T.JSON],
  geometry: [T.GEOMETRY],
  point: [T.GEOMETRY],
  linestring: [T.GEOMETRY],
  polygon: [T.GEOMETRY],
  multipoint: [T.GEOMETRY],
  multilinestring: [T.GEOMETRY],
  multipolygon: [T.GEOMETRY],
  geometrycollection: [T.GEOMETRY],
  geomcollection: [T.GEOMETRY],
};

/** Bytes of the length prefix. */
const BLOBS: Readonly<Record<string, number>> = {
  tinytext: 1,
  tinyblob: 1,
  text: 2,
  blob: 2,
  mediumtext: 3,
  mediumblob: 3,
  longtext: 4,
  longblob: 4,
};

/** MariaDB's own fixed-length types: the log shows them as BINARY(n). */
const FIXED: Readonly<Record<string, number>> = { inet4: 4, inet6: 16, uuid: 16 };

/**
 * How a column may be logged. `charset`: the column's charset, the log's word first (lengths are in bytes there).
 * An empty list: a type that we don't know.
 */
export function loggedAs(column: Column, charset: string | null): readonly LoggedAs[] {
  const { dataType } = column;
  const plain = PLAIN[dataType];
  if (dataType === "json") {
    // MariaDB's JSON is LONGTEXT. A structure taken over from a MySQL downstream calls it json all the same.
    return [
      { type: T.JSON, metadata: null },
      { type: T.BLOB, metadata: [4] },
      { type: T.BLOB_COMPRESSED, metadata: [4] },
    ];
  }
  if (plain !== undefined) return plain.map((type) => ({ type, metadata: null }));
  const blob = BLOBS[dataType];
  if (blob !== undefined) return blobs(dataType, blob);
  const fixed = FIXED[dataType];
  if (fixed !== undefined) return [{ type: T.STRING, metadata: [fixed] }];
  return withArguments(column, charset);
}

function blobs(dataType: string, length: number): readonly LoggedAs[] {
  const logged: LoggedAs[] = [
    { type: T.BLOB, metadata: [length] },
    { type: T.BLOB_COMPRESSED, metadata: [length] },
  ];
  // The other way round: MySQL's JSON, whose structure was taken over from a MariaDB downstream.
  if (dataType === "longtext") logged.push({ type: T.JSON, metadata: null });
  return logged;
}

function withArguments(column: Column, charset: string | null): readonly LoggedAs[] {
  const bytes = (column.length ?? 0) * (MAXLEN[charset ?? ""] ?? 1);
  switch (column.dataType) {
    case "char":
    case "binary":
      return [{ type: T.STRING, metadata: [bytes] }];
    case "varchar":
    case "varbinary":
      return [
        { type: T.VARCHAR, metadata: [bytes] },
        { type: T.VAR_STRING, metadata: [bytes] },
        // One byte more: the header of a compressed value.
        { type: T.VARCHAR_COMPRESSED, metadata: [bytes, bytes + 1] },
      ];
    case "decimal":
    case "numeric":
      return [{ type: T.NEWDECIMAL, metadata: decimalMetadata(column.columnType) }];
    case "bit":
      return [{ type: T.BIT, metadata: [argument(column.columnType) ?? 1] }];
    case "time":
      return [
        { type: T.TIME2, metadata: [argument(column.columnType) ?? 0] },
        { type: T.TIME, metadata: null },
      ];
    case "datetime":
      return [
        { type: T.DATETIME2, metadata: [argument(column.columnType) ?? 0] },
        { type: T.DATETIME, metadata: null },
      ];
    case "timestamp":
      return [
        { type: T.TIMESTAMP2, metadata: [argument(column.columnType) ?? 0] },
        { type: T.TIMESTAMP, metadata: null },
      ];
    case "enum":
      return [{ type: T.ENUM, metadata: [(column.labels?.length ?? 0) < 256 ? 1 : 2] }];
    case "set":
      return [{ type: T.SET, metadata: [setBytes(column.labels?.length ?? 0)] }];
    case "vector":
      // MySQL 9: a type of its own; MariaDB 11.7: VARBINARY of four bytes a dimension.
      return [
        { type: T.VECTOR, metadata: null },
        { type: T.VARCHAR, metadata: [4 * (argument(column.columnType) ?? 0)] },
      ];
    default:
      return [];
  }
}

/** The first number in parentheses: `bit(7)` → 7. */
function argument(columnType: string): number | null {
  const match = /\((\d+)/.exec(columnType);
  return match === null ? null : Number(match[1]);
}

function decimalMetadata(columnType: string): readonly number[] | null {
  const match = /\((\d+)(?:,\s*(\d+))?\)/.exec(columnType);
  return match === null ? null : [Number(match[1]) * 256 + Number(match[2] ?? 0)];
}

/** One bit a member, in 1, 2, 3, 4 or 8 bytes (`get_set_pack_length`). */
function setBytes(members: number): number {
  const bytes = Math.ceil(members / 8);
  return bytes > 4 ? 8 : Math.max(1, bytes);
}
