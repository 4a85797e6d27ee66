/** A Table_map event's content: what the following rows events mean. Decoded in `decode-table-map.ts`. */
export interface TableMap {
  readonly tableId: number;
  readonly database: string;
  readonly table: string;
  /** Column types as the log numbers them (`enum_field_types`), one byte a column; ENUM, SET and CHAR resolved from STRING. */
  readonly types: Uint8Array;
  /** Each column's type-specific metadata, normalised to one number (see `column-type.ts`). */
  readonly metadata: Uint16Array;
  readonly nullable: readonly boolean[];
  /** Optional metadata, as far as the upstream's binlog_row_metadata wrote it; null where it wrote none. */
  readonly optional: TableMapMetadata;
}

/** Optional metadata of a table map (MySQL 8.0+, MariaDB 10.5+). Arrays hold one entry per column of the table map. */
export interface TableMapMetadata {
  /** true: unsigned; entries of non-numeric columns are false. */
  readonly unsigned: readonly boolean[] | null;
  /** Collation number per column; 0 for columns without one. */
  readonly collations: Uint16Array | null;
  readonly names: readonly string[] | null;
  /** Labels of ENUM and SET columns as bytes in their charset; null for other columns. */
  readonly enumLabels: readonly (readonly Buffer[] | null)[] | null;
  readonly setLabels: readonly (readonly Buffer[] | null)[] | null;
  readonly geometryTypes: readonly number[] | null;
  /** Ordinals (0-based) of the primary key's columns, with the prefix length in characters (0: whole column). */
  readonly primaryKey: readonly { readonly column: number; readonly prefix: number }[] | null;
  /** false: INVISIBLE. */
  readonly visible: readonly boolean[] | null;
  readonly vectorDimensions: readonly number[] | null;
}

/** What an upstream with binlog_row_metadata=NO_LOG (MariaDB) or an older one says: nothing. */
export const NO_METADATA: TableMapMetadata = {
  unsigned: null,
  collations: null,
  names: null,
  enumLabels: null,
  setLabels: null,
  geometryTypes: null,
  primaryKey: null,
  visible: null,
  vectorDimensions: null,
};
