/** What a server's binary log says was done to one database, read back by our decoder: transactions in the order of their commits. */

import { comparePositions } from "../../../src/binlog/position.ts";
import type { TableMap } from "../../../src/binlog/table-map.ts";
import type { Transaction } from "../../../src/binlog/transaction.ts";
import { systemClock } from "../../../src/clock.ts";
import { silentLog } from "../../../src/log.ts";
import { openReader } from "../../../src/upstream/reader.ts";
import { namedTable, valueText, type NamedTable } from "../assemble.ts";
import type { RunningServer } from "../servers/index.ts";
import { logEnd, type LogEnd } from "../tidemark/upstream-end.ts";

/**
 * What a transaction did to rows, whatever the way: for each row as text, how many more of it (or less) there are afterwards. A row that is
 * changed is one less of the old and one more of the new; what is changed and changed back is not in it.
 */
export type NetEffect = ReadonlyMap<string, number>;

/** A row of the task's `applied_batch` table that was inserted: which run of the upstream's log the transaction says it holds. */
export interface AppliedRow {
  readonly task: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly start: LogEnd;
  readonly end: LogEnd;
}

/** A transaction of the log, or a statement (DDL), which is one by itself. */
export interface Done {
  /** Where it ends in its own server's log. */
  readonly end: LogEnd;
  readonly effect: NetEffect;
  /** A statement on the database; null for rows. */
  readonly statement: string | null;
  readonly applied: readonly AppliedRow[];
}

export interface HistoryOptions {
  /** Whose rows and statements are wanted. */
  readonly database: string;
  /** Default `tidemark`. */
  readonly metaSchema?: string;
  readonly from: LogEnd;
  /** Tables of it to leave out. */
  readonly ignore?: readonly string[];
}

/** Reads a server's log from `from` to its present end. Transactions that did nothing to the database are left out. */
export async function readHistory(server: RunningServer, options: HistoryOptions): Promise<Done[]> {
  const { database, from, metaSchema = "tidemark", ignore = [] } = options;
  const end = await logEnd(server);
  const history: Done[] = [];
  if (comparePositions(from, end) >= 0) return history;
  const wanted = (map: TableMap): boolean =>
    (map.database === database && !ignore.includes(map.table)) ||
    (map.database === metaSchema && map.table === "applied_batch");
  const reader = openReader<NamedTable>({
    task: "judge",
    upstream: { ...server.address, netTimeoutMs: 20_000, serverId: 4_711 },
    flavour: server.flavour,
    start: { ...from, gtids: "" },
    gtidsComplete: false,
    resolve: (map) => (wanted(map) ? namedTable(map) : null),
    backoff: { baseMs: 20, capMs: 200 },
    clock: systemClock,
    log: silentLog,
  });
  try {
    for await (const chunk of reader.chunks(new AbortController().signal)) {
      // Looked at one by one, because rows behind a CREATE TABLE … SELECT must be asked for before the next event is.
      for (const transaction of chunk) {
        const done = toDone(transaction, database, metaSchema);
        if (done.effect.size > 0 || done.statement !== null || done.applied.length > 0) history.push(done);
        if (comparePositions(done.end, end) >= 0) return history;
      }
    }
    throw new Error(`the log of ${server.describe()} ended before ${end.file}:${end.offset}`);
  } finally {
    await reader.close();
  }
}

function toDone(transaction: Transaction, database: string, metaSchema: string): Done {
  const { file, end: offset, statement } = transaction;
  const effect = new Map<string, number>();
  const applied: AppliedRow[] = [];
  const count = (table: string, row: readonly string[], by: number): void => {
    const key = `${table} (${row.join(", ")})`;
    const sum = (effect.get(key) ?? 0) + by;
    if (sum === 0) effect.delete(key);
    else effect.set(key, sum);
  };
  for (const { kind, map, rows } of transaction.changes) {
    const texts = rows.map((row) => row.map((value) => (value === null ? "NULL" : printed(valueText(value)))));
    if (map.database === metaSchema) {
      if (kind === "insert") applied.push(...texts.map(toApplied));
      continue;
    }
    // An update's rows are before, after, before, after, …
    const sign = (index: number): number => (kind === "insert" ? 1 : kind === "delete" || index % 2 === 0 ? -1 : 1);
    texts.forEach((row, index) => count(map.table, row, sign(index)));
  }
  const ours = statement !== null && (statement.database === database || statement.sql.includes(database));
  return { end: { file, offset }, effect, statement: ours ? statement.sql : null, applied };
}

/** Long values are told apart by their beginning, their end and their length. */
function printed(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 30)}…${text.slice(-30)} [${text.length}]`;
}

/** Columns as migrations/0001-task.ts has them. */
function toApplied(row: readonly string[]): AppliedRow {
  const [task = "", epoch, sequence, startFile = "", startOffset, endFile = "", endOffset] = row;
  return {
    task,
    epoch: Number(epoch),
    sequence: Number(sequence),
    start: { file: startFile, offset: Number(startOffset) },
    end: { file: endFile, offset: Number(endOffset) },
  };
}
