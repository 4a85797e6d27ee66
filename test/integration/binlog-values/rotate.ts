/** The values of the cases as updates and deletes, in every row image. */
import type { TableMap } from "../../../src/binlog/table-map.ts";
import type { RowsChange, TableHandle } from "../../../src/binlog/transaction.ts";
import type { Value } from "../../../src/binlog/value.ts";
import type { Server } from "../../support/servers/index.ts";
import { answerOf, isAnswer } from "./answer.ts";
import { changesOf } from "./images.ts";
import type { Answers, Hints } from "./log.ts";

/** What was compared, and one line per value that is not the server's. */
export interface Rotated {
  readonly compared: number;
  readonly different: string[];
}

/** What a table of a case holds: the server's text of each row, by id. */
interface Held {
  readonly answers: Answers;
  readonly rows: ReadonlyMap<number, string | null>;
}

const ID = 0;
const C = 1;

/**
 * For each image: gives each row of each table the value of the row before it, then deletes a part of the rows. The rows are those that
 * `logCases` has left; `settings` are run first.
 */
export async function rotateValues(
  server: Server,
  database: string,
  answers: readonly Answers[],
  hints: Hints,
  images: readonly string[],
  settings: readonly string[],
): Promise<Rotated> {
  let tables: ReadonlyMap<string, Held> = new Map(
    answers.map((each, index) => [`t${index}`, { answers: each, rows: rowsById(each) }] as const),
  );
  const resolve = (map: TableMap): TableHandle | null =>
    map.database === database ? { columns: hints.get(map.table) ?? [] } : null;
  const different: string[] = [];
  let compared = 0;
  for (const [turn, image] of images.entries()) {
    const goes = (id: number): boolean => id % images.length === turn;
    const changes = await changesOf(
      server,
      database,
      [
        "SET sql_mode = '', time_zone = '+00:00'",
        ...settings,
        `SET binlog_row_image = ${image}`,
        ...[...tables.keys()].map(rotation),
        ...[...tables.keys()].map((table) => `DELETE FROM ${table} WHERE id % ${images.length} = ${turn}`),
      ],
      resolve,
    );
    const byTable = Map.groupBy(changes, ({ map }) => map.table);
    const left = new Map<string, Held>();
    for (const [table, held] of tables) {
      const rotated = rotatedRows(held.rows);
      const result = compare(byTable.get(table) ?? [], held, rotated, goes);
      compared += result.compared;
      different.push(...result.different.map((line) => `${image} ${line}`));
      left.set(table, { answers: held.answers, rows: new Map([...rotated].filter(([id]) => !goes(id))) });
    }
    tables = left;
  }
  return { compared, different };
}

function rowsById({ got, want }: Answers): Map<number, string | null> {
  return new Map(got.map((row, place) => [Number(row[ID]), want[place] ?? null]));
}

function rotation(table: string): string {
  const first = `(SELECT MIN(id) FROM ${table})`;
  const source = `SELECT COALESCE(LEAD(id) OVER (ORDER BY id), ${first}) AS target, c FROM ${table}`;
  return `UPDATE ${table} AS a JOIN (${source}) AS b ON b.target = a.id SET a.c = b.c`;
}

function rotatedRows(rows: ReadonlyMap<number, string | null>): Map<number, string | null> {
  const ids = [...rows.keys()].toSorted((a, b) => a - b);
  return new Map(ids.map((id, place) => [id, rows.get(ids.at(place - 1) ?? id) ?? null]));
}

/**
 * A before image has the id. A value that an image has is the server's; FULL images have it, and so have the image behind a change and
 * one that may leave out BLOBs only. Rows whose value stays the same aren't logged; all others are.
 */
function compare(
  changes: readonly RowsChange[],
  { answers, rows: held }: Held,
  rotated: ReadonlyMap<number, string | null>,
  goes: (id: number) => boolean,
): Rotated {
  const { valueCase } = answers;
  const different: string[] = [];
  let compared = 0;
  const check = (value: Value | undefined, wanted: string | null | undefined, what: string): void => {
    compared += 1;
    if (wanted !== undefined && isAnswer(value, valueCase.question, wanted)) return;
    const told = answerOf(value, valueCase.question)?.slice(0, 60);
    different.push(`${valueCase.type.slice(0, 60)} ${what}: ${told} instead of ${wanted?.slice(0, 60)}`);
  };
  const missed = { update: new Set<number>(), delete: new Set([...rotated.keys()].filter(goes)) };
  for (const [id, value] of rotated) if (held.get(id) !== value) missed.update.add(id);
  for (const { kind, rows, full } of changes) {
    if (kind === "insert") different.push(`${valueCase.type}: an insert`);
    const step = kind === "update" ? 2 : 1;
    for (let index = 0; index < rows.length; index += step) {
      const [before, after] = [rows[index] ?? [], rows[index + 1] ?? []];
      const id = Number(before[ID]);
      const was = kind === "update" ? held : rotated;
      if (full || before[C] !== undefined) check(before[C], was.get(id), `before the ${kind} of ${id}`);
      if (kind === "update") check(after[C], rotated.get(id), `after the update of ${id}`);
      missed[kind === "update" ? "update" : "delete"].delete(id);
    }
  }
  for (const [kind, ids] of Object.entries(missed))
    for (const id of ids) different.push(`${valueCase.type}: no ${kind} of ${id}`);
  return { compared, different };
}
