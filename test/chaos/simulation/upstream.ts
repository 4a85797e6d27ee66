/**
 * The simulated upstream: a log that is read from any place on, in chunks of chance, with broken connections. With GTIDs
 * there are two servers of one history, of which one answers at a time.
 */
import { createAssembler } from "../../../src/binlog/assembler.ts";
import { isEnded, type TableHandle, type Transaction } from "../../../src/binlog/transaction.ts";
import { TidemarkError } from "../../../src/errors.ts";
import type { ServerInfo } from "../../../src/mysql/flavour.ts";
import { Acknowledger, type Place } from "../../../src/upstream/acknowledger.ts";
import { interrupted } from "../../../src/upstream/interrupted.ts";
import { Received } from "../../../src/upstream/received.ts";
import type { Reader, ReaderOptions, ReaderState } from "../../../src/upstream/reader.ts";
import { sameServer } from "../../../src/upstream/session.ts";
import { BinlogBuilder } from "../../support/binlog-builder.ts";
import { gtidOf, type LoggedEvent, type UpstreamLog } from "./history/log.ts";
import { pick, type Random } from "./random.ts";

export interface UpstreamOptions {
  readonly logs: readonly UpstreamLog[];
  readonly random: Random;
  /** Connections end, servers change, reading fails. */
  readonly isPeace: () => boolean;
  /** A place of one of the logs, as a semi-synchronous replica acknowledges it. */
  readonly onAcknowledged: (file: string, offset: number) => void;
  /** Probability that the upstream has nothing to say for up to a minute, per chunk. */
  readonly idle: number;
}

/** Servers of one history. */
export class Upstream {
  readonly options: UpstreamOptions;
  #present: UpstreamLog;

  constructor(options: UpstreamOptions) {
    this.options = options;
    this.#present = pick(() => 0, options.logs);
  }

  /** The server that answers a new connection: mostly the one before. */
  answering(): UpstreamLog {
    const { logs, random, isPeace } = this.options;
    if (!isPeace() && random() < 0.15) this.#present = pick(random, logs);
    return this.#present;
  }

  /** The log of a server. */
  logOf(server: ServerInfo): UpstreamLog {
    const log = this.options.logs.find((other) => sameServer(other.server, server));
    if (log === undefined) throw new Error("no server of the simulation has that log");
    return log;
  }

  /** Reads one server's log, until another one answers. */
  openReader<H extends TableHandle>(log: UpstreamLog, options: ReaderOptions<H>): Reader<H> {
    return new SimulatedReader(this, log, options);
  }
}

class SimulatedReader<H extends TableHandle> implements Reader<H> {
  readonly #upstream: Upstream;
  readonly #options: ReaderOptions<H>;
  readonly #received: Received;
  readonly #assembler;
  readonly #closed = new AbortController();
  readonly #byGtid: boolean;
  readonly #log: UpstreamLog;
  readonly #acknowledger: Acknowledger;
  #successor: ServerInfo | null = null;
  #reconnects = -1;
  /** Parts of a transaction were handed out, and its end was not. */
  #isInParts = false;

