/**
 * A whole task on a clock that the test moves: the real daemon, session, ledger, flush worker and store on the simulated downstream, and an
 * upstream that hands out transactions and fails when the test says so.
 */
import type { TableHandle, Transaction } from "../../src/binlog/transaction.ts";
import type { Until } from "../../src/config/until.ts";
import { openStore } from "../../src/checkpoint/open-store.ts";
import { runTask } from "../../src/daemon.ts";
import { TidemarkError } from "../../src/errors.ts";
import { silentLog } from "../../src/log.ts";
import { compileFilter } from "../../src/routing/filter.ts";
import { SchemaTracker } from "../../src/schema/tracker.ts";
import { readStatus, type Status } from "../../src/status/status.ts";
import type { StatusSource, TaskControls } from "../../src/status/source.ts";
import type { Doors } from "../../src/syncer/doors.ts";
import { positionGoal } from "../../src/syncer/goal.ts";
import { Tables } from "../../src/syncer/tables.ts";
import type { Reader, ReaderOptions, ReaderState } from "../../src/upstream/reader.ts";
import { simulatedDownstream, type SimulatedDownstream } from "./simulated-downstream.ts";
import { transaction } from "./tables.ts";
import { taskOf } from "./tidemark/task-in-process.ts";

const SERVER = { flavour: "mysql", version: "9.7.0", versionText: "9.7.0", uuid: null, serverId: 1 } as const;
const FILE = "binlog.000001";

/** The place behind so many transactions of the scripted upstream. */
export const placeBehind = (transactions: number) => ({ file: FILE, offset: 4 + 100 * transactions });

export interface ScriptedTask {
  readonly downstream: SimulatedDownstream;
  readonly controls: TaskControls;
  status(): Status;
  /** Time goes on, and whatever comes due happens. */
  pass(ms: number): Promise<void>;
  /** Its error, once it has ended; undefined while it runs. */
  readonly outcome: TidemarkError | null | undefined;
  /** Sessions that have begun to read. */
  readonly sessions: number;
  /** The upstream has so many more transactions, all empty. */
  write(transactions: number): void;
  /** While this gives an error, a session that reads ends with it: at its beginning, and whenever it is asked again. */
  failing: (() => TidemarkError | null) | null;
  /** Ends the task. */
  stop(): Promise<void>;
}

/** `budget`: of `retry`, whose delays are of a second at most. The checkpoint is saved every second. */
export async function scriptedTask(options: {
  readonly budget: string;
  readonly until?: Until;
}): Promise<ScriptedTask> {
  const downstream = await simulatedDownstream([]);
  const { clock } = downstream;
  const upstream = new ScriptedUpstream();
  const stop = new AbortController();
  let source: (StatusSource & TaskControls) | null = null;
  let outcome: TidemarkError | null | undefined;
  void runTask({
    task: taskOf(TASK.replace("BUDGET", options.budget)),
    until: options.until ?? null,
    clock,
    doors: doorsOf(downstream, upstream),
    log: silentLog,
    holder: "test",
    stop: stop.signal,
    kill: new AbortController().signal,
    onSource: (given) => {
      source = given;
    },
  }).then(({ error }) => {
    outcome = error;
  });
  if (source === null) throw new Error("the task told no source");
  const given: StatusSource & TaskControls = source;
  const reader = readStatus(given, clock);
  return {
    downstream,
    controls: given,
    status: () => reader.read(),
    pass: (ms) => clock.advance(ms),
    get outcome() {
      return outcome;
    },
    get sessions() {
      return upstream.sessions;
    },
    write: (transactions) => upstream.write(transactions),
    get failing() {
      return upstream.failing;
    },
    set failing(value) {
      upstream.failing = value;
      upstream.wake();
    },
    async stop() {
      reader.close();
      stop.abort();
      upstream.failing = null;
      await clock.advance(20_000);
    },
  };
}

const TASK = `
name: orders
upstream: { host: up, user: repl, password: "" }
downstream: { host: down, user: tidemark, password: "" }
tables: { include: ["shop.*"] }
checkpoint: { interval: 1s }
retry: { base: 100ms, cap: 1s, budget: BUDGET }
status: { listen: "127.0.0.1:8261" }`;

class ScriptedUpstream {
  failing: (() => TidemarkError | null) | null = null;
  sessions = 0;
  written = 0;
  #changed = Promise.withResolvers<void>();

