/**
 * One simulated run: the real session, scheduler, workers, ledger, store, lease and barrier on a simulated upstream and
 * downstream, in simulated time. Everything that happens follows from the seed.
 */
import { taskOptions } from "../../../src/daemon/task-options.ts";
import { asTidemarkError } from "../../../src/errors.ts";
import { silentLog } from "../../../src/log.ts";
import { Counters, runSession, SessionView } from "../../../src/syncer.ts";
import { manualClock, seededRandom } from "../../support/manual-clock.ts";
import { Dice } from "./dice.ts";
import { chooseFate, type Fate } from "./fate.ts";
import { Outsiders } from "./outsiders.ts";
import { isInjectedUnknown } from "./places.ts";
import { type Plan, PlannedFaults } from "./planned-faults.ts";
import type { Process } from "./process.ts";
import type { Random } from "./random.ts";
import { makeScenario, type Scenario } from "./scenario.ts";
import { makeWorld, type World } from "./world.ts";

export interface SeedReport {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly failure: string | null;
  readonly transactions: number;
  readonly sessions: number;
  readonly faults: number;
  readonly trace: readonly string[];
}

/** Virtual time after which a run without an end counts as hanging, ms. */
const TIME_MAX_MS = 6 * 3_600_000;
/** Sessions with faults; those behind them run in peace and must come to the end (liveness). */
const TROUBLED_SESSIONS_MAX = 14;
const PEACEFUL_SESSIONS_MAX = 60;

/** Plays a seed. Never throws: the report says what went wrong. */
export async function runSeed(seed: number, plan: Plan | null = null): Promise<SeedReport> {
  const random = seededRandom(seed);
  const scenario = makeScenario(random);
  const clock = manualClock(seed);
  const dice = new Dice(random, scenario);
  const isPeace = (): boolean => dice.isPeace;
  const faults = plan === null ? dice : new PlannedFaults(plan, dice);
  const world = makeWorld(scenario, random, clock, faults, isPeace);
  const run = new Run(world, dice, random, new Outsiders(world, random, isPeace));
  let failure: string | null;
  // A promise that fails with nobody there to hear of it ends a real process.
  const unheard = (reason: unknown): void => world.oracle.fail(`unheard: ${reasonText(reason)}`);
  process.on("unhandledRejection", unheard);
  try {
    failure = await orStuck(run.play());
  } catch (thrown) {
    failure = reasonText(thrown);
  } finally {
    process.off("unhandledRejection", unheard);
  }
  const { trace, history } = world;
  const transactions = history.transactions.length;
  return { seed, scenario, failure, transactions, sessions: run.sessions, faults: dice.dealt, trace };
}

/**
 * A failure instead of no end: somebody waits, and nothing is left to happen, so that Node would end the process (or the
 * thread) without a word, with exit code 13. While anything else keeps the event loop going, nobody notices.
 */
export async function orStuck(playing: Promise<string | null>): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const stuck = (): void => resolve("the run never settles: it waits, and nothing is left to happen");
  process.once("beforeExit", stuck);
  try {
    return await Promise.race([playing, promise]);
  } finally {
    process.off("beforeExit", stuck);
  }
}

function reasonText(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}

/** How a session ended: `goal`, `stopped`, an error's name; or `gone`: its process doesn't run any more. */
type End = string;

interface Running {
  readonly process: Process;
  readonly stop: AbortController;
  readonly kill: AbortController;
  end: End | null;
}

function hasNotEnded({ end }: Running): boolean {
  return end === null;
}

class Run {
  sessions = 0;
  readonly #running: Running[] = [];
  readonly #world: World;
  readonly #dice: Dice;
  readonly #random: Random;
  readonly #outsiders: Outsiders;

  constructor(world: World, dice: Dice, random: Random, outsiders: Outsiders) {
    this.#world = world;
    this.#dice = dice;
    this.#random = random;
    this.#outsiders = outsiders;
  }

