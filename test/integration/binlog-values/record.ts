/**
 * Keeps what a server logged for the value cases, so that unit tests need no server:
 * `RECORD_BINLOG_VALUES=1 vitest run --project integration test/integration/binlog-values.test.ts` writes the fixtures
 * `test/unit/binlog/fixtures/values-FLAVOUR.jsonl.gz` anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Position } from "../../../src/binlog/position.ts";
import type { ColumnHint } from "../../../src/binlog/transaction.ts";
import type { Server } from "../../support/servers/index.ts";
import type { Question } from "./cases.ts";
import type { Answers, Hints } from "./log.ts";

/** One line of a fixture: a table of one column besides its id, and its rows as the server logged and as it tells them. */
export interface RecordedCase {
  readonly type: string;
  readonly question: Question;
  readonly hint: ColumnHint;
  /** The table map's body, hexadecimal. */
  readonly map: string;
  /** Per row: the rows event's type and body, and the server's answer. */
  readonly rows: readonly (readonly [type: number, body: string, want: string | null])[];
}

const HEADER = 19;
const CHECKSUM = 4;
const TABLE_MAP = 19;
const INSERTS: readonly number[] = [23, 30];
/** Longer events are left out, to keep the fixtures small. */
const BODY_MAX = 400;

/** Writes the fixture of a server from its file on this machine. */
export function recordCases(server: Server, start: Position, answers: readonly Answers[], hints: Hints): void {
  if (server.dataDir === null) throw new Error("the data folder of a server in a container can't be read");
  const bytes = readFileSync(join(server.dataDir, start.file));
  const tables = new Map<string, { map: string; rows: [number, string][] }>();
  let current: { map: string; rows: [number, string][] } | undefined;
  for (let at = start.offset; at < bytes.length; at += bytes.readUInt32LE(at + 9)) {
    const type = bytes.readUInt8(at + 4);
    const body = bytes.subarray(at + HEADER, at + bytes.readUInt32LE(at + 9) - CHECKSUM);
    if (type === TABLE_MAP) {
      const name = tableName(body);
      current = tables.get(name) ?? { map: body.toString("hex"), rows: [] };
      tables.set(name, current);
    } else if (INSERTS.includes(type)) current?.rows.push([type, body.toString("hex")]);
  }
  const lines = answers.flatMap(({ valueCase, want }, index): RecordedCase[] => {
    const table = tables.get(`t${index}`);
    const hint = hints.get(`t${index}`)?.[1];
    if (table === undefined || hint === undefined) return [];
    const rows = table.rows
      .map(([type, body], row) => [type, body, want[row] ?? null] as const)
      .filter(([, body]) => body.length <= 2 * BODY_MAX);
    return [{ type: valueCase.type.slice(0, 60), question: valueCase.question, hint, map: table.map, rows }];
  });
  const version = server.version.split(".").slice(0, 2).join(".");
  const file = resolve(import.meta.dirname, `../../unit/binlog/fixtures/values-${server.flavour}-${version}.jsonl.gz`);
  writeFileSync(file, gzipSync(lines.map((line) => JSON.stringify(line)).join("\n"), { level: 9 }));
}

/** Behind table id and flags: length and name of the database, a zero byte, length and name of the table. */
function tableName(body: Buffer): string {
  const database = body.readUInt8(8);
  const at = 10 + database;
  return body.toString("utf8", at + 1, at + 1 + body.readUInt8(at));
}
