/**
 * A process that decodes a binlog file once to warm up and once for the figure, and prints what it took:
 * `node decode-subject.ts tidemark|zongji FILE`. One process per subject and turn, so that neither runs code that the other
 * has shaped. The file is in memory before the clock starts; columns are in `FILE.columns.json`.
 */
import { readFileSync } from "node:fs";
import { createAssembler } from "../../src/binlog/assembler.ts";
import type { ColumnHint } from "../../src/binlog/transaction.ts";
import { openZongji } from "./zongji.ts";

/** A row of information_schema.COLUMNS. */
export interface ColumnRow {
  readonly COLUMN_NAME: string;
  readonly COLLATION_NAME: string | null;
  readonly CHARACTER_SET_NAME: string | null;
  readonly COLUMN_COMMENT: string;
  readonly COLUMN_TYPE: string;
}

export interface DecodeResult {
  readonly rows: number;
  readonly seconds: number;
}

const HEADER = 19;

/** Whole transactions, checksums verified, every row decoded. Gives the number of row changes. */
function tidemark(bytes: Buffer, columns: readonly ColumnRow[]): number {
  const hints = columns.map(({ COLUMN_NAME: name, COLUMN_TYPE: type, CHARACTER_SET_NAME: charset }): ColumnHint => ({
    name,
    unsigned: type.includes("unsigned"),
    charset,
    special: null,
  }));
  const assembler = createAssembler({
    flavour: "mysql",
    resolve: () => ({ columns: hints }),
    file: "binlog.000001",
    offset: 4,
  });
  let rows = 0;
  for (let at = 4; at < bytes.length;) {
    const end = at + bytes.readUInt32LE(at + 9);
    rows += assembler.push(bytes, at, end)?.rowCount ?? 0;
    at = end;
  }
  return rows;
}

/** Every row decoded; it verifies no checksums and makes no transactions. */
function zongji(bytes: Buffer, columns: readonly ColumnRow[]): number {
  const reader = openZongji(columns);
  let rows = 0;
  for (let at = 4; at < bytes.length;) {
    const end = at + bytes.readUInt32LE(at + 9);
    rows += reader.read(bytes, at, at + HEADER, end);
    at = end;
  }
  return rows;
}

if (import.meta.main) {
  const [, , subject = "", file = ""] = process.argv;
  const bytes = readFileSync(file);
  const columns: readonly ColumnRow[] = JSON.parse(readFileSync(`${file}.columns.json`, "utf8"));
  const decode = subject === "zongji" ? zongji : tidemark;
  decode(bytes, columns);
  const start = performance.now();
  const rows = decode(bytes, columns);
  const seconds = (performance.now() - start) / 1000;
  const result: DecodeResult = { rows, seconds };
  console.log(JSON.stringify(result));
}
