/**
 * The task's life, as a state machine:
 *
 *     starting → running → stopping → stopped        stop, goal, kill
 *                running → waiting → running …       a resumable error: a new session after a delay
 *                running → failed → running          a fatal error; `resume`
 *                running → paused → running          `pause`, `resume`
 *                running → running                   another upstream takes over: a new session, at once
 *
 * A session is run to its end and thrown away; nothing of it is carried into the next but counters. The error budget
 * belongs to *no durable progress*: it begins with the first failure and only a saved checkpoint ends it.
 */
import type { Task } from "./config/task.ts";
import { errorFacts } from "./daemon/error-facts.ts";
import { onAbort } from "./daemon/on-abort.ts";
import type { RunOptions } from "./daemon/run-options.ts";
import { taskOptions } from "./daemon/task-options.ts";
import { UpstreamSide } from "./daemon/upstream-side.ts";
import { asTidemarkError, TidemarkError } from "./errors.ts";
import { backoffMs } from "./retry.ts";
import { Counters, realDoors, runSession, type SessionEnd, SessionView, type SyncerOptions } from "./syncer.ts";
import type { Answer, ErrorFacts, LiveFacts, Phase, StatusSource, TaskControls, TaskState } from "./syncer/facts.ts";
import { liveFacts } from "./syncer/live-facts.ts";
import { hostText } from "./upstream/hosts.ts";

/** Runs the task until it is stopped, has reached its goal, or has failed with nobody there to resume it. */
export async function runTask(options: RunOptions): Promise<{ error: TidemarkError | null }> {
  const daemon = new Daemon(options);
  options.onSource?.(daemon);
  return { error: await daemon.run() };
}

/** The task goes on in another process: there is nothing to attend to here. */
const ELSEWHERE = new Set(["task_running_elsewhere", "task_taken_over"]);

type Order = "pause" | "resume" | "reload";

