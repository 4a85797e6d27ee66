import { charsetOfCollation } from "../binlog/charset.ts";
import { ColumnType, columnType, columnTypeName } from "../binlog/column-type.ts";
import type { TableMap } from "../binlog/table-map.ts";
import type { ColumnHint } from "../binlog/transaction.ts";
import { fatal, type TidemarkError } from "../errors.ts";
import { loggedAs } from "./log-types.ts";
import type { Column, TableStructure } from "./structure.ts";

/**
 * Checks the structure that we hold of a table against a table map of the log (D2) and gives what the decoder
 * wants to know of each column, in the table map's order. Compared are the number of columns, each column's
 * type and width, and, where the log carries them, names, signedness, whether a string is text or bytes, and the number of ENUM and SET labels.
 *
 * Generated columns, virtual ones too, and invisible ones are in table maps of both flavours; the hidden
 * columns of MySQL's functional indexes are not (MySQL 9.7 and MariaDB 10.11, tried).
 *
 * Throws `table_structure_mismatch`, `temporal_format_unsupported`, and `table_system_versioned` for MariaDB's system-versioned tables, whose
 * log also holds rows of the past.
 */
export function matchTableMap(structure: TableStructure, map: TableMap): readonly ColumnHint[] {
  if (structure.kind === "system-versioned") throw systemVersioned(structure);
  if (map.types.length !== structure.columns.length) {
    const names = structure.columns.map((column) => column.name).join(", ");
    const has = `The log's row of ${label(structure)} has ${map.types.length} columns`;
    throw mismatch(structure, null, `${has}, the structure that we hold has ${structure.columns.length} (${names}).`);
  }
  return inLogOrder(structure, map).map((column, index) => {
    const charset = charsetOf(column, index, map);
    checkType(structure, column, index, map, charset);
    checkTemporal(structure, column, map.types[index] ?? 0);
    checkBinary(structure, column, index, map);
    checkSign(structure, column, index, map);
    checkLabels(structure, column, index, map);
    return { name: column.name, unsigned: column.unsigned, charset, special: special(column) };
  });
}

function label(structure: TableStructure): string {
  return `${structure.database}.${structure.table}`;
}

/** The columns in the order of the log's row: by name where the log has names (binlog_row_metadata=FULL), else by place. */
function inLogOrder(structure: TableStructure, map: TableMap): readonly Column[] {
  const { names } = map.optional;
  if (names === null) return structure.columns;
  const byName = new Map(structure.columns.map((column) => [column.name.toLowerCase(), column]));
  return names.map((name, index) => {
    const column = byName.get(name.toLowerCase());
    if (column !== undefined) return column;
    const held = structure.columns.map((each) => each.name).join(", ");
    const text = `Column ${index + 1} of ${label(structure)} is called ${name} in the log; the structure that we hold has ${held}.`;
    throw mismatch(structure, name, text);
  });
}

const BINARY_TYPES = new Set(["binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"]);

/** The charset that the log names for a column, or null where it names none. */
function loggedCharset(index: number, map: TableMap): string | null {
  const collation = map.optional.collations?.[index] ?? 0;
  return collation === 0 ? null : charsetOfCollation(collation);
}

/** Charset of a text column, "binary" for byte strings, null for all others; the log's word wins. */
function charsetOf(column: Column, index: number, map: TableMap): string | null {
  if (BINARY_TYPES.has(column.dataType)) return "binary";
  // MariaDB's JSON column whose structure says json (see loggedAs): its text is utf8mb4.
  if (column.dataType === "json") return "utf8mb4";
  if (column.charset === null || column.dataType === "enum" || column.dataType === "set") return null;
  return loggedCharset(index, map) ?? column.charset;
}

/** Text and byte strings are of the same types in the log: only the charset tells them apart. */
function checkBinary(structure: TableStructure, column: Column, index: number, map: TableMap): void {
  const logged = loggedCharset(index, map);
  const isText = column.charset !== null && column.labels === null;
  if (logged === null || (!isText && !BINARY_TYPES.has(column.dataType)) || isText === (logged !== "binary")) return;
  const text = `Column ${column.name} of ${label(structure)} is in charset ${logged} in the log and ${column.columnType} in the structure that we hold.`;
  throw mismatch(structure, column.name, text);
}

