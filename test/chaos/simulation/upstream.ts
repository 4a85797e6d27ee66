/** The simulated upstream: a log that is read from any place on, in chunks of chance, with broken connections. */
import { createAssembler } from "../../../src/binlog/assembler.ts";
import type { TableHandle, Transaction } from "../../../src/binlog/transaction.ts";
import type { Clock } from "../../../src/clock.ts";
import type { Reader, ReaderOptions, ReaderState } from "../../../src/upstream/reader.ts";
import { BinlogBuilder } from "../../support/binlog-builder.ts";
import type { History, Random } from "./history.ts";

export const UPSTREAM = { flavour: "mysql", version: "8.4.3", versionText: "8.4.3", uuid: null, serverId: 1 } as const;

/** Like `openReader`, over a history. `isDead`: its process was killed. */
export function openSimulatedReader<H extends TableHandle>(
  history: History,
  options: ReaderOptions<H>,
  random: Random,
  isDead: () => boolean,
): Reader<H> {
  const { clock, start } = options;
  const assembler = createAssembler<H>({
    flavour: "mysql",
    resolve: options.resolve,
    file: start.file,
    offset: start.offset,
  });
  const received = { file: start.file, offset: start.offset };
  const closed = new AbortController();
  return {
    async *chunks(stop: AbortSignal) {
      const over = AbortSignal.any([stop, closed.signal]);
      for (;;) {
        assembler.reset({ ...received });
        for (const event of greeting(history, received.offset)) assembler.push(event);
        let next = history.events.findIndex((event) => event.start >= received.offset);
        if (next === -1) next = history.events.length;
        const connectionEnds = random() < 0.2 ? next + Math.floor(random() * 40) : Number.POSITIVE_INFINITY;
        while (next < connectionEnds) {
          await wait(clock, random, over);
          if (over.aborted || isDead()) return;
          const end = Math.min(history.events.length, next + 1 + Math.floor(random() * 30));
          const from = next;
          next = end;
          yield decode(from, end, over);
        }
      }
    },
    progress: () => undefined,
    forgetTables: () => assembler.forgetTables(),
    get state(): ReaderState {
      return stateOf(received);
    },
    close() {
      closed.abort();
      return Promise.resolve();
    },
  };

  function* decode(from: number, end: number, over: AbortSignal): Generator<Transaction<H>> {
    for (const event of history.events.slice(from, end)) {
      if (over.aborted) return;
      const transaction = assembler.push(event.bytes);
      if (transaction === null) continue;
      received.offset = transaction.end;
      yield transaction;
    }
  }
}

/** What a dump begins with. */
function greeting(history: History, offset: number): Buffer[] {
  const builder = new BinlogBuilder({ file: history.file });
  return [builder.fakeRotate(history.file, offset), builder.formatDescription({ artificial: true })];
}

function wait(clock: Clock, random: Random, over: AbortSignal): Promise<void> {
  return clock.sleep(random() < 0.1 ? random() * 300 : random() * 10, over);
}

function stateOf(received: { readonly file: string; readonly offset: number }): ReaderState {
  return {
    step: "stream",
    mode: "file",
    server: UPSTREAM,
    connectedSinceMs: 0,
    disconnectedSinceMs: null,
    reconnects: 0,
    reconnectCounts: [],
    recentReconnects: [],
    received: { ...received, gtids: "" },
    lastContactMs: null,
    handedOut: 0,
    lastTimestamp: null,
    clockOffsetMs: null,
    heartbeats: 0,
    queuedBytes: 0,
  };
}
