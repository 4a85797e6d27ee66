import { ColumnType } from "./column-type.ts";
import { cursor, take, takeLength } from "./cursor.ts";
import { malformed, truncated } from "./decode-error.ts";
import { takeJsonDiffs, takeJsonSteps } from "./json-diff.ts";
import { isSet, takeRow, type RowImage } from "./row-image.ts";
import type { TableMap } from "./table-map.ts";
import { JsonDocument, type JsonPathUpdate, type Row, type Value } from "./value.ts";

/**
 * PARTIAL_UPDATE_ROWS (MySQL 8.0+ with binlog_row_value_options=PARTIAL_JSON; source documentation of
 * `Rows_event`). The before image is as usual. In front of the after image's NULL bits stand:
 *
 * | bytes   | content                                                                                       |
 * | ------- | --------------------------------------------------------------------------------------------- |
 * | 1–9     | value options, length-encoded; bit 0: PARTIAL_JSON_UPDATES                                    |
 * | (n+7)/8 | if that is set: a bit per JSON column *of the table*, in the image or not: it comes as diffs  |
 *
 * Such a column's value is four bytes length and the diffs of `json-diff.ts`.
 */
const PARTIAL_JSON_UPDATES = 1;

/** Before and after images; every JSON value whole, but where the before image leaves the document out: then what was changed in it. */
export function takePartialUpdates(map: TableMap, before: RowImage, after: RowImage): Row[] {
  const jsonColumns: number[] = [];
  map.types.forEach((type, column) => {
    if (type === ColumnType.JSON) jsonColumns.push(column);
  });
  const rows: Row[] = [];
  while (cursor.offset < cursor.end) {
    const rowBefore = takeRow(before);
    rows.push(rowBefore);
    const partial = takePartialColumns(jsonColumns);
    rows.push(partial.size === 0 ? takeRow(after) : takePartialRow(after, rowBefore, partial));
  }
  return rows;
}

function takePartialColumns(jsonColumns: readonly number[]): ReadonlySet<number> {
  const options = takeLength("the value options");
  if (options > PARTIAL_JSON_UPDATES) throw malformed(`the unknown value options ${options}`);
  if (options === 0) return new Set();
  const at = take((jsonColumns.length + 7) >> 3, "the bitmap of partial values");
  return new Set(jsonColumns.filter((_, index) => isSet(at, index)));
}

function takePartialRow(image: RowImage, before: Row, partial: ReadonlySet<number>): Row {
  const row = image.template.slice();
  const nullsAt = take(image.nullBytes, "a row");
  image.columns.forEach((column, index) => {
    if (isSet(nullsAt, index)) return;
    const read = image.readers[index];
    if (partial.has(column)) row[column] = takePartialValue(before[column]);
    else if (read !== undefined) row[column] = read(cursor.bytes, cursor.offset);
    if (cursor.offset > cursor.end) throw truncated("a row");
  });
  return row;
}

function takePartialValue(before: Value | undefined): string | JsonDocument | JsonPathUpdate {
  const length = cursor.bytes.readUInt32LE(take(4, "a JSON column's diffs"));
  const eventEnd = cursor.end;
  if (length > eventEnd - cursor.offset) throw truncated("a JSON column's diffs");
  if (before !== undefined && typeof before !== "string" && !(before instanceof JsonDocument))
    throw malformed("diffs for a JSON column that was NULL");
  cursor.end = cursor.offset + length;
  const value = before === undefined ? takeJsonSteps() : takeJsonDiffs(before);
  cursor.end = eventEnd;
  return value;
}