class Daemon implements StatusSource, TaskControls {
  readonly #upstream: UpstreamSide;
  readonly #options: RunOptions;
  readonly #counters = new Counters();
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  #task: Task;
  #state: TaskState = "starting";
  #sinceMs: number;
  #phase: Phase = "none";
  #view = new SessionView();
  #error: ErrorFacts | null = null;
  #reloadError: string | null = null;
  /** Ends the present session for `pause` and `reload`; a new one for each session. */
  #interrupt = new AbortController();
  #order: Order | null = null;
  #wake = Promise.withResolvers<void>();
  /** Since when, and how often, sessions have ended without durable progress. */
  #firstFailureMs: number | null = null;
  #failures = 0;
  /** A session has once come as far as reading the log. */
  #hasRun = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#task = options.task;
    this.#sinceMs = options.clock.now();
    this.#upstream = new UpstreamSide({ ...options, task: () => this.#task, view: () => this.#view });
    onAbort(options.stop, () => this.stop({ force: false }));
    onAbort(options.kill, () => this.stop({ force: true }));
  }

  /** Returns the error that ended the task, or null. */
  run(): Promise<TidemarkError | null> {
    return this.#upstream.watchedDuring(() => this.#sessions());
  }

  async #sessions(): Promise<TidemarkError | null> {
    for (;;) {
      if (this.#order === "pause" && !this.#stop.signal.aborted) await this.#paused();
      if (this.#stop.signal.aborted) return this.#stopped();
      // Any other order is carried out by what follows: a new session, at once, with the task file that is in force.
      this.#order = null;
      this.#enter("starting");
      const result = await this.#session();
      if (this.#kill.signal.aborted) return this.#stopped();
      if (result === "goal") return this.#stopped();
      if (result instanceof TidemarkError) {
        const lasting = await this.#failed(result);
        if (lasting !== null) return lasting;
      } else if (result === "switched") await this.#switched();
    }
  }

  async #session(): Promise<SessionEnd | TidemarkError> {
    this.#interrupt = new AbortController();
    this.#view = new SessionView(this.#view);
    try {
      return await runSession(this.#syncerOptions(), this.#view);
    } catch (thrown) {
      return asTidemarkError(thrown, "apply");
    } finally {
      this.#phase = "none";
    }
  }

  /** Decides about an error: null: another session; else the error with which the task ends. */
  async #failed(error: TidemarkError): Promise<TidemarkError | null> {
    const { clock, log, until } = this.#options;
    // A stop or pause that came first: the session's error is a consequence, or comes again with the next session.
    if (this.#stop.signal.aborted && error.name === "cancelled") return null;
    const now = clock.now();
    const { baseMs, capMs, budgetMs } = this.#task.retry;
    // A session that ran so long was the end of the trouble before it: an idle upstream has no progress to show (V3).
    if (this.#state === "running" && now - this.#sinceMs > Math.max(budgetMs ?? 0, 10 * capMs)) this.#forgetFailures();
    this.#firstFailureMs ??= now;
    this.#failures += 1;
    const spent = now - this.#firstFailureMs;
    const exhausted = budgetMs !== null && spent > budgetMs;
    // What never worked in this process is a mistake in the task file more often than a passing trouble.
    const resumable = error.kind !== "fatal" && this.#hasRun && !exhausted;
    const delayMs = backoffMs({ baseMs, capMs }, this.#failures, clock);
    const retryAtMs = resumable ? now + delayMs : null;
    this.#error = errorFacts(error, { sinceMs: this.#firstFailureMs, attempt: this.#failures, retryAtMs });
    if (resumable) {
      log.warn({ err: error, delayMs, attempt: this.#failures }, "the session ended; another one follows");
      this.#enter("waiting");
      await this.#sleep(delayMs);
      return null;
    }
    log.error({ err: error, hint: error.hint, position: error.position }, "the task has failed");
    this.#enter("failed");
    const attended = this.#hasRun && !ELSEWHERE.has(error.name) && until === null && this.#task.status.listen !== null;
    if (!attended) return error;
    await this.#untilOrder("resume");
    if (this.#stop.signal.aborted) return error;
    this.#forgetFailures();
    return null;
  }

  /** At once the first time; later and later behind a name that leads to another server each time. */
  async #switched(): Promise<void> {
    this.#failures += 1;
    await this.#sleep(backoffMs(this.#task.retry, this.#failures, this.#options.clock));
  }

  /** However long: it is no failure (V16). */
  async #paused(): Promise<void> {
    this.#enter("paused");
    this.#error = null;
    await this.#untilOrder("resume");
    this.#forgetFailures();
  }

  #stopped(): TidemarkError | null {
    this.#enter("stopped");
    return null;
  }

  /** Waits for an order or a stop. */
  async #untilOrder(order: Order): Promise<void> {
    while (this.#order !== order && !this.#stop.signal.aborted) await this.#wake.promise;
  }

  /** An order ends it, also one that was given while the session came to its end. */
  async #sleep(ms: number): Promise<void> {
    if (this.#order !== null) return;
    const over = new AbortController();
    await Promise.race([
      this.#options.clock.sleep(ms, AbortSignal.any([over.signal, this.#stop.signal])),
      this.#wake.promise,
    ]);
    over.abort();
  }

  #enter(state: TaskState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#sinceMs = this.#options.clock.now();
    this.#options.log.info({ state }, "the task's state changed");
  }

  #syncerOptions(): SyncerOptions {
    const { clock, log, holder, until } = this.#options;
    return {
      ...taskOptions(this.#task),
      ...this.#upstream.sessionOptions(until),
      doors: this.#options.doors ?? realDoors,
      holder,
      clock,
      log,
      stop: AbortSignal.any([this.#stop.signal, this.#interrupt.signal]),
      kill: this.#kill.signal,
      counters: this.#counters,
      onPhase: (phase) => this.#entered(phase),
      onSaved: () => this.#progressed(),
    };
  }

  #entered(phase: Phase): void {
    this.#phase = phase;
    if (phase !== "syncing") return;
    this.#hasRun = true;
    if (!this.#stop.signal.aborted && !this.#interrupt.signal.aborted) this.#enter("running");
  }

  /** Durable progress: whatever went wrong before is over (V7). */
  #progressed(): void {
    this.#forgetFailures();
    this.#error = null;
  }

  #forgetFailures(): void {
    this.#firstFailureMs = null;
    this.#failures = 0;
  }

  facts(): LiveFacts {
    return liveFacts({
      task: this.#task.name,
      state: this.#state,
      sinceMs: this.#sinceMs,
      phase: this.#phase,
      heartbeatMs: this.#task.upstream.heartbeatMs,
      view: this.#view,
      watch: this.#upstream.watch,
      host: hostText(this.#upstream.hosts.present),
      counters: this.#counters,
      error: this.#error,
      reloadError: this.#reloadError,
      clock: this.#options.clock,
    });
  }

  pause(): Answer {
    if (this.#state === "paused") return { accepted: true, message: "The task is paused already." };
    if (this.#state !== "running" && this.#state !== "waiting" && this.#state !== "starting")
      return this.#refuse("paused");
    this.#give("pause");
    return { accepted: true, message: "The task pauses at the next transaction boundary." };
  }

  resume(): Answer {
    // A pause that was asked for, and has not come about yet, is taken back.
    if ((this.#state === "running" || this.#state === "starting") && this.#order !== "pause")
      return { accepted: true, message: "The task is running." };
    if (this.#state === "stopping" || this.#state === "stopped") return this.#refuse("resumed");
    this.#give("resume");
    return { accepted: true, message: "The task goes on from its checkpoint." };
  }

  stop({ force }: { readonly force: boolean }): Answer {
    this.#stop.abort();
    if (force) this.#kill.abort();
    if (this.#state === "running" || this.#state === "starting") this.#enter("stopping");
    this.#wakeUp();
    return {
      accepted: true,
      message: force ? "The task is ended." : "The task stops at the next transaction boundary.",
    };
  }

  reload(): Answer {
    const { reload, task } = this.#options;
    if (reload === undefined) return { accepted: false, message: "This task has no file to reload." };
    try {
      const next = reload();
      if (next.name !== task.name) throw new Error(`the task is called ${task.name}, and the file says ${next.name}`);
      this.#task = next;
      this.#upstream.reloaded();
      this.#reloadError = null;
    } catch (thrown) {
      this.#reloadError = thrown instanceof Error ? thrown.message : String(thrown);
      this.#options.log.error({ err: thrown }, "the task file was not reloaded; the old one stays in force");
      return { accepted: false, message: this.#reloadError };
    }
    this.#give("reload");
    return { accepted: true, message: "The task file is in force from the next transaction boundary." };
  }

  #refuse(what: string): Answer {
    return { accepted: false, message: `The task is ${this.#state} and can't be ${what}.` };
  }

  #give(order: Order): void {
    if (order === "reload" && (this.#state === "paused" || this.#state === "failed")) return;
    this.#order = order;
    if (order !== "resume") this.#interrupt.abort();
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}
