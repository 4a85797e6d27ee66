import { byteAt } from "./byte-order.ts";
import { columnReader } from "./column-reader.ts";
import { cursor, openCursor, take, takeLength } from "./cursor.ts";
import { columnCountMismatch, malformed, partialJsonUnsupported, truncated } from "./decode-error.ts";
import type { ReadValue } from "./read-value.ts";
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
const KINDS: ReadonlyMap<number, RowsKind> = new Map<number, RowsKind>([
  [20, "insert"],
  [23, "insert"],
  [30, "insert"],
  [21, "update"],
  [24, "update"],
  [31, "update"],
  [39, "update"],
  [22, "delete"],
  [25, "delete"],
  [32, "delete"],
]);
const PARTIAL_UPDATE_ROWS = 39;
const FIRST_V2 = 30;
const OLD_UPDATE_ROWS = 21;
const NO_FOREIGN_KEY_CHECKS_F = 2;

/** Decodes the rows events of one table map for one handle. */
export interface RowsDecoder<H extends TableHandle> {
  readonly map: TableMap;
  readonly handle: H;
  /**
   * The rows of an event: `bytes[start, end)` from behind the event header to before the checksum. The values hold no
   * reference to `bytes`.
   *
   * @throws `event_truncated`, `event_malformed`, `column_value_invalid`, `json_invalid`
   */
  decode(bytes: Buffer, start: number, end: number, eventType: number): RowsChange<H>;
}

/** The columns that a row image holds, from the event's bitmap, and the row that one starts from. */
interface Image {
  /** The bitmap as text: events of one table repeat it. */
  readonly key: string;
  readonly full: boolean;
  /** Ordinals of the columns that are there, and how each is read. */
  readonly columns: readonly number[];
  readonly readers: readonly ReadValue[];
  readonly nullBytes: number;
  /** null where a value may stand, undefined where the image has no column. Copied for each row. */
  readonly template: Row;
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
  const readers = handle.columns.map((hint, column) => columnReader(map, column, hint));
  let lastBefore: Image | undefined;
  let lastAfter: Image | undefined;
  return {
    map,
    handle,
    decode(bytes, start, end, eventType) {
      const kind = KINDS.get(eventType);
      if (kind === undefined) throw malformed(`event type ${eventType} is not a rows event`);
      if (eventType === PARTIAL_UPDATE_ROWS) throw partialJsonUnsupported();
      openCursor(bytes, start, end);
      const flags = takeHeader(map, eventType);
      lastBefore = takeImage(readers, lastBefore);
      lastAfter = kind === "update" && eventType !== OLD_UPDATE_ROWS ? takeImage(readers, lastAfter) : lastBefore;
      return {
        kind,
        handle,
        map,
        rows: kind === "update" ? takeUpdates(lastBefore, lastAfter) : takeRows(lastBefore),
        full: lastBefore.full && lastAfter.full,
        foreignKeyChecksOff: (flags & NO_FOREIGN_KEY_CHECKS_F) !== 0,
      };
    },
  };
}

/**
 * Six bytes table id, two bytes flags; v2 also extra data (a partition, or NDB's), whose two-byte length
 * counts itself. Then the number of columns.
 */
function takeHeader(map: TableMap, eventType: number): number {
  take(6, "the table id");
  const flags = cursor.bytes.readUInt16LE(take(2, "the flags"));
  if (eventType >= FIRST_V2) {
    const extra = cursor.bytes.readUInt16LE(take(2, "the extra data"));
    if (extra < 2) throw malformed(`extra data of ${extra} bytes`);
    take(extra - 2, "the extra data");
  }
  const columns = takeLength("the number of columns");
  if (columns !== map.types.length) {
    throw malformed(`a rows event of ${columns} columns for a table map of ${map.types.length}`);
  }
  return flags;
}

/** The bitmap of the columns in a row image; the last event's image when it is the same. */
function takeImage(readers: readonly ReadValue[], last: Image | undefined): Image {
  const size = (readers.length + 7) >> 3;
  const at = take(size, "the bitmap of columns");
  const key = cursor.bytes.latin1Slice(at, at + size);
  if (last?.key === key) return last;
  const columns = readers.map((_, column) => column).filter((column) => isSet(at, column));
  return {
    key,
    full: columns.length === readers.length,
    columns,
    readers: readers.filter((_, column) => isSet(at, column)),
    nullBytes: (columns.length + 7) >> 3,
    template: readers.map((_, column) => (isSet(at, column) ? null : undefined)),
  };
}

function isSet(bitmapAt: number, bit: number): boolean {
  return (byteAt(cursor.bytes, bitmapAt + (bit >> 3)) & (1 << (bit & 7))) !== 0;
}

function takeRows(image: Image): Row[] {
  const rows: Row[] = [];
  while (cursor.offset < cursor.end) rows.push(takeRow(image));
  return rows;
}

function takeUpdates(before: Image, after: Image): Row[] {
  const rows: Row[] = [];
  while (cursor.offset < cursor.end) {
    rows.push(takeRow(before));
    rows.push(takeRow(after));
  }
  return rows;
}

/**
 * A row: a bit per column *of the image* (set: NULL), then the values of the others. Hot path: the copy of the
 * template keeps V8's array kind (no transitions from small integers to anything), and is all that
 * is allocated besides the values.
 */
function takeRow(image: Image): Row {
  const { columns, readers } = image;
  const bytes = cursor.bytes;
  const nullsAt = cursor.offset;
  const row = image.template.slice();
  cursor.offset = nullsAt + image.nullBytes;
  // An image without columns has rows of no bytes: it would be read for ever.
  if (columns.length === 0) throw malformed("a row image without columns");
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    const read = readers[index];
    const isNull = (byteAt(bytes, nullsAt + (index >> 3)) & (1 << (index & 7))) !== 0;
    if (!isNull && column !== undefined && read !== undefined) row[column] = read(bytes, cursor.offset);
  }
  if (cursor.offset > cursor.end) throw truncated("a row");
  return row;
}
