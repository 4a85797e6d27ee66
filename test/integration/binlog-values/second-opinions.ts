/** What the server's own program for reading its log makes of the same rows. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Value } from "../../../src/binlog/value.ts";
import type { Server } from "../../support/servers/index.ts";
import { sameAsPrinted } from "../../unit/binlog/printed-value.ts";
import { answerOf } from "./answer.ts";
import type { Answers } from "./log.ts";

/** A column's value as printed, each byte as a character, and the program's remark on its type. */
export interface Printed {
  readonly text: string;
  readonly type: string;
}

const OUTPUT_MAX = 1 << 28;

/** The rows inserted, as `mysqlbinlog -vv` prints a file of the server's log from `offset` on: by table, in order, by column. */
export async function printedRows(
  server: Pick<Server, "dataDir">,
  command: readonly string[],
  file: string,
  offset: number,
): Promise<Map<string, Printed[][]>> {
  const [program = "", ...args] = command;
  const path = join(server.dataDir ?? "", file);
  const options = ["--no-defaults", "-vv", "--base64-output=DECODE-ROWS", `--start-position=${offset}`, path];
  const { stdout } = await promisify(execFile)(program, [...args, ...options], {
    encoding: "latin1",
    maxBuffer: OUTPUT_MAX,
  });
  const tables = new Map<string, Printed[][]>();
  let row: Printed[] = [];
  for (const line of stdout.split("\n")) {
    const table = /^### INSERT INTO `[^`]*`\.`([^`]*)`/.exec(line)?.[1];
    if (table !== undefined) {
      row = [];
      const rows = tables.get(table);
      if (rows === undefined) tables.set(table, [row]);
      else rows.push(row);
    }
    const [, text, type] = /^### {3}@\d+=(.*) \/\* (.*) \*\/$/.exec(line) ?? [];
    if (text !== undefined && type !== undefined) row.push({ text, type });
  }
  return tables;
}

/**
 * What these programs don't read: MariaDB's own types (they print the bytes that stand in the log), numbers of vectors (rounded), and
 * JSON (scalars without quotes or in another spelling).
 */
const NOT_READ = /^(inet4|inet6|uuid|vector|json)\b|compressed$/;

/** One line for each value that the program reads in another way; and how many were compared. */
export function otherReadings(
  answers: readonly Answers[],
  printed: ReadonlyMap<string, readonly (readonly Printed[])[]>,
): { readonly compared: number; readonly different: string[] } {
  const different: string[] = [];
  let compared = 0;
  answers.forEach(({ valueCase, expressions, got }, index) => {
    if (NOT_READ.test(valueCase.type)) return;
    const rows = printed.get(`t${index}`) ?? [];
    if (rows.length !== got.length) different.push(`t${index}: ${rows.length} rows instead of ${got.length}`);
    got.forEach((row, place) => {
      const other = rows[place]?.[1];
      if (other === undefined) return;
      compared += 1;
      if (!isReading(row[1], other, valueCase.type))
        different.push(
          `${valueCase.type.slice(0, 40)} ${expressions[place]?.slice(0, 60)}: ${other.text.slice(0, 80)}`,
        );
    });
  });
  return { compared, different };
}

/** Whether both mean the same, by what is known of how these programs print. */
function isReading(value: Value | undefined, { text, type }: Printed, columnType: string): boolean {
  const name = type.slice(0, type.search(/[ (]|$/));
  // Behind a negative number stands its unsigned reading.
  const unsigned = /^-\d+ \((\d+)\)$/.exec(text)?.[1];
  if (unsigned !== undefined && columnType.includes("unsigned")) return answerOf(value, "number") === unsigned;
  // The year 1900 can't be stored; 0 is printed so.
  if (name === "YEAR" && text === "1900") return value === 0;
  if (name === "TIMESTAMP" && typeof value === "string") return secondsOf(value) === text;
  // A SET is printed byte by byte as it is stored, the lowest first.
  if (name === "SET" && value !== null && value !== undefined) {
    const bytes = text.match(/[01]{8}/g) ?? [];
    return answerOf(value, "mask") === String(BigInt(`0b${bytes.toReversed().join("")}`));
  }
  return sameAsPrinted(value, text, type, "latin1");
}

/** `2024-01-31 00:00:00.5` → `1706659200.5` */
function secondsOf(value: string): string {
  const [whole = "", fraction] = value.split(".");
  const seconds = whole.startsWith("0000-00-00") ? 0 : Date.parse(`${whole.replace(" ", "T")}Z`) / 1000;
  return fraction === undefined ? String(seconds) : `${seconds}.${fraction}`;
}
