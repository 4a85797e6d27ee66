/** What @vlasky/zongji makes of the same rows, where it is right. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openZongji, type ZongjiRow } from "../../bench/zongji.ts";
import type { ColumnRow } from "../../bench/decode-subject.ts";
import type { Server } from "../../support/servers/index.ts";
import { answerOf, isAnswer } from "./answer.ts";
import type { Answers } from "./log.ts";

/**
 * Where it is wrong or tells something else: BIT (a buffer, or wrong), YEAR 0 (1900), ENUM and SET (labels), text of other charsets (converted,
 * some wrongly), geometry (parsed, without SRID), VECTOR (throws), JSON (numbers are changed, the text is another).
 */
const NOT_RIGHT = /^(bit|year|enum|set|geometry|point|vector|json)\b|character set (?!utf8|ascii)/;
/** Negative times of whole hours: -99:63:64. */
const WRONG_VALUES: readonly (string | null)[] = ["-100:00:00"];

const HEADER = 19;
const TABLE_MAP = 19;

/** One line for each value that it reads in another way; and how many were compared. */
export async function zongjiReadings(
  server: Server,
  database: string,
  answers: readonly Answers[],
  from: { readonly file: string; readonly offset: number },
): Promise<{ readonly compared: number; readonly different: string[] }> {
  const wanted = new Map(
    answers
      .map((each, index) => [`t${index}`, each] as const)
      .filter(([, { valueCase }]) => !NOT_RIGHT.test(valueCase.type)),
  );
  const rows = await readRows(server, database, wanted, from);
  const different: string[] = [];
  let compared = 0;
  for (const [table, { valueCase, expressions, want }] of wanted) {
    want.forEach((told, place) => {
      const other = rows.get(table)?.[place]?.["c"];
      if (WRONG_VALUES.some((wrong) => told === wrong || told?.startsWith(`${wrong}.`) === true)) return;
      compared += 1;
      const isValue =
        typeof other === "string" || typeof other === "number" || Buffer.isBuffer(other) || other === null;
      if (isValue && isAnswer(other, valueCase.question, told)) return;
      different.push(
        `${valueCase.type} ${expressions[place]?.slice(0, 60)}: ${isValue ? answerOf(other, valueCase.question) : typeof other}`,
      );
    });
  }
  return { compared, different };
}

/** The rows of the wanted tables, in the log's order. */
async function readRows(
  server: Server,
  database: string,
  wanted: ReadonlyMap<string, unknown>,
  from: { readonly file: string; readonly offset: number },
): Promise<Map<string, ZongjiRow[]>> {
  const columns = await server.query<ColumnRow & { TABLE_NAME: string } & Record<string, unknown>>(
    `SELECT TABLE_NAME, COLUMN_NAME, COLLATION_NAME, CHARACTER_SET_NAME, COLUMN_COMMENT, COLUMN_TYPE FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = '${database}' ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  const byTable = Map.groupBy(columns, ({ TABLE_NAME: table }) => table);
  const reader = openZongji((table) => byTable.get(table) ?? []);
  const bytes = readFileSync(join(server.dataDir ?? "", from.file));
  const rows = new Map<string, ZongjiRow[]>();
  let table = "";
  for (let at = from.offset; at < bytes.length;) {
    const end = at + bytes.readUInt32LE(at + 9);
    if (bytes.readUInt8(at + 4) === TABLE_MAP) table = tableOf(bytes, at + HEADER);
    if (wanted.has(table)) {
      const read = reader.read(bytes, at, at + HEADER, end);
      if (read.length > 0) rows.set(table, [...(rows.get(table) ?? []), ...read]);
    }
    at = end;
  }
  return rows;
}

/** Behind table id and flags of a table map: length and name of the database, a zero byte, length and name of the table. */
function tableOf(bytes: Buffer, body: number): string {
  const at = body + 10 + bytes.readUInt8(body + 8);
  return bytes.toString("utf8", at + 1, at + 1 + bytes.readUInt8(at));
}