  constructor(upstream: Upstream, log: UpstreamLog, options: ReaderOptions<H>) {
    const { start, resolve, flavour, streamBytes, gtidsComplete = false } = options;
    this.#upstream = upstream;
    this.#options = options;
    this.#log = log;
    this.#received = new Received(flavour, start, gtidsComplete);
    this.#byGtid = gtidsComplete && start.gtids !== "";
    this.#acknowledger = new Acknowledger(start.file === "" ? null : start);
    this.#assembler = createAssembler<H>({
      flavour,
      resolve,
      file: start.file,
      offset: start.offset,
      ...(streamBytes === undefined ? {} : { streamBytes, partBytes: streamBytes / 2 }),
    });
  }

  async *chunks(stop: AbortSignal): AsyncGenerator<Iterable<Transaction<H>>> {
    const { random, isPeace } = this.#upstream.options;
    const over = AbortSignal.any([stop, this.#closed.signal]);
    while (!over.aborted) {
      if (this.#isInParts) throw interrupted(upstreamLost());
      if (!isPeace() && random() < 0.03) throw upstreamLost();
      const { server } = this.#upstream.answering();
      if (this.#byGtid && !sameServer(server, this.#log.server)) {
        this.#successor = server;
        return;
      }
      if (this.#isSemiSync && this.#reconnects >= 0) await this.#options.settle?.();
      if (over.aborted) return;
      const events = this.#connect();
      const endsAt = !isPeace() && random() < 0.2 ? Math.floor(random() * 60) : Number.POSITIVE_INFINITY;
      for (let next = 0; next < endsAt;) {
        await this.#wait(over);
        if (over.aborted) return;
        const end = Math.min(events.length, next + 1 + Math.floor(random() * 30));
        const chunk = events.slice(next, end);
        next = end;
        yield this.#decode(chunk, over);
      }
    }
  }

  /** The events from where we are on. By GTID the dump begins at a file's start, and leaves out what we have. */
  #connect(): LoggedEvent[] {
    this.#reconnects += 1;
    const { server, events: all } = this.#log;
    const { file, offset } = this.#received;
    this.#assembler.reset({ file, offset });
    this.#acknowledge(file, offset);
    const events = this.#byGtid
      ? all.filter(({ number }) => number === 0 || !this.#has(number))
      : all.filter((event) => event.file > file || (event.file === file && event.start >= offset));
    const first = this.#byGtid ? (events[0]?.file ?? file) : file;
    const builder = new BinlogBuilder({ file: first, serverVersion: server.version });
    this.#assembler.push(builder.fakeRotate(first, this.#byGtid ? 4 : offset));
    this.#assembler.push(builder.formatDescription({ artificial: true }));
    return events;
  }

  /** To ask for the log from a place on is an acknowledgement of what is before it; then there are those that are sent. */
  #acknowledge(file: string, offset: number): void {
    if (!this.#isSemiSync) return;
    const { onAcknowledged } = this.#upstream.options;
    if (file !== "") onAcknowledged(file, offset);
    this.#acknowledger.begun(true, (payload) => {
      onAcknowledged(payload.toString("utf8", 9), Number(payload.readBigUInt64LE(1)));
      return true;
    });
  }

  get #isSemiSync(): boolean {
    return this.#options.upstream.semiSync === true;
  }

  #has(number: number): boolean {
    return this.#received.gtids.contains(gtidOf(this.#options.flavour, number));
  }

  /** Lazy, as the real one: a DDL changes how what comes behind it is decoded. */
  *#decode(events: readonly LoggedEvent[], over: AbortSignal): Generator<Transaction<H>> {
    for (const event of events) {
      if (over.aborted) return;
      const transaction = this.#assembler.push(event.bytes);
      if (transaction === null) continue;
      this.#isInParts = !isEnded(transaction);
      if (!this.#isInParts) this.#handsOut(transaction);
      yield transaction;
    }
    const { position, inTransaction } = this.#assembler;
    const before = this.#received.offset;
    if (!inTransaction && this.#received.moveTo(position.file, position.offset))
      yield this.#received.emptyTransaction(before, this.#assembler.heldFrom);
  }

  /** A whole transaction; the upstream asks for some of them to be acknowledged. */
  #handsOut(transaction: Transaction<H>): void {
    this.#received.take(transaction);
    if (this.#isSemiSync && transaction.end % 2 === 0) this.#acknowledger.asked();
    this.#acknowledger.reached(this.#received);
  }

  #wait(over: AbortSignal): Promise<void> {
    const { random, idle } = this.#upstream.options;
    const dice = random();
    const ms = dice < idle ? random() * 60_000 : dice < 0.1 ? random() * 300 : random() * 10;
    return this.#options.clock.sleep(ms, over);
  }

  progress(durable: Place): void {
    this.#acknowledger.durable(durable);
  }

  isAwaited(place: Place): boolean {
    return this.#acknowledger.isAwaited(place);
  }

  forgetTables(): void {
    this.#assembler.forgetTables();
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }

  get state(): ReaderState {
    return {
      step: "stream",
      mode: "file",
      server: this.#log.server,
      successor: this.#successor,
      connectedSinceMs: 0,
      disconnectedSinceMs: null,
      reconnects: Math.max(0, this.#reconnects),
      reconnectCounts: [],
      recentReconnects: [],
      received: this.#received.position,
      lastContactMs: null,
      lastTimestamp: null,
      clockOffsetMs: null,
      heartbeats: 0,
      handedOut: 0,
      queuedBytes: 0,
      semiSync: null,
    };
  }
}

function upstreamLost(): TidemarkError {
  return new TidemarkError("connection_lost", "simulated: the upstream can't be reached", {
    stage: "upstream",
    kind: "resumable",
    hint: "Wait.",
  });
}
