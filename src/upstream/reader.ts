import type { Assembler } from "../binlog/assembler.ts";
import { positionText, type Position } from "../binlog/position.ts";
import { isEnded, transactionTime, type TableHandle, type Transaction } from "../binlog/transaction.ts";
import { asTidemarkError, type TidemarkError } from "../errors.ts";
import type { Connection } from "../mysql/connection.ts";
import { serverName, type ServerInfo } from "../mysql/flavour.ts";
import { assemblerOf } from "./assembling.ts";
import { Acknowledger, type Place, type SemiSyncState } from "./acknowledger.ts";
import { Attempts, type Reconnect, type ReconnectCount } from "./attempts.ts";
import { decide, type Step } from "./decision.ts";
import { Hosts, hostText } from "./hosts.ts";
import { interrupted } from "./interrupted.ts";
import type { Reader, ReaderOptions, ReaderState } from "./reader-types.ts";
import { Received } from "./received.ts";
import { BYTES_MAX, openSession, type Session } from "./session.ts";

export type { Reader, ReaderOptions, ReaderState } from "./reader-types.ts";

/** @see Reader. Throws `bad_gtid_set`. Nothing is opened until `chunks` is called. */
export function openReader<H extends TableHandle>(options: ReaderOptions<H>): Reader<H> {
  return new UpstreamReader(options);
}

/** The loop: wait → open a session → hand out what it brings → note why it ended. Its state is what `state` says. */
class UpstreamReader<H extends TableHandle> implements Reader<H>, ReaderState {
  step: Step = "wait";
  mode: "gtid" | "file" | null = null;
  server: ServerInfo | null = null;
  successor: ServerInfo | null = null;
  connectedSinceMs: number | null = null;
  disconnectedSinceMs: number | null;
  lastTimestamp: number | null = null;
  handedOut = 0;
  clockOffsetMs: number | null = null;
  readonly #options: ReaderOptions<H>;
  readonly #gtidsComplete: boolean;
  readonly #received: Received;
  readonly #assembler: Assembler<H>;
  readonly #hosts: Hosts;
  readonly #attempts: Attempts;
  readonly #acknowledger: Acknowledger;
  readonly #closing = new AbortController();
  #owner: ServerInfo | null;
  #connection: Connection | null = null;
  #session: Session | null = null;
  #lastContactMs: number | null = null;
  #heartbeatsBefore = 0;
  /** Parts of a transaction were handed out, and its end was not. */
  #isInParts = false;
  /** A chunk that ended early because its bytes were damaged; the session ends with it. */
  #damage: TidemarkError | null = null;

  constructor(options: ReaderOptions<H>) {
    const { start, clock, backoff, budgetMs = null } = options;
    this.#options = options;
    this.#gtidsComplete = options.gtidsComplete ?? start.gtids !== "";
    this.#received = new Received(options.flavour, start, this.#gtidsComplete);
    this.#owner = options.owner ?? null;
    this.#hosts = options.hosts ?? new Hosts({ list: [options.upstream], failoverAfterMs: 0, clock });
    this.#attempts = new Attempts({ backoff, budgetMs, hosts: this.#hosts, clock });
    this.#acknowledger = new Acknowledger(start.file === "" ? null : start);
    this.#assembler = assemblerOf(options);
    this.disconnectedSinceMs = clock.now();
  }

  get state(): ReaderState {
    return this;
  }

  get reconnects(): number {
    return this.#attempts.total;
  }

  get reconnectCounts(): readonly ReconnectCount[] {
    return this.#attempts.counts;
  }

  get recentReconnects(): readonly Reconnect[] {
    return this.#attempts.recent;
  }

  get received(): Position {
    return this.#received.position;
  }

  get lastContactMs(): number | null {
    return this.#session?.watchdog.lastContactMs ?? this.#lastContactMs;
  }

  get heartbeats(): number {
    return this.#assembler.heartbeats;
  }

