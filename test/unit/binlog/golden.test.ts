import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { TidemarkError } from "../../../src/errors.ts";
import { createAssembler } from "../../../src/binlog/assembler.ts";
import type { RowsChange, TableHandle } from "../../../src/binlog/transaction.ts";
import type { Value } from "../../../src/binlog/value.ts";
import type { TableMap } from "../../../src/binlog/table-map.ts";
import { sameAsPrinted } from "./printed-value.ts";

/**
 * Files that real servers (MySQL 5.1 to 8.0) wrote, beside an official decoder's reading of them. They stand
 * outside the repository; without them there is nothing to compare, and the run says so.
 */
const FOLDER = path.resolve(import.meta.dirname, "../../../../shared/golden");
const there = existsSync(FOLDER);
const files = there
  ? globSync("*/*", { cwd: FOLDER })
      .filter((file) => !file.endsWith(".gz"))
      .toSorted()
  : [];

/** How a damaged or foreign file may end. */
const REFUSED = ["event_truncated", "event_malformed", "unknown_event", "checksum_mismatch"];

/** What the lists hold per row. Columns are numbered from 1; the texts are the decoder's own. */
interface PrintedRow {
  readonly op: "INSERT" | "UPDATE" | "DELETE";
  readonly db: string;
  readonly table: string;
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, string>>;
}

/** Every text as UTF-8, every number signed: the lists don't know better. */
function handleFor(map: TableMap): TableHandle {
  return {
    columns: Array.from(map.types, (_, column) => ({
      name: `c${column + 1}`,
      unsigned: false,
      charset: "utf8mb4",
      special: null,
    })),
  };
}

/** The changes of a file, and the named error that it ends in, if it does. */
function readLog(file: string): { changes: RowsChange[]; error: string | null } {
  const bytes = readFileSync(path.join(FOLDER, file));
  const assembler = createAssembler({
    flavour: "mysql",
    resolve: handleFor,
    file: path.basename(file),
    offset: 4,
    dropStatement: () => true,
    survivesRollback: () => true,
  });
  const changes: RowsChange[] = [];
  try {
    for (let at = 4; at < bytes.length;) {
      const size = at + 13 <= bytes.length ? bytes.readUInt32LE(at + 9) : 0;
      const transaction = assembler.push(bytes.subarray(at, at + Math.max(size, 1)));
      changes.push(...(transaction?.changes ?? []));
      at += size;
    }
  } catch (thrown) {
    if (!(thrown instanceof TidemarkError)) throw thrown;
    return { changes, error: thrown.name };
  }
  return { changes, error: null };
}

function printedRows(file: string): PrintedRow[] {
  const text = gunzipSync(readFileSync(path.join(FOLDER, `${file}.jsonl.gz`))).toString();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): PrintedRow => JSON.parse(line));
}

function shown(value: Value | undefined): string {
  return JSON.stringify(typeof value === "bigint" ? `${value}` : (value ?? null)).slice(0, 100);
}

/** One line per difference, so that a failure shows what and where. */
function differences(changes: readonly RowsChange[], printed: readonly PrintedRow[]): string[] {
  const found: string[] = [];
  let next = 0;
  for (const change of changes) {
    const step = change.kind === "update" ? 2 : 1;
    for (let index = 0; index < change.rows.length; index += step) {
      const want = printed[next];
      next += 1;
      const where = `row ${next} of ${change.map.database}.${change.map.table}`;
      if (want === undefined) {
        found.push(`${where}: not in the list`);
        continue;
      }
      if (want.op !== change.kind.toUpperCase() || want.db !== change.map.database || want.table !== change.map.table) {
        found.push(`${where}: ${change.kind} instead of ${want.op} of ${want.db}.${want.table}`);
      }
      const images =
        change.kind === "insert" ? [want.after] : change.kind === "delete" ? [want.before] : [want.before, want.after];
      images.forEach((image, offset) => {
        change.rows[index + offset]?.forEach((value, column) => {
          const text = image[column + 1];
          const type = want.types[column + 1] ?? "";
          if (!sameAsPrinted(value, text, type))
            found.push(`${where}, column ${column + 1} (${type}): ${shown(value)} instead of ${text?.slice(0, 100)}`);
        });
      });
    }
  }
  if (next !== printed.length) found.push(`${next} rows instead of ${printed.length}`);
  return found;
}

const isListed = (file: string): boolean => existsSync(path.join(FOLDER, `${file}.jsonl.gz`));

describe.skipIf(!there)("binlog files of real servers (shared/golden)", () => {
  test.each(files.filter(isListed))("T1: %s holds the rows that the official decoder printed", (file) => {
    const { changes, error } = readLog(file);
    expect(differences(changes, printedRows(file)).slice(0, 10)).toEqual([]);
    expect(error).toBeNull();
  });

  test.each(files.filter((file) => !isListed(file)))("T6: %s is read to its end or refused by name", (file) => {
    const { changes, error } = readLog(file);
    expect([null, ...REFUSED]).toContain(error);
    expect(changes).toEqual([]);
  });
});

test.runIf(!there)("the golden files are not here: nothing was compared", ({ annotate }) => {
  expect(there).toBe(false);
  return annotate(`${FOLDER} does not exist`, "notice");
});
