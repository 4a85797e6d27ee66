/** @vlasky/zongji without its connection: events from memory, columns as its own query of information_schema would give them. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ColumnRow } from "./decode-subject.ts";

interface Parser {
  setPacket(packet: { buffer: Buffer; offset: number; end: number }): void;
}
interface ZongjiEvent {
  readonly tableId?: number;
  readonly schemaName?: string;
  readonly tableName?: string;
  readonly rows?: readonly ZongjiRow[];
  updateColumnInfo?(): void;
}
type EventClass = new (parser: Parser, options: object, zongji: object) => ZongjiEvent;
interface Internals {
  readonly getEventClass: (code: number) => EventClass;
  readonly Parser: new () => Parser;
}

const TABLE_MAP = 19;
const HEADER_AND_CHECKSUM = 23;

const folder = dirname(createRequire(import.meta.url).resolve("@vlasky/zongji"));
const internals: unknown = {
  ...(await importUntyped("lib/code_map.js")),
  ...(await importUntyped("lib/reader.js")),
};

/** The package exports none of this, and has no types for it. */
async function importUntyped(file: string): Promise<object> {
  const module: unknown = await import(pathToFileURL(join(folder, file)).href);
  return typeof module === "object" && module !== null ? module : {};
}

function isInternals(value: unknown): value is Internals {
  return typeof value === "object" && value !== null && "getEventClass" in value && "Parser" in value;
}

/** A row by column names; an update has `before` and `after`. */
export type ZongjiRow = Readonly<Record<string, unknown>>;

/** Reads events one by one: the rows of an event, none of any other. `columns`: those of a table. */
export function openZongji(columns: (table: string) => readonly ColumnRow[]): {
  read(bytes: Buffer, header: number, body: number, end: number): readonly ZongjiRow[];
} {
  if (!isInternals(internals)) throw new Error("@vlasky/zongji has changed inside");
  const { getEventClass, Parser } = internals;
  const tableMap: Record<number, object> = {};
  // Dates as text, as ours are; numbers as mysql2 does by default.
  const config = { dateStrings: true, supportBigNumbers: false, timezone: "Z" };
  const zongji = { tableMap, useChecksum: true, _skipSchema: () => false, isMariaDb: false, connection: { config } };
  return {
    read(bytes, header, body, end) {
      const eventType = bytes.readUInt8(header + 4);
      const parser = new Parser();
      parser.setPacket({ buffer: bytes, offset: body, end });
      const options = {
        timestamp: bytes.readUInt32LE(header) * 1000,
        nextPosition: bytes.readUInt32LE(header + 13),
        size: end - header - HEADER_AND_CHECKSUM,
        eventType,
        serverId: bytes.readUInt32LE(header + 5),
      };
      const event = new (getEventClass(eventType))(parser, options, zongji);
      if (eventType === TABLE_MAP && event.tableId !== undefined && !(event.tableId in tableMap)) {
        tableMap[event.tableId] = {
          columnSchemas: columns(event.tableName ?? ""),
          parentSchema: event.schemaName,
          tableName: event.tableName,
        };
        event.updateColumnInfo?.();
      }
      return event.rows ?? [];
    },
  };
}
