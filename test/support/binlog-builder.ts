/**
 * Writes binlog events byte by byte, for tests, the simulation and fake upstreams:
 *
 *     const log = new BinlogBuilder();                       // MySQL 8.4 with CRC32, binlog.000001 from offset 4
 *     const table = { id: 7, database: "shop", table: "orders", columns: [int("id"), varchar("name", 40)] };
 *     const events = [
 *       log.formatDescription(),
 *       ...log.transaction("3e11fa47-71ca-11e1-9e33-c80aa9429562:1", table, [[1, "a"], [2, null]]),
 *       log.rotate("binlog.000002"),
 *     ];
 *
 * Each call gives one event (or, `transaction`, several), whole and with its checksum, and moves `offset`,
 * the end of the file so far; artificial events (`fakeRotate`, `heartbeat`) don't.
 */
import { crc32 } from "node:zlib";
import { versionNumber } from "../../src/mysql/flavour.ts";
import { columnBytes, metadataBytes, valueBytes, type BuiltColumn } from "./binlog-builder-columns.ts";

export { bigint, int, varchar, type BuiltColumn } from "./binlog-builder-columns.ts";

export interface BuiltTable {
  readonly id: number;
  readonly database: string;
  readonly table: string;
  readonly columns: readonly BuiltColumn[];
  /** Ordinals of the primary key's columns, logged with FULL metadata. */
  readonly primaryKey?: readonly number[];
}

export type BuiltValue = number | bigint | string | null;
export type BuiltRow = readonly BuiltValue[];

export interface BuilderOptions {
  readonly file?: string;
  readonly serverVersion?: string;
  readonly checksums?: boolean;
  readonly serverId?: number;
  /** Header timestamp of the events, seconds since 1970. */
  readonly timestamp?: number;
}

export interface EventOptions {
  readonly flags?: number;
  readonly timestamp?: number;
  /** Not in the file: next offset 0, flag ARTIFICIAL, timestamp 0. */
  readonly artificial?: boolean;
}

export interface RowsOptions {
  /** Ordinals of the columns that the before and after images hold (MINIMAL, NOBLOB). Default: all. */
  readonly before?: readonly number[];
  readonly after?: readonly number[];
  /** NO_FOREIGN_KEY_CHECKS_F */
  readonly foreignKeyChecksOff?: boolean;
}

const ARTIFICIAL = 0x20;

export class BinlogBuilder {
  file: string;
  offset = 4;
  timestamp: number;
  checksums: boolean;
  readonly serverVersion: string;
  readonly serverId: number;

  constructor(options: BuilderOptions = {}) {
    this.file = options.file ?? "binlog.000001";
    this.serverVersion = options.serverVersion ?? "8.4.3";
    this.checksums = options.checksums ?? true;
    this.serverId = options.serverId ?? 1;
    this.timestamp = options.timestamp ?? 1_700_000_000;
  }

  /** Any event: header, body, checksum. */
  event(type: number, body: Buffer, options: EventOptions = {}): Buffer {
    const length = 19 + body.length + (this.checksums ? 4 : 0);
    const artificial = options.artificial ?? false;
    if (!artificial) this.offset += length;
    const header = Buffer.alloc(19);
    header.writeUInt32LE(artificial ? 0 : (options.timestamp ?? this.timestamp), 0);
    header.writeUInt8(type, 4);
    header.writeUInt32LE(this.serverId, 5);
    header.writeUInt32LE(length, 9);
    header.writeUInt32LE(artificial ? 0 : this.offset % 0x1_0000_0000, 13);
    header.writeUInt16LE((options.flags ?? 0) | (artificial ? ARTIFICIAL : 0), 17);
    return this.checksums ? withChecksum([header, body]) : Buffer.concat([header, body]);
  }

