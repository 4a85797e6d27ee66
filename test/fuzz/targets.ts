/**
 * What is fuzzed: each target takes bytes that began as good ones and were damaged, and must give a value or a named
 * error. Anything else that is thrown, and a value larger than its bytes can mean, is a failure.
 */
import { createAssembler } from "../../src/binlog/assembler.ts";
import { decodeGtidList } from "../../src/binlog/gtid-set-mariadb.ts";
import { decodeMysqlGtidSet } from "../../src/binlog/gtid-set-mysql.ts";
import { parseGtidSet } from "../../src/binlog/gtid-set.ts";
import { decodeJson } from "../../src/binlog/json-binary.ts";
import { uncompressColumn } from "../../src/binlog/mariadb-column.ts";
import { decodeTableMap } from "../../src/binlog/decode-table-map.ts";
import { rowsDecoder } from "../../src/binlog/rows-decoder.ts";
import { JsonDocument, type Value } from "../../src/binlog/value.ts";
import { EVENT_TARGETS, LOG_FILES } from "./event-targets.ts";
import { gtidSetSeeds } from "./gtid-seeds.ts";
import { PACKET_TARGET } from "./packet-target.ts";
import { check, type Target } from "./target.ts";
import { hintOf, plainHandle, readOne, recordedColumns, vectors } from "../support/binlog-values.ts";

const PARTIAL_UPDATE_ROWS = 39;

function hexes(name: string, field: string): Buffer[] {
  return vectors(name).map((vector) => Buffer.from(String(vector[field]), "hex"));
}

/** A table map and a rows event's body, as one: a length in two bytes stands in front of the map. */
function joined(map: Buffer, body: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(map.length);
  return Buffer.concat([length, map, body]);
}

function rowSeeds(): Buffer[] {
  const recorded = ["values-mysql-9.7", "values-mariadb-11.8"].flatMap(recordedColumns).flatMap(({ map, rows }) => {
    const [, body] = rows.at(-1) ?? [];
    return body === undefined ? [] : [joined(Buffer.from(map, "hex"), Buffer.from(body, "hex"))];
  });
  const others = vectors("row-events").map((vector) =>
    joined(
      Buffer.from(String(vector["table_map_body_hex"]), "hex"),
      Buffer.from(String(vector["rows_body_hex"]), "hex"),
    ),
  );
  return [...recorded, ...others];
}

/** How large a value is in memory, roughly. */
function sizeOf(value: Value | undefined): number {
  if (typeof value === "string" || Buffer.isBuffer(value)) return value.length;
  return value instanceof JsonDocument ? value.text.length : 8;
}

function runRows(bytes: Buffer, pick: (limit: number) => number): void {
  const length = Math.min(bytes.length < 2 ? 0 : bytes.readUInt16LE(0), bytes.length - 2);
  const start = Math.max(2 + length, 0);
  const map = decodeTableMap(bytes, Math.min(2, start), start, pick(2) === 0 ? "mysql" : "mariadb");
  const special = ([null, null, null, "inet4", "inet6", "uuid"] as const)[pick(6)] ?? null;
  const handle = pick(2) === 0 ? plainHandle(map) : { columns: Array.from(map.types, () => hintOf({ special })) };
  const type = [20, 21, 23, 24, 25, 30, 31, 32, PARTIAL_UPDATE_ROWS][pick(9)] ?? 30;
  const { rows } = rowsDecoder(map, handle).decode(bytes, start, bytes.length, type);
  check(rows.length <= 2 * (bytes.length - start) + 1, `${rows.length} rows`);
  const widest = Math.max(...map.metadata, 8);
  for (const row of rows)
    for (const value of row)
      check(sizeOf(value) <= 64 * bytes.length + widest + (1 << 22), `a value of ${sizeOf(value)}`);
}

function runJson(bytes: Buffer): void {
  check(sizeOf(decodeJson(bytes, 0, bytes.length)) <= 64 * bytes.length + 64, "a JSON document");
}

/** The events of a binlog file; where their lengths make no sense, what is left. */
function runFile(bytes: Buffer, pick: (limit: number) => number): void {
  const assembler = createAssembler({
    flavour: pick(2) === 0 ? "mysql" : "mariadb",
    resolve: plainHandle,
    verifyChecksum: pick(4) === 0,
    file: "binlog.000001",
    offset: 4,
    transactionBytesMax: 1 << 26,
  });
  for (let at = 4; at < bytes.length;) {
    const length = at + 13 <= bytes.length ? Math.max(bytes.readUInt32LE(at + 9), 1) : bytes.length - at;
    // Where they stand, as a socket brings them: checksums are verified by the chunk then.
    assembler.push(bytes, at, at + length);
    at += length;
  }
}

export const TARGETS: readonly Target[] = [
  { name: "rows", seeds: rowSeeds(), keep: (bytes) => 2 + bytes.readUInt16LE(0), run: runRows },
  { name: "rows and table maps", seeds: rowSeeds(), run: runRows },
  {
    name: "table maps",
    seeds: hexes("table-map", "table_map_body_hex"),
    run: (bytes) => void decodeTableMap(bytes, 0, bytes.length),
  },
  { name: "JSON", seeds: hexes("json-binary", "hex"), run: runJson },
  {
    name: "DECIMAL",
    seeds: hexes("decimal", "hex"),
    run: (bytes, pick) => {
      const precision = 1 + pick(65);
      readOne(246, precision * 256 + pick(Math.min(precision, 30) + 1), bytes.toString("hex"));
    },
  },
  {
    name: "dates and times",
    seeds: hexes("temporal", "hex"),
    run: (bytes, pick) => void readOne([7, 10, 11, 12, 13, 17, 18, 19][pick(8)] ?? 7, pick(7), bytes.toString("hex")),
  },
  {
    name: "compressed columns",
    seeds: compressedSeeds(),
    run: (bytes) => void uncompressColumn(bytes, 0, bytes.length),
  },
  { name: "log files", seeds: LOG_FILES, cost: 20, run: runFile },
  ...EVENT_TARGETS,
  PACKET_TARGET,
  {
    name: "GTID sets",
    seeds: [
      "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7,4e11fa47-71ca-11e1-9e33-c80aa9429562:tag:3-9",
      "0-1-5,1-2-9",
    ].map((text) => Buffer.from(text)),
    run: (bytes, pick) => void parseGtidSet(pick(2) === 0 ? "mysql" : "mariadb", bytes.toString("latin1")).toString(),
  },
  {
    name: "GTID sets in bytes",
    seeds: gtidSetSeeds(),
    run: (bytes, pick) => void (pick(2) === 0 ? decodeMysqlGtidSet : decodeGtidList)(bytes, 0, bytes.length).toString(),
  },
];

function compressedSeeds(): Buffer[] {
  const columns = recordedColumns("values-mariadb-10.11").filter(({ type }) => type.includes("compressed"));
  // Behind the header, bitmap, NULL bits and id stands the column with its length.
  return columns.flatMap(({ rows }) => rows.map(([, body]) => Buffer.from(body, "hex").subarray(16)));
}
