/**
 * A column's value as the decoder hands it on: exact to the bit, never rounded, never guessed.
 *
 * | column type                                   | value                                                        |
 * | --------------------------------------------- | ------------------------------------------------------------ |
 * | any, NULL                                     | `null`                                                       |
 * | TINYINT … INT, BIGINT, YEAR, ENUM (its index) | `number` when a safe integer, else `bigint` (both exact)     |
 * | SET (its members as a bit mask), BIT          | `number` when a safe integer, else `bigint`                  |
 * | FLOAT, DOUBLE                                 | `number` (FLOAT: the single-precision value)                 |
 * | DECIMAL                                       | `string`: exact decimal text with the column's scale         |
 * | DATE, TIME, DATETIME, TIMESTAMP               | `string` as the server prints it, TIMESTAMP in UTC           |
 * | CHAR, VARCHAR, TEXT in utf8mb3/utf8mb4/ascii  | `string`; bytes that aren't valid UTF-8 come as `Buffer`     |
 * | the same in any other charset                 | `Buffer`: the column's bytes, to be sent with an introducer  |
 * | BINARY, VARBINARY, BLOB, geometry, VECTOR     | `Buffer` (BINARY(n) padded with zero bytes to n)             |
 * | INET4, INET6, UUID (MariaDB)                  | `string` as the server prints it                             |
 * | JSON (MySQL)                                  | `string` as the server prints it, or {@link JsonDocument}    |
 * | JSON in the after image of a partial update   | the same; {@link JsonPathUpdate} where the before image leaves the document out |
 */
export type Value = null | number | bigint | string | Buffer | JsonDocument | JsonPathUpdate;

/** A row: one value per column of the table map, in its order; `undefined` where the row image leaves a column out. */
export type Row = (Value | undefined)[];

/**
 * A JSON document that holds scalars which JSON text can't express: DECIMAL, dates, times, binary
 * strings, bits. `text` is the document as the server prints it; each opaque scalar is also given
 * apart so that it can be put back with its own type.
 */
export class JsonDocument {
  readonly text: string;
  readonly opaques: readonly JsonOpaque[];

  constructor(text: string, opaques: readonly JsonOpaque[]) {
    this.text = text;
    this.opaques = opaques;
  }
}

/** An opaque scalar in a JSON document. */
export interface JsonOpaque {
  /** Where it stands, as a MySQL JSON path: `$`, `$.a[0]`, `$."a b"`. */
  readonly path: string;
  /** Its column type, as the binary JSON format numbers it (`enum_field_types`): 246 DECIMAL, 10 DATE, … */
  readonly type: number;
  /** Exact text of a DECIMAL or temporal value (no quotes); the bytes of anything else. */
  readonly value: string | Buffer;
}

/**
 * What an update changed in a JSON document, where the log says no more (binlog_row_value_options=PARTIAL_JSON with
 * binlog_row_image=MINIMAL): steps to be made one after the other to whatever document is stored. Each holds
 * only where what it presupposes is there; else the document is not the one that was changed, and nothing may be guessed.
 */
export class JsonPathUpdate {
  readonly steps: readonly JsonPathStep[];

  constructor(steps: readonly JsonPathStep[]) {
    this.steps = steps;
  }
}

/** One step. `replace`: there is a value at the path. `insert`: there is none yet, but the object or array to put it in. `remove`: there is one. */
export interface JsonPathStep {
  readonly operation: "replace" | "insert" | "remove";
  /** The names and cells that lead there: `$.a."b c"[3]` is "a", "b c", 3. An insert at a cell moves those behind it; behind the last one, it appends. */
  readonly legs: readonly (string | number)[];
  /** As {@link Value} has JSON; null for `remove`. */
  readonly value: string | JsonDocument | null;
}