  /** `created`: seconds since 1970 of the server's start, 0 in all but its first file. */
  formatDescription(options: EventOptions & { readonly created?: number } = {}): Buffer {
    const head = Buffer.alloc(57);
    head.writeUInt16LE(4, 0);
    head.write(this.serverVersion, 2, "latin1");
    head.writeUInt32LE(options.created ?? 0, 52);
    head.writeUInt8(19, 56);
    const maria = /mariadb/i.test(this.serverVersion);
    const lengths = Buffer.alloc(maria ? 171 : 42, 0);
    lengths[15 - 1] = 57 + lengths.length - 1;
    lengths[19 - 1] = 8;
    // Only servers before 5.6 have no checksum algorithm here; it is there, with room for a sum, even when off.
    const logged = versionNumber(this.serverVersion) >= 50_601 || maria;
    const algorithm = logged ? Buffer.of(this.checksums ? 1 : 0) : Buffer.alloc(0);
    const unsummed = logged && !this.checksums ? Buffer.alloc(4) : Buffer.alloc(0);
    return this.event(15, Buffer.concat([head, lengths, algorithm, unsummed]), options);
  }

  /** The file's real Rotate; the builder goes on in the new file. */
  rotate(file: string): Buffer {
    const event = this.event(4, rotateBody(file, 4));
    this.file = file;
    this.offset = 4;
    return event;
  }

  /** What a dump begins with: says file and offset of what comes next. */
  fakeRotate(file = this.file, offset = this.offset): Buffer {
    return this.event(4, rotateBody(file, offset), { artificial: true });
  }

  /** Version 1; the position stands in the header. */
  heartbeat(file = this.file, offset = this.offset): Buffer {
    const event = this.event(27, Buffer.from(file), { artificial: true });
    event.writeUInt32LE(offset % 0x1_0000_0000, 13);
    return this.checksums ? withChecksum([event.subarray(0, -4)]) : event;
  }

  /** MySQL: `uuid:number`, or null for an anonymous one. Tags aren't written. */
  gtid(text: string | null, options: { readonly committedAtUs?: number; readonly length?: number } = {}): Buffer {
    const head = Buffer.alloc(42 + (options.committedAtUs === undefined && options.length === undefined ? 0 : 7));
    // Eight bytes of length, as of a transaction of 16 MiB and more.
    const tail = Buffer.alloc(options.length === undefined ? 0 : 9, 0xfe);
    if (options.length !== undefined) tail.writeBigUInt64LE(BigInt(options.length), 1);
    const body = Buffer.concat([head, tail]);
    if (text !== null) {
      const [uuid = "", number = ""] = text.split(":");
      Buffer.from(uuid.replaceAll("-", ""), "hex").copy(body, 1);
      body.writeBigUInt64LE(BigInt(number), 17);
    }
    body[25] = 2;
    if (options.committedAtUs !== undefined) {
      body.writeUInt32LE(options.committedAtUs % 0x1_0000_0000, 42);
      body.writeUIntLE(Math.floor(options.committedAtUs / 0x1_0000_0000), 46, 3);
    }
    return this.event(text === null ? 34 : 33, body);
  }

  /** MariaDB: `domain-server-sequence`; flags 1: standalone. The server is written into the header. */
  mariadbGtid(text: string, flags = 0): Buffer {
    const [domain = 0, server = 0, sequence = 0] = text.split("-").map(Number);
    const body = Buffer.alloc(19);
    body.writeBigUInt64LE(BigInt(sequence), 0);
    body.writeUInt32LE(domain, 8);
    body.writeUInt8(flags, 12);
    const event = this.event(162, body);
    event.writeUInt32LE(server, 5);
    return this.checksums ? withChecksum([event.subarray(0, -4)]) : event;
  }

  /** `status`: status variables, code and value one after the other. */
  query(sql: string | Buffer, options: { readonly database?: string; readonly status?: Buffer } = {}): Buffer {
    const database = Buffer.from(options.database ?? "");
    const status = options.status ?? Buffer.alloc(0);
    const head = Buffer.alloc(13);
    head.writeUInt8(database.length, 8);
    head.writeUInt16LE(status.length, 11);
    return this.event(2, Buffer.concat([head, status, database, Buffer.of(0), Buffer.from(sql)]));
  }

  xid(number = 1): Buffer {
    const body = Buffer.alloc(8);
    body.writeBigUInt64LE(BigInt(number));
    return this.event(16, body);
  }

