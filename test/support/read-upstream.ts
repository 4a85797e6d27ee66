import { gtidText } from "../../src/binlog/gtid.ts";
import type { TableHandle, Transaction } from "../../src/binlog/transaction.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/log.ts";
import { openReader, type Reader, type ReaderOptions } from "../../src/upstream/reader.ts";
import { waitFor } from "./wait-for.ts";

/** A reader that runs by itself and keeps what it read. */
export interface Reading {
  readonly reader: Reader<TableHandle>;
  /** Transactions with a GTID, rows or a statement; those that only move the position are left out. */
  readonly transactions: readonly Transaction[];
  /** All of them. */
  readonly handedOut: readonly Transaction[];
  /** Values of the first column of inserted rows, in order. */
  readonly inserted: readonly unknown[];
  /** Resolves when the reader ended; with the error it ended with, or null. */
  readonly ended: Promise<unknown>;
  /** Waits until the condition holds; fails with the reader's error when it ends before. */
  until(what: string, condition: () => boolean, timeoutMs?: number): Promise<void>;
  /** Stops and waits for the end. */
  stop(): Promise<void>;
}

export type ReadingOptions = Pick<ReaderOptions<TableHandle>, "upstream" | "flavour" | "start"> &
  Partial<ReaderOptions<TableHandle>> & {
    /** The database whose rows are decoded; default none. */
    readonly database?: string;
  };

/** Starts reading. Always stop it in the end. */
export function startReading(options: ReadingOptions): Reading {
  const reader = openReader<TableHandle>({
    task: "test",
    resolve: (map) => (map.database === options.database ? handleOf(map.types.length) : null),
    backoff: { baseMs: 20, capMs: 200 },
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  const handedOut: Transaction[] = [];
  const stop = new AbortController();
  let failure: unknown = null;
  const read = async (): Promise<unknown> => {
    try {
      for await (const chunk of reader.chunks(stop.signal)) {
        // One by one: what came before an error within a chunk was handed out.
        for (const transaction of chunk) handedOut.push(transaction);
      }
      return null;
    } catch (error) {
      failure = error;
      return error;
    } finally {
      await reader.close();
    }
  };
  const ended = read();
  return {
    reader,
    handedOut,
    get transactions() {
      return handedOut.filter((each) => each.gtid !== null || each.rowCount > 0 || each.statement !== null);
    },
    get inserted() {
      return handedOut.flatMap((each) =>
        each.changes.filter(({ kind }) => kind === "insert").flatMap(({ rows }) => rows.map((row) => row[0])),
      );
    },
    ended,
    async until(what, condition, timeoutMs = 20_000) {
      await waitFor(
        () => {
          if (failure instanceof Error) throw failure;
          return condition() ? true : undefined;
        },
        { what, timeoutMs, everyMs: 5, explain: () => JSON.stringify(reader.state.recentReconnects) },
      );
    },
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

/** GTIDs as text, in the order in which they came. */
export function gtidsOf(transactions: readonly Transaction[]): string[] {
  return transactions.map(({ gtid }) => (gtid === null ? "none" : gtidText(gtid)));
}

function handleOf(columns: number): TableHandle {
  return {
    columns: Array.from({ length: columns }, (_, index) => ({
      name: `c${index}`,
      unsigned: false,
      charset: "utf8mb4",
      special: null,
    })),
  };
}