  write(transactions: number): void {
    this.written += transactions;
    this.wake();
  }

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  get changed(): Promise<void> {
    return this.#changed.promise;
  }
}

function doorsOf(downstream: SimulatedDownstream, upstream: ScriptedUpstream): Doors {
  const doors: Doors = {
    connect: (_address, _signal, options) =>
      options?.stage === "upstream" ? Promise.reject(unreachable()) : downstream.connecting(options?.stage),
    openStore,
    faults: null,
    readStructures: () => Promise.resolve([]),
    prepare: async (options, store) => {
      const stored = await store.load();
      const identity = { flavour: SERVER.flavour, uuid: SERVER.uuid, serverId: SERVER.serverId };
      const start = stored.checkpoint?.position ?? { ...placeBehind(0), gtids: "" };
      if (stored.checkpoint === null) await store.begin(start, identity, []);
      const filter = compileFilter({ ...options.tables, metaSchema: options.downstream.metaSchema });
      const tracker = SchemaTracker.from([]);
      const { until } = options;
      return {
        upstream: SERVER,
        identity,
        start,
        gtidsComplete: false,
        stored,
        filter,
        tracker,
        tables: new Tables({
          tracker,
          wanted: filter,
          routed: (database, table) => ({ database, table }),
          readStructures: doors.readStructures,
          downstream: "mysql",
          foreignKeyChecks: false,
        }),
        downstream: { server: SERVER, maxAllowedPacket: 1_000_000, foreignKeyChecks: false },
        goal: until?.kind === "position" ? (positionGoal(until, start) ?? "reached") : null,
        end: { ...placeBehind(upstream.written), gtids: "" },
      };
    },
    openReader: (options) => new ScriptedReader(options, upstream),
  };
  return doors;
}

function unreachable(): TidemarkError {
  const hint = "It is none that can be asked.";
  return new TidemarkError("server_unreachable", "a scripted upstream", { stage: "upstream", kind: "resumable", hint });
}

class ScriptedReader<H extends TableHandle> implements Reader<H> {
  readonly #options: ReaderOptions<H>;
  readonly #upstream: ScriptedUpstream;
  readonly #closed = new AbortController();
  #handedOut: number;
  #step: "wait" | "stream" | "closed" = "wait";

  constructor(options: ReaderOptions<H>, upstream: ScriptedUpstream) {
    this.#options = options;
    this.#upstream = upstream;
    this.#handedOut = (options.start.offset - 4) / 100;
  }

  async *chunks(stop: AbortSignal): AsyncGenerator<Iterable<Transaction<H>>> {
    const upstream = this.#upstream;
    const over = AbortSignal.any([stop, this.#closed.signal]);
    const ended = new Promise<void>((resolve) => {
      over.addEventListener("abort", () => resolve(), { once: true });
    });
    upstream.sessions += 1;
    this.#step = "stream";
    while (!over.aborted) {
      const error = upstream.failing?.() ?? null;
      if (error !== null) throw error;
      if (upstream.written > this.#handedOut) yield this.#next();
      else await Promise.race([upstream.changed, ended]);
    }
    this.#step = "closed";
  }

  *#next(): Generator<Transaction<H>> {
    while (this.#handedOut < this.#upstream.written) {
      const start = placeBehind(this.#handedOut);
      this.#handedOut += 1;
      const { offset: end } = placeBehind(this.#handedOut);
      yield { ...transaction(end), file: FILE, start: start.offset, changes: [], rowCount: 0, statement: null };
    }
  }

  progress(): void {
    // Nothing here depends on it.
  }

  isAwaited(): boolean {
    return false;
  }

  forgetTables(): void {
    // There are none.
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }

  get state(): ReaderState {
    const { clock } = this.#options;
    return {
      step: this.#step,
      mode: "file",
      server: SERVER,
      successor: null,
      connectedSinceMs: 0,
      disconnectedSinceMs: null,
      reconnects: 0,
      reconnectCounts: [],
      recentReconnects: [],
      received: { ...placeBehind(this.#handedOut), gtids: "" },
      // A sign of life at any time: a heartbeat is no progress.
      lastContactMs: clock.monotonic(),
      lastTimestamp: null,
      clockOffsetMs: null,
      heartbeats: 0,
      handedOut: this.#handedOut,
      queuedBytes: 0,
      semiSync: null,
    };
  }
}
