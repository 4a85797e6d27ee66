import { uint16 } from "./byte-order.ts";
import { columnReader } from "./column-reader.ts";
import { cursor, openCursor, take, takeLength } from "./cursor.ts";
import { columnCountMismatch, malformed } from "./decode-error.ts";
import { takePartialUpdates } from "./partial-update.ts";
import { takeBefore, takeChangedRow, takeImage, takeRow, takeRowOver, type RowImage } from "./row-image.ts";
import type { TableMap } from "./table-map.ts";
import type { RowsChange, RowsKind, TableHandle } from "./transaction.ts";
import type { Row } from "./value.ts";

/**
 * Rows events by type number (MySQL source documentation, `Rows_event`). MariaDB's compressed ones (166–171)
 * come here inflated and under their plain number.
 *
 * | event                | v0 (5.1 betas) | v1 (5.1–5.5, MariaDB) | v2 (5.6+) |
 * | -------------------- | -------------- | --------------------- | --------- |
 * | WRITE_ROWS           | 20             | 23                    | 30        |
 * | UPDATE_ROWS          | 21             | 24                    | 31        |
 * | DELETE_ROWS          | 22             | 25                    | 32        |
 * | PARTIAL_UPDATE_ROWS  |                |                       | 39        |
 */
const KINDS: readonly (RowsKind | undefined)[] = Array.from({ length: 40 }, (_, eventType) =>
  [20, 23, 30].includes(eventType)
    ? "insert"
    : [21, 24, 31, 39].includes(eventType)
      ? "update"
      : [22, 25, 32].includes(eventType)
        ? "delete"
        : undefined,
);
const PARTIAL_UPDATE_ROWS = 39;
const FIRST_V2 = 30;
const OLD_UPDATE_ROWS = 21;
const NO_FOREIGN_KEY_CHECKS_F = 2;

/** Decodes the rows events of one table map for one handle. */
export interface RowsDecoder<H extends TableHandle> {
  readonly map: TableMap;
  readonly handle: H;
  /**
   * The rows of an event: `bytes[start, end)` from behind the event header to before the checksum. Large
   * binary values are views of `bytes`, which must not change any more.
   *
   * @throws `event_truncated`, `event_malformed`, `column_value_invalid`, `json_invalid`
   */
  decode(bytes: Buffer, start: number, end: number, eventType: number): RowsChange<H>;
}

/**
 * Prepares decoding: one reader per column, once per table map and handle.
 *
 * @throws `column_count_mismatch`, `column_type_unsupported`
 */
export function rowsDecoder<H extends TableHandle>(map: TableMap, handle: H): RowsDecoder<H> {
  if (handle.columns.length !== map.types.length) {
    throw columnCountMismatch(`${map.database}.${map.table}`, map.types.length, handle.columns.length);
  }
  const readersBefore = handle.columns.map((hint, column) => columnReader(map, column, hint, true));
  const readersAfter = handle.columns.map((hint, column) => columnReader(map, column, hint, false));
  let before: RowImage | undefined;
  let after: RowImage | undefined;
  return {
    map,
    handle,
    decode(bytes, start, end, eventType) {
      const kind = KINDS[eventType];
      if (kind === undefined) throw malformed(`event type ${eventType} is not a rows event`);
      openCursor(bytes, start, end);
      const flags = takeHeader(map, eventType);
      const bitmapAt = cursor.offset;
      if (kind !== "insert") before = takeImage(readersBefore, before);
      if (eventType === OLD_UPDATE_ROWS) cursor.offset = bitmapAt; // one bitmap for both images
      if (kind !== "delete") after = takeImage(readersAfter, after);
      const rows = takeRowsOf(
        map,
        eventType,
        kind === "insert" ? undefined : before,
        kind === "delete" ? undefined : after,
      );
      const isFilled = kind === "update" && eventType !== PARTIAL_UPDATE_ROWS;
      const full =
        (kind === "insert" || before?.full === true) && (kind === "delete" || isFilled || after?.full === true);
      return {
        kind,
        handle,
        map,
        rows,
        full: full && !cursor.leftOut,
        foreignKeyChecksOff: (flags & NO_FOREIGN_KEY_CHECKS_F) !== 0,
      };
    },
  };
}

function takeRowsOf(
  map: TableMap,
  eventType: number,
  before: RowImage | undefined,
  after: RowImage | undefined,
): Row[] {
  if (before === undefined) return after === undefined ? [] : takeInserts(after);
  if (after === undefined) return takeRows(before);
  return eventType === PARTIAL_UPDATE_ROWS ? takePartialUpdates(map, before, after) : takeUpdates(before, after);
}

/**
 * Six bytes table id, two bytes flags; v2 also extra data (a partition, or NDB's), whose two-byte length
 * counts itself. Then the number of columns.
 */
function takeHeader(map: TableMap, eventType: number): number {
  const flags = uint16(cursor.bytes, take(8, "the table id and flags") + 6);
  if (eventType >= FIRST_V2) {
    const extra = uint16(cursor.bytes, take(2, "the extra data"));
    if (extra < 2) throw malformed(`extra data of ${extra} bytes`);
    if (extra > 2) take(extra - 2, "the extra data");
  }
  const columns = takeLength("the number of columns");
  if (columns !== map.types.length) {
    throw malformed(`a rows event of ${columns} columns for a table map of ${map.types.length}`);
  }
  return flags;
}

function takeInserts(image: RowImage): Row[] {
  // `INSERT INTO t () VALUES ()` with binlog_row_image=MINIMAL: a row of no columns takes no bytes at all.
  if (image.columns.length === 0 && cursor.offset === cursor.end) return [image.template.slice()];
  return takeRows(image);
}

function takeRows(image: RowImage): Row[] {
  if (cursor.offset === cursor.end) return [];
  const first = cursor.offset;
  // Of one row, as most of the time: a list made with its member has no room to spare.
  const rows: Row[] = [takeRow(image)];
  if (cursor.offset === first) throw rowOfNoBytes();
  while (cursor.offset < cursor.end) rows.push(takeRow(image));
  return rows;
}

function takeUpdates(before: RowImage, after: RowImage): Row[] {
  if (cursor.offset === cursor.end) return [];
  const first = cursor.offset;
  const sameColumns = before.columns.length === after.columns.length && before.full;
  const rows: Row[] = [];
  while (cursor.offset < cursor.end) {
    const start = cursor.offset;
    const row = takeBefore(before);
    if (sameColumns) rows.push(row, takeChangedRow(after, row, start));
    else rows.push(row, before.full ? takeRowOver(after, row) : takeRow(after));
    if (cursor.offset === first) throw rowOfNoBytes();
  }
  return rows;
}

/** Rows of an image without columns take no bytes, the first as little as all others: would be read for ever. */
function rowOfNoBytes(): Error {
  return malformed("bytes behind rows of no columns");
}
