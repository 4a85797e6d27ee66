/** Single values and rows of the log, for unit tests. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { openCursor } from "../../src/binlog/cursor.ts";
import { columnReader } from "../../src/binlog/column-reader.ts";
import { decodeTableMap } from "../../src/binlog/decode-table-map.ts";
import { rowsDecoder } from "../../src/binlog/rows-decoder.ts";
import { NO_METADATA, type TableMap, type TableMapMetadata } from "../../src/binlog/table-map.ts";
import type { ColumnHint, RowsChange, TableHandle } from "../../src/binlog/transaction.ts";
import type { Row, Value } from "../../src/binlog/value.ts";
import { TidemarkError } from "../../src/errors.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";

const FIXTURES = join(import.meta.dirname, "../unit/binlog/fixtures");
const SHARED = join(import.meta.dirname, "../../../shared/vectors");
/** Whether the whole collection of vectors lies beside the project. */
export const vectorsThere = existsSync(SHARED);

export function hintOf(change: Partial<ColumnHint> = {}): ColumnHint {
  return { name: "c", unsigned: false, charset: null, special: null, ...change };
}

/** A table of one column, of a type and its normalised metadata. */
export function mapOf(type: number, metadata: number, optional: Partial<TableMapMetadata> = {}): TableMap {
  return {
    tableId: 1,
    database: "d",
    table: "t",
    types: Uint8Array.of(type),
    metadata: Uint16Array.of(metadata),
    nullable: [true],
    optional: { ...NO_METADATA, ...optional },
  };
}

/** The value in `hex` of a column; throws what the decoder throws. */
export function readOne(
  type: number,
  metadata: number,
  hex: string,
  hint: Partial<ColumnHint> = {},
): Value | undefined {
  const bytes = Buffer.from(hex, "hex");
  openCursor(bytes, 0, bytes.length);
  return columnReader(mapOf(type, metadata), 0, hintOf(hint), false)(bytes, 0);
}

/** Handle for a table map: every text as utf8mb4, every number signed. */
export function plainHandle(map: TableMap): TableHandle {
  return { columns: Array.from(map.types, (_, column) => hintOf({ name: `c${column + 1}`, charset: "utf8mb4" })) };
}

/** A table map's body; blanks between its parts don't count. */
export function mapFromHex(hex: string, flavour: Flavour = "mysql"): TableMap {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  return decodeTableMap(bytes, 0, bytes.length, flavour);
}

/** A rows event's body for a table map's. */
export function rowsFromHex(map: string, body: string, eventType: number, handle = plainHandle): RowsChange {
  const table = mapFromHex(map);
  const bytes = Buffer.from(body.replaceAll(" ", ""), "hex");
  return rowsDecoder(table, handle(table)).decode(bytes, 0, bytes.length, eventType);
}

/** The name of the error that `call` throws; anything but a named one is thrown on. undefined when none is. */
export function errorName(call: () => unknown): string | undefined {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof TidemarkError) return thrown.name;
    throw thrown;
  }
  return undefined;
}

export type Vector = Readonly<Record<string, unknown>>;

/** Byte-level cases of other projects' tests: all where they lie beside the project, else the selection in the fixtures. */
export function vectors(name: string): Vector[] {
  return parseLines(readFileSync(join(vectorsThere ? SHARED : join(FIXTURES, "vectors"), `${name}.jsonl`), "utf8"));
}

/** A case of a recorded fixture: see `test/integration/binlog-values/record.ts`. */
export interface RecordedColumn {
  readonly type: string;
  readonly question: string;
  readonly hint: ColumnHint;
  readonly map: string;
  readonly rows: readonly (readonly [type: number, body: string, want: string | null])[];
}

export function recordedColumns(name: string): RecordedColumn[] {
  const text = gunzipSync(readFileSync(join(FIXTURES, `${name}.jsonl.gz`))).toString();
  return text.split("\n").map((line): RecordedColumn => JSON.parse(line));
}

/** The rows of a recorded column, decoded; its own hint is all that is known of the column besides the log. */
export function decodeRecorded(flavour: Flavour, { map, hint, rows }: RecordedColumn): Row[] {
  const table = mapFromHex(map, flavour);
  const decoder = rowsDecoder(table, { columns: [hintOf({ name: "id" }), hint] });
  return rows.flatMap(([type, body]) => {
    const bytes = Buffer.from(body, "hex");
    return [...decoder.decode(bytes, 0, bytes.length, type).rows];
  });
}

/** All rows of the recorded columns of a type. */
export function recordedRows(name: string, type: string): Row[] {
  const columns = recordedColumns(name).filter((column) => column.type === type);
  return columns.flatMap((column) => decodeRecorded(name.includes("mariadb") ? "mariadb" : "mysql", column));
}

function parseLines(text: string): Vector[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines
    .map((line): unknown => JSON.parse(line))
    .filter((line): line is Vector => typeof line === "object" && line !== null);
}