  get queuedBytes(): number {
    return (this.#session?.dump.queuedBytes ?? 0) + this.#assembler.bufferedBytes;
  }

  get semiSync(): SemiSyncState | null {
    return this.#options.upstream.semiSync === true ? this.#acknowledger.state : null;
  }

  progress(durable: Place): void {
    this.#attempts.progress();
    this.#hosts.progress();
    this.#acknowledger.durable(durable);
  }

  isAwaited(place: Place): boolean {
    return this.#acknowledger.isAwaited(place);
  }

  forgetTables(): void {
    this.#assembler.forgetTables();
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#connection?.destroy();
    return Promise.resolve();
  }

  async *chunks(stop: AbortSignal): AsyncGenerator<Iterable<Transaction<H>>> {
    const ended = AbortSignal.any([stop, this.#closing.signal]);
    try {
      while (!ended.aborted) {
        // What fails here fails downstream: it is told to whoever reads, and is no failure of the upstream's.
        if (this.semiSync !== null && this.handedOut > 0) await this.#options.settle?.();
        try {
          const session = await this.#open(ended);
          if (session === null) return;
          yield* this.#read(session, ended);
        } catch (error) {
          if (!ended.aborted) await this.#failed(error, ended);
        } finally {
          this.#hangUp();
        }
      }
    } finally {
      this.step = "closed";
    }
  }

  /** null: another server takes the place of ours. */
  async #open(ended: AbortSignal): Promise<Session | null> {
    const { upstream, task, clock, bytesMax = BYTES_MAX, log } = this.#options;
    const session = await openSession({
      upstream: { ...upstream, ...this.#hosts.present },
      task,
      received: this.#received,
      gtidsComplete: this.#gtidsComplete,
      owner: this.#owner,
      lastMode: this.mode,
      samePlace: this.#hosts.isHome,
      bytesMax,
      clock,
      signal: ended,
      onStep: (step) => {
        this.step = step;
      },
      onConnection: (connection) => {
        this.#connection = connection;
      },
    });
    if ("successor" in session) {
      this.successor = session.successor;
      this.#hosts.up();
      const host = hostText(this.#hosts.present);
      log.warn({ before: this.#owner, now: this.successor, host }, "the upstream is another server now");
      return null;
    }
    const { server, clockOffsetMs, checksums } = session.housekeeping;
    this.#session = session;
    this.#owner = server;
    this.server = server;
    this.mode = session.mode;
    this.clockOffsetMs = clockOffsetMs;
    this.#heartbeatsBefore = this.#assembler.heartbeats;
    this.#damage = null;
    this.#assembler.reset({ file: this.#received.file, offset: this.#received.offset, checksums });
    return session;
  }

  /** Hands out chunks until the session fails (throws) or `ended` is aborted (returns). */
  async *#read(session: Session, ended: AbortSignal): AsyncGenerator<Iterable<Transaction<H>>> {
    const { clock, log } = this.#options;
    const interrupt = (): void => session.dump.interrupt();
    ended.addEventListener("abort", interrupt, { once: true });
    try {
      if (ended.aborted) return;
      await session.dump.ready();
      this.step = "stream";
      this.connectedSinceMs = clock.now();
      this.disconnectedSinceMs = null;
      this.#attempts.up();
      this.#hosts.up();
      const { server, semiSyncOn } = session.housekeeping;
      this.#acknowledger.begun(semiSyncOn, (payload) => session.dump.acknowledge(payload));
      const semiSync = this.semiSync?.source;
      log.info(
        { server: serverName(server), mode: session.mode, position: this.#received.position, semiSync },
        "reading the upstream's log",
      );
      for (;;) {
        if (ended.aborted) return;
        yield this.#transactions(session, ended);
        if (this.#damage !== null) throw this.#damage;
        if (this.#assembler.hasRest) yield* this.#rest(ended);
        else await session.dump.ready();
      }
    } finally {
      ended.removeEventListener("abort", interrupt);
    }
  }

  /** What a compressed transaction holds that is too large to be inflated at once; what stands behind it in the chunk comes next. */
  async *#rest(ended: AbortSignal): AsyncGenerator<Iterable<Transaction<H>>> {
    for await (const transaction of this.#assembler.rest()) {
      if (ended.aborted) return;
      this.#handsOut(transaction);
      yield [transaction];
    }
  }

  #handsOut(transaction: Transaction<H>): void {
    this.#isInParts = !isEnded(transaction);
    if (this.#isInParts) return;
    this.#received.take(transaction);
    this.#acknowledger.reached(this.#received);
    this.lastTimestamp = transactionTime(transaction) ?? this.lastTimestamp;
    this.handedOut++;
  }

  /** The transactions (and parts) that end in the chunk in hand, decoded as they are pulled. */
  *#transactions(session: Session, ended: AbortSignal): Generator<Transaction<H>> {
    if (ended.aborted || this.#damage !== null) return;
    for (;;) {
      const event = session.dump.take();
      if (event === null) break;
      let transaction: Transaction<H> | null;
      try {
        transaction = this.#assembler.push(event.bytes, event.start, event.end);
      } catch (error) {
        const named = asTidemarkError(error, "decode");
        if (decide("stream", named, true) === "fatal") throw named;
        this.#damage = named;
        return;
      }
      if (session.dump.asksAcknowledgement) this.#acknowledger.asked();
      if (this.#assembler.hasRest) return;
      if (transaction === null) continue;
      this.#handsOut(transaction);
      yield transaction;
      // The only place where anything else runs; asking a composite signal once per event would show in a profile.
      if (ended.aborted) return;
    }
    if (this.#assembler.inTransaction) return;
    const before = this.#received.offset;
    const moved = this.#received.follow(this.#assembler, this.#heartbeatsBefore);
    this.#acknowledger.reached(this.#received);
    if (moved) {
      this.handedOut++;
      yield this.#received.emptyTransaction(before, this.#assembler.heldFrom);
    }
  }

  /** Notes why the session ended and waits for the next attempt; throws when there shall be none. */
  async #failed(thrown: unknown, ended: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const error = asTidemarkError(thrown, "upstream");
    const step = this.step;
    const reconnect = this.#attempts.failed({
      step,
      error,
      known: this.server !== null,
      movable: this.#gtidsComplete && this.#received.position.gtids !== "",
      position: positionText(this.#received.position),
      connectedMs: this.connectedSinceMs === null ? null : clock.now() - this.connectedSinceMs,
    });
    this.#hangUp();
    log.warn({ ...reconnect, code: error.facts["code"] ?? null }, "reconnecting to the upstream");
    if (this.#isInParts) throw interrupted(error);
    this.step = "wait";
    await clock.sleep(reconnect.delayMs, ended);
  }

  #hangUp(): void {
    if (this.#session !== null) {
      this.#lastContactMs = this.#session.watchdog.lastContactMs;
      this.#session.watchdog.stop();
    }
    this.#acknowledger.ended();
    this.#connection?.destroy();
    this.#connection = null;
    this.#session = null;
    if (this.connectedSinceMs !== null || this.disconnectedSinceMs === null) {
      this.connectedSinceMs = null;
      this.disconnectedSinceMs = this.#options.clock.now();
    }
  }
}
