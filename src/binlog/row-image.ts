import { byteAt } from "./byte-order.ts";
import { cursor, take } from "./cursor.ts";
import { truncated } from "./decode-error.ts";
import type { ReadValue } from "./read-value.ts";
import type { Row } from "./value.ts";

/**
 * A row image: which columns a rows event holds of each row, from the event's own bitmap. Never from the
 * upstream's `binlog_row_image`, which a session may have set to anything.
 */
export interface RowImage {
  /** The bitmap as logged. */
  readonly bitmap: Uint8Array;
  readonly full: boolean;
  /** Ordinals of the columns that are there, and how each is read. */
  readonly columns: readonly number[];
  readonly readers: readonly ReadValue[];
  readonly nullBytes: number;
  /** null where a value may stand, undefined where the image has no column. Copied for each row. */
  readonly template: Row;
}

/** Reads a bitmap of columns; gives `last` when it is the same, as it nearly always is. */
export function takeImage(readers: readonly ReadValue[], last: RowImage | undefined): RowImage {
  const size = (readers.length + 7) >> 3;
  const at = take(size, "the bitmap of columns");
  if (last !== undefined && sameBytes(last.bitmap, at)) return last;
  const columns = readers.map((_, column) => column).filter((column) => isSet(at, column));
  return {
    bitmap: Uint8Array.from(cursor.bytes.subarray(at, at + size)),
    full: columns.length === readers.length,
    columns,
    readers: readers.filter((_, column) => isSet(at, column)),
    nullBytes: (columns.length + 7) >> 3,
    template: readers.map((_, column) => (isSet(at, column) ? null : undefined)),
  };
}

function sameBytes(bitmap: Uint8Array, at: number): boolean {
  for (let index = 0; index < bitmap.length; index += 1) {
    if (byteAt(bitmap, index) !== byteAt(cursor.bytes, at + index)) return false;
  }
  return true;
}

/** Whether a bit is set in the bitmap at `bitmapAt`, least significant bit first. */
export function isSet(bitmapAt: number, bit: number): boolean {
  return (byteAt(cursor.bytes, bitmapAt + (bit >> 3)) & (1 << (bit & 7))) !== 0;
}

/**
 * A row: a bit per column *of the image* (set: NULL), then the values of the others. Hot path: the copy of the
 * template keeps V8's array kind (no transitions from small integers to anything), and is all that
 * is allocated besides the values.
 */
export function takeRow(image: RowImage): Row {
  const { columns, readers, full } = image;
  const bytes = cursor.bytes;
  const nullsAt = cursor.offset;
  const row = image.template.slice();
  cursor.offset = nullsAt + image.nullBytes;
  for (let index = 0; index < readers.length; index += 1) {
    const read = readers[index];
    if ((byteAt(bytes, nullsAt + (index >> 3)) & (1 << (index & 7))) !== 0 || read === undefined) continue;
    row[full ? index : (columns[index] ?? 0)] = read(bytes, cursor.offset);
  }
  if (cursor.offset > cursor.end) throw truncated("a row");
  return row;
}

/** Where each column of the last row that `takeBefore` read starts, in the order of its image; behind the last, its end. */
const starts = new Int32Array(4097);

/** The same for a before image: where its values stand is noted for {@link takeChangedRow}, at a cost that other rows are spared. */
export function takeBefore(image: RowImage): Row {
  const { columns, readers } = image;
  const bytes = cursor.bytes;
  const nullsAt = cursor.offset;
  const row = image.template.slice();
  cursor.offset = nullsAt + image.nullBytes;
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    const read = readers[index];
    const isNull = (byteAt(bytes, nullsAt + (index >> 3)) & (1 << (index & 7))) !== 0;
    starts[index] = cursor.offset;
    if (!isNull && column !== undefined && read !== undefined) row[column] = read(bytes, cursor.offset);
  }
  if (cursor.offset > cursor.end) throw truncated("a row");
  starts[columns.length] = cursor.offset;
  return row;
}

/**
 * The after image of an update whose before image is whole while it leaves out what didn't change: MariaDB's
 * binlog_row_image=FULL_NODUP (11.4+), and MINIMAL where the table has no key or nothing else.
 */
export function takeRowOver(image: RowImage, before: Row): Row {
  const row = takeRow(image);
  before.forEach((value, column) => {
    if (image.template[column] === undefined) row[column] = value;
  });
  return row;
}

/**
 * The after image of the update whose before image, of the same columns, `takeBefore` has just read from `nullsAt` on.
 * An update changes few columns: where a column's bytes are those of the before image, so is its value
 * (hot path). The bytes of a value say themselves where it ends, so the same bytes are the same value.
 */
export function takeChangedRow(image: RowImage, before: Row, beforeNullsAt: number): Row {
  const { columns, readers, nullBytes } = image;
  const bytes = cursor.bytes;
  const nullsAt = cursor.offset;
  if (cursor.leftOut || nullsAt + nullBytes > cursor.end || !isSameRange(bytes, beforeNullsAt, nullsAt, nullBytes))
    return takeRow(image);
  const row = before.slice();
  cursor.offset = nullsAt + nullBytes;
  for (let index = 0; index < columns.length; index += 1) {
    const start = starts[index] ?? 0;
    const length = (starts[index + 1] ?? 0) - start;
    const at = cursor.offset;
    if (at + length <= cursor.end && isSameRange(bytes, start, at, length)) {
      cursor.offset = at + length;
      continue;
    }
    const column = columns[index];
    const read = readers[index];
    if (column !== undefined && read !== undefined) row[column] = read(bytes, at);
  }
  if (cursor.offset > cursor.end) throw truncated("a row");
  return row;
}

/** From this length on a call into native code is cheaper. */
const SHORT_MAX = 128;

function isSameRange(bytes: Buffer, a: number, b: number, length: number): boolean {
  if (length > SHORT_MAX) return bytes.compare(bytes, b, b + length, a, a + length) === 0;
  for (let index = 0; index < length; index += 1) {
    if (byteAt(bytes, a + index) !== byteAt(bytes, b + index)) return false;
  }
  return true;
}