  async play(): Promise<string | null> {
    const { oracle, clock } = this.#world;
    this.#outsiders.begin();
    for (;;) {
      if (this.sessions >= TROUBLED_SESSIONS_MAX) this.#dice.peace();
      let end = await this.#session();
      if (end === "task_running_elsewhere") end = await this.#watchHolder();
      if (oracle.failure !== null) return oracle.failure;
      if (end === "goal" || (end === "stopped" && oracle.isAllSaved)) break;
      if (this.sessions > TROUBLED_SESSIONS_MAX + PEACEFUL_SESSIONS_MAX) return `no end in peace: ${end}`;
      await this.#outsiders.putRight(end);
      await clock.advance(this.#random() * 200);
    }
    this.#dice.peace();
    // What older processes may still do when they wake must not change anything.
    await clock.advance(120_000);
    this.#demandNoneLeft();
    oracle.finished(this.sessions === 1 && this.#dice.dealt === 0);
    return oracle.failure;
  }

  /** A session that has ended has closed what it opened. */
  #demandNoneLeft(): void {
    const { oracle, server } = this.#world;
    for (const { process, end } of this.#running) {
      const left = end === null || !process.isAwake ? [] : server.openOf(process.label);
      if (left.length > 0) oracle.fail(`${process.label} has ended and left connections open: ${left.join(" ")}`);
    }
  }

  #start(): Running {
    const process = this.#world.process();
    const running: Running = { process, stop: new AbortController(), kill: new AbortController(), end: null };
    void this.#run(process, running.stop.signal, running.kill.signal).then((end) => {
      running.end = end;
    });
    this.#running.push(running);
    return running;
  }

  /** Starts a session and watches it. */
  #session(): Promise<End> {
    this.sessions += 1;
    const running = this.#start();
    const { fates } = this.#world.scenario;
    const fate = this.#dice.isPeace || this.#random() >= fates ? null : chooseFate(this.#random);
    return this.#watch(running, fate);
  }

  /** Time goes on until the session has ended, or its process doesn't run any more. */
  async #watch(running: Running, fate: ReturnType<typeof chooseFate> | null): Promise<End> {
    const { clock, oracle, scenario } = this.#world;
    const { process, stop } = running;
    // One that fails before it has waited for anything has ended now, not at whatever comes next.
    await clock.advance(0);
    let fateAtMs = fate === null ? Number.POSITIVE_INFINITY : clock.monotonic() + fate.afterMs;
    while (running.end === null && process.isAwake) {
      if (oracle.failure !== null) return "violation";
      if (clock.monotonic() >= fateAtMs && fate !== null) {
        fateAtMs = Number.POSITIVE_INFINITY;
        this.#trace(`${process.label} fate: ${fate.fate}`);
        this.#befall(fate.fate, running);
        // What comes of it at once comes before anything later.
        await clock.advance(0);
        continue;
      }
      if (scenario.endless && !stop.signal.aborted && oracle.isAllSaved) {
        stop.abort();
        await clock.advance(0);
        continue;
      }
      // A session may end without any time passing: then whatever somebody else waits for is not to come first.
      await clock.advance(0);
      if (!hasNotEnded(running)) break;
      if (clock.monotonic() > TIME_MAX_MS) throw new Error("the session hangs");
      if (!(await clock.advanceToNext()) && hasNotEnded(running)) throw new Error("the session waits for nothing");
    }
    this.#trace(`${process.label} ended: ${running.end ?? "its process doesn't run any more"}`);
    return running.end ?? "gone";
  }

  /** A process that was refused: whoever holds the task is watched, or given some time to wake. */
  async #watchHolder(): Promise<End> {
    const holder = this.#running.find((running) => running.process.isAwake && hasNotEnded(running));
    if (holder !== undefined) return this.#watch(holder, null);
    // What holds it may take a quarter of an hour: see the delays in dice.ts.
    await this.#world.clock.advance(this.#random() * (this.sessions > TROUBLED_SESSIONS_MAX + 20 ? 120_000 : 10_000));
    return "gone";
  }

  #befall(fate: Fate, { process, stop, kill }: Running): void {
    const { server } = this.#world;
    switch (fate) {
      case "stop":
        return stop.abort();
      case "force":
        stop.abort();
        return kill.abort();
      case "die":
        return process.die(this.#random() < 0.5);
      case "freeze":
        return process.freeze(this.#random() * 60_000);
      case "rival":
        return this.#rival();
      case "partition":
        server.forget(`${process.label}checkpoint`, this.#random() * 20_000);
        return this.#rival();
      case "restart":
        return server.restart(this.#random() * 2_000);
      default:
        return fate satisfies never;
    }
  }

  /** S10: while the first one holds the task, the second is refused; if the first has just ended, it is the holder now. */
  #rival(): void {
    const rival = this.#start();
    this.#trace(`${rival.process.label} is a rival`);
  }

  async #run(process: Process, stop: AbortSignal, kill: AbortSignal): Promise<End> {
    const { task, scenario, oracle } = this.#world;
    try {
      return await runSession(
        {
          ...taskOptions(task),
          doors: process.doors,
          holder: process.label,
          until: scenario.endless ? null : { kind: "now" },
          clock: process.clock,
          log: silentLog,
          stop,
          kill,
          counters: new Counters(),
          onPhase: (phase) => this.#trace(`${process.label} is ${phase}`),
          onSaved: () => undefined,
        },
        new SessionView(),
      );
    } catch (thrown) {
      const error = asTidemarkError(thrown, "apply");
      this.#trace(
        `${process.label} failed: ${error.name} ${error.message} ${error.name === "unexpected" ? (error.stack ?? "") : ""}`,
      );
      if (isInjectedUnknown(error)) return "injected";
      if (FORBIDDEN.has(error.name)) oracle.fail(`${process.label} ended with ${error.name}: ${error.message}`);
      return error.name;
    }
  }

  #trace(line: string): void {
    this.#world.trace.push(`${Math.round(this.#world.clock.monotonic())} ${line}`);
  }
}

/** Errors that no fault explains: both sides have come apart, or the code is wrong. */
const FORBIDDEN = new Set([
  "duplicate_key",
  "foreign_key_refused",
  "unexpected",
  "unknown_table",
  "object_exists",
  "ddl_failed",
  "schema_not_derivable",
  "table_unknown",
  "table_missing_downstream",
  "table_structure_mismatch",
  "column_unknown",
  "column_missing_downstream",
]);
