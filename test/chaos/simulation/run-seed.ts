/**
 * One simulated run: the real session, scheduler, workers, ledger, store and barrier on a simulated upstream and
 * downstream, in simulated time. Everything that happens follows from the seed.
 */
import type { Task } from "../../../src/config/task.ts";
import { taskOptions } from "../../../src/daemon/task-options.ts";
import { asTidemarkError, TidemarkError } from "../../../src/errors.ts";
import { silentLog } from "../../../src/log.ts";
import { Counters, runSession, SessionView } from "../../../src/syncer.ts";
import { manualClock, seededRandom, type ManualClock } from "../../support/manual-clock.ts";
import { Dice, type Chances } from "./dice.ts";
import { makeHistory } from "./history.ts";
import { Oracle } from "./oracle.ts";
import { makeWorld, type World } from "./world.ts";

export interface SeedReport {
  readonly seed: number;
  readonly failure: string | null;
  readonly transactions: number;
  readonly sessions: number;
  readonly faults: number;
  readonly trace: readonly string[];
}

/** Virtual time after which a run without an end counts as hanging, ms. */
const TIME_MAX_MS = 3_600_000;
/** Sessions with faults; those behind them run in peace and must come to the end (liveness). */
const TROUBLED_SESSIONS_MAX = 12;

/** Plays a seed. Never throws: the report says what went wrong. */
export async function runSeed(seed: number): Promise<SeedReport> {
  const random = seededRandom(seed);
  const clock = manualClock(seed);
  const history = makeHistory(random, 10 + Math.floor(random() * 90));
  const chances: Chances = { fault: random() * 0.06, connect: random() * 0.1, ddl: random() * 0.4 };
  const dice = new Dice(random, chances);
  const world = makeWorld(history, dice, clock, (h, database) => new Oracle(h, database));
  const run = new Run(seed, world, clock, dice, random);
  let failure: string | null;
  try {
    failure = await run.play();
  } catch (thrown) {
    failure = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  }
  const { trace } = world;
  return {
    seed,
    failure,
    transactions: history.transactions.length,
    sessions: run.sessions,
    faults: dice.dealt,
    trace,
  };
}

class Run {
  sessions = 0;
  readonly #world: World;
  readonly #clock: ManualClock;
  readonly #dice: Dice;
  readonly #random: () => number;
  readonly #task: Task;
  readonly #left: Promise<unknown>[] = [];

  constructor(seed: number, world: World, clock: ManualClock, dice: Dice, random: () => number) {
    this.#world = world;
    this.#clock = clock;
    this.#dice = dice;
    this.#random = random;
    this.#task = world.task({
      workers: 1 + Math.floor(random() * 5),
      batchRows: 1 + Math.floor(random() * 30),
      consistency: seed % 7 === 0 ? "ordered" : "transaction",
    });
  }

  async play(): Promise<string | null> {
    const { oracle, trace } = this.#world;
    for (;;) {
      if (this.sessions >= TROUBLED_SESSIONS_MAX) this.#dice.peace();
      const end = await this.#session();
      trace.push(`${Math.round(this.#clock.monotonic())} session ${this.sessions} ended: ${end}`);
      if (oracle.violation !== null) return oracle.violation.message;
      if (end === "goal") break;
      if (this.sessions > TROUBLED_SESSIONS_MAX + 5) return `no end in peace: ${end}`;
      await this.#clock.advance(this.#random() * 200);
    }
    // What older processes may still do must not change anything.
    await this.#clock.advance(60_000);
    oracle.finished();
    return this.#world.oracle.violation?.message ?? null;
  }

  /** Runs one session to its end, its death, or until another process takes over; says how it ended. */
  async #session(): Promise<string> {
    this.sessions += 1;
    const stop = new AbortController();
    const kill = new AbortController();
    const process = this.#world.process(this.sessions);
    const ended = this.#run(process, stop, kill);
    let result: string | null = null;
    void ended.then((end) => {
      result = end;
    });
    const fate = this.#fate(stop, kill, process);
    while (result === null) {
      if (this.#world.oracle.violation !== null) return "violation";
      if (fate !== null && this.#clock.monotonic() >= fate.atMs) {
        this.#left.push(ended);
        return fate.happens();
      }
      if (this.#clock.monotonic() > TIME_MAX_MS) throw new Error("the session hangs");
      if (!(await this.#clock.advanceToNext())) throw new Error("the session waits for nothing");
    }
    return result;
  }

  /** What ends the session from the outside: nothing, a stop, a kill -9, or a second process. */
  #fate(
    stop: AbortController,
    kill: AbortController,
    process: World["Process"],
  ): { atMs: number; happens: () => string } | null {
    if (this.#dice.isPeace || this.#random() < 0.4) return null;
    const atMs = this.#clock.monotonic() + this.#random() * 400;
    const dice = this.#random();
    if (dice < 0.25) {
      this.#clock.timer(atMs - this.#clock.monotonic(), () => stop.abort());
      return null;
    }
    if (dice < 0.85) {
      return {
        atMs,
        happens: () => {
          process.die();
          kill.abort();
          return "killed";
        },
      };
    }
    return { atMs, happens: () => "taken over" };
  }

  async #run(process: World["Process"], stop: AbortController, kill: AbortController): Promise<string> {
    try {
      return await runSession(
        {
          ...taskOptions(this.#task),
          doors: process.doors,
          holder: process.label,
          until: { kind: "now" },
          clock: this.#clock,
          log: silentLog,
          stop: stop.signal,
          kill: kill.signal,
          counters: new Counters(),
          onPhase: () => undefined,
          onSaved: () => undefined,
        },
        new SessionView(),
      );
    } catch (thrown) {
      const error: TidemarkError = asTidemarkError(thrown, "apply");
      this.#world.trace.push(
        `${process.label} failed: ${error.name} ${error.message} ${error.name === "unexpected" ? (error.stack ?? "") : ""}`,
      );
      if (FORBIDDEN.has(error.name))
        this.#world.oracle.fail(`${process.label} ended with ${error.name}: ${error.message}`);
      return error.name;
    }
  }
}

/** Errors that no fault explains: both sides have come apart, or the code is wrong. */
const FORBIDDEN = new Set([
  "duplicate_key",
  "row_missing",
  "unexpected",
  "schema_not_derivable",
  "table_structure_mismatch",
  "column_unknown",
]);
