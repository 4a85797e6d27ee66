/** What we know of a table, of the upstream at a position of its log or of the downstream as it stands. Plain, serialisable values. */

export interface Column {
  readonly name: string;
  /** information_schema DATA_TYPE in lower case: `int`, `varchar`, `enum`, `json`, `inet6`, … */
  readonly dataType: string;
  /** COLUMN_TYPE as the server prints it: `int(10) unsigned`, `enum('a','b')`. */
  readonly columnType: string;
  readonly unsigned: boolean;
  readonly charset: string | null;
  readonly collation: string | null;
  readonly nullable: boolean;
  /** Generated columns are logged in row images, and are never set by us. */
  readonly generated: "no" | "virtual" | "stored";
  readonly invisible: boolean;
  /** Labels of ENUM and SET in order; null for other types. */
  readonly labels: readonly string[] | null;
  /** CHARACTER_MAXIMUM_LENGTH of BINARY(n)/CHAR(n)…; null for types without one. */
  readonly length: number | null;
  /** MariaDB: the column is COMPRESSED. */
  readonly compressed: boolean;
}

/** One unique key (the primary key among them), its columns in key order. */
export interface UniqueKey {
  readonly name: string;
  readonly primary: boolean;
  /** Empty `column` for an expression part; `prefix` in characters, null for the whole column. */
  readonly parts: readonly { readonly column: string; readonly prefix: number | null }[];
  /** MariaDB: no two periods of the last two parts (end, start) may overlap where the parts before are equal. Absent: no. */
  readonly withoutOverlaps?: boolean;
}

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parentDatabase: string;
  readonly parentTable: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
}

export interface TableStructure {
  readonly database: string;
  readonly table: string;
  /** MariaDB: sequences and system-versioned tables live among the tables. Absent: a table. */
  readonly kind?: "table" | "sequence" | "system-versioned";
  readonly engine: string;
  readonly columns: readonly Column[];
  readonly uniqueKeys: readonly UniqueKey[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly hasTriggers: boolean;
}