function checkType(
  structure: TableStructure,
  column: Column,
  index: number,
  map: TableMap,
  charset: string | null,
): void {
  const type = map.types[index] ?? 0;
  const metadata = map.metadata[index] ?? 0;
  const accepted = loggedAs(column, charset);
  if (accepted.some((as) => as.type === type && (as.metadata === null || as.metadata.includes(metadata)))) return;
  const what = `Column ${column.name} of ${label(structure)}`;
  const logged = `${columnTypeName(type)} (${columnType(type)?.metadata ?? "metadata"}: ${metadata})`;
  const held = charset === null ? column.columnType : `${column.columnType} in ${charset}`;
  throw mismatch(structure, column.name, `${what} is ${logged} in the log and ${held} in the structure that we hold.`);
}

const OLD_TEMPORAL: ReadonlySet<number> = new Set([ColumnType.TIME, ColumnType.DATETIME, ColumnType.TIMESTAMP]);

/**
 * MariaDB before 10.1, and later with mysql56_temporal_format=OFF, stores fractions of a second in a format of its own, under the
 * types that elsewhere have no fraction; the log says neither that nor how many digits.
 */
function checkTemporal(structure: TableStructure, column: Column, type: number): void {
  const digits = fractionDigits(column.columnType);
  if (!OLD_TEMPORAL.has(type) || digits === 0) return;
  throw fatal(
    "temporal_format_unsupported",
    `Column ${column.name} of ${label(structure)} has fractions of a second in the format of MariaDB before 10.1.`,
    {
      stage: "schema",
      hint: "With mysql56_temporal_format=ON, rebuild the table on the upstream (ALTER TABLE … FORCE); then start behind that.",
      facts: { table: label(structure), column: column.name, columnType: column.columnType },
    },
  );
}

/** `datetime(6)` → 6, `datetime` → 0. */
function fractionDigits(type: string): number {
  return Number(/\((\d+)\)/.exec(type)?.[1] ?? 0);
}

function checkSign(structure: TableStructure, column: Column, index: number, map: TableMap): void {
  const unsigned = map.optional.unsigned?.[index];
  if (unsigned === undefined || columnType(map.types[index] ?? 0)?.class !== "numeric") return;
  // MariaDB counts YEAR among the numbers, as an unsigned one; no server lets it be declared so.
  if (column.dataType === "year") return;
  if (unsigned === column.unsigned) return;
  const signs = unsigned ? "unsigned in the log and signed" : "signed in the log and unsigned";
  throw mismatch(
    structure,
    column.name,
    `Column ${column.name} of ${label(structure)} is ${signs} in the structure that we hold.`,
  );
}

function checkLabels(structure: TableStructure, column: Column, index: number, map: TableMap): void {
  const logged = (column.dataType === "set" ? map.optional.setLabels : map.optional.enumLabels)?.[index];
  if (logged === undefined || logged === null || column.labels === null) return;
  if (logged.length === column.labels.length) return;
  const counts = `${logged.length} labels in the log and ${column.labels.length}`;
  throw mismatch(
    structure,
    column.name,
    `Column ${column.name} of ${label(structure)} has ${counts} in the structure that we hold.`,
  );
}

function special(column: Column): ColumnHint["special"] {
  const { dataType } = column;
  return dataType === "inet4" || dataType === "inet6" || dataType === "uuid" ? dataType : null;
}

function mismatch(structure: TableStructure, column: string | null, message: string): TidemarkError {
  return fatal("table_structure_mismatch", message, {
    stage: "schema",
    hint:
      "The table was changed by something that the log does not show (a DDL with sql_log_bin=0, or a start position " +
      "before a DDL). Start the task anew from a position behind that change, or leave the table out with tables.exclude.",
    facts: { table: label(structure), column },
  });
}

function systemVersioned(structure: TableStructure): TidemarkError {
  return fatal(
    "table_system_versioned",
    `${label(structure)} is system-versioned: its log holds rows of the past too.`,
    {
      stage: "schema",
      hint: "System-versioned tables can't be copied: leave the table out with tables.exclude.",
      facts: { table: label(structure) },
    },
  );
}