  /** With the table's names, signedness (all signed), charset (utf8mb4) and primary key as metadata. */
  tableMap(table: BuiltTable): Buffer {
    const id = Buffer.alloc(8);
    id.writeUIntLE(table.id, 0, 6);
    const name = (text: string): Buffer =>
      Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text), Buffer.of(0)]);
    return this.event(
      19,
      Buffer.concat([
        id,
        name(table.database),
        name(table.table),
        columnBytes(table.columns),
        metadataBytes(table.columns, table.primaryKey ?? []),
      ]),
    );
  }

  writeRows(table: BuiltTable, rows: readonly BuiltRow[], statementEnd = true, options: RowsOptions = {}): Buffer {
    return this.#rows(30, table, rows, [options.after], statementEnd, options);
  }

  /** Rows: before, after, before, after, … */
  updateRows(table: BuiltTable, rows: readonly BuiltRow[], statementEnd = true, options: RowsOptions = {}): Buffer {
    return this.#rows(31, table, rows, [options.before, options.after], statementEnd, options);
  }

  deleteRows(table: BuiltTable, rows: readonly BuiltRow[], statementEnd = true, options: RowsOptions = {}): Buffer {
    return this.#rows(32, table, rows, [options.before], statementEnd, options);
  }

  /** A whole transaction that inserts rows: GTID (null: anonymous, undefined: none), BEGIN, table map, rows, Xid. */
  transaction(gtid: string | null | undefined, table: BuiltTable, rows: readonly BuiltRow[]): Buffer[] {
    return [
      ...(gtid === undefined ? [] : [this.gtid(gtid)]),
      this.query("BEGIN"),
      this.tableMap(table),
      this.writeRows(table, rows),
      this.xid(),
    ];
  }

  /** `images`: for each image of a row the columns that it holds; undefined: all. */
  #rows(
    type: number,
    table: BuiltTable,
    rows: readonly BuiltRow[],
    images: readonly (readonly number[] | undefined)[],
    statementEnd: boolean,
    options: RowsOptions,
  ): Buffer {
    const maria = /mariadb/i.test(this.serverVersion);
    const head = Buffer.alloc(8);
    head.writeUIntLE(table.id, 0, 6);
    head.writeUInt16LE((statementEnd ? 1 : 0) | (options.foreignKeyChecksOff === true ? 2 : 0), 6);
    const width = table.columns.length;
    const held = images.map((columns) => columns ?? table.columns.map((_, index) => index));
    const bitmaps = held.map((columns) => bitmap(width, columns));
    const body = rows.map((row, n) => rowBytes(table.columns, row, held[n % held.length] ?? []));
    // MariaDB writes version 1, which has no extra data behind the flags.
    const extra = maria ? Buffer.alloc(0) : Buffer.of(2, 0);
    return this.event(maria ? type - 7 : type, Buffer.concat([head, extra, Buffer.of(width), ...bitmaps, ...body]));
  }
}

/** Of the bits behind `width`, the server sets all when every column is there. */
function bitmap(width: number, columns: readonly number[]): Buffer {
  if (columns.length === width) return Buffer.alloc((width + 7) >> 3, 0xff);
  const bits = Buffer.alloc((width + 7) >> 3);
  for (const index of columns) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  return bits;
}

/** The bytes with their CRC-32 behind them. */
export function withChecksum(parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(parts);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(bytes));
  return Buffer.concat([bytes, sum]);
}

function rotateBody(file: string, offset: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(offset));
  return Buffer.concat([head, Buffer.from(file)]);
}

/** The columns with these ordinals, in order; a bitmap of NULLs over just them comes first. */
function rowBytes(columns: readonly BuiltColumn[], row: BuiltRow, held: readonly number[]): Buffer {
  const nulls = Buffer.alloc((held.length + 7) >> 3);
  const values = held.map((index, bit) => {
    const column = columns[index];
    const value = row[index] ?? null;
    if (value !== null && column !== undefined) return valueBytes(column, value);
    nulls[bit >> 3] = (nulls[bit >> 3] ?? 0) | (1 << (bit & 7));
    return Buffer.alloc(0);
  });
  return Buffer.concat([nulls, ...values]);
}
